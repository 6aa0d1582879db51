"""IndexFaces, ListFaces and DeleteFaces: faces into a collection, listed, and out again."""

from __future__ import annotations

from recognizance.governance.receipts import Cause
from recognizance.operations import present
from recognizance.operations.admission import Arrival, admit
from recognizance.operations.collection import LARGEST_PAGE
from recognizance.operations.context import LEDGER_HEADER, Answer, Context, Request
from recognizance.operations.face import needs_detail
from recognizance.operations.picture import Picture, image_id, read_picture
from recognizance.residue import wipe
from recognizance.values import EnrolledFace, Face, NewFace
from recognizance.vision.gate import refusals

_MOST_FACES = 100
_SAME_FACE_OVERLAP = 0.5  # intersection over union from which a box is the face enrolled earlier from this picture

Refused = list[tuple[Face, tuple[str, ...]]]


def index_faces(context: Context, request: Request) -> Answer:
    """Enrol the faces of a picture; those not taken are listed with the reasons."""
    collection = context.gallery.collection(request["CollectionId"])
    picture = read_picture(context, request["Image"])
    attributes = set(request.get("DetectionAttributes", ()))
    kept, refused = choose(picture, request.get("QualityFilter", "AUTO"), request.get("MaxFaces", _MOST_FACES))
    records = _enrol(context, collection.id, picture, kept, request.get("ExternalImageId"))
    if needs_detail(attributes):
        kept = [context.vision.describe(picture.photo, face) for face in kept]
    return {
        "FaceRecords": [
            {
                "Face": present.enrolled_face(record),
                "FaceDetail": present.face_detail(picture.photo, face, attributes),
            }
            for record, face in zip(records, kept, strict=True)
        ],
        "UnindexedFaces": [
            {"Reasons": list(reasons), "FaceDetail": present.face_detail(picture.photo, face)}
            for face, reasons in refused
        ],
        "FaceModelVersion": collection.model_version,
    }


def choose(picture: Picture, quality_filter: str, most: int) -> tuple[list[Face], Refused]:
    """The faces to enrol, largest first, and those left out with their reasons.

    The quality filter comes first. If more than `most` remain, faces of low quality (by AUTO's measure) give way
    before small ones.
    """
    passed, refused = picture.split(quality_filter)
    by_merit = sorted(passed, key=lambda face: (bool(refusals(face, level="AUTO")), -face.box.area))
    kept = {id(face) for face in by_merit[:most]}
    surplus: Refused = [(face, ("EXCEEDS_MAX_FACES",)) for face in passed if id(face) not in kept]
    return [face for face in passed if id(face) in kept], refused + surplus


def _enrol(
    context: Context, collection_id: str, picture: Picture, faces: list[Face], external_image_id: str | None
) -> list[EnrolledFace]:
    """A record for each face: the existing one where this picture was enrolled before, otherwise a new one."""
    image = image_id(context, picture)
    earlier = context.gallery.faces_of_image(collection_id, image_id=image, external_image_id=external_image_id)
    boxes = [present.box_ratios(picture.photo, face) for face in faces]
    records = [_same_face(box, earlier) for box in boxes]
    fresh = [position for position, record in enumerate(records) if record is None]
    embeddings = context.vision.embed(picture.photo, [faces[position] for position in fresh])
    new = [
        NewFace(embedding, boxes[position], faces[position].confidence)
        for position, embedding in zip(fresh, embeddings, strict=True)
    ]
    arrival = Arrival(picture, [faces[position] for position in fresh], new, image, external_image_id)
    enrolled = admit(context, collection_id, arrival)
    wipe(*(face.embedding.vector for face in new))
    for position, record in zip(fresh, enrolled, strict=True):
        records[position] = record
    return [record for record in records if record is not None]


def _same_face(box: tuple[float, float, float, float], earlier: list[EnrolledFace]) -> EnrolledFace | None:
    best = max(earlier, key=lambda face: _overlap(box, face.box_ratios), default=None)
    return best if best is not None and _overlap(box, best.box_ratios) > _SAME_FACE_OVERLAP else None


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    """Intersection over union of two boxes given as left, top, width, height."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / (a[2] * a[3] + b[2] * b[3] - both)


def list_faces(context: Context, request: Request) -> Answer:
    """The faces of a collection in the order of enrolment; the filters combine."""
    collection = context.gallery.collection(request["CollectionId"])
    limit = request.get("MaxResults") or LARGEST_PAGE
    user_id, face_ids = request.get("UserId"), request.get("FaceIds")
    scope = ("ListFaces", collection.id, user_id or "", *sorted(face_ids or ()))
    position = context.position(request, *scope)
    found = context.gallery.faces(
        collection.id,
        after=int(position) if position else None,
        limit=limit + 1,
        user_id=user_id,
        face_ids=face_ids,
    )
    page = found[:limit]
    return {
        "Faces": [present.enrolled_face(face) for face in page],
        "FaceModelVersion": collection.model_version,
        "NextToken": context.token(page[-1].number, *scope) if len(found) > limit else None,
    }


def delete_faces(context: Context, request: Request) -> Answer:
    """Delete faces for good; one tied to a user is refused and reported."""
    deleted, refused, entry = context.services.governance.receipts.delete_faces(
        request["CollectionId"], request["FaceIds"], Cause("CLIENT", context.call.key.id), now=context.now
    )
    if entry is not None:
        context.headers[LEDGER_HEADER] = str(entry)
    return {
        "DeletedFaces": deleted,
        "UnsuccessfulFaceDeletions": [
            {"FaceId": face.face_id, "UserId": face.user_id, "Reasons": list(face.reasons)} for face in refused
        ],
    }
