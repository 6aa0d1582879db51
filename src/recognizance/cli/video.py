"""`video`: who of a collection appears in a clip, and when; and copies of the clip with names on it or faces hidden."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recognizance.cli.client import Client, open_client
from recognizance.cli.failure import CommandError
from recognizance.cli.options import AsJson, Data, Threshold
from recognizance.cli.progress import PullProgress, counting
from recognizance.cli.terminal import note, print_json, print_table
from recognizance.settings import Settings, available_cores, load_settings
from recognizance.wire.faults import Fault

if TYPE_CHECKING:  # engines; commands that need none start at once
    import numpy as np
    from numpy.typing import NDArray

    from recognizance.ports import Vision
    from recognizance.video.clip import Clip
    from recognizance.video.identify import Search
    from recognizance.video.track import Track

_MOST_FACES = 10  # candidates of one search


class Hidden(StrEnum):
    """Whose faces `--blur` hides."""

    UNKNOWN = "unknown"
    ALL = "all"


def video(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A video.", show_default=False)],
    collection: Annotated[
        str | None, typer.Option(metavar="ID", help="Collection to search; without one people have numbers.")
    ] = None,
    threshold: Threshold = None,
    annotate: Annotated[Path | None, typer.Option(metavar="MP4", help="Write a copy with boxes and names.")] = None,
    timeline: Annotated[Path | None, typer.Option(metavar="HTML", help="Write a page: who is there when.")] = None,
    blur: Annotated[
        Hidden | None, typer.Option(help="Write a copy without faces: of people who are not enrolled, or of all.")
    ] = None,
    blurred: Annotated[
        Path | None, typer.Option("--to", metavar="MP4", help="File of that copy; else NAME-blurred.mp4 beside FILE.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Find who appears in a video, and when.

    Every person is followed through the video and searched by the best frames, under the rules of the collection. A
    name is a lead that a person checks. Copies have no sound.

    Example: recognizance video hall.mp4 --collection team --annotate out.mp4 --timeline out.html --blur unknown
    """
    if blur is Hidden.UNKNOWN and collection is None:
        raise typer.BadParameter("it needs --collection, to know who is enrolled", param_hint="--blur unknown")
    if not file.is_file():
        raise CommandError(f"there is no file {file}; check the name")
    settings = load_settings({"data": data})
    with open_client(settings) as client:
        search = None if collection is None else _search(client, collection, threshold)
        show_strangers = collection is None or not _has_policy(client, collection)
        viewing = _Viewing(file, _open_vision(settings))
        tracks = viewing.follow(search)
    if annotate is not None:
        viewing.annotate(tracks, annotate)
    if timeline is not None:
        viewing.draw_timeline(tracks, timeline, show_strangers=show_strangers)
    if blur is not None:
        target = blurred or file.with_name(f"{file.stem}-blurred.mp4")
        viewing.blur(tracks if blur is Hidden.UNKNOWN else (), target)
    _show(tracks, as_json=as_json)


