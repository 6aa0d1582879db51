"""The one-file verifier: every change of a ledger, a checkpoint or a receipt shows, and it needs nothing of ours."""

from __future__ import annotations

import io
import json
import random
import secrets
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recognizance.ledger import verifier
from recognizance.ledger.entry import Draft, compose
from recognizance.ledger.example import search_fields
from recognizance.ledger.merkle import prove_consistency, prove_inclusion
from recognizance.ledger.note import sign, verifying_key
from recognizance.ledger.verifier import (
    FIRST,
    Tree,
    VerificationError,
    canonical,
    commitment,
    leaf_hash,
    main,
    open_note,
    verify_document,
    verify_ledger,
)
from recognizance.signing import SigningKey

NOW = datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)
SIGNER = SigningKey("recognizance-1", bytes(32))
KEY = verifying_key(SIGNER.public)
MUTATIONS = 10_000
SECRET = secrets.token_bytes(32)


class SmallLedger:
    """A ledger in memory: its lines, and the signed note and the nodes at every size."""

    def __init__(self, size, **changes):
        self.lines, self.nodes, tree = [], {}, Tree()
        self.notes = [sign(tree, SIGNER)]
        for number in range(size):
            draft = Draft("search", search_fields(enrolled=number, **changes), NOW + timedelta(seconds=number))
            previous = leaf_hash(self.lines[-1]).hex() if self.lines else FIRST
            self.lines.append(compose(draft, index=number, previous=previous, last=None).body)
            for level, node in enumerate(tree.add(leaf_hash(self.lines[-1]))):
                self.nodes[level, number >> level] = node
            self.notes.append(sign(tree, SIGNER))

    def node(self, level, place):
        return self.nodes[level, place]

    def file(self, size=None):
        return b"".join(line + b"\n" for line in self.lines[:size])

    def receipt(self, index):
        return {
            "format": "recognizance-receipt/1",
            "checkpoint": self.notes[-1],
            "entry": json.loads(self.lines[index]),
            "proof": [step.hex() for step in prove_inclusion(self.node, index, len(self.lines))],
        }


LEDGER = SmallLedger(12)
KEPT = open_note(LEDGER.notes[9], KEY)


def verify(data, note, older=()):
    return verify_ledger(verifier._split(io.BytesIO(data)), open_note(note.decode(), KEY), older)


def test_a_ledger_verifies_and_says_what_is_in_it():
    replay = verify(LEDGER.file(), LEDGER.notes[-1].encode(), [KEPT, open_note(LEDGER.notes[0], KEY)])
    assert replay.kinds == {"search": 12}
    assert replay.last_at == "2026-11-25T01:02:14.000Z"


def flip(chance, data, note):
    place = chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :], note


def flip_checkpoint(chance, data, note):
    return data, flip(chance, note, None)[0]


def drop(chance, data, note):
    lines = data.splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    return b"".join(lines), note


def swap(chance, data, note):
    lines = data.splitlines(keepends=True)
    one, two = chance.sample(range(len(lines)), 2)
    lines[one], lines[two] = lines[two], lines[one]
    return b"".join(lines), note


def truncate(chance, data, note):
    return data[: chance.randrange(len(data))], note


def duplicate(chance, data, note):
    lines = data.splitlines(keepends=True)
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
    return b"".join(lines), note


def replay_old_file(chance, data, note):
    """An old export, whole and signed: whoever kept a later checkpoint sees it."""
    size = chance.randrange(KEPT.size)
    return LEDGER.file(size), LEDGER.notes[size].encode()


def replay_old_entries(chance, data, note):
    return LEDGER.file(chance.randrange(12)), note


def replay_old_checkpoint(chance, data, note):
    return data, LEDGER.notes[chance.randrange(12)].encode()


def edit(chance, data, note):
    """An entry made anew by somebody who cannot sign, with the chain after it mended."""
    lines = list(LEDGER.lines)
    first = chance.randrange(12)
    for number in range(first, 12):
        entry = json.loads(lines[number])
        if number == first:
            entry["threshold"] = 50
        else:
            entry["previous"] = leaf_hash(lines[number - 1]).hex()
        lines[number] = canonical(entry)
    return b"".join(line + b"\n" for line in lines), note


