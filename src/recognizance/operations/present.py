"""Values to API shapes: pixels become ratios, scores become percents; the only module that does this."""

from __future__ import annotations

from collections.abc import Collection as Names
from typing import Any

from recognizance.ports import Photo
from recognizance.values import EnrolledFace, Face, FaceMatch, Finding, Pose, Quality, User, UserMatch

POINT_NAMES = ("eyeLeft", "eyeRight", "nose", "mouthLeft", "mouthRight")
"""Landmark types of `Face.points_px`, in its order."""


def box_ratios(photo: Photo, face: Face) -> tuple[float, float, float, float]:
    """Left, top, width, height of a face as ratios of the upright image; not clamped."""
    box = face.box
    return box.left / photo.width, box.top / photo.height, box.width / photo.width, box.height / photo.height


def bounding_box(ratios: tuple[float, float, float, float]) -> dict[str, float]:
    """BoundingBox of (left, top, width, height) ratios."""
    left, top, width, height = ratios
    return {"Left": left, "Top": top, "Width": width, "Height": height}


def face_detail(photo: Photo, face: Face, attributes: Names[str] = ()) -> dict[str, Any]:
    """FaceDetail: the five default members, and those of `attributes` that a model measured."""
    everything = "ALL" in attributes
    detail: dict[str, Any] = {
        "BoundingBox": bounding_box(box_ratios(photo, face)),
        "Confidence": 100 * face.confidence,
        "Landmarks": _landmarks(photo, face, everything=everything),
        "Pose": _pose(face.pose),
        "Quality": _quality(face.quality),
    }
    if face.detail is None:
        return detail
    findings = {
        "EYES_OPEN": ("EyesOpen", face.detail.eyes_open),
        "MOUTH_OPEN": ("MouthOpen", face.detail.mouth_open),
        "FACE_OCCLUDED": ("FaceOccluded", face.detail.face_occluded),
    }
    for attribute, (member, finding) in findings.items():
        if finding is not None and (everything or attribute in attributes):
            detail[member] = _finding(finding)
    gaze = face.detail.gaze
    if gaze is not None and (everything or "EYE_DIRECTION" in attributes):
        detail["EyeDirection"] = {"Yaw": gaze.yaw, "Pitch": gaze.pitch, "Confidence": 100 * gaze.confidence}
    return detail


def enrolled_face(face: EnrolledFace) -> dict[str, Any]:
    """Face: the stored metadata."""
    return {
        "FaceId": face.face_id,
        "BoundingBox": bounding_box(face.box_ratios),
        "ImageId": face.image_id,
        "ExternalImageId": face.external_image_id,
        "Confidence": 100 * face.confidence,
        "IndexFacesModelVersion": face.model_version,
        "UserId": face.user_id,
    }


def face_match(match: FaceMatch, similarity: float) -> dict[str, Any]:
    """FaceMatch: a candidate with its similarity."""
    return {"Similarity": similarity, "Face": enrolled_face(match.face)}


def user(value: User) -> dict[str, Any]:
    """User as ListUsers shows it; MatchedUser has the same members."""
    return {"UserId": value.user_id, "UserStatus": value.status.value}


def user_match(match: UserMatch, similarity: float) -> dict[str, Any]:
    """UserMatch: a candidate with its similarity."""
    return {"Similarity": similarity, "User": user(match.user)}


def _landmarks(photo: Photo, face: Face, *, everything: bool) -> list[dict[str, Any]]:
    """The five points that every face has; with `everything` the finer model's thirty where it measured them."""
    points = {name: (float(x), float(y)) for name, (x, y) in zip(POINT_NAMES, face.points_px, strict=True)}
    if everything and face.detail is not None:
        points.update(face.detail.landmarks)
    return [{"Type": name, "X": x / photo.width, "Y": y / photo.height} for name, (x, y) in points.items()]


def _pose(pose: Pose) -> dict[str, float]:
    return {"Roll": pose.roll, "Yaw": pose.yaw, "Pitch": pose.pitch}


def _quality(quality: Quality) -> dict[str, float]:
    return {"Brightness": quality.brightness, "Sharpness": quality.sharpness}


def _finding(finding: Finding) -> dict[str, Any]:
    return {"Value": finding.value, "Confidence": 100 * finding.confidence}
