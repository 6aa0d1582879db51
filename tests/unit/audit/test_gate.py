"""The gate: a search passes by an audit that is signed, current, and of exactly what searches now."""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta
from pathlib import Path

import pytest

from recognizance.audit.attestation import TamperedError, UntrustedError, seal
from recognizance.audit.drift import Tail
from recognizance.audit.files import WatchedFiles, stamp
from recognizance.audit.gate import AUDIT_TAG, GALLERY_FACTOR, IMAGES_TAG, AuditGate, Demand, Reason, judge
from recognizance.audit.shelf import AuditShelf, Kept
from recognizance.errors import RuleError, SettingsError, StorageError
from recognizance.signing import PublicKey

from .test_attestation import KEY, NOW, OTHER, attestation

PARTS = attestation().parts
LARGEST = GALLERY_FACTOR * attestation().gallery_people


def kept(said=None, flaw=None):
    return Kept(Path("x"), (said or attestation(), KEY.public) if flaw is None else None, flaw)


TAMPERED, UNTRUSTED = kept(flaw=TamperedError("changed")), kept(flaw=UntrustedError("who"))


@pytest.mark.parametrize(
    ("shelf", "parts", "demand", "now", "expected"),
    [
        pytest.param([kept()], PARTS, Demand(LARGEST), NOW, None, id="all is well"),
        pytest.param([kept()], PARTS, Demand(0, "portrait"), NOW, None, id="of the demanded kind"),
        pytest.param([], PARTS, Demand(9), NOW, "AUDIT_MISSING", id="none"),
        pytest.param([UNTRUSTED], PARTS, Demand(9), NOW, "AUDIT_UNTRUSTED", id="signed by somebody"),
        pytest.param([TAMPERED, UNTRUSTED], PARTS, Demand(9), NOW, "AUDIT_TAMPERED", id="changed"),
        pytest.param([kept()], {**PARTS, "net.onnx": ""}, Demand(9), NOW, "AUDIT_MODEL_CHANGED", id="other network"),
        pytest.param([kept()], {**PARTS, "more": "x"}, Demand(9), NOW, "AUDIT_MODEL_CHANGED", id="a network more"),
        pytest.param([kept()], {}, Demand(9), NOW, "AUDIT_MODEL_CHANGED", id="no network"),
        pytest.param([kept()], PARTS, Demand(9, "doorbell"), NOW, "AUDIT_OTHER_IMAGES", id="other pictures"),
        pytest.param(
            [kept()], PARTS, Demand(9), NOW - timedelta(seconds=1), "AUDIT_NOT_YET_VALID", id="a second early"
        ),
        pytest.param([kept()], PARTS, Demand(9), NOW + timedelta(days=180), "AUDIT_EXPIRED", id="at its end"),
        pytest.param([kept()], PARTS, Demand(9), NOW + timedelta(days=179), None, id="on its last day"),
        pytest.param([kept()], PARTS, Demand(LARGEST + 1), NOW, "AUDIT_GALLERY_TOO_LARGE", id="one face too many"),
        pytest.param([TAMPERED, UNTRUSTED, kept()], PARTS, Demand(9), NOW, None, id="one good one among bad ones"),
    ],
)
def test_judge(shelf, parts, demand, now, expected):
    reason = judge(shelf, parts, demand, now=now)
    assert (reason and reason.name) == expected


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "audits"


@pytest.fixture
def shelf(folder):
    return AuditShelf(folder, KEY.public)


@pytest.fixture
def network(tmp_path):
    path = tmp_path / "net.onnx"
    path.write_bytes(b"weights")
    return path


@pytest.fixture
def gate(shelf, network):
    """A gate before one network, whose audit is on the shelf."""
    digest = hashlib.sha256(network.read_bytes()).hexdigest()
    said = attestation(pack={"models": {"net.onnx": digest}})
    said = said.model_copy(update={"document_sha256": hashlib.sha256(b"the document").hexdigest()})
    shelf.put("one", seal(said, KEY), b"the document")
    return AuditGate(shelf, said.parts, {"net.onnx": network})


REQUIRED = {AUDIT_TAG: "required"}


def refusal(gate, tags=REQUIRED, templates=9, now=NOW):
    with pytest.raises(RuleError) as caught:
        gate.check(tags, templates, now)
    assert str(caught.value).startswith(f"{caught.value.code}: ")
    return caught.value.code


def test_a_search_passes_while_nothing_changes(gate):
    for _ in range(3):
        gate.check(REQUIRED, LARGEST, NOW)


@pytest.mark.parametrize("tags", [{}, {AUDIT_TAG: "off"}])
def test_without_the_demand_no_audit_is_needed(tmp_path, tags):
    AuditGate(AuditShelf(tmp_path / "none", KEY.public), PARTS, {}).check(tags, 9, NOW)


def test_a_slip_of_the_pen_demands_an_audit(tmp_path):
    gate = AuditGate(AuditShelf(tmp_path / "none", KEY.public), PARTS, {})
    assert refusal(gate, {AUDIT_TAG: "requird"}) == "AUDIT_MISSING"


def test_one_changed_byte_of_a_network_refuses_the_next_search(gate, network):
    gate.check(REQUIRED, 9, NOW)
    before = network.stat()
    network.write_bytes(b"weightz")
    os.utime(network, ns=(before.st_atime_ns, before.st_mtime_ns))  # as old and as long as it was
    assert refusal(gate) == "AUDIT_MODEL_CHANGED"
    network.write_bytes(b"weights")
    gate.check(REQUIRED, 9, NOW)


def test_a_network_that_is_gone_refuses_the_next_search(gate, network):
    gate.check(REQUIRED, 9, NOW)
    network.unlink()
    assert refusal(gate) == "AUDIT_MODEL_CHANGED"