WAYS = [
    flip, flip_checkpoint, drop, swap, truncate, duplicate, replay_old_file, replay_old_entries, replay_old_checkpoint,
    edit,
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_every_mutation_is_detected(way):
    chance = random.Random(way.__name__)
    data, note = LEDGER.file(), LEDGER.notes[-1].encode()
    for _ in range(MUTATIONS // len(WAYS)):
        mutated = way(chance, data, note)
        assert mutated != (data, note)
        with pytest.raises((VerificationError, UnicodeDecodeError)):
            verify(*mutated, [KEPT])


def rewritten(number, **changes):
    """The ledger up to an entry that is changed there."""
    entry = json.loads(LEDGER.lines[number]) | changes
    return [*LEDGER.lines[:number], canonical({name: value for name, value in entry.items() if value is not None})]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (rewritten(3, v=2), "entry 3: is no entry of a ledger of version 1"),
        (rewritten(3, kind=None), "entry 3: is no entry"),
        ([*LEDGER.lines[:3], b"[]"], "entry 3: is no entry"),
        ([*LEDGER.lines[:3], b"nonsense"], "entry 3: is no JSON"),
        (rewritten(3, index=4), "entry 3: says that it is number 4: entries were dropped or moved"),
        (rewritten(3, previous="0" * 64), "entry 3: does not follow the entry before it"),
        (rewritten(3, at=None), "entry 3: has no time"),
        (rewritten(3, at="2026-11-25T01:02:06Z"), "entry 3: has no time"),
        (rewritten(3, at="2026-11-25T01:02:01.000Z"), "entry 3: is of .*:01.000Z, before the entry that it follows"),
        (LEDGER.lines[:11], "there are 11 entries, and the checkpoint counts 12"),
        (rewritten(11, threshold=50), "its root is another"),
    ],
)
def test_what_is_wrong_is_said(lines, message):
    with pytest.raises(VerificationError, match=message):
        verify_ledger(lines, open_note(LEDGER.notes[12], KEY))


def test_an_older_checkpoint_that_the_ledger_left_out_is_named():
    other = SmallLedger(12, threshold=70)
    with pytest.raises(VerificationError, match=r"a checkpoint of 9 entries .* no entry declares why"):
        verify_ledger(other.lines, open_note(other.notes[12], KEY), [KEPT])


def test_a_restore_that_was_declared_is_named():
    previous = leaf_hash(LEDGER.lines[4]).hex()
    fields = {"lost_from": 5, "lost_to": 9, "lost_root": KEPT.root.hex(), "reason": None, "operator": "local"}
    lines = [
        *LEDGER.lines[:5],
        compose(Draft("restore", fields, NOW + timedelta(1)), index=5, previous=previous, last=None).body,
    ]
    tree = Tree()
    for line in lines:
        tree.add(leaf_hash(line))
    with pytest.raises(VerificationError, match="entry 5 declares it: a backup was put back"):
        verify_ledger(lines, open_note(sign(tree, SIGNER), KEY), [KEPT])


# --- receipts, disclosures, consistency ---------------------------------------------------------


def text_of(text, key=SECRET):
    return {"ref": "r1", "what": "case", "text": text, "key": key.hex()}


REFERENCE = {"ref": "r1", "commitment": commitment(SECRET, "case", "2026/17")}
WITH_CASE = SmallLedger(5, case_reference=REFERENCE)


def write(document):
    return json.dumps(document).encode()


@pytest.mark.parametrize("index", range(12))
def test_a_receipt_verifies(index):
    head, entries = verify_document(write(LEDGER.receipt(index)), KEY)
    assert (head.size, entries[0]["enrolled"]) == (12, index)


def test_a_text_kept_apart_is_proved_by_the_entry():
    verify_document(write(WITH_CASE.receipt(2) | {"texts": [text_of("2026/17")]}), KEY)


def test_a_disclosure_verifies_entry_by_entry():
    parts = [{name: LEDGER.receipt(index)[name] for name in ("entry", "proof")} for index in (2, 7)]
    document = {"format": "recognizance-disclosure/1", "checkpoint": LEDGER.notes[-1], "entries": parts, "texts": []}
    assert [entry["index"] for entry in verify_document(write(document), KEY)[1]] == [2, 7]


@pytest.mark.parametrize(("older", "newer"), [(0, 12), (5, 12), (8, 12), (12, 12)])
def test_consistency_of_two_checkpoints_verifies(older, newer):
    proof = [step.hex() for step in prove_consistency(LEDGER.node, older, newer)]
    document = {"older": LEDGER.notes[older], "newer": LEDGER.notes[newer], "proof": proof}
    assert verify_document(write(document | {"format": "recognizance-consistency/1"}), KEY)[1] == []


