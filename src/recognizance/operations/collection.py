"""Collections: found, removed, described, listed and tagged."""

from __future__ import annotations

from recognizance.operations.arn import collection_arn, collection_of
from recognizance.operations.context import Answer, Context, Request
from recognizance.operations.threshold import check_tags

LARGEST_PAGE = 4096
"""Page size when none (or 0) is asked for; also the most that may be asked for."""


def create_collection(context: Context, request: Request) -> Answer:
    """Found a collection, pinned to the embedding space of the present model pack."""
    check_tags(request.get("Tags", {}))
    collection = context.gallery.create_collection(
        request["CollectionId"],
        space=context.vision.space,
        model_version=context.vision.model_version,
        tags=request.get("Tags", {}),
        now=context.now,
    )
    return {
        "StatusCode": 200,
        "CollectionArn": collection_arn(context, collection.id),
        "FaceModelVersion": collection.model_version,
    }


def delete_collection(context: Context, request: Request) -> Answer:
    """Remove a collection with its faces, users and tags; its keys are destroyed."""
    context.gallery.delete_collection(request["CollectionId"])
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
    check_tags(request["Tags"])
    context.gallery.tag(collection_of(context, request["ResourceArn"]), request["Tags"])
    return {}


def untag_resource(context: Context, request: Request) -> Answer:
    """Take tags off a collection."""
    context.gallery.untag(collection_of(context, request["ResourceArn"]), request["TagKeys"])
    return {}


def list_tags_for_resource(context: Context, request: Request) -> Answer:
    """The tags of a collection."""
    return {"Tags": context.gallery.tags(collection_of(context, request["ResourceArn"]))}
