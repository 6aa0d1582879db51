"""The gallery's contract (`recognizance.ports.Gallery`), on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import func, select

from recognizance.errors import (
    CollectionExistsError,
    CollectionNotFoundError,
    FaceNotFoundError,
    QuotaExceededError,
    SealError,
    SpaceMismatchError,
    StorageError,
    TokenReusedError,
    UserExistsError,
    UserNotFoundError,
)
from recognizance.gallery import Gallery, association, enrolment, matching
from recognizance.storage import collections as collection_rows
from recognizance.storage import faces as face_rows
from recognizance.storage.database import Database
from recognizance.storage.schema import faces as face_table
from recognizance.storage.schema import metadata
from recognizance.values import Embedding, FaceRefusal, NewFace, UserStatus
from recognizance.vault import Vault

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
VAULT = Vault(bytes(32))
SPACE = "test-16"


def person(number, dimension=16):
    """A unit vector of a person; different people are at right angles."""
    return np.eye(dimension, dtype=np.float32)[number]


def near(vector, score):
    """A unit vector at this cosine from `vector`, in a direction that no person has."""
    aside = np.eye(16, dtype=np.float32)[15]
    return (score * vector + np.sqrt(1 - score**2) * aside).astype(np.float32)


def embedding(vector, space=SPACE):
    return Embedding(np.asarray(vector, np.float32), space)


def new_face(vector, left=0.1, space=SPACE):
    return NewFace(embedding(vector, space), (left, 0.2, 0.3, 0.4), 0.99)


@pytest.fixture
def gallery(database):
    with Gallery.open(database, VAULT) as opened:
        opened.create_collection("people", space=SPACE, model_version="1.0", tags={}, now=NOW)
        yield opened


@pytest.fixture
def reopened(gallery, database):
    """A second gallery over the same rows, as after a restart."""

    def reopen():
        return Gallery.open(database, VAULT)

    return reopen


def enrol(gallery, *vectors, image="image", external=None, collection="people"):
    faces = [new_face(vector, left=0.1 * place) for place, vector in enumerate(vectors)]
    return gallery.enrol(collection, faces, image_id=image, external_image_id=external, now=NOW)


def enrol_each(gallery, *vectors):
    """One picture a vector."""
    count = gallery.collection("people").face_count
    return [enrol(gallery, vector, image=f"image {count + place}")[0] for place, vector in enumerate(vectors)]


def found(gallery, vector, limit=10, min_score=0.5):
    matches = gallery.search("people", embedding(vector), limit=limit, min_score=min_score)
    return [(match.face.face_id, round(match.score, 2)) for match in matches]


def counts(gallery):
    collection = gallery.collection("people")
    return collection.face_count, collection.user_count


# --- collections ----------------------------------------------------------------------------------


def test_a_collection_is_what_it_was_made_as(gallery):
    made = gallery.create_collection("b", space="x", model_version="2.0", tags={"k": "v"}, now=NOW)
    assert (made.id, made.space, made.model_version, made.created_at) == ("b", "x", "2.0", NOW)
    assert gallery.collection("b") == made
    assert gallery.tags("b") == {"k": "v"}


def test_a_collection_exists_once(gallery):
    with pytest.raises(CollectionExistsError, match="id: people already exists"):
        gallery.create_collection("people", space=SPACE, model_version="1.0", tags={}, now=NOW)


def test_collections_are_paged_by_id(gallery):
    for name in ("Zoo", "art", "b-1", "b_1"):
        gallery.create_collection(name, space=SPACE, model_version="1.0", tags={}, now=NOW)
    assert [c.id for c in gallery.collections(after=None, limit=3)] == ["Zoo", "art", "b-1"]
    assert [c.id for c in gallery.collections(after="b-1", limit=9)] == ["b_1", "people"]


def test_a_deleted_collection_takes_everything_with_it(gallery, database):
    face = enrol(gallery, person(1))[0]
    gallery.create_user("people", "ann", now=NOW)
    gallery.associate("people", "ann", [face.face_id], min_score=0.0)
    gallery.tag("people", {"k": "v"})
    gallery.delete_collection("people")

    def rows(connection):
        tables = ("collections", "faces", "users", "tags")
        return [connection.scalar(select(func.count()).select_from(metadata.tables[name])) for name in tables]

    assert database.read(rows) == [0, 0, 0, 0]
    assert gallery._shelves == {}
    gallery.create_collection("people", space=SPACE, model_version="1.0", tags={}, now=NOW)
    assert found(gallery, person(1)) == []
    assert gallery.tags("people") == {}


def test_a_deletion_cut_short_is_done_by_the_next_start(gallery, database, monkeypatch):
    enrol(gallery, person(1), person(2))
    gallery.create_collection("others", space=SPACE, model_version="1.0", tags={}, now=NOW)
    theirs = enrol(gallery, person(1), collection="others")

    def crash(connection, collection_number):
        raise StorageError("crash")

    with monkeypatch.context() as patch:
        patch.setattr(face_rows, "remove_batch", crash)
        with pytest.raises(StorageError, match="crash"):
            gallery.delete_collection("people")
    assert [c.id for c in gallery.collections(after=None, limit=9)] == ["others"]
    gallery.create_collection("people", space=SPACE, model_version="1.0", tags={}, now=NOW)
    assert database.read(lambda connection: connection.scalar(select(func.count()).select_from(face_table))) == 3
    with Gallery.open(database, VAULT) as again:
        assert again.faces("others", after=None, limit=9) == theirs
        assert counts(again) == (0, 0)
    assert database.read(lambda connection: connection.scalar(select(func.count()).select_from(face_table))) == 1


def test_the_key_of_a_deleted_collection_is_in_no_file(tmp_path):
    with (
        Database.open(f"sqlite:///{tmp_path / 'x.db'}") as database,
        Gallery.open(database, VAULT) as gallery,
    ):
        gallery.create_collection("people", space=SPACE, model_version="1.0", tags={}, now=NOW)
        key = database.read(lambda connection: collection_rows.find(connection, "people").sealed_key)
        face = enrol(gallery, person(1))[0]
        sealed = database.read(lambda connection: face_rows.templates(connection, 1, face_ids=[face.face_id])[0])
        other = enrol(gallery, person(2), image="other")[0]

        def files_with(needle):
            return [path.name for path in tmp_path.iterdir() if needle in path.read_bytes()]

        assert all(files_with(needle) for needle in (key, sealed.sealed_key, sealed.sealed_template))
        gallery.delete_faces("people", [face.face_id])
        assert [files_with(sealed.sealed_key), files_with(sealed.sealed_template)] == [[], []]
        assert files_with(key) != []
        gallery.delete_collection("people")
        assert [files_with(key), files_with(other.face_id.encode())] == [[], []]


UNKNOWN_COLLECTION = [
    ("delete_collection", (), {}),
    ("collection", (), {}),
    ("enrol", ([new_face(person(0))],), {"image_id": "i", "external_image_id": None, "now": NOW}),
    ("faces", (), {"after": None, "limit": 1}),
    ("faces_of_image", (), {"image_id": "i", "external_image_id": None}),
    ("delete_faces", (["f"],), {}),
    ("search", (embedding(person(0)),), {"limit": 1, "min_score": 0.0}),
    ("search_by_face", ("f",), {"limit": 1, "min_score": 0.0}),
    ("create_user", ("u",), {"now": NOW}),
    ("delete_user", ("u",), {}),
    ("users", (), {"after": None, "limit": 1}),
    ("associate", ("u", ["f"]), {"min_score": 0.0}),
    ("disassociate", ("u", ["f"]), {}),
    ("search_users", (embedding(person(0)),), {"limit": 1, "min_score": 0.0}),
    ("search_users_by_face", ("f",), {"limit": 1, "min_score": 0.0}),
    ("search_users_by_user", ("u",), {"limit": 1, "min_score": 0.0}),
    ("tags", (), {}),
    ("tag", ({},), {}),
    ("untag", ([],), {}),
]


def test_every_call_names_an_unknown_collection(gallery):
    for method, arguments, options in UNKNOWN_COLLECTION:
        with pytest.raises(CollectionNotFoundError, match="The collection id: nobody does not exist"):
            getattr(gallery, method)("nobody", *arguments, **options)


# --- faces ----------------------------------------------------------------------------------------


def test_an_enrolled_face_is_found_by_the_next_search(gallery):
    first, second = enrol(gallery, person(1), person(2), external="ann")
    assert (first.image_id, first.external_image_id, first.user_id) == ("image", "ann", None)
    assert (first.box_ratios, first.confidence, first.model_version) == ((0.0, 0.2, 0.3, 0.4), 0.99, "1.0")
    assert first.number < second.number
    assert found(gallery, person(1)) == [(first.face_id, 1.0)]
    assert counts(gallery) == (2, 0)
    assert gallery.search("people", embedding(person(2)), limit=1, min_score=0.5)[0].face == second


def test_the_same_picture_again_stores_nothing_and_gives_the_same_records(gallery):
    before = enrol(gallery, person(1), person(2))
    assert enrol(gallery, person(1), person(2)) == before
    assert enrol(gallery, person(1), person(2), person(3))[:2] == before
    assert counts(gallery) == (3, 0)
    assert len(found(gallery, person(1))) == 1


@pytest.mark.parametrize(
    ("case", "options"),
    [("another picture", {"image": "other"}), ("another external id", {"external": "bob"})],
)
def test_what_is_not_the_same_picture_is_stored_anew(gallery, case, options):
    assert enrol(gallery, person(1)) != enrol(gallery, person(1), **options)
    assert counts(gallery) == (2, 0)


def test_faces_of_a_picture_come_in_the_order_of_enrolment(gallery):
    faces = enrol(gallery, person(3), person(1), external="ann")
    enrol(gallery, person(2), external="bob")
    assert gallery.faces_of_image("people", image_id="image", external_image_id="ann") == faces
    assert gallery.faces_of_image("people", image_id="image", external_image_id=None) == []


def test_faces_of_one_picture_are_all_stored_or_none(gallery, monkeypatch):
    insert_face, calls = face_rows.insert_face, []

    def fail_second(*arguments, **options):
        calls.append(arguments)
        if len(calls) == 2:
            raise StorageError("disk full")
        return insert_face(*arguments, **options)

    monkeypatch.setattr(face_rows, "insert_face", fail_second)
    with pytest.raises(StorageError, match="disk full"):
        enrol(gallery, person(1), person(2))
    assert counts(gallery) == (0, 0)
    assert found(gallery, person(1)) == []


def test_enrolling_no_faces_stores_nothing(gallery):
    assert enrol(gallery) == []
    assert counts(gallery) == (0, 0)


def test_a_collection_holds_no_more_than_its_quota(gallery, monkeypatch):
    monkeypatch.setattr(enrolment, "MAX_FACES", 2)
    enrol(gallery, person(1))
    with pytest.raises(QuotaExceededError, match="at most 2 faces"):
        enrol(gallery, person(2), person(3), image="other")
    assert counts(gallery) == (1, 0)


def test_vectors_of_another_space_never_meet_the_collection(gallery):
    with pytest.raises(SpaceMismatchError, match="'other' cannot be compared with 'test-16'"):
        gallery.enrol("people", [new_face(person(1), space="other")], image_id="i", external_image_id=None, now=NOW)
    for search in (gallery.search, gallery.search_users):
        with pytest.raises(SpaceMismatchError, match="'other' cannot be compared with 'test-16'"):
            search("people", embedding(person(1), "other"), limit=1, min_score=0.0)


def test_faces_are_paged_by_number(gallery):
    faces = enrol(gallery, *(person(n) for n in range(5)))
    assert gallery.faces("people", after=None, limit=2) == faces[:2]
    assert gallery.faces("people", after=faces[1].number, limit=9) == faces[2:]


def test_faces_are_narrowed_by_user_and_by_id(gallery):
    faces = enrol(gallery, *(person(1) for _ in range(4)))
    gallery.create_user("people", "ann", now=NOW)
    gallery.associate("people", "ann", [faces[1].face_id, faces[3].face_id], min_score=0.0)

    def numbers(**options):
        return [
            face.number - faces[0].number for face in gallery.faces("people", **({"after": None, "limit": 9} | options))
        ]

    assert numbers(user_id="ann") == [1, 3]
    assert numbers(user_id="ann", limit=1) == [1]
    assert numbers(user_id="ann", after=faces[1].number) == [3]
    assert numbers(face_ids=[faces[2].face_id, faces[0].face_id, "unknown"]) == [0, 2]
    assert numbers(face_ids=[faces[2].face_id, faces[0].face_id], limit=1) == [0]
    assert numbers(face_ids=[faces[2].face_id, faces[0].face_id], after=faces[0].number) == [2]
    assert numbers(user_id="ann", face_ids=[faces[2].face_id, faces[3].face_id]) == [3]
    assert gallery.faces("people", after=None, limit=9, user_id="ann")[0].user_id == "ann"
    with pytest.raises(UserNotFoundError, match="user id: bob does not exist"):
        numbers(user_id="bob")


def test_a_deleted_face_is_never_found_again(gallery, database, reopened):
    face, other = enrol_each(gallery, person(1), person(1))
    assert gallery.delete_faces("people", [face.face_id, "unknown", face.face_id]) == (
        [face.face_id],
        [FaceRefusal("unknown", ("FACE_NOT_FOUND",))],
    )
    assert counts(gallery) == (1, 0)
    assert found(gallery, person(1)) == [(other.face_id, 1.0)]
    assert len(next(iter(gallery._shelves.values())).faces) == 1
    with reopened() as again:
        assert found(again, person(1)) == [(other.face_id, 1.0)]


def test_a_face_tied_to_a_user_is_not_deleted(gallery):
    face = enrol(gallery, person(1))[0]
    gallery.create_user("people", "ann", now=NOW)
    gallery.associate("people", "ann", [face.face_id], min_score=0.0)
    assert gallery.delete_faces("people", [face.face_id]) == (
        [],
        [FaceRefusal(face.face_id, ("ASSOCIATED_TO_AN_EXISTING_USER",), user_id="ann")],
    )
    assert counts(gallery) == (1, 1)


def test_numbers_are_never_used_twice(gallery):
    first = enrol(gallery, person(1))[0]
    gallery.delete_faces("people", [first.face_id])
    assert enrol(gallery, person(1))[0].number > first.number


def test_a_face_of_another_collection_is_unknown_here(gallery):
    gallery.create_collection("others", space=SPACE, model_version="1.0", tags={}, now=NOW)
    theirs = enrol(gallery, person(1), collection="others")[0]
    assert gallery.delete_faces("people", [theirs.face_id])[0] == []
    with pytest.raises(FaceNotFoundError):
        gallery.search_by_face("people", theirs.face_id, limit=1, min_score=0.0)
    assert found(gallery, person(1)) == []


# --- searches -------------------------------------------------------------------------------------


def test_matches_come_best_first_at_or_above_the_score(gallery):
    best, good, _ = enrol_each(gallery, near(person(1), 0.9), near(person(1), 0.7), near(person(1), 0.3))
    assert found(gallery, person(1)) == [(best.face_id, 0.9), (good.face_id, 0.7)]
    assert found(gallery, person(1), limit=1) == [(best.face_id, 0.9)]


def test_a_face_is_not_among_its_own_matches(gallery):
    face, twin, _ = enrol_each(gallery, person(1), person(1), person(2))
    matches = gallery.search_by_face("people", face.face_id, limit=1, min_score=0.5)
    assert [match.face for match in matches] == [twin]
    with pytest.raises(FaceNotFoundError, match=r"faceId was not found in the collection\."):
        gallery.search_by_face("people", "unknown", limit=1, min_score=0.5)


def test_rows_that_vanish_during_a_search_are_dropped_and_the_limit_is_still_honoured(gallery, monkeypatch):
    faces = enrol_each(gallery, *(near(person(1), score) for score in (0.9, 0.8, 0.7, 0.6)))
    gone = {face.number for face in faces[:2]}
    by_number = face_rows.by_number
    monkeypatch.setattr(
        matching.face_rows,
        "by_number",
        lambda connection, collection, numbers, now: by_number(connection, collection, set(numbers) - gone, now=now),
    )
    assert found(gallery, person(1), limit=2) == [(faces[2].face_id, 0.7), (faces[3].face_id, 0.6)]


def test_a_restart_changes_no_answer(gallery, reopened):
    rng = np.random.default_rng(5)
    vectors = rng.standard_normal((40, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    faces = enrol_each(gallery, *vectors)
    for place, user in enumerate(("ann", "bob", "eve")):
        gallery.create_user("people", user, now=NOW)
        gallery.associate("people", user, [face.face_id for face in faces[place::4]], min_score=-1.0)
    gallery.delete_faces("people", [faces[3].face_id])
    with reopened() as again:
        for vector in vectors[:10]:
            options = {"limit": 50, "min_score": -1.0}
            assert again.search("people", embedding(vector), **options) == gallery.search(
                "people", embedding(vector), **options
            )
            assert again.search_users("people", embedding(vector), **options) == gallery.search_users(
                "people", embedding(vector), **options
            )


def test_altered_rows_stop_the_start(gallery, database):
    enrol(gallery, person(1))
    database.write(
        lambda connection: connection.execute(face_table.update().values(sealed_template=b"\x01" + bytes(60)))
    )
    with pytest.raises(SealError, match="does not open"):
        Gallery.open(database, VAULT)


def test_another_master_key_opens_nothing(gallery, database):
    enrol(gallery, person(1))
    with pytest.raises(SealError, match="does not open"):
        Gallery.open(database, Vault(bytes(range(32))))


# --- users ----------------------------------------------------------------------------------------


@pytest.fixture
def ann(gallery):
    """A user `ann` with one face, and the gallery's other faces: alike, unlike."""
    gallery.create_user("people", "ann", now=NOW)
    faces = enrol_each(gallery, person(1), near(person(1), 0.8), person(2))
    gallery.associate("people", "ann", [faces[0].face_id], min_score=0.9)
    return faces


