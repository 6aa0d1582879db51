"""SearchFaces and SearchFacesByImage: who in a collection looks like this face, best first."""

from __future__ import annotations

from functools import partial

from recognizance.governance.rulebook import Probe
from recognizance.operations import present
from recognizance.operations.context import Answer, Context, Request
from recognizance.operations.identification import Search, identify
from recognizance.operations.picture import read_picture
from recognizance.operations.threshold import Unit
from recognizance.residue import fleeting
from recognizance.values import FaceMatch

_MOST_CANDIDATES = 4096


def search_faces(context: Context, request: Request) -> Answer:
    """With an enrolled face as probe, which is itself left out."""
    collection = context.searched.collection
    face_id: str = request["FaceId"]

    def find(limit: int, min_score: float) -> list[FaceMatch]:
        return context.gallery.search_by_face(collection.id, face_id, limit=limit, min_score=min_score)

    search = Search(
        Unit.FACES,
        Probe(face_id=face_id),
        request.get("FaceMatchThreshold"),
        request.get("MaxFaces", _MOST_CANDIDATES),
        find,
    )
    return {
        "SearchedFaceId": face_id,
        "FaceMatches": [present.face_match(*candidate) for candidate in identify(context, search)],
        "FaceModelVersion": collection.model_version,
    }


def search_faces_by_image(context: Context, request: Request) -> Answer:
    """With the largest face of a picture as probe. No face is an error; a face without match is an empty list."""
    collection = context.searched.collection
    picture = read_picture(context, request["Image"])
    face = picture.largest(request.get("QualityFilter", "NONE"))
    [embedding] = context.vision.embed(picture.photo, [face])

    def find(limit: int, min_score: float) -> list[FaceMatch]:
        return context.gallery.search(collection.id, embedding, limit=limit, min_score=min_score)

    search = Search(
        Unit.FACES,
        Probe(image=picture.data),
        request.get("FaceMatchThreshold"),
        request.get("MaxFaces", _MOST_CANDIDATES),
        find,
        partial(context.vision.portrait, picture.photo, face),
    )
    with fleeting(embedding.vector):  # the face may be a stranger's: nothing of it stays
        found = identify(context, search)
    return {
        "SearchedFaceBoundingBox": present.bounding_box(present.box_ratios(picture.photo, face)),
        "SearchedFaceConfidence": 100 * face.confidence,
        "FaceMatches": [present.face_match(*candidate) for candidate in found],
        "FaceModelVersion": collection.model_version,
    }
