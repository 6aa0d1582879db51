"""`detect` and `compare`: faces of pictures, and whether two pictures show one person. Nothing of them is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from recognizance.cli import pictures
from recognizance.cli.annotation import write_annotated
from recognizance.cli.client import Client, open_client
from recognizance.cli.options import Annotate, AsJson, Data, Picture, Threshold
from recognizance.cli.pictures import Found, NotAPictureError, find_files
from recognizance.cli.progress import counting
from recognizance.cli.terminal import note, print_json, print_table
from recognizance.errors import ImageError
from recognizance.settings import load_settings
from recognizance.wire.faults import Fault

_BOX_COLUMNS = ("left", "top", "width", "height")
_PICTURE_FAULTS = frozenset({"InvalidImageFormatException", "ImageTooLargeException", "InvalidParameterException"})
_FINDINGS = (("EyesOpen", "eyes open"), ("MouthOpen", "mouth open"), ("FaceOccluded", "occluded"))


def detect(
    files: Annotated[list[Path], typer.Argument(metavar="FILES...", help="Pictures, and folders of pictures.")],
    attributes: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="ALL, or one such as EYES_OPEN; may be given again.")
    ] = None,
    annotate: Annotate = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Find the faces of pictures, largest first.

    One picture gives a table of its faces, several a table of their counts; the exit code is then 1 if one of them
    could not be used.

    Example: recognizance detect party.jpg --attributes ALL --annotate out.png
    """
    single = len(files) == 1 and files[0].is_file()
    if annotate is not None and not single:
        raise typer.BadParameter("one picture can be annotated at a time", param_hint="--annotate")
    found = find_files(files)
    with open_client(load_settings({"data": data})) as client:
        if single:
            _show_faces(client, files[0], attributes, annotate, as_json=as_json)
        else:
            _count_faces(client, found, attributes, as_json=as_json)


def compare(
    source: Picture, target: Picture, threshold: Threshold = None, data: Data = None, as_json: AsJson = False
) -> None:
    """Compare the largest face of one picture with every face of another.

    Example: recognizance compare passport.jpg door.jpg --threshold 99
    """
    with open_client(load_settings({"data": data})) as client:
        limit = client.max_picture_bytes
        answer = client.call(
            "CompareFaces",
            {
                "SourceImage": {"Bytes": pictures.read(source, limit)},
                "TargetImage": {"Bytes": pictures.read(target, limit)},
                "SimilarityThreshold": threshold,
            },
        )
    if as_json:
        print_json(answer)
        return
    rows = [("match", match["Similarity"], *_box(match["Face"])) for match in answer["FaceMatches"]]
    rows += [("below threshold", None, *_box(face)) for face in answer["UnmatchedFaces"]]
    print_table(("face", "similarity", *_BOX_COLUMNS), rows)


def _show_faces(
    client: Client, path: Path, attributes: list[str] | None, annotated: Path | None, *, as_json: bool
) -> None:
    picture = pictures.read(path, client.max_picture_bytes)
    answer = client.call("DetectFaces", {"Image": {"Bytes": picture}, "Attributes": attributes})
    faces = answer["FaceDetails"]
    if annotated is not None:
        write_annotated(annotated, picture, [(face["BoundingBox"], str(n)) for n, face in enumerate(faces, start=1)])
    if as_json:
        print_json(answer)
        return
    measured = [(member, title) for member, title in _FINDINGS if any(member in face for face in faces)]
    columns = ("face", "confidence", *_BOX_COLUMNS, "roll", "yaw", "pitch", "brightness", "sharpness")
    rows = [
        (number, face["Confidence"], *_box(face), *_pose_and_quality(face), *_findings(face, measured))
        for number, face in enumerate(faces, start=1)
    ]
    print_table((*columns, *(title for _, title in measured)), rows)


def _count_faces(client: Client, found: list[Found], attributes: list[str] | None, *, as_json: bool) -> None:
    answers = []
    with counting("detect") as progress:
        for number, file in enumerate(found, start=1):
            answers.append(_answer_or_error(client, file, attributes))
            progress(number, len(found))
    used = [answer for answer in answers if answer is not None]
    if as_json:
        print_json(used)
    else:
        print_table(("file", "faces", "problem"), map(_count, used))
        faces = sum(len(answer.get("FaceDetails", ())) for answer in used)
        note(f"pictures: {len(used)}; faces: {faces}; other files, left out: {len(answers) - len(used)}")
    if any("Error" in answer for answer in used):
        raise typer.Exit(1)


def _answer_or_error(client: Client, file: Found, attributes: list[str] | None) -> dict[str, Any] | None:
    """The answer for one of many pictures, or what is wrong with it; None for a folder's file of another kind."""
    path = file.path
    try:
        picture = pictures.read_found(file, client.max_picture_bytes)
        answer = client.call("DetectFaces", {"Image": {"Bytes": picture}, "Attributes": attributes})
    except NotAPictureError:
        return None
    except (OSError, ImageError) as error:
        return {"File": str(path), "Error": {"Code": type(error).__name__, "Message": str(error)}}
    except Fault as fault:
        if fault.code not in _PICTURE_FAULTS:
            raise
        return {"File": str(path), "Error": {"Code": fault.code, "Message": fault.message}}
    return {"File": str(path), **answer}


def _count(answer: dict[str, Any]) -> tuple[object, ...]:
    if "Error" in answer:
        return answer["File"], None, answer["Error"]["Message"]
    return answer["File"], len(answer["FaceDetails"]), None


def _box(face: dict[str, Any]) -> tuple[float, ...]:
    return tuple(face["BoundingBox"][name.title()] for name in _BOX_COLUMNS)


def _pose_and_quality(face: dict[str, Any]) -> tuple[float, ...]:
    pose, quality = face["Pose"], face["Quality"]
    return pose["Roll"], pose["Yaw"], pose["Pitch"], quality["Brightness"], quality["Sharpness"]


def _findings(face: dict[str, Any], measured: list[tuple[str, str]]) -> list[str | None]:
    shown = {True: "yes", False: "no"}
    return [shown[face[member]["Value"]] if member in face else None for member, _ in measured]