def users_found(gallery, vector):
    return [
        (match.user.user_id, round(match.score, 2))
        for match in gallery.search_users("people", embedding(vector), limit=9, min_score=0.5)
    ]


def test_a_new_user_is_listed_and_never_matched(gallery):
    gallery.create_user("people", "ann", now=NOW)
    assert [(user.user_id, user.status) for user in gallery.users("people", after=None, limit=9)] == [
        ("ann", UserStatus.CREATED)
    ]
    assert counts(gallery) == (0, 1)
    assert users_found(gallery, person(1)) == []
    assert gallery.search_users_by_user("people", "ann", limit=9, min_score=-1.0) == []


def test_a_user_exists_once(gallery):
    gallery.create_user("people", "ann", now=NOW)
    with pytest.raises(UserExistsError, match="user id: ann already exists"):
        gallery.create_user("people", "ann", now=NOW)
    assert counts(gallery) == (0, 1)


def test_users_are_paged_by_number(gallery):
    for name in ("c", "a", "b"):
        gallery.create_user("people", name, now=NOW)
    first, *rest = gallery.users("people", after=None, limit=9)
    assert [user.user_id for user in gallery.users("people", after=None, limit=2)] == ["c", "a"]
    assert gallery.users("people", after=first.number, limit=9) == rest


