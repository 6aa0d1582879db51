"""Admission: new faces of a picture into a collection, under its policy: room, consent, term, portraits, record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recognizance.governance.rulebook import Place
from recognizance.ledger.kinds import Json
from recognizance.operations.context import LEDGER_HEADER, Context
from recognizance.operations.picture import Picture
from recognizance.values import EnrolledFace, Face, NewFace


@dataclass(frozen=True, slots=True)
class Arrival:
    """Faces of a picture that are not enrolled yet, with what is stored of each, in one order."""

    picture: Picture
    faces: Sequence[Face]
    new: Sequence[NewFace]
    image_id: str
    external_image_id: str | None


def admit(context: Context, collection_id: str, arrival: Arrival) -> list[EnrolledFace]:
    """Store the faces with all that the policy asks, in one transaction, all or none. Raises RuleError."""
    if not arrival.new:
        return []
    rulebook, policy = context.rulebook, context.permit.policy
    portraits = [context.vision.portrait(arrival.picture.photo, face) for face in arrival.faces if policy.portraits]
    consent_id = context.call.said.get("consent")

    def store() -> tuple[list[EnrolledFace], dict[str, Json]]:
        place = Place(context.gallery.collection(collection_id), context.gallery.tags(collection_id))
        # Asked again in here: another client may have filled the collection since the call was permitted.
        rulebook.permit(context.asker, place, new_faces=len(arrival.new), now=context.now)
        terms = context.services.governance.consents.terms(policy, consent_id, now=context.now)
        enrolled = context.gallery.enrol(
            collection_id,
            arrival.new,
            image_id=arrival.image_id,
            external_image_id=arrival.external_image_id,
            terms=terms,
            now=context.now,
        )
        for record, picture in zip(enrolled, portraits, strict=bool(portraits)):
            context.services.governance.portraits.keep(collection_id, record.face_id, picture)
        return enrolled, _fields(context, collection_id, arrival, enrolled)

    enrolled, entry = rulebook.change("enrolment", store, now=context.now)
    context.headers[LEDGER_HEADER] = str(entry)
    return enrolled


def _fields(
    context: Context, collection_id: str, arrival: Arrival, enrolled: Sequence[EnrolledFace]
) -> dict[str, Json]:
    return {
        "collection": collection_id,
        "operator": context.call.key.id,
        "request_id": context.call.request_id,
        "image": context.rulebook.ledger.image_digest(arrival.picture.data),
        "faces": [face.face_id for face in enrolled],
        "consent": context.call.said.get("consent"),
        "policy": context.permit.policy.stamp,
    }
