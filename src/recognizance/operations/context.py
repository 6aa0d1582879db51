"""What an operation may use: the ports, and the facts of the call it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from recognizance.audit.gate import AuditGate
from recognizance.ports import Curve, Gallery, Objects, Vision
from recognizance.wire.paging import Pager

Request = dict[str, Any]
"""Validated members of a request, spelled as in the service model."""

Answer = dict[str, Any]
"""Members of a response, spelled as in the service model; absent members are left out or None."""


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
    fpir_target: float = 1e-3
    """The share of searches for people who are not enrolled that may return somebody (see `threshold`)."""


@dataclass(frozen=True, slots=True)
class Context:
    """One call: the services, and when and where it came from."""

    services: Services
    region: str
    """Region of the caller's signature; ARNs in the answer carry it."""
    now: datetime
    headers: dict[str, str] = field(default_factory=dict)
    """Headers of the answer (`x-recognizance-*`), which the operation adds to."""

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
