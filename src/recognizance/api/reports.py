"""Reports: an account of a time or of a year, counted from the ledger, as JSON and as a page to print."""

from __future__ import annotations

import json
from typing import Any

from pydantic import Field

from recognizance.api.endpoint import Ask, Download, Moment, Record
from recognizance.errors import InvalidRequestError
from recognizance.governance import reports
from recognizance.governance.report_page import render


class PeriodQuery(Record):
    """Which time."""

    start: Moment = Field(description="Its beginning, with a zone.")
    end: Moment = Field(description="Its end, which is not part of it.")


def account(ask: Ask) -> Download:
    """Give the account of a time."""
    return _as_json(_account(ask))


def account_page(ask: Ask) -> Download:
    """Give the account of a time as a page."""
    return _as_page(_account(ask))


def annual(ask: Ask) -> Download:
    """Give the account of a calendar year."""
    return _as_json(_annual(ask))


def annual_page(ask: Ask) -> Download:
    """Give the account of a calendar year as a page."""
    return _as_page(_annual(ask))


def _account(ask: Ask) -> dict[str, Any]:
    if ask.query.end <= ask.query.start:
        raise InvalidRequestError("the time ends later than it begins")
    return reports.account(ask.parts.governance.book.entries(), start=ask.query.start, end=ask.query.end)


def _annual(ask: Ask) -> dict[str, Any]:
    return reports.annual(ask.parts.governance.book.entries(), year=int(ask.path["year"]))


def _as_json(document: dict[str, Any]) -> Download:
    return Download(json.dumps(document, indent=1).encode(), "application/json")


def _as_page(document: dict[str, Any]) -> Download:
    return Download(render(document).encode(), "text/html")
