"""Collections: found, removed, described, listed and tagged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from recognizance.governance.policies import TAG as POLICY_TAG
from recognizance.governance.receipts import Cause
from recognizance.ledger.kinds import Json
from recognizance.operations.arn import collection_arn, collection_of
from recognizance.operations.context import LEDGER_HEADER, Answer, Context, Request
from recognizance.operations.threshold import check_tags
from recognizance.values import Collection

Result = TypeVar("Result")

RULES_PREFIX = "recognizance:"
"""Of tags that rules read; all others are the client's own."""

LARGEST_PAGE = 4096
"""Page size when none (or 0) is asked for; also the most that may be asked for."""


def create_collection(context: Context, request: Request) -> Answer:
    """Found a collection, pinned to the embedding space of the present model pack."""
    collection_id, tags = request["CollectionId"], dict(request.get("Tags", {}))
    check_tags(tags)
    policy = tags.pop(POLICY_TAG, None)

    def found() -> Collection:
        collection = context.gallery.create_collection(
            collection_id,
            space=context.vision.space,
            model_version=context.vision.model_version,
            tags=tags,
            now=context.now,
        )
        if policy is not None:
            context.services.governance.changes.attach_first(
                collection_id, policy, by=context.call.key, now=context.now
            )
        return collection

    collection = _recorded(context, "created", collection_id, tags, found)
    return {
        "StatusCode": 200,
        "CollectionArn": collection_arn(context, collection.id),
        "FaceModelVersion": collection.model_version,
    }


def delete_collection(context: Context, request: Request) -> Answer:
    """Remove a collection with its faces, users and tags; its keys are destroyed."""
    collection_id = request["CollectionId"]
    receipts = context.services.governance.receipts
    entry = receipts.delete_collection(collection_id, Cause("CLIENT", context.call.key.id), now=context.now)
    context.headers[LEDGER_HEADER] = str(entry)
    return {"StatusCode": 200}


def describe_collection(context: Context, request: Request) -> Answer:
    """Counts, model and birth of a collection."""
    collection = context.gallery.collection(request["CollectionId"])
    return {
        "FaceCount": collection.face_count,
        "UserCount": collection.user_count,
        "FaceModelVersion": collection.model_version,
        "CollectionARN": collection_arn(context, collection.id),
        "CreationTimestamp": collection.created_at,
    }


def list_collections(context: Context, request: Request) -> Answer:
    """Ids, in order, with their model versions as a parallel list."""
    limit = request.get("MaxResults") or LARGEST_PAGE
    scope = ("ListCollections",)
    found = context.gallery.collections(after=context.position(request, *scope), limit=limit + 1)
    page = found[:limit]
    return {
        "CollectionIds": [collection.id for collection in page],
        "FaceModelVersions": [collection.model_version for collection in page],
        "NextToken": context.token(page[-1].id, *scope) if len(found) > limit else None,
    }


def tag_resource(context: Context, request: Request) -> Answer:
    """Add tags to a collection, or change their values."""
    collection_id, tags = collection_of(context, request["ResourceArn"]), dict(request["Tags"])
    check_tags(tags)

    def tag() -> None:
        if POLICY_TAG in tags:
            _attach(context, collection_id, tags.pop(POLICY_TAG))
        context.gallery.tag(collection_id, tags)

    _recorded(context, "tagged", collection_id, tags, tag)
    return {}


def untag_resource(context: Context, request: Request) -> Answer:
    """Take tags off a collection."""
    collection_id, keys = collection_of(context, request["ResourceArn"]), list(request["TagKeys"])

    def untag() -> None:
        if POLICY_TAG in keys:
            _attach(context, collection_id, None)
        context.gallery.untag(collection_id, [key for key in keys if key != POLICY_TAG])

    _recorded(context, "untagged", collection_id, dict.fromkeys(keys), untag)
    return {}


def list_tags_for_resource(context: Context, request: Request) -> Answer:
    """The tags of a collection."""
    return {"Tags": context.gallery.tags(collection_of(context, request["ResourceArn"]))}


def _attach(context: Context, collection_id: str, policy: str | None) -> None:
    """Give a collection a policy, or none. Raises RuleError where that loosens: it takes a second person."""
    context.services.governance.changes.attach(collection_id, policy, by=context.call.key, now=context.now)


def _recorded(
    context: Context,
    action: str,
    collection_id: str,
    tags: Mapping[str, str | None],
    change: Callable[[], Result],
) -> Result:
    """Make a change and record it, both or neither. Of tags only those are told that rules read."""
    rules = {name: value for name, value in tags.items() if name.startswith(RULES_PREFIX) and name != POLICY_TAG}
    fields: dict[str, Json] = {
        "action": action,
        "collection": collection_id,
        "operator": context.call.key.id,
        "rules": rules,
    }

    result, entry = context.rulebook.change("collection", lambda: (change(), fields), now=context.now)
    context.headers[LEDGER_HEADER] = str(entry)
    return result
