"""Shelf: the signed audits of an installation, and whose signatures count, as files of the data folder.

DIR/audits/NAME.statement.json   a signed envelope, of this installation or of an auditor who is trusted here
DIR/audits/NAME.audit.json       the document that it speaks of; need not be there, but where it is it must be that one
DIR/audits/trusted.keys          public keys of outside auditors, one a line

What is put there or taken away counts with the next search.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from recognizance.audit.attestation import Attestation, TamperedError, UntrustedError, check_document, unseal
from recognizance.audit.files import Stamp, is_settled, stamp
from recognizance.errors import SettingsError, StorageError
from recognizance.signing import PublicKey

_STATEMENT, _DOCUMENT = ".statement.json", ".audit.json"
_KEYS = "trusted.keys"


@dataclass(frozen=True, slots=True)
class Kept:
    """A statement on the shelf: what it says and who signed it, or the flaw for which it does not count."""

    path: Path
    said: tuple[Attestation, PublicKey] | None
    flaw: UntrustedError | TamperedError | None = None

    @property
    def name(self) -> str:
        """The name that it was put under."""
        return self.path.name.removesuffix(_STATEMENT)


class AuditShelf:
    """The folder of audits. Safe to call from several threads, and beside a running server."""

    def __init__(self, folder: Path, own: PublicKey) -> None:
        """`own`: the key of this installation, which is always trusted."""
        self.folder = folder
        self._own = own
        self._read: tuple[dict[Path, Stamp | None], tuple[Kept, ...]] = ({}, ())

    def put(self, name: str, statement: bytes, document: bytes) -> Path:
        """Keep a signed statement and the document that it speaks of; gives the statement's path."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        _write(self.folder / f"{name}{_DOCUMENT}", document)
        return _write(self.folder / f"{name}{_STATEMENT}", statement)

    def trust(self, key: PublicKey) -> None:
        """Let an outside auditor's signatures count from now on."""
        keys = self.trusted()
        if key not in keys:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            _write(self.folder / _KEYS, "".join(f"{one}\n" for one in [*keys[1:], key]).encode())

    def trusted(self) -> list[PublicKey]:
        """Whose signatures count: this installation's first. Raises SettingsError for a key that is garbled."""
        try:
            lines = (self.folder / _KEYS).read_text(encoding="utf-8").split("\n")
        except FileNotFoundError:
            lines = []
        return [self._own, *(PublicKey.parse(line) for line in lines if line.strip())]

    def kept(self) -> tuple[Kept, ...]:
        """All statements, by name; read again only where the folder changed. Raises StorageError."""
        seen = {path: stamp(path) for path in self.folder.glob("*")}
        known, kept = self._read
        if seen != known:
            try:
                keys = self.trusted()
                kept = tuple(_open(path, keys) for path in sorted(seen) if path.name.endswith(_STATEMENT))
            except (SettingsError, OSError) as error:
                raise StorageError(f"the audits in {self.folder} cannot be read: {error}") from error
            if all(map(is_settled, seen.values())):
                self._read = seen, kept
        return kept


def _open(path: Path, keys: list[PublicKey]) -> Kept:
    document = path.with_name(path.name.removesuffix(_STATEMENT) + _DOCUMENT)
    try:
        attestation, signer = unseal(path.read_bytes(), keys)
        if document.exists():
            check_document(attestation, document.read_bytes())
    except (UntrustedError, TamperedError) as flaw:
        return Kept(path, None, flaw)
    return Kept(path, (attestation, signer))


def _write(path: Path, content: bytes) -> Path:
    """Write a file so that it is there whole or not at all; a server may be reading."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)
    return path
