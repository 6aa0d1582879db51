"""SearchFaces and SearchFacesByImage: who in a collection looks like this face, best first."""

from __future__ import annotations

from recognizance.operations import present
from recognizance.operations.context import Answer, Context, Request
from recognizance.operations.picture import read_picture
from recognizance.operations.threshold import HEADER, Unit, find_threshold, target_of
from recognizance.values import Collection

DEFAULT_THRESHOLD = 80.0
_MOST_CANDIDATES = 4096


def search_faces(context: Context, request: Request) -> Answer:
    """With an enrolled face as probe, which is itself left out."""
    collection = context.gallery.collection(request["CollectionId"])
    matches = context.gallery.search_by_face(
        collection.id,
        request["FaceId"],
        limit=request.get("MaxFaces", _MOST_CANDIDATES),
        min_score=min_score(context, collection, request.get("FaceMatchThreshold"), Unit.FACES),
    )
    return {
        "SearchedFaceId": request["FaceId"],
        "FaceMatches": [present.face_match(match, context.curve) for match in matches],
        "FaceModelVersion": collection.model_version,
    }


def search_faces_by_image(context: Context, request: Request) -> Answer:
    """With the largest face of a picture as probe. No face is an error; a face without match is an empty list."""
    collection = context.gallery.collection(request["CollectionId"])
    picture = read_picture(context, request["Image"])
    face = picture.largest(request.get("QualityFilter", "NONE"))
    [probe] = context.vision.embed(picture.photo, [face])
    matches = context.gallery.search(
        collection.id,
        probe,
        limit=request.get("MaxFaces", _MOST_CANDIDATES),
        min_score=min_score(context, collection, request.get("FaceMatchThreshold"), Unit.FACES),
    )
    return {
        "SearchedFaceBoundingBox": present.bounding_box(present.box_ratios(picture.photo, face)),
        "SearchedFaceConfidence": 100 * face.confidence,
        "FaceMatches": [present.face_match(match, context.curve) for match in matches],
        "FaceModelVersion": collection.model_version,
    }


def min_score(context: Context, collection: Collection, asked: float | None, unit: Unit) -> float:
    """The score that candidates of a search must reach, its threshold told in a header of the answer.

    Raises RuleError where the collection demands an audit that is not there.
    """
    tags = context.gallery.tags(collection.id)
    size = collection.face_count if unit is Unit.FACES else collection.user_count
    context.services.gate.check(tags, size, context.now)
    threshold = find_threshold(
        DEFAULT_THRESHOLD if asked is None else asked,
        size=size,
        unit=unit,
        fpir_target=target_of(tags, context.services.fpir_target),
    )
    context.headers[HEADER] = threshold.header
    return context.curve.score(threshold.similarity)
