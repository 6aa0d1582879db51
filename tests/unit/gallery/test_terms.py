"""A face whose term has run out is nowhere in an answer, though nothing has erased it; a frozen one is in no search."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recognizance.errors import FaceNotFoundError
from recognizance.ledger.entry import write_moment
from recognizance.storage import collections, faces, terms
from recognizance.storage.ledger import Head, put_head
from recognizance.values import Embedding, FaceRefusal, FaceTerms, UserStatus

from .conftest import NOW, SPACE, enrol, found, vector

DAY = timedelta(days=1)
SHORT = FaceTerms(consent_id="c", limit_at=NOW + DAY)


@pytest.fixture
def gallery(installation):
    with installation.opened_with_people() as opened:
        yield opened


def write(installation, work, *arguments):
    return installation.database.write(lambda connection: work(connection, *arguments))


def users_found(gallery, seed, min_score=0.3):
    matches = gallery.search_users("people", Embedding(vector(seed), SPACE), limit=9, min_score=min_score)
    return {match.user.user_id: round(match.score, 2) for match in matches}


def test_a_lapsed_face_is_in_no_answer(installation, gallery):
    short, other = enrol(gallery, 1, terms=SHORT)[0], enrol(gallery, 2)[0]
    assert found(gallery, 1) == [short.face_id]
    installation.now += DAY
    assert found(gallery, 1) == []
    assert gallery.faces("people", after=None, limit=9) == [other]
    assert gallery.faces("people", after=None, limit=9, face_ids=[short.face_id]) == []
    assert gallery.faces_of_image("people", image_id="image 1", external_image_id=None) == []
    with pytest.raises(FaceNotFoundError):
        gallery.search_by_face("people", short.face_id, limit=9, min_score=0.0)
    gallery.create_user("people", "ann", now=NOW)
    refused = gallery.associate("people", "ann", [short.face_id], min_score=0.0)
    assert refused == ([], [FaceRefusal(short.face_id, ("FACE_NOT_FOUND",))], UserStatus.CREATED)


def test_a_face_is_there_until_the_last_moment(installation, gallery):
    face = enrol(gallery, 1, terms=SHORT)[0]
    installation.now += DAY - timedelta(milliseconds=1)
    assert found(gallery, 1) == [face.face_id]


def test_it_stays_away_when_the_clock_is_set_back(installation, gallery):
    enrol(gallery, 1, terms=SHORT)
    installation.now += DAY
    assert found(gallery, 1) == []
    installation.now -= 2 * DAY
    assert found(gallery, 1) == []


def test_it_stays_away_when_the_clock_is_set_back_over_a_restart(installation):
    with installation.opened_with_people() as gallery:
        enrol(gallery, 1, terms=SHORT)
        write(installation, put_head, Head(1, b"", "0" * 64, NOW + DAY, write_moment(NOW)))
    with installation.open() as gallery:
        assert found(gallery, 1) == []


def test_a_user_is_not_found_by_a_lapsed_face(installation, gallery):
    short, other = enrol(gallery, 1, terms=SHORT)[0], enrol(gallery, 2)[0]
    gallery.create_user("people", "ann", now=NOW)
    gallery.associate("people", "ann", [short.face_id, other.face_id], min_score=-1.0)
    both = users_found(gallery, 2)
    installation.now += DAY
    assert users_found(gallery, 1) == {}
    assert both["ann"] < users_found(gallery, 2)["ann"] == 1.0
    assert [user.status for user in gallery.users("people", after=None, limit=9)] == [UserStatus.ACTIVE]


def test_a_user_of_lapsed_faces_alone_is_not_active(installation, gallery):
    face = enrol(gallery, 1, terms=SHORT)[0]
    gallery.create_user("people", "ann", now=NOW)
    gallery.associate("people", "ann", [face.face_id], min_score=-1.0)
    installation.now += DAY
    assert users_found(gallery, 1) == {}
    assert [user.status for user in gallery.users("people", after=None, limit=9)] == [UserStatus.CREATED]
    assert gallery.search_users_by_user("people", "ann", limit=9, min_score=0.0) == []


def test_a_restart_does_not_bring_a_lapsed_face_back_into_a_user(installation):
    with installation.opened_with_people() as gallery:
        short, other = enrol(gallery, 1, terms=SHORT)[0], enrol(gallery, 2)[0]
        gallery.create_user("people", "ann", now=NOW)
        gallery.associate("people", "ann", [short.face_id, other.face_id], min_score=-1.0)
    installation.now += DAY
    with installation.open() as gallery:
        assert users_found(gallery, 2) == {"ann": 1.0}


def test_the_same_picture_is_stored_anew_when_the_old_face_has_lapsed(installation, gallery):
    old = enrol(gallery, 1, terms=SHORT)[0]
    installation.now += DAY
    new = enrol(gallery, 1, now=installation.now)[0]
    assert new.face_id != old.face_id
    assert found(gallery, 1) == [new.face_id]
    (lapsed,) = write(installation, lambda connection: terms.lapsed(connection, installation.now, limit=9))
    assert lapsed == terms.TermedFace("people", old.number, old.face_id, None)


def test_the_same_picture_with_a_fresh_consent_is_renewed_and_without_one_is_not(installation, gallery):
    face = enrol(gallery, 1, terms=SHORT)[0]
    assert enrol(gallery, 1) == [face]
    assert write(installation, terms.find, [face.number]) == {face.number: SHORT}
    longer = FaceTerms(consent_id="d", limit_at=NOW + 2 * DAY)
    assert enrol(gallery, 1, terms=longer) == [face]
    installation.now += DAY
    assert found(gallery, 1) == [face.face_id]


@pytest.mark.parametrize(("own", "left"), [(None, 3), (FaceTerms(limit_at=NOW + 9 * DAY), 3), (SHORT, 1)])
@pytest.mark.parametrize("before", [True, False])
def test_the_days_of_the_collection_limit_faces_old_and_new(installation, gallery, own, left, before):
    if before:
        write(installation, terms.set_retention_days, 1, 3)
    enrol(gallery, 1, terms=own)
    if not before:
        write(installation, terms.set_retention_days, 1, 3)
    installation.now = NOW + left * DAY - timedelta(milliseconds=1)
    assert len(found(gallery, 1)) == 1
    installation.now = NOW + left * DAY
    assert found(gallery, 1) == []


def test_when_the_days_go_the_other_limits_stay(installation, gallery):
    enrol(gallery, 1, terms=SHORT)
    face = enrol(gallery, 2)[0]
    write(installation, terms.set_retention_days, 1, 3)
    write(installation, terms.set_retention_days, 1, None)
    installation.now += 5 * DAY
    assert [found(gallery, 1), found(gallery, 2)] == [[], [face.face_id]]


def test_a_frozen_face_is_listed_but_in_no_search(installation, gallery):
    face = enrol(gallery, 1)[0]
    gallery.create_user("people", "ann", now=NOW)
    gallery.associate("people", "ann", [face.face_id], min_score=-1.0)
    write(installation, terms.freeze, [face.number], "r")
    gallery.refresh_users("people", ["ann"])
    assert [found(gallery, 1), users_found(gallery, 1)] == [[], {}]
    with pytest.raises(FaceNotFoundError):
        gallery.search_by_face("people", face.face_id, limit=9, min_score=0.0)
    assert [one.face_id for one in gallery.faces("people", after=None, limit=9)] == [face.face_id]
    assert write(installation, terms.frozen_by, "r") == [terms.TermedFace("people", face.number, face.face_id, "ann")]
    write(installation, terms.thaw, "r")
    gallery.refresh_users("people", ["ann"])
    assert [found(gallery, 1), users_found(gallery, 1)] == [[face.face_id], {"ann": 1.0}]


def test_terms_go_with_their_faces_and_collections(installation, gallery):
    face = enrol(gallery, 1, terms=SHORT)[0]
    write(installation, terms.set_retention_days, 1, 3)
    write(installation, terms.freeze, [face.number], "r")
    gallery.delete_faces("people", [face.face_id])
    assert write(installation, terms.find, [face.number]) == {}
    gallery.delete_collection("people")
    assert write(installation, terms.retention_days, 1) is None


def test_terms_are_looked_up_by_index_alone(installation, gallery):
    with installation.database._reader.connect() as connection:
        plans = []
        for query in (
            faces._shown(1).where(faces.table.c.number.in_([1, 2]), terms.usable(NOW)),
            faces._shown(1).where(faces.table.c.id.in_(["a"]), terms.listed(NOW)),
        ):
            text = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
            plans += [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
    assert plans
    assert [plan for plan in plans if plan.startswith("SCAN")] == []
    assert write(installation, collections.find, "people").number == 1
