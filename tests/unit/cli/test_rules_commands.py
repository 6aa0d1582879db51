"""Commands of rules against a running server, typed by two administrators, an operator and reviewers."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
from structlog.testing import capture_logs

from recognizance.app import App, utc_now
from recognizance.cli import presence
from recognizance.cli.credentials import as_profile, ensure_credentials
from recognizance.ledger.verifier import verify_document
from recognizance.settings import Settings
from recognizance.testing.server import running
from recognizance.testing.vision import Person
from recognizance.values import Role
from recognizance.wire.session import write_tag

from .conftest import picture

PEOPLE = {
    "first": Role.ADMINISTRATOR,
    "second": Role.ADMINISTRATOR,
    "officer": Role.OPERATOR,
    "rita": Role.REVIEWER,
    "rosa": Role.REVIEWER,
}


class Desk:
    """A server on the data folder of `cli`, and people with profiles."""

    def __init__(self, app, url, keys):
        self.app = app
        self.url = url
        self.keys = keys

    def aws(self, person, **said):
        key = self.keys[person]
        return boto3.client(
            "rekognition",
            endpoint_url=self.url,
            region_name="eu-west-1",
            aws_access_key_id=key.id,
            aws_secret_access_key=key.secret,
            aws_session_token=write_tag(said) if said else None,
        )

    def enrol(self, collection, name, **said):
        image = {"Bytes": picture(Person(name))}
        [record] = self.aws("first", **said).index_faces(CollectionId=collection, Image=image)["FaceRecords"]
        return record["Face"]["FaceId"]


@pytest.fixture
def desk(sketched, data, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_ENDPOINT_URL_REKOGNITION"):
        monkeypatch.delenv(name, raising=False)
    with capture_logs(), App(Settings(data=data)) as app, running(app.asgi()) as url:
        ensure_credentials(app.store.folder, app.store.keys, utc_now)
        keys = {name: app.store.keys.create(role, "", utc_now(), person=name) for name, role in PEOPLE.items()}
        profiles = tmp_path / "profiles"
        profiles.write_text("".join(as_profile(key, name) for name, key in keys.items()))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(profiles))
        presence.announce(data, url)
        yield Desk(app, url, keys)


@pytest.fixture
def by(cli, desk):
    """Run a command as a person; it has to succeed. Gives its outcome."""

    def by(person, *arguments):
        outcome = cli(*arguments, "--profile", person)
        assert outcome.code == 0, outcome.err
        return outcome

    return by


def written(cli, tmp_path, profile, **changes):
    """The document of a profile with some fields changed or taken out, in a file."""
    lines = [
        line for line in cli("policy", "profiles", profile).out.splitlines() if line.partition(" ")[0] not in changes
    ]
    fields = [f"{name} = {json.dumps(value)}" for name, value in changes.items() if value is not None]
    file = tmp_path / "policy.toml"
    file.write_text("\n".join([*fields, *lines]))
    return file


def test_profiles_need_no_server(cli):
    assert "doorstep" in cli("policy", "profiles").out.splitlines()
    assert "doorstep" in cli("policy", "profiles", "--json").json
    assert cli("policy", "profiles", "doorstep").out.startswith("# Doorstep")
    assert "does not exist" in cli("policy", "profiles", "nobody").err


def test_a_policy_from_first_to_looser(cli, by, desk, tmp_path):
    file = written(cli, tmp_path, "photo-library")
    assert "holds from now on" in cli("policy", "put", file).err  # by the key of the data folder
    desk.aws("first").create_collection(CollectionId="album")
    assert by("first", "policy", "attach", "album", "photo-library", "--json").json == {"holds": True, "proposal": None}
    assert "photo-library" in by("officer", "policy", "list").out
    assert by("officer", "policy", "list", "--json").json[0]["policy"]["floor"] == 80
    assert "in-person, submitted-by-subject" in by("officer", "policy", "show", "photo-library").out
    looser = written(cli, tmp_path, "photo-library", version=2, most_candidates=200)
    refusal = cli("policy", "put", looser, "--profile", "first")
    assert refusal.err.startswith("recognizance: SECOND_PERSON_NEEDED: the change loosens rules")
    proposal = by("first", "policy", "put", looser, "--reason", "longer lists").out.strip()
    assert proposal in by("second", "policy", "proposals").out
    assert by("second", "policy", "proposals", "--json").json[0]["loosened"] == ["most_candidates"]
    assert "SAME_PERSON" in cli("policy", "approve", proposal, "--profile", "first").err
    assert "it holds" in by("second", "policy", "approve", proposal).err
    assert [
        one["policy"]["version"] for one in by("second", "policy", "show", "photo-library", "--versions", "--json").json
    ] == [1, 2]
    assert by("second", "policy", "show", "photo-library", "--json").json["approved_by"] == desk.keys["second"].id
    assert "RERUN_NEEDED" in cli("policy", "detach", "album", "--reason", "a try", "--profile", "first").err
    by("first", "policy", "put", written(cli, tmp_path, "photo-library", name="open", floor=0.0))
    desk.aws("first").create_collection(CollectionId="crowd", Tags={"recognizance:policy": "open"})
    proposal = by("first", "policy", "detach", "crowd", "--reason", "a try", "--json").json["proposal"]["id"]
    assert "withdrawn" in by("first", "policy", "withdraw", proposal).err


def test_a_stop_until_two_lift_it(cli, by):
    stop = by("first", "stop", "set", "installation", "--reason", "complaint", "--spare", "missing-person").out.strip()
    assert stop in by("officer", "stop", "list").out
    assert by("officer", "stop", "list", "--json").json[0]["spared"] == ["missing-person"]
    ends = by(
        "first", "stop", "set", "operation", "SearchFaces", "--reason", "x", "--until", "2999-01-01", "--json"
    ).json
    assert (ends["target"], ends["until"]) == ("SearchFaces", "2999-01-01T00:00:00Z")
    assert "stop confirm" in by("first", "stop", "lift", stop, "--reason", "settled").err
    assert "SAME_PERSON" in cli("stop", "confirm", stop, "--profile", "first").err
    assert "lifted" in by("second", "stop", "confirm", stop).err
    assert stop not in by("officer", "stop", "list").out


def test_a_search_authorised_and_reviewed(cli, by, desk, tmp_path):
    file = written(cli, tmp_path, "police-investigation", audit_days=None, seed_share=0.0, name="detectives")
    by("first", "policy", "put", file)
    desk.aws("first").create_collection(CollectionId="suspects", Tags={"recognizance:policy": "detectives"})
    desk.enrol("suspects", "suspect")
    for name in ("rita", "rosa"):
        dates = ("--trained", "2025-01-01", "--expires", "2999-01-01")
        told = by("first", "review", "register", desk.keys[name].id, *dates)
        assert told.err == f"{name} may vote until 2999-01-01T00:00:00Z\n"
    assert by("first", "review", "register", desk.keys["rosa"].id, "--trained", "2025-02-01", *dates[2:], "--json").json
    image = {"Bytes": picture(Person("suspect"))}
    case = desk.aws("officer", case="2026/1", authorisation="A/1").search_faces_by_image(
        CollectionId="suspects", Image=image
    )["ResponseMetadata"]["HTTPHeaders"]["x-recognizance-case"]
    said = ("A/1", "--case", "2026/1", "--issuer", "Court")
    assert "either --until" in cli("authorisation", "register", *said).err
    known = by("first", "authorisation", "register", *said, "--until", "2999-01-01").out.strip()
    assert known in by("first", "authorisation", "list").out
    assert by("first", "authorisation", "list", "--json").json[0]["issuer"] == "Court"
    assert case in by("rita", "review", "list").out
    assert by("rosa", "review", "list", "--json").json == [case]
    seen = by("rita", "review", "show", case, "--out", tmp_path / "case", "--json").json
    assert all(Path(file).read_bytes() for files in seen["files"].values() for file in files)
    assert "none_of_these" in by("rosa", "review", "show", case, "--out", tmp_path / "case").out
    for name in ("rita", "rosa"):
        assert "counted, entry" in by(name, "review", "vote", case, seen["choices"][2]).err
    assert "agreed on" in by("officer", "review", "lead", case).out
    assert by("officer", "review", "lead", case, "--json").json["state"] == "confirmed"
    assert case in by("officer", "review", "lead").out
    assert by("officer", "review", "lead", "--after", case, "--json").json == []
    assert "frozen" in by("officer", "review", "contest", case, "--reason", "a twin").err
    assert "unresolved" in by("first", "review", "close", case).err
    assert "not enough data" in by("first", "review", "reviewers").out
    assert by("first", "review", "reviewers", "--json").json[0]["person"] == "rita"
    assert "withdrawn" in by("first", "authorisation", "withdraw", known).err
    refused = by("first", "authorisation", "register", "A/2", *said[1:], "--refused", "--json").json
    assert refused["rejected_at"]


def test_consent_and_a_person_who_asks(cli, by, desk, tmp_path):
    notice, me = tmp_path / "notice.txt", tmp_path / "me.jpg"
    notice.write_text("We keep your face.")
    me.write_bytes(picture(Person("ann")))
    options = ("--purpose", "photo-library", "--source", "in-person", "--until", "2999-01-01", "--signature", "paper 1")
    by("first", "policy", "put", written(cli, tmp_path, "photo-library"))
    desk.aws("first").create_collection(CollectionId="album", Tags={"recognizance:policy": "photo-library"})
    consent = by("officer", "consent", "give", notice, *options, "--subject", "Ann").out.strip()
    assert by("officer", "consent", "give", notice, *options, "--json").json["purpose"] == "photo-library"
    assert consent in by("officer", "consent", "list").out
    assert len(by("officer", "consent", "list", "--json").json) == 2
    face = desk.enrol("album", "ann", consent=consent)
    assert face in by("officer", "subject", "find", me, "--collection", "album").out
    assert by("officer", "subject", "find", me, "--collection", "album", "--json").json["refused"] == []
    told = by("officer", "subject", "answer", "--consent", consent, "--name", "Ann")
    assert (face in told.out, "SearchFacesByImage" in told.out) == (True, True)
    assert by("officer", "subject", "answer", face, "--json").json["withheld"] == 0
    assert "name faces" in cli("subject", "answer").err
    request = by("officer", "subject", "freeze", face).out.strip()
    assert request in by("officer", "subject", "requests").out
    assert by("officer", "subject", "requests", "--json").json[0]["action"] == "freeze"
    assert "settled" in by("first", "subject", "settle", request).err
    by("officer", "subject", "contest", face, "--reason", "that is not me")
    by("officer", "subject", "erase", face, "--out", tmp_path / "receipts")
    [file] = (tmp_path / "receipts").iterdir()
    _, [entry] = verify_document(file.read_bytes(), desk.app.book.anchor.key)
    assert entry["faces"] == [face]
    assert f"wrote {file}" in by("officer", "subject", "receipt", face, "--out", tmp_path / "receipts").err
    assert "0 faces" in by("officer", "consent", "withdraw", consent).err


def test_a_collection_that_may_not_be_searched_for_a_person(cli, by, desk, tmp_path):
    me = tmp_path / "me.jpg"
    me.write_bytes(picture(Person("ann")))
    desk.aws("first").create_collection(CollectionId="album")
    by("first", "stop", "set", "collection", "album", "--reason", "complaint")
    assert "album was not searched: STOPPED" in by("officer", "subject", "find", me, "--collection", "album").err


def test_a_report(cli, by, tmp_path):
    page = tmp_path / "report.html"
    year = utc_now().year
    assert by("first", "report", "--year", year, "--html", page).err == f"wrote {page}\n"
    assert page.read_text().startswith("<!doctype html>")
    document = by("first", "report", "--from", f"{year}-01-01", "--to", f"{year + 1}-01-01", "--json").json
    assert document["from"] == f"{year}-01-01T00:00:00.000Z"
    assert "all" in by("first", "report", "--year", year).out
    assert "either --from and --to, or a --year" in cli("report").err
