"""A review from the search to the report, over the real ledger."""

from __future__ import annotations

import pytest

from recognizance.governance.book import Book
from recognizance.governance.cases import Cases
from recognizance.governance.opening import Found, Opener, Opening
from recognizance.governance.reports import annual
from recognizance.governance.reviewers import Reviewers
from recognizance.ledger.verifier import open_note, verify_ledger
from recognizance.review.choice import NONE_OF_THESE
from recognizance.storage.folder import DataFolder
from recognizance.storage.marks import open_vault

from .court import ANN, BO, CHIEF, CY, DAY, DI, LATER, NOW, SAM


@pytest.fixture
def book(court, tmp_path):
    with DataFolder.open(tmp_path / "data") as folder:
        yield Book.open(folder, court.database, open_vault(court.database, folder.master_key))


def test_a_review_is_recorded_whole_and_counted(court, book):
    vault = court.portraits._vault
    reviewers = Reviewers(court.database, book)
    cases = Cases(court.database, vault, book, reviewers=reviewers, portraits=court.portraits, overdue=lambda *_: False)
    opener = Opener(court.database, vault, book, court.seeds)
    for who in (ANN, BO, CY, DI):
        reviewers.register(who, by=CHIEF, trained_at=NOW - DAY, expires_at=LATER, now=NOW)
    court.enrol("kim", user="kim")
    (kim,) = court.gallery.users("people", after=None, limit=9)
    opened = []
    for _ in range(6):
        opening = Opening("people", SAM, [Found(99.0, user=kim)], needed=2, picture=b"probe", seed_share=0.0)
        case_id = opener.open(opening, now=NOW)
        candidate = cases.show(case_id, ANN, now=NOW).candidates[0][0]
        for who in (ANN, BO):
            cases.vote(case_id, who, candidate, now=NOW)
        opened.append(case_id)
    cases.contest(opened[0], CHIEF, "it is her sister", now=NOW)
    for who in (CY, DI):
        cases.vote(opened[0], who, NONE_OF_THESE, now=NOW)

    lines = [row.body.encode() for row in book.stored()]
    kinds = verify_ledger(lines, open_note(book.checkpoint(), book.anchor.key)).kinds
    assert dict(kinds) == {"reviewer": 4, "case": 6, "vote": 14, "decision": 7, "contest": 1}
    of_case = list(book.entries(case={opened[0]}))
    assert [(entry["index"], entry["kind"]) for entry in of_case] == cases.entries(opened[0])
    assert not any(b"sister" in line or b"kim" in line or b'"ann"' in line for line in lines)
    told = of_case[0]["candidates"][0]["user"]["ref"]
    (revealed,) = book.reveal([told], operator=CHIEF.id, case=opened[0], at=NOW)
    assert (revealed.what, revealed.text) == ("user", "kim")

    tables = {table["id"]: table for table in annual(book.entries(), year=2026)["tables"]}
    assert tables["reviews"]["rows"]["verified: enough people named the same candidate"] == 6
    assert tables["corrections"]["total"] is None


def test_a_change_that_fails_leaves_neither_row_nor_entry(court, book):
    vault = court.portraits._vault
    opener = Opener(court.database, vault, book, court.seeds)
    opening = Opening("people", SAM, [Found(99.0, face_id="f")], needed=2, seed_share=0.0)

    def search(_connection):
        opener.open(opening, now=NOW)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        court.database.write(search)
    assert list(book.entries()) == []
    assert court.cases.leads(CHIEF, after=None, limit=9, now=NOW) == []