def test_an_audit_past_its_validity_refuses(gate):
    gate.check(REQUIRED, 9, NOW + timedelta(days=179))
    assert refusal(gate, now=NOW + timedelta(days=180)) == "AUDIT_EXPIRED"


def test_a_clock_set_back_gives_no_more_time(gate):
    assert refusal(gate, now=NOW + timedelta(days=180)) == "AUDIT_EXPIRED"
    assert refusal(gate, now=NOW) == "AUDIT_EXPIRED"


def test_the_kind_of_pictures_is_demanded_by_tag(gate):
    assert refusal(gate, {**REQUIRED, IMAGES_TAG: "doorbell"}) == "AUDIT_OTHER_IMAGES"
    gate.check({**REQUIRED, IMAGES_TAG: "portrait"}, 9, NOW)


@pytest.mark.parametrize("name", ["one.statement.json", "one.audit.json"])
def test_a_changed_file_of_the_audit_refuses_the_next_search(gate, folder, name):
    gate.check(REQUIRED, 9, NOW)
    path = folder / name
    path.write_bytes(path.read_bytes()[:-3] + b"...")
    assert refusal(gate) == "AUDIT_TAMPERED"


def test_a_statement_counts_without_its_document(gate, folder):
    (folder / "one.audit.json").unlink()
    gate.check(REQUIRED, 9, NOW)


def test_a_statement_taken_away_counts_no_more(gate, folder):
    gate.check(REQUIRED, 9, NOW)
    (folder / "one.statement.json").unlink()
    assert refusal(gate) == "AUDIT_MISSING"


def test_an_outside_auditor_counts_once_trusted(shelf):
    gate = AuditGate(shelf, PARTS, {})
    shelf.put("one", seal(attestation(), OTHER), b"")
    (shelf.folder / "one.audit.json").unlink()
    assert refusal(gate) == "AUDIT_UNTRUSTED"
    for _ in range(2):
        shelf.trust(OTHER.public)
    gate.check(REQUIRED, 9, NOW)
    assert shelf.trusted() == [KEY.public, OTHER.public]
    shelf.trust(PublicKey("third", bytes(32)))
    assert [key.name for key in shelf.trusted()] == ["here", "there", "third"]


def test_garbled_keys_let_nothing_pass(gate, folder):
    (folder / "trusted.keys").write_text("nonsense\n")
    with pytest.raises(StorageError, match=r"audits in .* cannot be read: a public key reads"):
        gate.check(REQUIRED, 9, NOW)


def test_garbled_keys_are_told_to_whoever_trusts(shelf, folder):
    folder.mkdir()
    (folder / "trusted.keys").write_text("nonsense\n")
    with pytest.raises(SettingsError, match="a public key reads"):
        shelf.trust(OTHER.public)


def test_the_baseline_is_that_of_the_newest_audit_that_holds(shelf):
    gate = AuditGate(shelf, PARTS, {})
    assert gate.tail(NOW) is None
    for name, days, parts in (
        ("old", 9, PARTS),
        ("new", 5, PARTS),
        ("later", -1, PARTS),
        ("other", 1, {"x": "ab" * 32}),
    ):
        change = {
            "tail": Tail(days / 100, 0.04, 900),
            "valid_from": NOW - timedelta(days=days),
            "parts": parts,
        }
        shelf.put(name, seal(attestation().model_copy(update=change), KEY), b"")
        (shelf.folder / f"{name}.audit.json").unlink()
    assert gate.tail(NOW) == Tail(0.05, 0.04, 900)


def test_the_time_of_the_newest_audit_that_allows_a_search(gate):
    assert gate.audited_at({}, LARGEST, NOW) == NOW
    assert gate.audited_at({IMAGES_TAG: "doorbell"}, 9, NOW) is None
    assert gate.audited_at({}, LARGEST + 1, NOW) is None
    assert gate.audited_at({}, 9, NOW + timedelta(days=180)) is None


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_its_code_in_the_docs(reason):
    page = Path(__file__).parents[3] / "docs" / "fairness.md"
    assert f"`{reason.name}`" in page.read_text(encoding="utf-8")


def test_a_file_is_read_again_only_when_its_entry_changed(tmp_path, monkeypatch):
    monkeypatch.setattr("recognizance.audit.files.TICK_NS", 0)
    path = tmp_path / "file"
    path.write_bytes(b"one")
    watched = WatchedFiles({"file": path})
    first = watched.digests()
    assert first == {"file": hashlib.sha256(b"one").hexdigest()}
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", lambda _: pytest.fail("read again"))
        assert watched.digests() == first
    replacement = tmp_path / "replacement"
    replacement.write_bytes(b"two")
    replacement.replace(path)
    assert watched.digests() == {"file": hashlib.sha256(b"two").hexdigest()}


def test_a_file_that_changed_a_moment_ago_is_read_again(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"one")
    watched = WatchedFiles({"file": path, "none": tmp_path / "none"})
    assert watched.digests()["none"] == ""
    # Two changes within one step of the file system's clock leave one and the same entry.
    entry = stamp(path)
    monkeypatch.setattr("recognizance.audit.files.stamp", lambda _: entry)
    path.write_bytes(b"two")
    assert watched.digests()["file"] == hashlib.sha256(b"two").hexdigest()


def test_statements_are_opened_again_only_when_the_folder_changed(shelf, monkeypatch):
    monkeypatch.setattr("recognizance.audit.files.TICK_NS", 0)
    shelf.put("one", seal(attestation(), KEY), b"")
    first = shelf.kept()
    assert shelf.kept() is first
    shelf.put("two", seal(attestation(), KEY), b"")
    assert [one.path.name for one in shelf.kept()] == ["one.statement.json", "two.statement.json"]
