from __future__ import annotations

import json
import logging

import pytest
import structlog

from recognizance.cli.logs import configure_logs


@pytest.fixture(autouse=True)
def restored():
    """The process logs afterwards as it did before."""
    root, ours = logging.getLogger(), logging.getLogger("recognizance")
    kept = root.handlers[:], root.level, ours.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level, ours.level = kept


def test_an_event_is_a_line_of_json_on_standard_error(capsys):
    configure_logs("json", "info")
    structlog.get_logger("front").info("request", operation="DetectFaces", ms=12.5)
    out, err = capsys.readouterr()
    assert out == ""
    event = json.loads(err)
    assert event.pop("timestamp").endswith("Z")
    assert event == {"event": "request", "level": "info", "operation": "DetectFaces", "ms": 12.5}


def test_a_line_of_text_has_no_colours_in_a_file(capsys):
    configure_logs("text", "info")
    structlog.get_logger("front").info("request", operation="DetectFaces")
    err = capsys.readouterr().err
    assert "operation=DetectFaces" in err
    assert "\x1b" not in err


def test_what_comes_through_the_standard_library_looks_the_same(capsys):
    configure_logs("json", "info")
    logging.getLogger("recognizance.storage.folder").warning("%s can be read by others", "master.key")
    event = json.loads(capsys.readouterr().err)
    assert (event["event"], event["level"]) == ("master.key can be read by others", "warning")


@pytest.mark.parametrize(("level", "lines"), [("debug", 3), ("info", 2), ("warning", 1), ("error", 0)])
def test_less_than_the_level_is_not_logged(capsys, level, lines):
    configure_logs("json", level)
    for log in (structlog.get_logger("front"), logging.getLogger("recognizance.front")):
        log.debug("a")
        log.info("b")
        log.warning("c")
        assert len(capsys.readouterr().err.splitlines()) == lines


def test_libraries_are_heard_from_warnings_up(capsys):
    configure_logs("json", "debug")
    logging.getLogger("alembic").info("chatter")
    logging.getLogger("alembic").warning("trouble")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["trouble"]
