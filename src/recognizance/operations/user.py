"""Users: people of a collection known by several faces, found through one vector made of them."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from functools import partial

from recognizance.errors import InvalidRequestError
from recognizance.governance.rulebook import Probe
from recognizance.operations import present
from recognizance.operations.context import Answer, Context, Request
from recognizance.operations.identification import Search, identify
from recognizance.operations.picture import Picture, read_picture
from recognizance.operations.threshold import Unit
from recognizance.policy.document import PLAIN
from recognizance.residue import fleeting
from recognizance.values import Face, FaceRefusal, UserMatch

_LARGEST_PAGE = 500
_ASSOCIATION_THRESHOLD = 75.0


def create_user(context: Context, request: Request) -> Answer:
    """Add a user without faces."""

    def change() -> Answer:
        context.gallery.create_user(request["CollectionId"], request["UserId"], now=context.now)
        return {}

    return _once(context, "CreateUser", request, change)


def delete_user(context: Context, request: Request) -> Answer:
    """Remove a user; its faces stay in the collection."""

    def change() -> Answer:
        context.gallery.delete_user(request["CollectionId"], request["UserId"])
        return {}

    return _once(context, "DeleteUser", request, change)


def list_users(context: Context, request: Request) -> Answer:
    """The users of a collection in the order of creation."""
    collection = context.gallery.collection(request["CollectionId"])
    limit = request.get("MaxResults", _LARGEST_PAGE)
    scope = ("ListUsers", collection.id)
    position = context.position(request, *scope)
    found = context.gallery.users(collection.id, after=int(position) if position else None, limit=limit + 1)
    page = found[:limit]
    return {
        "Users": [present.user(user) for user in page],
        "NextToken": context.token(page[-1].number, *scope) if len(found) > limit else None,
    }


def associate_faces(context: Context, request: Request) -> Answer:
    """Tie enrolled faces to a user."""
    asked = request.get("UserMatchThreshold", _ASSOCIATION_THRESHOLD)
    # Under a policy it does not say who looks alike: tried on one user after another, that is a search off the record.
    min_score = context.curve.score(asked) if context.permit.policy.name == PLAIN else -math.inf

    def change() -> Answer:
        tied, refused, status = context.gallery.associate(
            request["CollectionId"], request["UserId"], request["FaceIds"], min_score=min_score
        )
        return {
            "AssociatedFaces": [{"FaceId": face_id} for face_id in tied],
            "UnsuccessfulFaceAssociations": [_refused_association(context, face) for face in refused],
            "UserStatus": status.value,
        }

    return _once(context, "AssociateFaces", request, change)


def disassociate_faces(context: Context, request: Request) -> Answer:
    """Untie faces from a user."""

    def change() -> Answer:
        freed, refused, status = context.gallery.disassociate(
            request["CollectionId"], request["UserId"], request["FaceIds"]
        )
        return {
            "DisassociatedFaces": [{"FaceId": face_id} for face_id in freed],
            "UnsuccessfulFaceDisassociations": [_refused(face) for face in refused],
            "UserStatus": status.value,
        }

    return _once(context, "DisassociateFaces", request, change)


def search_users(context: Context, request: Request) -> Answer:
    """With an enrolled face or with another user as probe, exactly one of the two."""
    collection = context.searched.collection
    user_id, face_id = request.get("UserId"), request.get("FaceId")
    if (user_id is None) == (face_id is None):
        came = "neither" if user_id is None else "both"
        raise InvalidRequestError(f"Request has invalid parameters. Give either UserId or FaceId; {came} came.")
    gallery = context.gallery

    def find(limit: int, min_score: float) -> list[UserMatch]:
        if user_id is not None:
            return gallery.search_users_by_user(collection.id, user_id, limit=limit, min_score=min_score)
        return gallery.search_users_by_face(collection.id, str(face_id), limit=limit, min_score=min_score)

    searched = {"SearchedUser": {"UserId": user_id}} if user_id is not None else {"SearchedFace": {"FaceId": face_id}}
    return {
        **_user_matches(context, request, Probe(face_id=face_id, user_id=user_id), find),
        "FaceModelVersion": collection.model_version,
        **searched,
    }


def search_users_by_image(context: Context, request: Request) -> Answer:
    """With the largest face of a picture as probe. No usable face is an empty answer, not an error."""
    collection = context.searched.collection
    picture = read_picture(context, request["Image"])
    passed, refused = picture.split(request.get("QualityFilter", "NONE"))
    unsearched = refused + [(face, ("FACE_NOT_LARGEST",)) for face in passed[1:]]
    answer: Answer = {
        "UserMatches": [],
        "FaceModelVersion": collection.model_version,
        "UnsearchedFaces": [_unsearched(picture, face, reasons) for face, reasons in unsearched],
    }
    if passed:
        [embedding] = context.vision.embed(picture.photo, passed[:1])

        def find(limit: int, min_score: float) -> list[UserMatch]:
            return context.gallery.search_users(collection.id, embedding, limit=limit, min_score=min_score)

        shown = partial(context.vision.portrait, picture.photo, passed[0])
        with fleeting(embedding.vector):  # the face may be a stranger's: nothing of it stays
            answer |= _user_matches(context, request, Probe(image=picture.data), find, shown)
        answer["SearchedFace"] = {"FaceDetail": present.face_detail(picture.photo, passed[0])}
    return answer


def _user_matches(
    context: Context,
    request: Request,
    probe: Probe,
    find: Callable[[int, float], list[UserMatch]],
    picture: Callable[[], bytes] | None = None,
) -> Answer:
    asked, limit = request.get("UserMatchThreshold"), request.get("MaxUsers", _LARGEST_PAGE)
    found = identify(context, Search(Unit.USERS, probe, asked, limit, find, picture))
    return {"UserMatches": [present.user_match(*candidate) for candidate in found]}


def _unsearched(picture: Picture, face: Face, reasons: tuple[str, ...]) -> Answer:
    # The member's name is plural in the service model and holds one object.
    return {"FaceDetails": present.face_detail(picture.photo, face), "Reasons": list(reasons)}


def _refused(face: FaceRefusal) -> Answer:
    return {"FaceId": face.face_id, "UserId": face.user_id, "Reasons": list(face.reasons)}


def _refused_association(context: Context, face: FaceRefusal) -> Answer:
    confidence = None if face.score is None else context.curve.similarity(face.score)
    return {**_refused(face), "Confidence": confidence}


def _once(context: Context, operation: str, request: Request, change: Callable[[], Answer]) -> Answer:
    """Run a change once for each ClientRequestToken; without a token, run it."""
    token = request.get("ClientRequestToken")
    if token is None:
        return change()
    rest = {name: value for name, value in request.items() if name != "ClientRequestToken"}
    digest = hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
    return context.gallery.once(operation, token, digest, change, now=context.now)
