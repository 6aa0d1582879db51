"""The cases of the bench, and a run over some or all of them: names in, a report out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from recognizance import __version__
from recognizance.bench import gallery, ledger, peers, pictures, record, requests, scoring, start
from recognizance.bench.material import find_material
from recognizance.bench.report import Figure, NotMeasuredError, Omission, Report, this_machine
from recognizance.bench.workbench import Workbench
from recognizance.errors import SettingsError
from recognizance.models.catalog import DEFAULT_PACK
from recognizance.models.fetch import pull
from recognizance.settings import available_cores, load_settings

Case = Callable[[Workbench], Sequence[Figure | Omission]]

CASES: Mapping[str, Case] = MappingProxyType(
    {
        "detect": requests.detect_faces,
        "search": requests.search_faces_by_image,
        "search-1m": gallery.search_million,
        "search-100k": gallery.search_hundred_thousand,
        "cohort": gallery.search_with_cohort,
        "embedding": pictures.embedding,
        "large-photo": pictures.large_photo,
        "enrol": requests.index_faces,
        "rebuild": start.rebuild,
        "start": start.ready,
        "scoring": scoring.score,
        "ledger": ledger.record,
        "record": record.search,
        "peers": peers.compare,
    }
)
"""Every case, in the order in which they run; the first part of a figure's name is its case."""

_MOST_PHOTOS = 500
_QUICK_PHOTOS = 40


class Progress(Protocol):
    """Told how a run goes on."""

    def __call__(self, phase: str, done: int, total: int) -> None:
        """`phase` is what is being measured; `done` of `total` cases are."""


def run(
    names: Sequence[str] = (),
    photos: Path | None = None,
    *,
    quick: bool = False,
    keep: Path | None = None,
    progress: Progress | None = None,
) -> Report:
    """Measure the named cases, or all of them, with the photographs under a folder.

    `quick` makes few rounds and small galleries, to see that all works. `keep` is a folder for what takes long to make
    and is the same each time (the gallery of a million faces); without it that is made anew and removed. The weights
    are those of the default pack in the models folder of the settings, pulled if absent.

    Raises SettingsError for an unknown name or for want of photographs, WeightsError, and StartError where a server
    does not start.
    """
    cases = {name: _case(name) for name in names or CASES}
    settings = load_settings()
    machine = this_machine(available_cores())
    started = datetime.now(UTC).isoformat(timespec="seconds")
    material = find_material(photos, _QUICK_PHOTOS if quick else _MOST_PHOTOS)
    pull(DEFAULT_PACK, settings.models_folder)
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
    findings: list[Figure | Omission] = []
    with tempfile.TemporaryDirectory(prefix="recognizance-bench-") as scratch:
        bench = Workbench(
            material, DEFAULT_PACK, settings.models_folder, Path(scratch), keep or Path(scratch), machine.cores, quick
        )
        for done, (name, case) in enumerate(cases.items()):
            if progress is not None:
                progress(name, done, len(cases))
            try:
                findings += case(bench)
            except NotMeasuredError as error:
                findings.append(Omission(name, str(error)))
    figures = tuple(found for found in findings if isinstance(found, Figure))
    omissions = tuple(found for found in findings if isinstance(found, Omission))
    return Report(started, __version__, quick, machine, figures, omissions)


def _case(name: str) -> Case:
    case = CASES.get(name)
    if case is None:
        raise SettingsError(f"the bench has no case {name!r}; there are {', '.join(CASES)}")
    return case
