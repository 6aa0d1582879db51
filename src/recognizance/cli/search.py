"""`search`: who in a collection looks like the largest face of a picture."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from recognizance.cli import pictures
from recognizance.cli.annotation import write_annotated
from recognizance.cli.client import open_client
from recognizance.cli.options import Annotate, AsJson, CollectionId, Data, Picture, Threshold
from recognizance.cli.terminal import note, print_json, print_table
from recognizance.operations.threshold import HEADER, read_header
from recognizance.settings import load_settings


def search(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    collection: CollectionId,
    file: Picture,
    threshold: Threshold = None,
    most: Annotated[int, typer.Option("--max", min=1, max=4096, help="Most candidates shown.")] = 10,
    annotate: Annotate = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Search a collection for the largest face of a picture, best candidate first.

    A candidate is a lead that a person checks, not an identification. The larger the collection, the higher the
    similarity that a candidate must reach: what holds, and why, is told beside the answer.

    Example: recognizance search team door.jpg --threshold 99 --annotate out.png
    """
    with open_client(load_settings({"data": data})) as client:
        picture = pictures.read(file, client.max_picture_bytes)
        result = client.ask(
            "SearchFacesByImage",
            {
                "CollectionId": collection,
                "Image": {"Bytes": picture},
                "FaceMatchThreshold": threshold,
                "MaxFaces": most,
            },
        )
    answer, held = result.body, read_header(result.headers[HEADER])
    matches = answer["FaceMatches"]
    if annotate is not None:
        label = f"{_name(matches[0]['Face'])} {matches[0]['Similarity']:.1f}" if matches else "no candidate"
        write_annotated(annotate, picture, [(answer["SearchedFaceBoundingBox"], label)])
    if as_json:
        print_json({**answer, "Threshold": held})
        return
    rows = [(match["Similarity"], _name(match["Face"]), match["Face"]["FaceId"]) for match in matches]
    print_table(("similarity", "name", "face"), rows)
    note(_explain(held) if matches else f"no candidate reaches it: {_explain(held)}")


def _explain(threshold: dict[str, str]) -> str:
    """The threshold that held and its reason in words."""
    asked = f"{threshold['asked']} asked"
    reasons = {
        "asked": "as asked",
        "policy": f"the policy's least; {asked}",
        "gallery": f"for {threshold['faces']} faces, so that at most {threshold.get('fpir')} of searches for strangers "
        f"return anybody; {asked}",
    }
    opted_out = "; the collection has opted out of the gallery-aware threshold"
    return f"threshold {threshold['threshold']}, {reasons[threshold['reason']]}" + (
        opted_out if "gallery-threshold" in threshold else ""
    )


def _name(face: dict[str, Any]) -> str:
    """By what a person knows an enrolled face: its user, else its external id, else its own id."""
    return str(face.get("UserId") or face.get("ExternalImageId") or face["FaceId"])
