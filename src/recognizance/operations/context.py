"""What an operation may use: the ports, and the facts of the call it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from recognizance.audit.gate import AuditGate
from recognizance.governance.governance import Governance
from recognizance.governance.rulebook import Asker, Place, Rulebook
from recognizance.live.fleet import Fleet
from recognizance.policy.decision import Permit
from recognizance.ports import Call, Clock, Curve, Gallery, Jobs, Objects, Vision
from recognizance.wire.paging import Pager

Request = dict[str, Any]
"""Validated members of a request, spelled as in the service model."""

Answer = dict[str, Any]
"""Members of a response, spelled as in the service model; absent members are left out or None."""


LEDGER_HEADER = "x-recognizance-ledger"
"""Index of the ledger's entry that records what was answered."""


def asker_of(call: Call) -> Asker:
    """Who asks for what, as rules and records see it."""
    return Asker(call.operation, call.key, call.request_id, call.said)


@dataclass(frozen=True, slots=True)
class Services:
    """The objects behind the operations, made once in `app`."""

    vision: Vision
    gallery: Gallery
    objects: Objects
    curve: Curve
    pager: Pager
    account: str
    """Twelve digits that stand in ARNs."""
    image_key: bytes
    """Secret of this installation from which ImageIds are derived, so that an id does not reveal a known photo."""
    gate: AuditGate
    """Refuses searches for want of an audit, where the collection demands one."""
    jobs: Jobs
    streams: Fleet
    """The processors of live video."""
    governance: Governance
    """What is permitted, and the record of it."""
    clock: Clock


@dataclass(frozen=True, slots=True)
class Context:
    """One call that is permitted: the services, what was asked by whom, and on which terms."""

    services: Services
    call: Call
    permit: Permit
    place: Place | None
    """The collection that the call is about as it was then, None if it is about none or about several."""
    headers: dict[str, str] = field(default_factory=dict)
    """Headers of the answer (`x-recognizance-*`), which the operation adds to."""

    @property
    def region(self) -> str:
        """Region of the caller's signature; ARNs in the answer carry it."""
        return self.call.region

    @property
    def now(self) -> datetime:
        """When the call came."""
        return self.call.now

    @property
    def asker(self) -> Asker:
        """Who asks for what, as rules and records see it."""
        return asker_of(self.call)

    @property
    def searched(self) -> Place:
        """The collection of a search, as it was when the search was permitted."""
        assert self.place is not None  # the service model demands it of every search
        return self.place

    @property
    def rulebook(self) -> Rulebook:
        """What is permitted, and the record of it."""
        return self.services.governance.rulebook

    @property
    def vision(self) -> Vision:
        """Image bytes in, faces out."""
        return self.services.vision

    @property
    def gallery(self) -> Gallery:
        """Collections, faces, users and tags."""
        return self.services.gallery

    @property
    def curve(self) -> Curve:
        """Score to similarity and back."""
        return self.services.curve

    def position(self, request: Request, *scope: str) -> str | None:
        """The place in a list where this page starts; None at the beginning. Raises PaginationTokenError."""
        token = request.get("NextToken")
        return self.services.pager.decode(token, scope, self.now) if token else None

    def token(self, position: object, *scope: str) -> str:
        """The token of the page that starts after `position`."""
        return self.services.pager.encode(str(position), scope, self.now)
