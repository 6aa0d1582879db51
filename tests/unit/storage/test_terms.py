"""Rows of people's rights, on SQLite and on PostgreSQL: terms, freezes, consents, requests, receipts, doomed keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from recognizance.consent.record import Consent, Source
from recognizance.gallery import Gallery
from recognizance.storage import consents, doomed, faces, receipts, requests, terms
from recognizance.storage.requests import SubjectRequest
from recognizance.values import Embedding, FaceTerms, NewFace
from recognizance.vault import Vault

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def people(database):
    """Three faces of a collection, the first of them of a user: their numbers."""
    with Gallery.open(database, Vault(bytes(32)), clock=lambda: NOW) as gallery:
        gallery.create_collection("people", space="s", model_version="1", tags={}, now=NOW)
        vectors = np.eye(3, dtype=np.float32)
        new = [NewFace(Embedding(one, "s"), (place / 10, 0.1, 0.1, 0.1), 0.9) for place, one in enumerate(vectors)]
        stored = gallery.enrol("people", new, image_id="i", external_image_id=None, now=NOW)
        gallery.create_user("people", "ann", now=NOW)
        gallery.associate("people", "ann", [stored[0].face_id], min_score=-1.0)
        yield [face.number for face in stored]


def there(database, now):
    """Numbers of the faces that are listed, and of those that searches may find."""

    def work(connection):
        return (
            [face.number for face in faces.page(connection, 1, after=None, limit=9, now=now)],
            sorted(faces.by_number(connection, 1, range(99), now=now)),
        )

    return database.read(work)


def test_terms_days_and_freezes_take_faces_out_of_what_is_read(database, people):
    first, second, third = people

    def work(connection):
        terms.put(connection, 1, [first], FaceTerms("c", NOW + 2 * DAY))
        terms.put(connection, 1, [second], FaceTerms("d", NOW + 9 * DAY))
        terms.set_retention_days(connection, 1, 5)
        terms.freeze(connection, [third], "r")

    database.write(work)
    assert there(database, NOW) == ([first, second, third], [first, second])
    assert there(database, NOW + 2 * DAY) == ([second, third], [second])
    assert there(database, NOW + 5 * DAY) == ([], [])
    lapsed = database.read(lambda connection: terms.lapsed(connection, NOW + 2 * DAY, limit=9))
    assert [(face.collection_id, face.number, face.user_id) for face in lapsed] == [("people", first, "ann")]

    def users(after, now):
        return database.read(lambda one: terms.users_with_lapsed(one, 1, after=after, now=now))

    assert [len(users(*span)) for span in ((None, NOW), (None, NOW + 2 * DAY), (NOW + 2 * DAY, NOW + 9 * DAY))] == [
        0,
        1,
        0,
    ]


def test_ending_a_consent_ends_its_faces_once(database, people):
    def work(connection):
        terms.put(connection, 1, people[:2], FaceTerms("c", NOW + 2 * DAY))
        return [[face.number for face in terms.expire(connection, "c", NOW + place * DAY)] for place in (1, 1.5)]

    assert database.write(work) == [people[:2], []]
    assert there(database, NOW + DAY) == ([people[2]], [people[2]])
    assert [face.number for face in database.read(lambda one: terms.of_consent(one, "c"))] == people[:2]


def test_without_terms_nothing_is_limited(database, people):
    database.write(lambda connection: terms.put(connection, 1, people, None))
    database.write(lambda connection: terms.put(connection, 1, [], FaceTerms("c", NOW)))
    assert there(database, NOW + 9999 * DAY) == (people, people)


def test_a_consent_is_read_as_it_was_stored(database):
    one = Consent("B", "0" * 64, "other", Source.OTHER, NOW, NOW + DAY, purpose_end=NOW + DAY / 2)
    two = Consent("a", "1" * 64, "other", Source.IN_PERSON, NOW, NOW + DAY)

    def work(connection):
        for consent in (two, one):
            consents.add(connection, consent, entry=0)
        for place in (0, 1):
            consents.withdraw(connection, "a", NOW + place * DAY)
        return consents.page(connection, after=None, limit=9), consents.page(connection, after="B", limit=9)

    everyone, rest = database.write(work)
    assert [consent.id for consent in everyone] == ["B", "a"]
    assert everyone[0] == one
    assert rest[0].withdrawn_at == NOW
    assert database.read(lambda connection: consents.find(connection, "x")) is None


def test_requests_receipts_and_doomed_keys_are_read_as_they_were_stored(database):
    asked = SubjectRequest("r", "freeze", NOW, None, 7)

    def work(connection):
        requests.add(connection, asked)
        waiting = requests.unresolved(connection)
        requests.resolve(connection, "r", NOW + DAY)
        receipts.add(connection, ["a", "b"], 7)
        receipts.add(connection, [], 8)
        doomed.add(connection, [3, 5])
        doomed.add(connection, [])
        slots = doomed.page(connection)
        doomed.clear(connection)
        return waiting, requests.find(connection, "r"), receipts.find(connection, ["b", "x"]), slots

    waiting, settled, found, slots = database.write(work)
    assert waiting == [asked]
    assert settled == asked._replace(resolved_at=NOW + DAY)
    assert (found, sorted(slots)) == ({"b": 7}, [3, 5])
    assert database.read(doomed.page) == []