CHANGED = json.loads(LEDGER.lines[3]) | {"threshold": 50}
OTHERS_NOTE = sign(Tree(), SigningKey("recognizance-2", bytes(32)))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (write(LEDGER.receipt(3) | {"entry": CHANGED}), "entry 3 is not in the ledger"),
        (write(LEDGER.receipt(3) | {"proof": LEDGER.receipt(4)["proof"]}), "entry 3 is not in the ledger"),
        (write(LEDGER.receipt(3) | {"checkpoint": LEDGER.notes[3]}), "entry 3 is not one of 3"),
        (write(LEDGER.receipt(3) | {"checkpoint": OTHERS_NOTE}), "it is another installation's"),
        (write(LEDGER.receipt(3) | {"format": "receipt"}), "cannot be read: KeyError"),
        (write(LEDGER.receipt(3) | {"proof": ["xyz"]}), "cannot be read: ValueError"),
        (write(LEDGER.receipt(3) | {"proof": 7}), "cannot be read: TypeError"),
        (write({"format": "recognizance-receipt/1"}), "cannot be read: KeyError"),
        (write({"format": "recognizance-disclosure/1", "checkpoint": LEDGER.notes[-1]}), "cannot be read: TypeError"),
        (b'{"format":"recognizance-receipt/1","format":"recognizance-receipt/1"}', "a name occurs twice"),
        (b"[]", "cannot be read: TypeError"),
        (b"\xff", "cannot be read: UnicodeDecodeError"),
        (write(WITH_CASE.receipt(2) | {"texts": [text_of("2026/18")]}), "not the one that the entries committed to"),
        (write(WITH_CASE.receipt(2) | {"texts": [text_of("2026/17", bytes(32))]}), "not the one that the entries"),
        (write(LEDGER.receipt(3) | {"texts": [text_of("2026/17")]}), "not the one that the entries committed to"),
        (
            write(
                {
                    "format": "recognizance-consistency/1",
                    "older": LEDGER.notes[5],
                    "newer": LEDGER.notes[12],
                    "proof": [],
                }
            ),
            "the first 5 entries are not those",
        ),
    ],
)
def test_a_false_document_is_refused(data, message):
    with pytest.raises(VerificationError, match=message):
        verify_document(data, KEY)


# --- the command --------------------------------------------------------------------------------


@pytest.fixture
def exported(tmp_path):
    (tmp_path / "ledger.ndjson").write_bytes(LEDGER.file())
    (tmp_path / "checkpoint.note").write_text(LEDGER.notes[-1])
    (tmp_path / "older.note").write_text(LEDGER.notes[9])
    (tmp_path / "receipt.json").write_bytes(write(LEDGER.receipt(3)))
    (tmp_path / "key.txt").write_text(f"{SIGNER.public}\n")
    return tmp_path


def test_the_command_tells_what_it_verified(exported, capsys):
    key = str(SIGNER.public)
    assert main([str(exported), "--key", key]) == 0
    assert main([str(exported / "ledger.ndjson"), "--key", key, "--checkpoint", str(exported / "older.note")]) == 0
    assert main(["--receipt", str(exported / "receipt.json"), "--key", str(exported / "key.txt")]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == told[1]
    assert told[0].startswith("verified: 12 entries up to 2026-11-25T01:02:14.000Z (12 search); root ")
    assert told[2] == "verified: receipt.json: entries 3 (search, 2026-11-25T01:02:06.000Z) of a ledger of 12"


def test_the_command_tells_what_does_not_hold(exported, capsys):
    key = str(SIGNER.public)
    other = str(SigningKey("recognizance-2", bytes(32)).public)
    (exported / "cut").mkdir()
    (exported / "cut" / "ledger.ndjson").write_bytes(LEDGER.file()[:-1])
    (exported / "cut" / "checkpoint.note").write_text(LEDGER.notes[-1])
    for arguments in (
        [str(exported), "--key", other],
        [str(exported), "--key", "nonsense"],
        [str(exported / "cut"), "--key", key],
        [str(exported / "absent"), "--key", key],
        ["--receipt", str(exported / "older.note"), "--key", key],
    ):
        assert main(arguments) == 1
    told = capsys.readouterr().err.splitlines()
    assert all(line.startswith("NOT VERIFIED: ") for line in told)
    assert "another installation's" in told[0]
    assert "this is no public key" in told[1]
    assert "entry 11 is cut off" in told[2]
    assert "absent" in told[3]
    assert "cannot be read" in told[4]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name a ledger, or --receipt"),
        (["l", "--receipt", "r"], "name a ledger"),
        (["--receipt", "r", "--checkpoint", "c"], "goes with a ledger"),
    ],
)
def test_a_command_line_without_sense_is_refused(arguments, message, capsys):
    with pytest.raises(SystemExit):
        main([*arguments, "--key", "k"])
    assert message in capsys.readouterr().err


ALONE = """
import runpy, sys
sys.modules["recognizance"] = None  # any import of it fails
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_the_file_alone_is_enough(exported):
    alone = exported / "copied.py"
    alone.write_bytes(Path(verifier.__file__).read_bytes())
    command = [sys.executable, "-I", "-c", ALONE, alone, exported, "--key", exported / "key.txt"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("verified: 12 entries")
    (exported / "ledger.ndjson").write_bytes(LEDGER.file(11))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "there are 11 entries, and the checkpoint counts 12" in done.stderr
