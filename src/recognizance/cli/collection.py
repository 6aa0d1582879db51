"""`collections` and `faces`: what there is, made and removed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from recognizance.cli.client import Client, open_client
from recognizance.cli.failure import CommandError
from recognizance.cli.journal import journal_path
from recognizance.cli.options import AsJson, CollectionId, Data, split_pair
from recognizance.cli.terminal import note, print_json, print_table
from recognizance.settings import load_settings

_COLUMNS = ("collection", "faces", "users", "model", "created")
_FACES_A_CALL = 4096

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def create(
    collection: CollectionId,
    tag: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="A tag; may be given again.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Create a collection.

    Example: recognizance collections create team --tag owner=reception
    """
    tags = dict(split_pair(text, "--tag") for text in tag or ())
    with open_client(load_settings({"data": data})) as client:
        answer = client.call("CreateCollection", {"CollectionId": collection, "Tags": tags or None})
    if as_json:
        print_json(answer)
    else:
        note(f"created {answer['CollectionArn']}")


def list_(data: Data = None, as_json: AsJson = False) -> None:
    """List the collections with their counts."""
    with open_client(load_settings({"data": data})) as client:
        answer = _all_collections(client)
        if as_json:
            print_json(answer)
            return
        print_table(_COLUMNS, [_row(client, name) for name in answer["CollectionIds"]])


def describe(collection: CollectionId, data: Data = None, as_json: AsJson = False) -> None:
    """Show the counts, model and age of a collection."""
    with open_client(load_settings({"data": data})) as client:
        if as_json:
            print_json(client.call("DescribeCollection", {"CollectionId": collection}))
        else:
            print_table(_COLUMNS, [_row(client, collection)])


def delete(collection: CollectionId, yes: Yes = False, data: Data = None, as_json: AsJson = False) -> None:
    """Delete a collection with its faces, users and tags, for good.

    The keys of its templates are destroyed, and the journal that `index` kept of it is removed.
    """
    settings = load_settings({"data": data})
    with open_client(settings) as client:
        described = client.call("DescribeCollection", {"CollectionId": collection})
        if not yes:
            _confirm(f"Delete {collection} with {described['FaceCount']} faces for good?")
        answer = client.call("DeleteCollection", {"CollectionId": collection})
    journal_path(settings.data, collection, described["CreationTimestamp"]).unlink(missing_ok=True)
    if as_json:
        print_json(answer)
    else:
        note(f"deleted {collection}")


def list_faces(collection: CollectionId, data: Data = None, as_json: AsJson = False) -> None:
    """List the faces of a collection in the order of enrolment."""
    with open_client(load_settings({"data": data})) as client:
        pages = list(_pages(client, "ListFaces", {"CollectionId": collection}))
    faces = [face for page in pages for face in page["Faces"]]
    if as_json:
        print_json({**pages[0], "Faces": faces})
        return
    rows = [(face["FaceId"], face.get("ExternalImageId"), face.get("UserId"), face["Confidence"]) for face in faces]
    print_table(("face", "external id", "user", "confidence"), rows)


def delete_faces(
    collection: CollectionId,
    face: Annotated[list[str], typer.Argument(metavar="FACE_ID...", help="Ids of the faces.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Delete faces for good. One that belongs to a user stays, and the exit code is 1."""
    if len(face) > _FACES_A_CALL:
        raise CommandError(f"{len(face)} faces were named; at most {_FACES_A_CALL} are deleted at once")
    with open_client(load_settings({"data": data})) as client:
        answer = client.call("DeleteFaces", {"CollectionId": collection, "FaceIds": face})
    refused = answer["UnsuccessfulFaceDeletions"]
    if as_json:
        print_json(answer)
    else:
        rows = [(deleted, "deleted") for deleted in answer["DeletedFaces"]]
        print_table(("face", "outcome"), rows + [(kept["FaceId"], ", ".join(kept["Reasons"])) for kept in refused])
    if refused:
        raise typer.Exit(1)


def _confirm(question: str) -> None:
    if not sys.stdin.isatty():
        raise CommandError("this cannot be undone and nobody is here to ask; add --yes")
    typer.confirm(question, abort=True, err=True)


def _all_collections(client: Client) -> dict[str, Any]:
    """ListCollections with its pages in one."""
    pages = list(_pages(client, "ListCollections", {}))
    return {name: [item for page in pages for item in page[name]] for name in ("CollectionIds", "FaceModelVersions")}


def _pages(client: Client, operation: str, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The pages of a list, without their tokens."""
    token = None
    while True:
        page = client.call(operation, {**params, "NextToken": token})
        token = page.pop("NextToken", None)
        yield page
        if token is None:
            return


def _row(client: Client, collection: str) -> tuple[object, ...]:
    answer = client.call("DescribeCollection", {"CollectionId": collection})
    created = datetime.fromtimestamp(answer["CreationTimestamp"], UTC)
    return collection, answer["FaceCount"], answer["UserCount"], answer["FaceModelVersion"], f"{created:%Y-%m-%d %H:%M}"