class _Viewing:
    """A clip that is gone through several times, each with its progress."""

    def __init__(self, file: Path, vision: Vision) -> None:
        self._file, self._vision = file, vision

    def follow(self, search: Search | None) -> list[Track]:
        """The people of the clip."""
        from recognizance.video.analysis import FACES_RATE, follow  # noqa: PLC0415
        from recognizance.video.identify import Identifier  # noqa: PLC0415
        from recognizance.video.look import Looker  # noqa: PLC0415

        with self._open("watch") as (clip, progress):
            return follow(
                clip,
                Looker(self._vision),
                rate=FACES_RATE,
                identifier=None if search is None else Identifier(search),
                threads=available_cores(),
                progress=progress,
            )

    def annotate(self, tracks: Sequence[Track], path: Path) -> None:
        """Write the copy with boxes and names."""
        from recognizance.video.copying import write_copy  # noqa: PLC0415
        from recognizance.video.draw import Drawing  # noqa: PLC0415
        from recognizance.video.timeline import names  # noqa: PLC0415

        with self._open("annotate") as (clip, progress):
            write_copy(clip, path, Drawing(tracks, names(tracks)).draw, progress)
        note(f"annotated copy: {path}")

    def draw_timeline(self, tracks: Sequence[Track], path: Path, *, show_strangers: bool) -> None:
        """Write the page. Where a policy holds, it shows pictures of enrolled people alone."""
        from recognizance.video.timeline import Row, names, page, stays, thumbnails  # noqa: PLC0415

        shown = [track for track in tracks if track.matches or show_strangers]
        with self._open("timeline") as (clip, _):
            duration_ms, pictures = clip.info.duration_ms, thumbnails(clip, shown)
        called = names(tracks)
        rows = [Row(called[track.index], _remark(track), stays(track), pictures.get(track.index)) for track in tracks]
        path.write_text(page(self._file.name, duration_ms, rows), encoding="utf-8")
        note(f"timeline: {path}")

    def blur(self, clear: Sequence[Track], path: Path) -> None:
        """Write the copy in which all faces are hidden but those of enrolled people among `clear`."""
        from recognizance.video.blur import find_covers, hide, known_faces  # noqa: PLC0415
        from recognizance.video.copying import write_copy  # noqa: PLC0415
        from recognizance.video.look import Looker  # noqa: PLC0415

        with self._open("find faces") as (clip, progress):
            covers = find_covers(
                clip, Looker(self._vision), known_faces(clear), threads=available_cores(), progress=progress
            )
        with self._open("blur") as (clip, progress):
            write_copy(clip, path, lambda frame: hide(frame, covers), progress)
        note(f"blurred copy: {path}")

    @contextmanager
    def _open(self, label: str) -> Iterator[tuple[Clip, Callable[[int], None]]]:
        """The clip from its start, and whom to tell the ms that are done."""
        from recognizance.video.clip import Clip  # noqa: PLC0415

        with self._file.open("rb") as opened, Clip(opened) as clip, counting(f"{label} (ms)") as report:
            total = max(clip.info.duration_ms, 1)
            yield clip, lambda time_ms: report(min(time_ms, total), total)


def _open_vision(settings: Settings) -> Vision:
    """Networks of this process: frames do not travel to a server, only the faces that are searched."""
    from recognizance.models.catalog import find_pack  # noqa: PLC0415
    from recognizance.models.fetch import pull  # noqa: PLC0415
    from recognizance.vision.pipeline import build_vision  # noqa: PLC0415

    pack = find_pack(settings.pack, settings.data / "cards")
    with PullProgress() as progress:
        pull(pack, settings.models_folder, progress=progress)
    return build_vision(pack, settings.models_folder, max_pixels=settings.max_megapixels * 1_000_000)


def _search(client: Client, collection: str, threshold: float | None) -> Search:
    from recognizance.video.picture import encode_png  # noqa: PLC0415

    client.call("DescribeCollection", {"CollectionId": collection})  # an unknown one is told before the work

    def search(pixels: NDArray[np.uint8]) -> Sequence[Mapping[str, Any]]:
        params = {
            "CollectionId": collection,
            "Image": {"Bytes": encode_png(pixels)},
            "FaceMatchThreshold": threshold,
            "MaxFaces": _MOST_FACES,
        }
        try:
            matches: Sequence[Mapping[str, Any]] = client.call("SearchFacesByImage", params)["FaceMatches"]
        except Fault as fault:
            if fault.message.startswith("There are no faces"):  # the search looks for itself
                return []
            raise
        return matches

    return search


def _has_policy(client: Client, collection: str) -> bool:
    from recognizance.governance.policies import TAG  # noqa: PLC0415

    arn = client.call("DescribeCollection", {"CollectionId": collection})["CollectionARN"]
    return TAG in client.call("ListTagsForResource", {"ResourceArn": arn})["Tags"]


def _remark(track: Track) -> str:
    return f"similarity {track.matches[0].similarity:.1f}" if track.matches else "not enrolled"


def _show(tracks: Sequence[Track], *, as_json: bool) -> None:
    from recognizance.video.timeline import name_of, stays  # noqa: PLC0415

    if as_json:
        print_json(
            [
                {
                    "Index": track.index,
                    "Stays": [{"StartMs": stay.start_ms, "EndMs": stay.end_ms} for stay in stays(track)],
                    "FaceMatches": [{"Similarity": match.similarity, "Face": match.face} for match in track.matches],
                    "EvidenceMs": track.evidence_ms,
                }
                for track in tracks
            ]
        )
        return
    rows = [
        (
            track.index,
            name_of(track),
            track.matches[0].similarity if track.matches else None,
            ", ".join(map(str, stays(track))),
        )
        for track in tracks
    ]
    print_table(("person", "name", "similarity", "there"), rows)