def test_the_first_faces_tie_whatever_they_score(gallery):
    gallery.create_user("people", "ann", now=NOW)
    faces = enrol(gallery, person(1), person(2))
    ids = [face.face_id for face in faces]
    assert gallery.associate("people", "ann", ids, min_score=0.99) == (ids, [], UserStatus.ACTIVE)
    assert users_found(gallery, person(1)) == [("ann", 0.71)]


def test_later_faces_must_resemble_the_user(gallery, ann):
    face, alike, unlike = (face.face_id for face in ann)
    tied, refusals, status = gallery.associate("people", "ann", [face, unlike, alike, "unknown"], min_score=0.7)
    assert (tied, status) == ([alike], UserStatus.ACTIVE)
    assert refusals == [
        FaceRefusal("unknown", ("FACE_NOT_FOUND",)),
        FaceRefusal(unlike, ("LOW_MATCH_CONFIDENCE",), score=0.0),
    ]
    assert users_found(gallery, person(1)) == [("ann", 0.95)]


def test_a_face_of_another_user_is_refused_by_name(gallery, ann):
    gallery.create_user("people", "bob", now=NOW)
    refusal = FaceRefusal(ann[0].face_id, ("ASSOCIATED_TO_A_DIFFERENT_USER",), user_id="ann")
    assert gallery.associate("people", "bob", [ann[0].face_id], min_score=0.0) == ([], [refusal], UserStatus.CREATED)
    assert gallery.disassociate("people", "bob", [ann[0].face_id]) == ([], [refusal], UserStatus.CREATED)


