"""DetectFaces and CompareFaces: stateless; nothing of the pictures is kept."""

from __future__ import annotations

from recognizance.errors import NoFaceError
from recognizance.operations import present
from recognizance.operations.context import Answer, Context, Request
from recognizance.operations.picture import read_picture

_TRAITS = frozenset({"AGE_RANGE", "GENDER", "EMOTIONS", "BEARD", "MUSTACHE", "SMILE", "EYEGLASSES", "SUNGLASSES"})
# Traits are not inferred (design invariant 10): asking for them is no error, the members stay absent.
_DEFAULT = frozenset({"DEFAULT"})


def detect_faces(context: Context, request: Request) -> Answer:
    """At most the 100 largest faces, largest first; none is an empty list."""
    picture = read_picture(context, request["Image"])
    attributes = set(request.get("Attributes", ()))
    faces = picture.faces
    if needs_detail(attributes):
        faces = [context.vision.describe(picture.photo, face) for face in faces]
    return {"FaceDetails": [present.face_detail(picture.photo, face, attributes) for face in faces]}


def needs_detail(attributes: set[str]) -> bool:
    """Whether any attribute asked for needs more than the default five members."""
    return bool(attributes - _TRAITS - _DEFAULT)


def compare_faces(context: Context, request: Request) -> Answer:
    """The largest source face against each target face; every compared target face is in exactly one list."""
    level = request.get("QualityFilter", "NONE")
    threshold = request.get("SimilarityThreshold", 80.0)
    source = read_picture(context, request["SourceImage"])
    probe = source.largest(level)
    target = read_picture(context, request["TargetImage"])
    faces, _ = target.split(level)
    if not faces:
        raise NoFaceError("There are no faces in the image. Should be at least 1.")
    [probe_embedding] = context.vision.embed(source.photo, [probe])
    matched: list[Answer] = []
    unmatched: list[Answer] = []
    for face, embedding in zip(faces, context.vision.embed(target.photo, faces), strict=True):
        similarity = context.curve.similarity(float(probe_embedding.vector @ embedding.vector))
        shown = present.face_detail(target.photo, face)  # a ComparedFace has the same default members
        if similarity >= threshold:
            matched.append({"Similarity": similarity, "Face": shown})
        else:
            unmatched.append(shown)
    matched.sort(key=lambda match: -match["Similarity"])
    return {
        "SourceImageFace": {
            "BoundingBox": present.bounding_box(present.box_ratios(source.photo, probe)),
            "Confidence": 100 * probe.confidence,
        },
        "FaceMatches": matched,
        "UnmatchedFaces": unmatched,
    }
