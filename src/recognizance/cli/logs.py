"""The server's log: one line of text or JSON for each event, on standard error."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog


def configure_logs(form: Literal["text", "json"], level: Literal["debug", "info", "warning", "error"]) -> None:
    """Log events of `level` and above; of libraries only what is a warning or worse."""
    number = logging.getLevelNamesMapping()[level.upper()]
    chain: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*chain, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # What comes through the standard library looks the same.
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("recognizance").setLevel(number)