def test_past_the_quota_of_a_user_nothing_changes(gallery, ann, monkeypatch):
    monkeypatch.setattr(association, "MAX_USER_FACES", 2)
    with pytest.raises(QuotaExceededError, match="at most 2 faces, this would make 3"):
        gallery.associate("people", "ann", [face.face_id for face in ann], min_score=-1.0)
    assert len(gallery.faces("people", after=None, limit=9, user_id="ann")) == 1


def test_untied_faces_leave_the_user(gallery, ann):
    face, alike, unlike = (face.face_id for face in ann)
    gallery.associate("people", "ann", [alike], min_score=0.0)
    assert gallery.disassociate("people", "ann", [face, unlike, "unknown"]) == (
        [face],
        [FaceRefusal("unknown", ("FACE_NOT_FOUND",))],
        UserStatus.ACTIVE,
    )
    assert users_found(gallery, person(1)) == [("ann", 0.8)]
    assert gallery.disassociate("people", "ann", [alike]) == ([alike], [], UserStatus.CREATED)
    assert users_found(gallery, person(1)) == []
    assert gallery.delete_faces("people", [face, alike])[0] == [face, alike]


def test_a_deleted_user_leaves_its_faces(gallery, ann):
    gallery.delete_user("people", "ann")
    assert counts(gallery) == (3, 0)
    assert users_found(gallery, person(1)) == []
    assert gallery.faces("people", after=None, limit=1)[0].user_id is None
    with pytest.raises(UserNotFoundError, match="user id: ann does not exist"):
        gallery.delete_user("people", "ann")


