"""`ledger`: look at the record, check it, and give of it to others. Works beside a running server."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recognizance.cli.failure import CommandError
from recognizance.cli.options import AsJson, Data
from recognizance.cli.terminal import note, print_json, print_table
from recognizance.ledger.verifier import VerificationError, main, open_note, verify_ledger
from recognizance.settings import load_settings

if TYPE_CHECKING:
    from recognizance.governance.book import Book

_OPERATOR = "local"  # whoever works on the data folder holds every key in it
_COLUMNS = ("index", "at", "kind", "collection", "case", "operator")

Case = Annotated[str | None, typer.Option(help="Only what belongs to this case: its id, or what a client called it.")]


def key(data: Data = None, as_json: AsJson = False) -> None:
    """Print the public key that checkpoints, receipts and audits are signed with: publish it."""
    with _open_book(data) as book:
        public = str(book.public_key)
    if as_json:
        print_json({"key": public})
    else:
        typer.echo(public)


def checkpoint(data: Data = None) -> None:
    """Print the signed checkpoint of now. Give it to somebody who keeps it: it binds everything before it."""
    with _open_book(data) as book:
        typer.echo(book.checkpoint(), nl=False)


def verify(
    path: Annotated[
        Path | None,
        typer.Argument(help="An exported folder, a receipt or a disclosure; else the data folder's ledger."),
    ] = None,
    public_key: Annotated[
        str | None, typer.Option("--key", help="With PATH: the public key, or a file with it.")
    ] = None,
    older: Annotated[
        list[Path] | None, typer.Option("--checkpoint", metavar="FILE", help="A checkpoint kept from an earlier day.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Check every entry: form, chain, times, tree and signature.

    Example: recognizance ledger verify export/ --key key.txt --checkpoint from-last-year.note
    """
    kept = older or []
    if path is not None:
        _verify_path(path, public_key, kept)
    from recognizance.governance.anchor import read_row  # noqa: PLC0415 - it brings the database along

    with _open_book(data) as book, _failing():
        book.anchor.check(book.database)
        head = open_note(book.checkpoint(), book.anchor.key)
        lines = (row.body.encode() for row in islice(book.stored(), head.size) if read_row(row))
        replay = verify_ledger(lines, head, [open_note(file.read_text("utf-8"), book.anchor.key) for file in kept])
    if as_json:
        print_json({"entries": head.size, "root": head.root.hex(), "last": replay.last_at, "kinds": dict(replay.kinds)})
        return
    print_table(("kind", "entries"), sorted(replay.kinds.items()))
    typer.echo(f"verified: {head.size} entries; root {head.root.hex()}")


def export(
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder to write; made if absent.")],
    case: Case = None,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="With --case: open the texts that identify people. That is recorded.")
    ] = False,
    data: Data = None,
) -> None:
    """Write the ledger to a folder that anyone can verify; or of one case all that is recorded, for the defence.

    Example: recognizance ledger export --out disclosure/ --case 2026/17
    """
    from recognizance.governance import proofs  # noqa: PLC0415 - as below: it brings the database along

    if reveal and case is None:
        raise CommandError("--reveal goes with --case: texts that identify people are opened for one case at a time")
    with _open_book(data, checked=reveal) as book, _failing():
        if case is None:
            note(f"wrote {proofs.export(book, out).size} entries to {out}")
            return
        texts = []
        if reveal:
            found = proofs.case_entries(book, case)
            known = case if any(row.case == case for row in found) else None
            texts = book.reveal(proofs.case_refs(found), operator=_OPERATOR, case=known, at=datetime.now(UTC))
        note(f"wrote {proofs.disclose(book, case, out, texts)} entries of case {case} to {out}")


def prove(
    index: Annotated[int | None, typer.Argument(help="The entry to prove, by its index.")] = None,
    since: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Prove that the ledger only grew since this checkpoint.")
    ] = None,
    data: Data = None,
) -> None:
    """Print a receipt for an entry, or a proof that nothing changed since a checkpoint, as JSON.

    Example: recognizance ledger prove 1234 > receipt.json
    """
    from recognizance.governance import proofs  # noqa: PLC0415

    with _open_book(data) as book, _failing():
        match index, since:
            case int(), None:
                document = proofs.receipt(book, index)
            case None, Path():
                document = proofs.consistency(book, since.read_text("utf-8"))
            case _:
                raise CommandError("name either an entry's index or --since FILE")
    print_json(document)


def tail(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many.")] = 10,
    kind: Annotated[list[str] | None, typer.Option(help="Only entries of this kind; may be given again.")] = None,
    collection: Annotated[str | None, typer.Option(help="Only entries of this collection.")] = None,
    case: Case = None,
    operator: Annotated[str | None, typer.Option(help="Only entries of this key.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show the last entries."""
    with _open_book(data) as book:
        filters = {"kinds": kind or (), "collection": collection, "operator": operator}
        if case is not None:
            filters["case"] = [case, *book.refs_of("case", case)]
        first = 0 if any(filters.values()) else open_note(book.checkpoint(), book.anchor.key).size - count
        found = deque(book.entries(first=max(0, first), **filters), maxlen=count)
    if as_json:
        print_json(list(found))
        return
    print_table(_COLUMNS, [[_cell(entry.get(name)) for name in _COLUMNS] for entry in found])


def erase(
    what: Annotated[str, typer.Argument(help="What the text is: case, user, person, reason and so on.")],
    text: Annotated[str, typer.Argument(help="The text, as it was given.")],
    data: Data = None,
) -> None:
    """Erase a text that identifies somebody. Entries stay, verify as before, and refer to nothing any more."""
    with _open_book(data, checked=True) as book:
        refs = book.erase(what, text, operator=_OPERATOR, at=datetime.now(UTC))
    note(f"erased; entries refer to it as {', '.join(refs)}")


def accept_restore(
    reason: Annotated[str, typer.Option(help="Why a backup was put back. It is recorded.")],
    data: Data = None,
) -> None:
    """Say that a backup was put in place of the live data, so that the server starts again.

    The ledger then says itself which entries it lost, and everybody who kept a checkpoint of them can tell.
    """
    from recognizance.governance.restore import accept_restore as accept  # noqa: PLC0415

    with _open_book(data) as book:
        index = accept(book, reason, operator=_OPERATOR, at=datetime.now(UTC))
    note(f"recorded as entry {index}; the server starts again")


@contextmanager
def _open_book(data: Path | None, *, checked: bool = False) -> Iterator[Book]:
    """The ledger, unchecked unless something is to be recorded: a record in doubt can still be looked at."""
    from recognizance.app import open_store  # noqa: PLC0415 - it brings all engines along
    from recognizance.governance.book import Book  # noqa: PLC0415

    with ExitStack() as stack:
        store = open_store(load_settings({"data": data}), stack, exclusive=False)
        yield (Book.open if checked else Book.of)(store.folder, store.database, store.vault)


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except VerificationError as error:
        raise CommandError(f"not verified: {error}") from error


def _verify_path(path: Path, public_key: str | None, older: list[Path]) -> None:
    """Check what was exported, with the very file that goes along with it; ends the command."""
    if public_key is None:
        raise CommandError("name the public key with --key: one that comes along with an export proves nothing")
    named = [str(path)] if path.is_dir() or path.suffix == ".ndjson" else ["--receipt", str(path)]
    raise typer.Exit(main([*named, "--key", public_key, *(f"--checkpoint={file}" for file in older)]))


def _cell(value: Any) -> object:
    """References to texts kept apart stand as their ids."""
    return value.get("ref", json.dumps(value)) if isinstance(value, dict) else value
