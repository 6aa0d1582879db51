"""The options and arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Data folder; otherwise RECOGNIZANCE_DATA.", show_default=False),
]
"""The data folder, None meaning that the settings decide."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

CollectionId = Annotated[str, typer.Argument(metavar="COLLECTION", help="The collection's id.")]

Picture = Annotated[Path, typer.Argument(metavar="FILE", help="A JPEG or PNG.", show_default=False)]

Annotate = Annotated[
    Path | None,
    typer.Option("--annotate", metavar="PNG", help="Write the picture with boxes and names to this file."),
]

Threshold = Annotated[
    float | None,
    typer.Option("--threshold", min=0, max=100, help="Smallest similarity that is a match; 80 if not given."),
]


def split_pair(text: str, option: str) -> tuple[str, str]:
    """The two sides of an option's KEY=VALUE."""
    key, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r} has no = in it", param_hint=option)
    return key, value
