"""The sweep erases what no answer shows any more, with receipts, and finishes what a crash cut short."""

from __future__ import annotations

import pytest

from recognizance.errors import CollectionNotFoundError, StorageError
from recognizance.governance import retentions
from recognizance.vault import DESTROYED

from .rights import DAY, NOW, Rights, ending


@pytest.fixture
def rights(tmp_path):
    opened = Rights(tmp_path / "data")
    opened.collect("people")
    yield opened
    opened.close()


def test_days_hold_for_faces_old_and_new_and_are_recorded(rights):
    rights.enrol(1, user="ann")
    rights.now = NOW + 5 * DAY
    young = rights.enrol(2, user="ann")
    assert rights.users_found(1) == ["ann"]
    rights.retentions.set_days("people", 5, operator="RK1", now=rights.now)
    rights.retentions.set_days("people", 5, operator="RK1", now=rights.now)
    assert [rights.found(1), rights.found(2), rights.users_found(1)] == [[], [young], []]
    rights.retentions.set_days("people", None, operator="RK1", now=rights.now)
    told = [(entry["collection"], entry["before"], entry["days"]) for entry in rights.told("retention")]
    assert told == [("people", None, 5), ("people", 5, None)]
    with pytest.raises(CollectionNotFoundError):
        rights.retentions.set_days("nothing", 5, operator="RK1", now=NOW)


def test_the_sweep_erases_lapsed_faces_and_gives_receipts(rights):
    consent = rights.consents.give(ending(days=1), operator="RK1", now=NOW)
    first, second = rights.enrol(1, consent=consent.id, user="ann"), rights.enrol(2, consent=consent.id)
    kept = rights.enrol(3)
    assert rights.retentions.sweep(now=NOW) == 0
    rights.now = NOW + DAY
    assert rights.retentions.sweep(now=rights.now) == 2
    assert rights.stored() == [kept]
    assert rights.gallery.collection("people").face_count == 1
    assert [rights.halves.get(slot) == DESTROYED for slot in range(3)] == [True, True, False]
    (entry,) = rights.told("deletion")
    assert (entry["code"], entry["operator"], entry["faces"]) == ("TERM_ENDED", None, [first, second])
    (receipt,) = rights.receipts.of_faces([first, second])
    assert rights.verified(receipt) == entry
    assert rights.retentions.sweep(now=rights.now) == 0


def test_a_sweep_cut_short_is_taken_up_by_the_next(rights, monkeypatch):
    monkeypatch.setattr(retentions, "BATCH", 2)
    rights.retentions.set_days("people", 1, operator="RK1", now=NOW)
    faces = [rights.enrol(seed) for seed in range(5)]
    rights.now = NOW + DAY
    erase, left = rights.receipts.erase, iter([True])

    def crash(*arguments, **more):
        if next(left, None):
            return erase(*arguments, **more)
        raise StorageError("crash")

    with monkeypatch.context() as patch:
        patch.setattr(rights.receipts, "erase", crash)
        with pytest.raises(StorageError, match="crash"):
            rights.retentions.sweep(now=rights.now)
    assert rights.stored() == faces[2:]
    assert rights.found(3) == []
    assert rights.retentions.sweep(now=rights.now) == 3
    assert sorted(face for entry in rights.told("deletion") for face in entry["faces"]) == sorted(faces)
