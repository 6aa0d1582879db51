from __future__ import annotations

import re

import pytest
from rich.console import Console

from recognizance.cli.progress import PlainCount, PullProgress, counting


def test_ten_lines_from_beginning_to_end(capsys):
    times = iter(range(100))
    count = PlainCount("index", lambda: float(next(times)))
    for done in range(1, 101):
        count(done, 100)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert lines[0] == "index: 10 of 100, 10.0/s, 9 s left"
    assert lines[-1] == "index: 100 of 100, 10.0/s, 0 s left"


def test_a_count_of_few_says_each(capsys):
    with counting("detect") as report:
        report(1, 2)
        report(2, 2)
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_each_phase_of_a_pull_is_one_line(capsys):
    with PullProgress() as report:
        report("downloading x.whl", 0, 0)
        report("downloading x.whl", 5, 10)
        report("downloading x.whl", 10, 10)
        report("converting y.onnx", 0, 0)
    assert capsys.readouterr().err.splitlines() == ["downloading x.whl", "converting y.onnx"]


@pytest.fixture
def terminal(monkeypatch):
    """Standard error as a terminal."""
    monkeypatch.setattr(
        "recognizance.cli.progress.Console",
        lambda *, stderr: Console(stderr=stderr, force_terminal=True, width=100),
    )


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


@pytest.mark.usefixtures("terminal")
def test_a_terminal_gets_a_bar_with_count_and_rate(capsys):
    with counting("index") as report:
        for done in range(1, 6):
            report(done, 5)
    out, err = capsys.readouterr()
    assert out == ""
    assert re.search(r"index .*5/5 +[0-9.]+/s", _plain(err))


@pytest.mark.usefixtures("terminal")
def test_a_terminal_gets_a_bar_for_each_phase_of_a_pull(capsys):
    with PullProgress() as report:
        report("downloading x.whl", 0, 0)
        report("downloading x.whl", 2_000_000, 4_000_000)
        report("converting y.onnx", 0, 0)
    shown = _plain(capsys.readouterr().err)
    assert "downloading x.whl" in shown
    assert "converting y.onnx" in shown


@pytest.mark.usefixtures("terminal")
def test_a_pull_with_nothing_to_do_shows_nothing(capsys):
    with PullProgress():
        pass
    assert capsys.readouterr().err == ""
