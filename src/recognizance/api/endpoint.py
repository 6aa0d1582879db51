"""Endpoint: one method and path of the native API, its models, its roles, and the function that answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from recognizance.api.parts import Parts
from recognizance.values import AccessKey, Role

_YEARS = range(1970, 9000)  # leaves room to add years to, and to change zones


def _to_utc(moment: datetime) -> datetime:
    if moment.year not in _YEARS:
        raise ValueError(f"a year from {_YEARS.start} to {_YEARS.stop - 1} is expected")
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""A time that comes, with its zone."""

Text = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"\S")]
"""Words that come."""

Id = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_.\-]{1,255}$")]
"""The id of something, that comes."""


class Record(BaseModel):
    """A body that comes or goes: no member that is not named, none changed after it was checked."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Record):
    """No members."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A verified request: who asks what, when, and the parts behind the API."""

    parts: Parts
    key: AccessKey | None
    """Who signed; None at an endpoint that needs no signature."""
    now: datetime
    request_id: str
    said: Mapping[str, str]
    path: Mapping[str, str]
    """Values of the path's places."""
    query: Any
    """An instance of the endpoint's `query` model."""
    body: Any
    """An instance of the endpoint's `body` model."""

    @property
    def signer(self) -> AccessKey:
        """Who signed, at an endpoint that needs a signature."""
        assert self.key is not None
        return self.key


@dataclass(frozen=True, slots=True)
class Download:
    """An answer that is a file and no JSON."""

    content: bytes
    media_type: str
    filename: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`run` gets the checked request and gives an instance of `answer`, or a Download where `media_type` is named."""

    method: str
    path: str
    """Below `/api/v1`, places in braces: `/cases/{case}`."""
    run: Callable[[Ask], BaseModel | Download]
    roles: frozenset[Role]
    """Empty: no signature is needed."""
    answer: type[BaseModel] = Nothing
    body: type[BaseModel] = Nothing
    query: type[BaseModel] = Nothing
    status: int = 200
    media_type: str | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    """Pattern of a place where it is not the usual one."""

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (self.run.__doc__ or "").strip().partition("\n")[0]