def test_users_are_found_by_picture_by_face_and_by_user(gallery, ann):
    gallery.create_user("people", "bob", now=NOW)
    gallery.associate("people", "bob", [ann[1].face_id], min_score=0.0)
    assert users_found(gallery, person(1)) == [("ann", 1.0), ("bob", 0.8)]

    def names(matches):
        return [(match.user.user_id, match.user.status, round(match.score, 2)) for match in matches]

    options = {"limit": 9, "min_score": 0.5}
    assert names(gallery.search_users_by_face("people", ann[1].face_id, **options)) == [
        ("bob", UserStatus.ACTIVE, 1.0),
        ("ann", UserStatus.ACTIVE, 0.8),
    ]
    assert names(gallery.search_users_by_user("people", "ann", **options)) == [("bob", UserStatus.ACTIVE, 0.8)]
    with pytest.raises(FaceNotFoundError):
        gallery.search_users_by_face("people", "unknown", **options)
    with pytest.raises(UserNotFoundError):
        gallery.search_users_by_user("people", "unknown", **options)


def test_a_user_whose_faces_cancel_out_matches_nobody(gallery):
    gallery.create_user("people", "ann", now=NOW)
    ids = [face.face_id for face in enrol(gallery, person(1), -person(1))]
    gallery.associate("people", "ann", ids, min_score=-1.0)
    assert users_found(gallery, person(1)) == []


