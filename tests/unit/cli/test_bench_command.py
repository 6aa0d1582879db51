from __future__ import annotations

import json
from pathlib import Path

import pytest

from recognizance.bench import Figure, Floor, Machine, Omission, Report, Spread, Target

REPORT = Report(
    started="2026-11-01T12:00:00+00:00",
    version="0.1.0",
    quick=True,
    machine=Machine("a processor", 2, 8.0, "Linux", "3.11", 0.5),
    figures=(
        Figure(
            "detect",
            "DetectFaces over HTTP",
            "ms",
            Spread(9.0, 10.0, 12.0, 5),
            floor=Floor("bare", Spread(8.0, 8.0, 8.0, 5)),
            target=Target("at most", 1.25, "ratio"),
        ),
    ),
    omissions=(Omission("peers", "DeepFace is not installed"),),
)


@pytest.fixture
def asked(monkeypatch):
    """A run that is over at once; keeps what was asked of it."""
    asked = []

    def run(names, photos, *, quick, keep, progress):
        progress("detect", 0, 1)
        asked.append((list(names), photos, quick, keep))
        return REPORT

    monkeypatch.setattr("recognizance.bench.run", run)
    return asked


def test_the_report_is_a_table(cli, asked):
    outcome = cli("bench")
    assert outcome.code == 0
    assert "DetectFaces over HTTP" in outcome.out
    assert "not measured: peers: DeepFace is not installed" in outcome.out
    assert outcome.err == "detect (1 of 1)\n"
    assert asked == [([], None, False, None)]


def test_the_report_is_json_on_demand_and_in_a_file(cli, asked, tmp_path):
    out = tmp_path / "bench.json"
    outcome = cli("bench", "detect", "--photos", "p", "--quick", "--keep", "k", "--out", out, "--json")
    [figure] = outcome.json["figures"]
    assert (figure["ratio"], figure["met"]) == (1.25, True)
    assert json.loads(out.read_text()) == outcome.json
    assert asked == [(["detect"], Path("p"), True, Path("k"))]


def test_every_case_is_documented():
    from recognizance.bench import CASES

    page = (Path(__file__).resolve().parents[3] / "docs" / "cli.md").read_text()
    section = page.partition("\n## bench\n")[2]
    for name in CASES:
        assert f"`{name}`" in section


def test_an_unknown_case_is_one_line(cli):
    outcome = cli("bench", "nonsense")
    assert outcome.code == 1
    assert outcome.err.startswith("recognizance: the bench has no case 'nonsense'")
