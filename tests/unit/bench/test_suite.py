"""The bench end to end on a quick run: every case gives its figures, with real weights, servers and one portrait."""

from __future__ import annotations

from pathlib import Path

import pytest

from recognizance.bench import run, suite
from recognizance.bench.report import Figure, NotMeasuredError, Omission, Spread
from recognizance.errors import SettingsError

ALWAYS = {
    "detect": ("ms", True),
    "detect.boto3": ("ms", True),
    "search": ("ms", True),
    "search.boto3": ("ms", True),
    "search-1m": ("ms", True),
    "search-1m.same": ("%", False),
    "search-100k": ("ms", True),
    "cohort.1000": ("ms", True),
    "cohort.10000": ("ms", True),
    "large-photo": ("ms", True),
    "enrol": ("photos/s", True),
    "rebuild": ("s", True),
    "rebuild.memory": ("MB", True),
    "start": ("s", True),
    "start.memory": ("MB", True),
    "scoring": ("s", True),
    "scoring.memory": ("MB", False),
    "scoring.intervals": ("s", False),
    "ledger": ("/s", True),
    "ledger.durable": ("/s", True),
    "ledger.alone": ("/s", True),
    "record": ("ms", True),
    "record.search": ("ms", True),
    "record.clients": ("/s", True),
}
"""Figures that need no package index: unit, and whether a floor stands beside it."""

OFTEN = {
    "embedding": ("faces/s", True),
    "peers.opencv": ("photos/s", True),
    "peers.one-core": ("photos/s", True),
    "peers.mirrored": ("photos/s", True),
}
"""Figures that need the embedder as shipped."""


@pytest.fixture
def weights(weights_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOGNIZANCE_MODELS_DIR", str(weights_dir))


@pytest.mark.usefixtures("weights")
def test_every_case_gives_its_figures(weights_dir: Path):
    told: list[tuple[str, int, int]] = []
    report = run(quick=True, keep=weights_dir / "shipped", progress=lambda *step: told.append(step))
    found = {figure.name: (figure.unit, figure.floor is not None) for figure in report.figures}
    assert ALWAYS.items() <= found.items()
    assert found.items() <= (ALWAYS | OFTEN).items()
    assert {omission.name for omission in report.omissions} <= {
        "embedding",
        "peers",
        "peers.face_recognition",
        "peers.deepface",
    }
    assert all(figure.value.least <= figure.value.median <= figure.value.most for figure in report.figures)
    assert next(figure for figure in report.figures if figure.name == "search-1m.same").met
    assert told == [(name, number, len(suite.CASES)) for number, name in enumerate(suite.CASES)]


def fake(name: str) -> list[Figure]:
    return [Figure(name, "what", "ms", Spread.of([1.0]))]


@pytest.fixture
def fake_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: object) -> list[Figure | Omission]:
        raise NotMeasuredError("no such engine")

    def partial(_: object) -> list[Figure | Omission]:
        return [*fake("partial"), Omission("partial.other", "not installed")]

    monkeypatch.setattr(suite, "CASES", {"plain": lambda _: fake("plain"), "missing": missing, "partial": partial})


@pytest.mark.usefixtures("weights", "fake_cases")
class TestRun:
    def test_all_cases_run_and_what_is_missing_is_said(self):
        report = run()
        assert [figure.name for figure in report.figures] == ["plain", "partial"]
        assert report.omissions == (Omission("missing", "no such engine"), Omission("partial.other", "not installed"))

    def test_named_cases_run_alone(self):
        report = run(["plain"])
        assert [figure.name for figure in report.figures] == ["plain"]
        assert report.omissions == ()

    def test_an_unknown_name_is_refused_before_anything_runs(self):
        with pytest.raises(SettingsError, match="the bench has no case 'plane'; there are plain, missing, partial"):
            run(["plain", "plane"])
