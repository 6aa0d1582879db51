"""The endpoints of the native API: the one table of paths, functions and roles."""

from __future__ import annotations

from recognizance.api import jobs, ledger
from recognizance.api.endpoint import Endpoint
from recognizance.values import Role

_ANYBODY: frozenset[Role] = frozenset()
_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
_WORK = _ADMINISTRATORS | {Role.OPERATOR}
_WATCH = _ADMINISTRATORS | {Role.AUDITOR}

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/ledger/checkpoint", ledger.show_checkpoint, _ANYBODY, media_type="text/plain"),
    Endpoint("GET", "/ledger/key", ledger.show_key, _ANYBODY, answer=ledger.KeyView),
    Endpoint("GET", "/ledger/entries", ledger.list_entries, _WATCH, answer=ledger.EntryPage, query=ledger.EntryQuery),
    Endpoint("GET", "/jobs/{job}", jobs.show_job, _WORK, answer=jobs.JobView, query=jobs.JobQuery),
    Endpoint("POST", "/jobs/{job}/cancel", jobs.cancel_job, _WORK, answer=jobs.JobView, query=jobs.JobQuery),
    Endpoint("POST", "/jobs/{job}/searches", jobs.search_for_job, _ADMINISTRATORS, jobs.Candidates, jobs.Crop),
)
"""All of them."""
