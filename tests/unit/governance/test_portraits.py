"""Portraits are kept sealed, and go with their face."""

from __future__ import annotations

import pytest

from recognizance.errors import CollectionNotFoundError, FaceNotFoundError


def test_a_portrait_is_kept_and_replaced(court):
    face_id = court.enrol("una")
    assert court.portraits.of_faces("people", [face_id]) == {face_id: b"portrait of una"}
    court.portraits.keep("people", face_id, b"a better one")
    assert court.portraits.of_faces("people", [face_id, "other"]) == {face_id: b"a better one"}


def test_a_deleted_face_leaves_no_portrait(court):
    face_id = court.enrol("una")
    court.gallery.delete_faces("people", [face_id])
    assert court.portraits.of_faces("people", [face_id]) == {}


@pytest.mark.parametrize(
    ("error", "collection", "face"),
    [(FaceNotFoundError, "people", "nobody"), (CollectionNotFoundError, "nowhere", "nobody")],
)
def test_a_portrait_needs_a_face(small_court, error, collection, face):
    with pytest.raises(error, match=r"not found|does not exist"):
        small_court.portraits.keep(collection, face, b"jpeg")


def test_a_collection_that_is_gone_shows_nothing(small_court):
    assert small_court.portraits.of_faces("nowhere", ["f"]) == {}
    assert small_court.portraits.of_user("nowhere", 1) == {}
