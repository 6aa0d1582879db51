"""The policy document: TOML or JSON in, a checked record with one canonical form and digest out.

A policy says for what a collection of faces may be used, by whom, and under which conditions. It is read strictly: an
unknown field, a missing one or a value of another type is refused, with the field's name.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from recognizance.errors import PolicyDocumentError
from recognizance.ledger.kinds import Json
from recognizance.ledger.verifier import canonical

MOST_BYTES = 64 * 1024
"""Size of a document that is read."""

MOST_CANDIDATES = 4096
"""The most that Rekognition's operations can ask for."""

PLAIN = "default"
"""Name of what holds for a collection without a policy."""

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""A name in lower case, of letters, digits and hyphens."""

_Text = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"\S")]
_Positive = Annotated[int, Field(ge=1, le=1_000_000_000)]
_Days = Annotated[int, Field(ge=1, le=36_500)]
_KeyId = Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]


class Purpose(StrEnum):
    """What a collection is for."""

    PHOTO_LIBRARY = "photo-library"
    ACCESS_CONTROL = "access-control"
    DOORSTEP = "doorstep"
    MISSING_PERSON = "missing-person"
    TRAFFICKING_VICTIM = "trafficking-victim"
    POLICE_INVESTIGATION = "police-investigation"
    RESEARCH = "research"
    OTHER = "other"


class Policy(BaseModel):
    """One version of a policy. What is left out of a document has the default, which is the strict one."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False, title="Policy")

    name: Annotated[Slug, Field(description="Name of the policy, as the tag `recognizance:policy` gives it.")]
    version: Annotated[_Positive, Field(description="Number of this version: 1, then one more with each change.")]
    purpose: Annotated[
        Purpose,
        Field(description="What the collection is for. A search that states another purpose is refused."),
    ]
    legal_basis: Annotated[_Text, Field(description="The law or agreement that permits the use, in words.")]
    authority: Annotated[_Text, Field(description="Who answers for the use: the office, company or household.")]
    jurisdiction: Annotated[_Text, Field(description="Whose law holds, such as `EU` or `US-IL`.")]
    kind: Annotated[
        Literal["verify", "identify"],
        Field(description="`verify`: one face is compared with one (1:1). `identify`: a search among all (1:N)."),
    ]
    floor: Annotated[
        float, Field(ge=0, le=100, description="Least similarity of a candidate; a client may ask for more, not less.")
    ]
    fpir_target: Annotated[
        float,
        Field(gt=0, lt=1, description="Share of searches for people who are not enrolled that may return anybody."),
    ] = 0.001
    most_candidates: Annotated[
        int, Field(ge=1, le=MOST_CANDIDATES, description="The longest list that a search returns.")
    ] = 10
    reviewers: Annotated[
        Literal[0, 1, 2], Field(description="How many qualified people have to agree on what a search found.")
    ] = 2
    sealed: Annotated[bool, Field(description="Whether candidates are withheld until the review is done.")] = False
    roles: Annotated[
        tuple[Literal["administrator", "operator"], ...],
        Field(min_length=1, description="Roles whose keys may search."),
    ] = ("operator",)
    keys: Annotated[
        tuple[_KeyId, ...],
        Field(description="Ids of the access keys that may search; none listed: every key of the roles."),
    ] = ()
    must_carry: Annotated[
        tuple[Literal["case", "authorisation", "purpose"], ...],
        Field(description="What each search has to state."),
    ] = ()
    authorisation_hours: Annotated[
        int | None,
        Field(
            ge=0,
            le=720,
            description="Hours from the first search of a case until its authorisation has to be on record; 0: before "
            "the first search. Afterwards the case is sealed. Without it no record of authorisations is kept.",
        ),
    ] = None
    retention_days: Annotated[_Days | None, Field(description="Days after which an enrolled face expires.")] = None
    consent: Annotated[
        Literal["none", "required"], Field(description="Whether a face is stored only with a consent on record.")
    ] = "required"
    consent_sources: Annotated[
        tuple[Literal["in-person", "submitted-by-subject", "official-document", "custody", "other"], ...],
        Field(description="Where an image may come from. Public on the web is no consent, so it is no choice."),
    ] = ()
    traits: Annotated[bool, Field(description="Whether age range, gender or emotion may be inferred.")] = False
    export: Annotated[bool, Field(description="Whether templates may be exported.")] = False
    streams: Annotated[bool, Field(description="Whether live video may be searched.")] = False
    portraits: Annotated[bool, Field(description="Whether pictures of enrolled faces are kept for reviewers.")] = False
    most_faces: Annotated[_Positive | None, Field(description="How many faces a collection may hold.")] = None
    searches_per_day: Annotated[
        _Positive | None,
        Field(description="Searches of one person in a day (UTC), in all collections of the policy."),
    ] = None
    audit_days: Annotated[
        _Days | None, Field(description="How old, in days, the audit may be without which no search is made.")
    ] = None
    valid_from: Annotated[AwareDatetime | None, Field(description="When the policy begins to hold.")] = None
    valid_until: Annotated[
        AwareDatetime | None, Field(description="When it ends; from then on it permits nothing.")
    ] = None
    seed_share: Annotated[
        float, Field(ge=0, le=1, description="Share of cases with a known answer, by which reviewers are measured.")
    ] = 0.1
    reviewer_error: Annotated[
        float, Field(gt=0, le=1, description="Share of false accepts over which a reviewer is suspended.")
    ] = 0.05

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        """What no field can tell alone."""
        problems = {
            "valid_until is to be later than valid_from": self._lasts_no_time(),
            "sealed needs reviewers, who open what is sealed": self.sealed and self.reviewers == 0,
            "authorisation_hours needs case and authorisation in must_carry": self.authorisation_hours is not None
            and not {"case", "authorisation"} <= set(self.must_carry),
            "consent_sources are to name a source at least, for consent is required": self.consent == "required"
            and not self.consent_sources,
        }
        for text, holds in problems.items():
            if holds:
                raise ValueError(text)
        return self

    @property
    def body(self) -> bytes:
        """The canonical JSON (RFC 8785) of all fields: what is stored, digested and signed."""
        return canonical(self.model_dump(mode="json"))

    @property
    def digest(self) -> str:
        """SHA-256 of the body, hex."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def stamp(self) -> dict[str, Json]:
        """How entries of the ledger name this version."""
        return {"name": self.name, "version": self.version, "digest": self.digest}

    def _lasts_no_time(self) -> bool:
        return self.valid_from is not None and self.valid_until is not None and self.valid_until <= self.valid_from


def read_policy(text: str, *, form: Literal["toml", "json"]) -> Policy:
    """The policy that a document states. Raises PolicyDocumentError with the field, what came, and what is expected."""
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise PolicyDocumentError(f"the document has more than {MOST_BYTES} bytes")
    try:
        content = tomllib.loads(text) if form == "toml" else json.loads(text, object_pairs_hook=_unique)
        # Through JSON, so that both forms meet the same strict rules.
        return Policy.model_validate_json(json.dumps(content, default=_write_time))
    except ValidationError as error:
        raise PolicyDocumentError("; ".join(_problems(error))) from None
    except (ValueError, TypeError, RecursionError) as error:
        raise PolicyDocumentError(f"the document is no {form.upper()}: {error}") from None


def write_schema() -> dict[str, Any]:
    """The JSON Schema of the document."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Policy.model_json_schema()}


def plain_policy(fpir_target: float) -> Policy:
    """What holds for a collection without a policy: plain Rekognition behaviour over the gallery-aware floor."""
    return Policy(
        name=PLAIN,
        version=1,
        purpose=Purpose.OTHER,
        legal_basis="none stated",
        authority="none stated",
        jurisdiction="none stated",
        kind="identify",
        floor=0.0,
        fpir_target=fpir_target,
        most_candidates=MOST_CANDIDATES,
        reviewers=0,
        roles=("administrator", "operator"),
        consent="none",
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a field is there twice")
    return content


def _write_time(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} has no place in a policy")


def _problems(error: ValidationError) -> list[str]:
    return [_problem(one["type"], ".".join(map(str, one["loc"])), one["msg"], one["input"]) for one in error.errors()]


def _problem(kind: str, field: str, message: str, came: Any) -> str:
    match kind:
        case "extra_forbidden":
            return f"{field}: there is no such field; the fields are {', '.join(Policy.model_fields)}"
        case "missing":
            return f"{field}: is missing"
        case "value_error":
            return message.removeprefix("Value error, ")
        case _:
            expected = message[:1].lower() + message[1:]
            return f"{field or 'the document'}: {expected.replace('input should', 'should')}, came {came!r:.80}"
