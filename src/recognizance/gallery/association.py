"""Tying faces to users and untying them: steps of one transaction on an open collection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from recognizance.errors import QuotaExceededError
from recognizance.gallery.collection import OpenCollection
from recognizance.gallery.shelf import mean_template
from recognizance.residue import fleeting, wipe
from recognizance.search.exact import score
from recognizance.storage import faces as face_rows
from recognizance.storage import users as user_rows
from recognizance.values import EnrolledFace, FaceRefusal, User, UserStatus

MAX_USER_FACES = 100
"""Faces tied to one user."""

Change = tuple[list[str], list[FaceRefusal], UserStatus]
"""Ids of the faces that changed, those refused, and the user's status afterwards."""


def associate(collection: OpenCollection, user_id: str, face_ids: Sequence[str], *, min_score: float) -> Change:
    """Tie free faces to a user; once the user has a face, only faces that resemble it."""
    user = user_rows.find(collection.connection, collection.number, user_id)
    _, free, refusals = _sort_out(collection, user, face_ids)
    present = collection.templates(user_number=user.number)
    if present:
        with fleeting(mean_template(present.values())) as template:
            free, unlike = _resembling(collection, template, free, min_score)
        refusals += unlike
        wipe(*present.values())
    total = len(present) + len(free)
    if total > MAX_USER_FACES:
        raise QuotaExceededError(f"a user has at most {MAX_USER_FACES} faces, this would make {total}")
    face_rows.tie(collection.connection, [face.number for face in free], user.number)
    return [face.face_id for face in free], refusals, _reshelve(collection, user.number)


def disassociate(collection: OpenCollection, user_id: str, face_ids: Sequence[str]) -> Change:
    """Untie a user's faces; faces tied to nobody are ignored."""
    user = user_rows.find(collection.connection, collection.number, user_id)
    own, _, refusals = _sort_out(collection, user, face_ids)
    face_rows.tie(collection.connection, [face.number for face in own], None)
    return [face.face_id for face in own], refusals, _reshelve(collection, user.number)


def refresh(collection: OpenCollection, user_numbers: Iterable[int]) -> None:
    """Bring the templates of users in step with the faces of theirs that count now."""
    for number in user_numbers:
        _reshelve(collection, number)


def _sort_out(
    collection: OpenCollection, user: User, face_ids: Sequence[str]
) -> tuple[list[EnrolledFace], list[EnrolledFace], list[FaceRefusal]]:
    """The faces tied to this user, those tied to nobody, and refusals for the rest."""
    known = face_rows.by_id(collection.connection, collection.number, face_ids, now=collection.now)
    own, free, refusals = [], [], []
    for face_id in dict.fromkeys(face_ids):
        face = known.get(face_id)
        if face is None:
            refusals.append(FaceRefusal(face_id, ("FACE_NOT_FOUND",)))
        elif face.user_id is None:
            free.append(face)
        elif face.user_id == user.user_id:
            own.append(face)
        else:
            refusals.append(FaceRefusal(face_id, ("ASSOCIATED_TO_A_DIFFERENT_USER",), user_id=face.user_id))
    return own, free, refusals


def _resembling(
    collection: OpenCollection, template: NDArray[np.float16], faces: Sequence[EnrolledFace], min_score: float
) -> tuple[list[EnrolledFace], list[FaceRefusal]]:
    """The faces that score at least `min_score` against a user's template, and refusals for the rest."""
    alike, refusals = [], []
    templates = collection.templates(face_ids=[face.face_id for face in faces])
    with fleeting(template.astype(np.float32)) as probe:
        for face in faces:
            reached = float(score(templates[face.face_id][np.newaxis], probe)[0])
            if reached >= min_score:
                alike.append(face)
            else:
                refusals.append(FaceRefusal(face.face_id, ("LOW_MATCH_CONFIDENCE",), score=reached))
    wipe(*templates.values())
    return alike, refusals


def _reshelve(collection: OpenCollection, user_number: int) -> UserStatus:
    """Bring the user's template in step with the rows; the status that the user has now."""
    templates = collection.templates(user_number=user_number)
    if not templates:
        collection.after_commit(lambda: collection.shelf.users.remove(np.array([user_number])))
        return UserStatus.CREATED
    template = mean_template(templates.values())
    wipe(*templates.values())
    collection.after_commit(lambda: collection.shelf.take_user(user_number, template))
    return UserStatus.ACTIVE
