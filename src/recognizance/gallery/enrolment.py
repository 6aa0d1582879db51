"""Enrolling the faces of a picture, and deleting faces: steps of one transaction on an open collection."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from recognizance.errors import QuotaExceededError
from recognizance.gallery.collection import OpenCollection
from recognizance.storage import collections as collection_rows
from recognizance.storage import faces as face_rows
from recognizance.storage import terms as term_rows
from recognizance.values import EnrolledFace, FaceRefusal, FaceTerms, NewFace

MAX_FACES = 20_000_000
"""Faces of one collection."""


def enrol(  # noqa: PLR0913 - what is said of the picture, one argument each
    collection: OpenCollection,
    faces: Sequence[NewFace],
    *,
    image_id: str,
    external_image_id: str | None,
    terms: FaceTerms | None,
    now: datetime,
) -> list[EnrolledFace]:
    """Store those faces of a picture that are not stored yet; the records of all, in the order given.

    Those stored before get the new `terms` where there are any: a fresh consent renews. One whose term has run out is
    not renewed but stored anew; whoever sweeps erases the old one.
    """
    for face in faces:
        collection.require_space(face.embedding.space)
    connection, number, present = collection.connection, collection.number, collection.now
    face_rows.disown(connection, number, image_id=image_id, external_image_id=external_image_id, now=present)
    known = face_rows.of_image(connection, number, image_id=image_id, external_image_id=external_image_id, now=present)
    records = {face.box_ratios: face for face in known}
    new = {face.box_ratios: face for face in faces if face.box_ratios not in records}
    if collection.value.face_count + len(new) > MAX_FACES:
        raise QuotaExceededError(f"a collection holds at most {MAX_FACES} faces")
    for box, face in new.items():
        record = EnrolledFace(
            face_id=str(uuid.uuid4()),
            image_id=image_id,
            external_image_id=external_image_id,
            box_ratios=box,
            confidence=face.confidence,
            model_version=collection.value.model_version,
            user_id=None,
            number=0,
        )
        sealed = collection.key.seal(record.face_id, face.embedding.vector)
        records[box] = face_rows.insert_face(connection, number, record, sealed, now=now)
    if new:
        collection_rows.count(connection, number, faces=len(new))
        numbers = np.array([records[box].number for box in new])
        templates = np.empty((len(new), len(faces[0].embedding.vector)), np.float16)
        for place, face in zip(templates, new.values(), strict=True):
            place[:] = face.embedding.vector
        collection.after_commit(lambda: collection.shelf.take(numbers, templates))
    answer = [records[face.box_ratios] for face in faces]
    changed = [face.number for face in answer if terms is not None or face not in known]
    term_rows.put(connection, number, changed, terms)
    return answer


def delete_faces(collection: OpenCollection, face_ids: Sequence[str]) -> tuple[list[str], list[FaceRefusal]]:
    """Erase the faces that exist and belong to no user; the ids of those erased, and why the others were not."""
    known = face_rows.by_id(collection.connection, collection.number, face_ids)
    erased, refusals = [], []
    for face_id in dict.fromkeys(face_ids):
        face = known.get(face_id)
        if face is None:
            refusals.append(FaceRefusal(face_id, ("FACE_NOT_FOUND",)))
        elif face.user_id is not None:
            refusals.append(FaceRefusal(face_id, ("ASSOCIATED_TO_AN_EXISTING_USER",), user_id=face.user_id))
        else:
            erased.append(face)
    if erased:
        numbers = [face.number for face in erased]
        collection.shred(face_rows.remove(collection.connection, numbers))
        collection_rows.count(collection.connection, collection.number, faces=-len(erased))
        collection.after_commit(lambda: collection.shelf.faces.remove(np.array(numbers)))
    return [face.face_id for face in erased], refusals
