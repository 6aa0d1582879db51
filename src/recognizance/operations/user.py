"""Users: people of a collection known by several faces, found through one vector made of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from recognizance.errors import InvalidRequestError
from recognizance.operations import present
from recognizance.operations.context import Answer, Context, Request
from recognizance.operations.picture import Picture, read_picture
from recognizance.operations.search import min_score
from recognizance.operations.threshold import Unit
from recognizance.values import Collection, Face, FaceRefusal, UserMatch

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

    def change() -> Answer:
        tied, refused, status = context.gallery.associate(
            request["CollectionId"],
            request["UserId"],
            request["FaceIds"],
            min_score=context.curve.score(request.get("UserMatchThreshold", _ASSOCIATION_THRESHOLD)),
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
    collection = context.gallery.collection(request["CollectionId"])
    user_id, face_id = request.get("UserId"), request.get("FaceId")
    if (user_id is None) == (face_id is None):
        came = "neither" if user_id is None else "both"
        raise InvalidRequestError(f"Request has invalid parameters. Give either UserId or FaceId; {came} came.")
    limit, least = _bounds(context, collection, request)
    gallery = context.gallery
    if user_id is not None:
        probe = {"SearchedUser": {"UserId": user_id}}
        matches = gallery.search_users_by_user(collection.id, user_id, limit=limit, min_score=least)
    else:
        probe = {"SearchedFace": {"FaceId": face_id}}
        matches = gallery.search_users_by_face(collection.id, str(face_id), limit=limit, min_score=least)
    return {**_user_matches(context, matches), "FaceModelVersion": collection.model_version, **probe}


def search_users_by_image(context: Context, request: Request) -> Answer:
    """With the largest face of a picture as probe. No usable face is an empty answer, not an error."""
    collection = context.gallery.collection(request["CollectionId"])
    picture = read_picture(context, request["Image"])
    passed, refused = picture.split(request.get("QualityFilter", "NONE"))
    unsearched = refused + [(face, ("FACE_NOT_LARGEST",)) for face in passed[1:]]
    answer: Answer = {
        "UserMatches": [],
        "FaceModelVersion": collection.model_version,
        "UnsearchedFaces": [_unsearched(picture, face, reasons) for face, reasons in unsearched],
    }
    if passed:
        [probe] = context.vision.embed(picture.photo, passed[:1])
        limit, least = _bounds(context, collection, request)
        matches = context.gallery.search_users(collection.id, probe, limit=limit, min_score=least)
        answer |= _user_matches(context, matches)
        answer["SearchedFace"] = {"FaceDetail": present.face_detail(picture.photo, passed[0])}
    return answer


def _bounds(context: Context, collection: Collection, request: Request) -> tuple[int, float]:
    """Most candidates, and the smallest score that they must reach."""
    least = min_score(context, collection, request.get("UserMatchThreshold"), Unit.USERS)
    return request.get("MaxUsers", _LARGEST_PAGE), least


def _user_matches(context: Context, matches: list[UserMatch]) -> Answer:
    return {"UserMatches": [present.user_match(match, context.curve) for match in matches]}


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