# --- tags and tokens ------------------------------------------------------------------------------


def test_tags_are_added_overwritten_and_removed(gallery):
    gallery.tag("people", {"a": "1", "b": "2"})
    gallery.tag("people", {"b": "3"})
    gallery.untag("people", ["a", "unknown"])
    assert gallery.tags("people") == {"b": "3"}


def test_past_200_tags_nothing_changes(gallery):
    gallery.tag("people", {f"{n:03}": "" for n in range(200)})
    gallery.tag("people", {"000": "again"})
    with pytest.raises(QuotaExceededError, match="at most 200 tags, this would make 201"):
        gallery.tag("people", {"one more": ""})
    with pytest.raises(QuotaExceededError, match="at most 200 tags"):
        gallery.create_collection("b", space=SPACE, model_version="1", tags={f"{n}": "" for n in range(201)}, now=NOW)
    with pytest.raises(CollectionNotFoundError):
        gallery.collection("b")


def test_a_token_changes_once_and_answers_the_same(gallery):
    def change():
        gallery.create_user("people", "ann", now=NOW)
        return {"n": gallery.collection("people").user_count}

    for _ in range(2):
        assert gallery.once("CreateUser", "token", "digest", change, now=NOW) == {"n": 1}
    assert counts(gallery) == (0, 1)


def test_a_token_with_other_input_is_refused(gallery):
    gallery.once("CreateUser", "token", "digest", dict, now=NOW)
    with pytest.raises(TokenReusedError, match="ClientRequestToken: token you have supplied is already in use"):
        gallery.once("CreateUser", "token", "other", dict, now=NOW)
    assert gallery.once("DeleteUser", "token", "other", dict, now=NOW) == {}


def test_a_change_that_fails_keeps_nothing_and_may_come_again(gallery):
    def fail():
        enrol(gallery, person(1))
        gallery.create_user("people", "ann", now=NOW)
        raise UserExistsError("ann")

    with pytest.raises(UserExistsError):
        gallery.once("CreateUser", "token", "digest", fail, now=NOW)
    assert counts(gallery) == (0, 0)
    assert found(gallery, person(1)) == []
    assert gallery.once("CreateUser", "token", "digest", lambda: {"ok": True}, now=NOW) == {"ok": True}


def test_a_token_lives_seven_days(gallery):
    def answer(text, after):
        return gallery.once("Op", "token", "digest", lambda: {"text": text}, now=NOW + after)["text"]

    assert answer("first", timedelta(0)) == "first"
    assert answer("second", timedelta(days=7) - timedelta(seconds=1)) == "first"
    assert answer("third", timedelta(days=7)) == "third"
