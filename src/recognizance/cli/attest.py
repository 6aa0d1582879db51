"""`audit sign`, `verify`, `list` and `trust`: audits that count, because somebody answers for them with a key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recognizance.cli.options import AsJson, Data
from recognizance.cli.terminal import note, print_json, print_table
from recognizance.settings import load_settings
from recognizance.signing import PublicKey, SigningKey

if TYPE_CHECKING:
    from recognizance.audit.attestation import Attestation
    from recognizance.audit.shelf import AuditShelf

_Key = Annotated[str, typer.Argument(metavar="KEY", help="A public key: name+hash+base64.", show_default=False)]


def sign(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    audit: Annotated[Path, typer.Argument(metavar="AUDIT", help="An audit.json.", show_default=False)],
    images: Annotated[str, typer.Option("--images", metavar="WORD", help="The kind of pictures, in a word.")],
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="How long it holds.")] = 180,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="HTML", help="Write the report anew, with the signature in it.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Sign an audit with the key of this installation, and keep it where searches look for it.

    Example: recognizance audit sign audit/audit.json --images portrait
    """
    from recognizance.audit.attestation import Attestation, seal  # noqa: PLC0415 - pydantic, numpy, plots
    from recognizance.audit.report import render  # noqa: PLC0415

    now = datetime.now(UTC).replace(microsecond=0)
    content = audit.read_bytes()
    attestation = Attestation.of(content, images=images, valid_from=now, days=days)
    with _open_shelf(data) as (shelf, key):
        name = f"{now:%Y%m%dT%H%M%SZ}-{attestation.document_sha256[:8]}"
        path = shelf.put(name, seal(attestation, key), content)
    if report is not None:
        signed = json.loads(content) | {"signature": dict(_lines(attestation, key.public))}
        report.write_text(render(signed), encoding="utf-8")
    if as_json:
        print_json(_described(path, attestation, key.public))
        return
    _print(attestation, key.public)
    note(f"{path} holds the signed statement, valid until {attestation.valid_until:%Y-%m-%d}")


def verify(
    statement: Annotated[Path, typer.Argument(metavar="STATEMENT", help="A signed statement.", show_default=False)],
    key: Annotated[str, typer.Option("--key", metavar="KEY", help="The signer's public key: name+hash+base64.")],
    audit: Annotated[
        Path | None, typer.Option("--audit", metavar="FILE", help="The audit.json that it is to speak of.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check who signed a statement about an audit, and whether it is what was signed. Needs no server.

    Example: recognizance audit verify audit.statement.json --audit audit.json --key "$KEY"
    """
    from recognizance.audit.attestation import check_document, unseal  # noqa: PLC0415 - as above

    attestation, signer = unseal(statement.read_bytes(), [PublicKey.parse(key)])
    if audit is not None:
        check_document(attestation, audit.read_bytes())
    if as_json:
        print_json(_described(statement, attestation, signer))
        return
    _print(attestation, signer)


def list_(data: Data = None, as_json: AsJson = False) -> None:
    """List the signed audits of the data folder, and what is wrong with those that do not count."""
    with _open_shelf(data) as (shelf, _):
        kept = shelf.kept()
    if as_json:
        print_json(
            [
                _described(one.path, *one.said) if one.said else {"file": str(one.path), "flaw": str(one.flaw)}
                for one in kept
            ]
        )
        return
    columns = ("statement", "audited", "signed by", "images", "people", "valid from", "valid until", "flaw")
    print_table(columns, [(one.path.name, *_row(one.said), one.flaw) for one in kept])


def trust(key: _Key, data: Data = None) -> None:
    """Let an outside auditor's signatures count: statements go into the data folder's audits/.

    Example: recognizance audit trust "$KEY"
    """
    with _open_shelf(data) as (shelf, _):
        auditor = PublicKey.parse(key)
        shelf.trust(auditor)
        note(f"{auditor.name} is trusted; a statement counts once it lies in {shelf.folder} as NAME.statement.json")


@contextmanager
def _open_shelf(data: Path | None) -> Iterator[tuple[AuditShelf, SigningKey]]:
    from recognizance.audit.shelf import AuditShelf  # noqa: PLC0415 - as above
    from recognizance.storage.folder import DataFolder  # noqa: PLC0415

    settings = load_settings({"data": data})
    with DataFolder.open(settings.data, exclusive=False) as folder:
        key = folder.signing_key()
        yield AuditShelf(folder.path / "audits", key.public), key


def _described(path: Path, attestation: Attestation, signer: PublicKey) -> dict[str, Any]:
    return {"file": str(path), "signed_by": str(signer), **attestation.model_dump(mode="json")}


def _row(said: tuple[Attestation, PublicKey] | None) -> tuple[object, ...]:
    if said is None:
        return (None,) * 6
    audit, signer = said
    return (
        audit.audited_on,
        signer.name,
        audit.images,
        audit.gallery_people,
        *(f"{moment:%Y-%m-%d %H:%M}" for moment in (audit.valid_from, audit.valid_until)),
    )


def _print(attestation: Attestation, signer: PublicKey) -> None:
    print_table(("", ""), [*_lines(attestation, signer), *attestation.parts.items()])


def _lines(attestation: Attestation, signer: PublicKey) -> list[tuple[str, str]]:
    return [
        ("signed by", str(signer)),
        ("audited", f"{attestation.audited_on} by {attestation.auditor}"),
        ("valid", f"{attestation.valid_from:%Y-%m-%d %H:%M} to {attestation.valid_until:%Y-%m-%d %H:%M} UTC"),
        ("kind of pictures", attestation.images),
        ("people in the gallery", str(attestation.gallery_people)),
        ("document", attestation.document_sha256),
    ]
