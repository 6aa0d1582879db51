"""Requests of the people whose faces these are: find mine, tell who searched it, freeze, contest, erase with proof."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import Base64Bytes, Field

from recognizance.api.endpoint import Ask, Id, Nothing, Record, Text
from recognizance.api.jobs import SEARCH
from recognizance.errors import InvalidRequestError
from recognizance.governance.traces import Held, Searched
from recognizance.operations.identification import STATUS_HEADER
from recognizance.ports import Call
from recognizance.storage.requests import SubjectRequest
from recognizance.wire.faults import Fault

REGION = "native"
"""What stands for the region of a search that is made here and not signed by an AWS client."""

SEALED = "SEALED: what was found waits for the collection's reviewers"

MOST_FACES = 1000

Receipts = list[dict[str, Any]]


class Portrait(Record):
    """A picture of the person who asks."""

    image: Base64Bytes = Field(description="A PNG or JPEG, in base64.")
    collections: list[Id] = Field(min_length=1, max_length=100, description="The collections to search.")


class Likeness(Record):
    """A face that may be the person's: whoever serves the person decides whether it is."""

    collection: str
    face_id: str
    similarity: float


class Unsearched(Record):
    """A collection whose findings are not told: a rule refused the search, or reviewers have them first."""

    collection: str
    message: str


class Likenesses(Record):
    """What searches for a person found."""

    found: list[Likeness]
    refused: list[Unsearched]


class Faces(Record):
    """Faces of the person who asks."""

    faces: list[Id] = Field(min_length=1, max_length=MOST_FACES)


class Person(Record):
    """Who asks: ids of faces, or the consent that they were stored with."""

    faces: list[Id] = Field([], max_length=MOST_FACES)
    consent: Id | None = None
    subject: Text | None = Field(None, description="The person's name; kept apart, erasable.")


class Dispute(Faces):
    """What a person disputes."""

    reason: Text


class HeldView(Record):
    """A face that a collection holds, since when, with which consent, and until when at the latest."""

    collection: str
    face_id: str
    enrolled_at: datetime
    consent: str | None
    limit_at: datetime | None

    @classmethod
    def of(cls, held: Held) -> Self:
        """The view of a face."""
        return cls(
            collection=held.collection_id,
            face_id=held.face_id,
            enrolled_at=held.enrolled_at,
            consent=held.consent_id,
            limit_at=held.limit_at,
        )


class SearchedView(Record):
    """A search that met one of the faces; `similarity` (0 to 100) where it was a candidate."""

    at: str
    collection: str
    operation: str
    purpose: str | None
    policy: str | None
    operator: str
    face_id: str
    similarity: float | None

    @classmethod
    def of(cls, one: Searched) -> Self:
        """The view of a search."""
        return cls(
            at=one.at,
            collection=one.collection_id,
            operation=one.operation,
            purpose=one.purpose,
            policy=one.policy,
            operator=one.operator,
            face_id=one.face_id,
            similarity=one.similarity,
        )


class AnswerView(Record):
    """What a person is told. `withheld` counts what will be told later; `erased` faces have a receipt."""

    request: str
    held: list[HeldView]
    searches: list[SearchedView]
    withheld: int
    erased: list[str]


class RequestId(Record):
    """Id of a request, by which it is settled."""

    request: str


class RequestView(Record):
    """A request that waits for somebody."""

    request: str
    action: str
    opened_at: datetime
    entry: int

    @classmethod
    def of(cls, request: SubjectRequest) -> Self:
        """The view of a request."""
        return cls(request=request.id, action=request.action, opened_at=request.opened_at, entry=request.entry)


class RequestList(Record):
    """Requests, oldest first."""

    requests: list[RequestView]


class ReceiptList(Record):
    """Documents that the verifier checks offline, each with its entry, proof and signed checkpoint."""

    receipts: Receipts


def find_likenesses(ask: Ask) -> Likenesses:
    """Search collections for a person who asks, each under its own policy, on record like every search."""
    found: list[Likeness] = []
    refused: list[Unsearched] = []
    for collection in ask.body.collections:
        params = {"CollectionId": collection, "Image": {"Bytes": ask.body.image}}
        call = Call(SEARCH, params, ask.signer, REGION, ask.request_id, ask.now, ask.said)
        try:
            answer = ask.parts.dispatch(call)
        except Fault as fault:
            if fault.code != "AccessDeniedException":
                raise
            refused.append(Unsearched(collection=collection, message=fault.message))
            continue
        if answer.headers.get(STATUS_HEADER, "").endswith("sealed"):
            refused.append(Unsearched(collection=collection, message=SEALED))
        found += [
            Likeness(collection=collection, face_id=match["Face"]["FaceId"], similarity=match["Similarity"])
            for match in answer.body["FaceMatches"]
        ]
    return Likenesses(found=found, refused=refused)


def answer_person(ask: Ask) -> AnswerView:
    """Tell a person which collections hold its faces, and who searched for them."""
    subjects, said = ask.parts.governance.subjects, ask.body
    faces = [*said.faces, *(subjects.of_consent(said.consent) if said.consent else ())]
    if not faces:
        raise InvalidRequestError("name faces, or a consent with which faces were stored")
    answer = subjects.access(faces, ask.signer, subject=said.subject, now=ask.now)
    return AnswerView(
        request=answer.request_id,
        held=[HeldView.of(held) for held in answer.traces.held],
        searches=[SearchedView.of(one) for one in answer.traces.searches],
        withheld=answer.traces.withheld,
        erased=list(answer.erased),
    )


def freeze_faces(ask: Ask) -> RequestId:
    """Keep faces out of every search until the request is settled."""
    return RequestId(request=ask.parts.governance.subjects.freeze(ask.body.faces, ask.signer, now=ask.now))


def contest_faces(ask: Ask) -> RequestId:
    """Freeze faces, and have others review each case that names one of them."""
    subjects = ask.parts.governance.subjects
    return RequestId(request=subjects.contest(ask.body.faces, ask.signer, ask.body.reason, now=ask.now))


def erase_faces(ask: Ask) -> ReceiptList:
    """Delete faces wherever they are, with a receipt for each collection."""
    return ReceiptList(receipts=ask.parts.governance.subjects.erase(ask.body.faces, ask.signer, now=ask.now))


def list_requests(ask: Ask) -> RequestList:
    """Give the requests that wait for somebody to settle them."""
    return RequestList(requests=[RequestView.of(one) for one in ask.parts.governance.subjects.unresolved()])


def settle_request(ask: Ask) -> Nothing:
    """Settle a freeze or a contest: its faces can be found again."""
    ask.parts.governance.subjects.resolve(ask.path["request"], ask.signer, now=ask.now)
    return Nothing()


def show_receipt(ask: Ask) -> ReceiptList:
    """Give the receipt of a face that was deleted."""
    return ReceiptList(receipts=ask.parts.governance.receipts.of_faces([ask.path["face"]]))
