"""Checks the ledger of a Recognizance server, a receipt or a disclosure from it, without that server.

This one file needs Python 3.11 and the package `cryptography`, nothing else of Recognizance: copy it, read it, run it.

    python verifier.py ledger.ndjson --key KEY [--checkpoint OLDER]...
    python verifier.py --receipt receipt.json --key KEY

KEY is the installation's public key (`name+hash+base64`, or a file with it), as you got it from somewhere you trust.
The checkpoint that the ledger must reach lies beside it (`checkpoint.note`). OLDER is a checkpoint that you kept from
an earlier day: the ledger must still contain everything that it promised.

The format is described in docs/ledger.md. The server itself uses this file, so there is one implementation of each
rule; that, and that it must stand alone, is why it is longer than its neighbours.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FIRST = "0" * 64
"""What the first entry has for the hash of the entry before it."""

_WORDS = {None: "null", True: "true", False: "false"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)


class VerificationError(Exception):
    """Something does not hold. The message says what, and of which entry."""


# --- canonical JSON (RFC 8785) ------------------------------------------------------------------


def canonical(value: Any) -> bytes:
    """The one way to write a JSON value. Raises ValueError for what RFC 8785 does not permit."""
    return _write(value).encode()  # a lone surrogate fails here; UnicodeEncodeError is a ValueError


def parse(data: bytes) -> Any:
    """Read canonical JSON. Raises VerificationError for anything else, however slight the difference."""
    try:
        value = json.loads(data.decode(), object_pairs_hook=_unique)
        if canonical(value) != data:
            raise VerificationError("is not written in canonical form")
    except (ValueError, RecursionError) as error:
        raise VerificationError(f"is no JSON that can be recorded: {error}") from error
    return value


def _write(value: Any) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, dict):
        return "{" + ",".join([f"{encode_basestring(name)}:{_write(value[name])}" for name in _ordered(value)]) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join([_write(member) for member in value]) + "]"
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, int):
        if abs(value) >= 2**53:
            raise ValueError(f"{value} is beyond 2^53, where not every reader knows all whole numbers")
        return str(value)
    if isinstance(value, float):
        return _write_float(value)
    raise ValueError(f"{type(value).__name__} is nothing that JSON can say")


def _ordered(names: Iterable[str]) -> list[str]:
    """By UTF-16 code units (3.2.3), which is the order of code points only where there are none beyond U+FFFF."""
    if "".join(names).isascii():
        return sorted(names)
    return sorted(names, key=lambda name: name.encode("utf-16-be"))


def _write_float(value: float) -> str:
    """As ECMAScript writes numbers (3.2.2.3): the shortest digits, which Python's `repr` finds too, laid out anew."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number of JSON")
    if value == 0:
        return "0"  # -0 as well
    sign, text = "-" if value < 0 else "", float.__repr__(abs(value))  # a subclass may write itself otherwise
    mantissa, exponent, power = text.partition("e")
    if not exponent:
        return sign + text.removesuffix(".0")
    whole, _, fraction = mantissa.partition(".")
    digits, point = whole + fraction, 1 + int(power)  # digits before the point
    if 0 < point <= 21:
        return sign + digits + "0" * (point - len(digits))  # Python's exponents begin at 16, digits end at 17
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    tail = f".{fraction}" if fraction else ""
    return f"{sign}{whole}{tail}e{point - 1:+d}"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name occurs twice")
    return value


# --- Merkle tree (RFC 9162, section 2.1) --------------------------------------------------------


def leaf_hash(data: bytes) -> bytes:
    """Hash of an entry's bytes; also the link by which the next entry names it."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """The right edge of a growing tree: the roots of its complete subtrees, the largest first. No other is needed."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} complete subtrees, not {len(self.peaks)}")

    def add(self, leaf: bytes) -> list[bytes]:
        """Append a leaf's hash; gives the roots of the subtrees that it completes: of 1, 2, 4, ... leaves."""
        completed = [leaf]
        while self.size >> (len(completed) - 1) & 1:
            completed.append(node_hash(self.peaks.pop(), completed[-1]))
        self.peaks.append(completed[-1])
        self.size += 1
        return completed

    def root(self) -> bytes:
        """The hash of the whole tree."""
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """RFC 9162, 2.1.3.2: the leaf is number `index` of the tree. Raises VerificationError."""
    if not 0 <= index < size:
        raise VerificationError(f"entry {index} is not one of {size}")
    place, last, came = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise VerificationError("the inclusion proof is too long")
        if place & 1 or place == last:
            came = node_hash(step, came)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            came = node_hash(came, step)
        place, last = place >> 1, last >> 1
    if last:
        raise VerificationError("the inclusion proof is too short")
    if came != root:
        raise VerificationError(f"entry {index} is not in the ledger that the checkpoint stands for")


def verify_consistency(older: Checkpoint, newer: Checkpoint, proof: Sequence[bytes]) -> None:
    """RFC 9162, 2.1.4.2: the newer tree begins with all of the older one. Raises VerificationError."""
    if older.size > newer.size:
        raise VerificationError(f"the older checkpoint counts {older.size} entries, the newer only {newer.size}")
    steps = list(proof)
    if older.size in {0, newer.size}:
        agrees = not steps and (older.size == 0 or older.root == newer.root)
    else:
        if older.size & (older.size - 1) == 0:  # a complete subtree is its own first step
            steps.insert(0, older.root)
        agrees = _meets(older.size - 1, newer.size - 1, steps, (older.root, newer.root))
    if not agrees:
        raise VerificationError(f"the first {older.size} entries are not those that the older checkpoint stands for")


def _meets(place: int, last: int, steps: Sequence[bytes], roots: tuple[bytes, bytes]) -> bool:
    while place & 1:
        place, last = place >> 1, last >> 1
    if not steps:
        return False
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, step)
        place, last = place >> 1, last >> 1
    return last == 0 and (first, second) == roots


# --- signed checkpoints (C2SP signed-note and tlog-checkpoint) ----------------------------------


@dataclass(frozen=True, slots=True)
class Key:
    """A public key: who signs, the four bytes by which signatures name it, and its 32 raw bytes."""

    name: str
    id: bytes
    raw: bytes

    @classmethod
    def parse(cls, text: str) -> Key:
        """Read `name+hash+base64`. Raises VerificationError."""
        name, _, rest = text.strip().partition("+")
        digest, _, encoded = rest.partition("+")
        body = _from_base64(encoded)
        known = hashlib.sha256(f"{name}\n".encode() + body).digest()[:4]
        if body[:1] != b"\x01" or len(body) != 33 or known.hex() != digest:
            raise VerificationError("this is no public key: it reads name+hash+base64, of an Ed25519 key")
        return cls(name, known, body[1:])

    @property
    def origin(self) -> str:
        """The first line of this installation's checkpoints."""
        return f"{self.name}/ledger"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a ledger is at one moment: how many entries, and the root of their tree."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def open_note(note: str, key: Key) -> Checkpoint:
    """The checkpoint of a signed note, if this key signed it; empty lines may follow. Raises VerificationError."""
    body, _, tail = note.partition("\n\n")
    text = f"{body}\n"
    signatures = [line.split(" ") for line in tail.rstrip("\n").split("\n")]
    if any(len(parts) != 3 or parts[0] != "\N{EM DASH}" for parts in signatures):
        raise VerificationError("the checkpoint is no signed note")
    ours = [
        decoded[4:]
        for _, name, encoded in signatures
        if (decoded := _from_base64(encoded))[:4] == key.id and name == key.name
    ]
    if not ours:
        raise VerificationError(f"the checkpoint bears no signature of {key.name}: it is another installation's")
    try:
        for signature in ours:
            Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, text.encode())
    except InvalidSignature:
        raise VerificationError("the checkpoint's signature is false: its text was changed, or it was forged") from None
    origin, *rest = text.split("\n")
    if origin != key.origin or len(rest) != 3 or not _DECIMAL.fullmatch(rest[0]):
        raise VerificationError("the checkpoint is not one of a ledger: origin, size and root are expected")
    checkpoint = Checkpoint(origin, int(rest[0]), _from_base64(rest[1]))
    if checkpoint.text != text or len(checkpoint.root) != 32:
        raise VerificationError("the checkpoint's root is not 32 bytes in base64")
    return checkpoint


def _from_base64(text: str) -> bytes:
    """The bytes, or none for what is not base64, or not the one way to write them: every caller refuses that."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return b""
    return data if base64.b64encode(data).decode() == text else b""


# --- the ledger as a whole ----------------------------------------------------------------------


class Replay:
    """Reads entries in order and checks what links each to the one before it."""

    def __init__(self) -> None:
        self.tree = Tree()
        self.kinds: Counter[str] = Counter()
        self.last_at = ""
        self._previous = FIRST

    def add(self, line: bytes) -> dict[str, Any]:
        """Check the next entry, and give it. Raises VerificationError."""
        index = self.tree.size
        try:
            entry = parse(line)
            self._check(entry)
        except VerificationError as error:
            raise VerificationError(f"entry {index}: {error}") from error
        leaf = leaf_hash(line)
        self.tree.add(leaf)
        self._previous, self.last_at = leaf.hex(), entry["at"]
        self.kinds[entry["kind"]] += 1
        return dict(entry)

    def _check(self, entry: Any) -> None:
        if not isinstance(entry, dict) or entry.get("v") != 1 or not isinstance(entry.get("kind"), str):
            raise VerificationError("is no entry of a ledger of version 1")
        if entry.get("index") != self.tree.size:
            raise VerificationError(f"says that it is number {entry.get('index')}: entries were dropped or moved")
        if entry.get("previous") != self._previous:
            raise VerificationError("does not follow the entry before it: the chain is broken")
        at = entry.get("at")
        if not isinstance(at, str) or not _MOMENT.fullmatch(at):
            raise VerificationError("has no time")
        if at < self.last_at:
            raise VerificationError(f"is of {at}, before the entry that it follows ({self.last_at})")


def verify_ledger(lines: Iterable[bytes], head: Checkpoint, older: Sequence[Checkpoint] = ()) -> Replay:
    """Check all entries against the checkpoint that they must reach, and against older ones that somebody kept.

    `lines`: the canonical bytes of each entry. Raises VerificationError.
    """
    replay = Replay()
    sizes = {head.size} | {note.size for note in older}
    roots = {0: replay.tree.root()}
    restores = []
    for line in lines:
        entry = replay.add(line)
        if entry["kind"] == "restore":
            restores.append(entry)
        if replay.tree.size in sizes:
            roots[replay.tree.size] = replay.tree.root()
    if replay.tree.size != head.size:
        raise VerificationError(f"there are {replay.tree.size} entries, and the checkpoint counts {head.size}")
    if roots[head.size] != head.root:
        raise VerificationError("these entries are not those of the checkpoint: its root is another")
    for note in older:
        if roots.get(note.size) != note.root:
            raise VerificationError(_lost(note, head, restores))
    return replay


def _lost(note: Checkpoint, head: Checkpoint, restores: Sequence[Mapping[str, Any]]) -> str:
    declared = [entry["index"] for entry in restores if entry.get("lost_root") == note.root.hex()]
    story = f"entry {declared[0]} declares it: a backup was put back" if declared else "no entry declares why"
    return f"what a checkpoint of {note.size} entries promised is not in this ledger of {head.size}; {story}"


# --- receipts and disclosures -------------------------------------------------------------------


def verify_document(data: bytes, key: Key) -> tuple[Checkpoint, list[dict[str, Any]]]:
    """Check a receipt, a disclosure or a consistency proof; gives its (newer) checkpoint and the entries proved.

    Raises VerificationError.
    """
    try:
        document = json.loads(data, object_pairs_hook=_unique)
        form = document["format"]
        if form == "recognizance-consistency/1":
            head = open_note(document["newer"], key)
            verify_consistency(open_note(document["older"], key), head, _hashes(document["proof"]))
            return head, []
        parts = {"recognizance-receipt/1": [document], "recognizance-disclosure/1": document.get("entries")}[form]
        head = open_note(document["checkpoint"], key)
        for part in parts:
            leaf = leaf_hash(canonical(part["entry"]))
            verify_inclusion(leaf, part["entry"]["index"], head.size, _hashes(part["proof"]), head.root)
        entries = [part["entry"] for part in parts]
        for text in document.get("texts", ()):
            _verify_text(text, entries)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise VerificationError(f"the document cannot be read: {error!r}") from error
    return head, entries


def commitment(key: bytes, what: str, text: str) -> str:
    """The hex by which an entry commits to a text that is kept apart; `key` is 32 random bytes."""
    return hmac.digest(key, f"{what}\0{text}".encode(), "sha256").hex()


def references(value: Any) -> list[Mapping[str, Any]]:
    """All references to texts kept apart in the fields of an entry, however deep."""
    if isinstance(value, dict):
        if value.keys() == {"ref", "commitment"}:
            return [value]
        value = value.values()
    elif not isinstance(value, list | tuple):
        return []
    return [found for member in value if isinstance(member, dict | list | tuple) for found in references(member)]


def _verify_text(text: Mapping[str, Any], entries: Sequence[dict[str, Any]]) -> None:
    came = commitment(bytes.fromhex(text["key"]), text["what"], text["text"])
    committed = {found["commitment"] for found in references(entries) if found["ref"] == text["ref"]}
    if committed != {came}:
        raise VerificationError(f"the text of reference {text['ref']} is not the one that the entries committed to")


def _hashes(texts: Sequence[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


# --- the command --------------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> int:
    """Run the command; gives the exit code: 0 if everything holds, 1 if anything does not."""
    parser = argparse.ArgumentParser(description="Checks a ledger, or receipts from it, without the server.")
    parser.add_argument("ledger", nargs="?", type=Path, help="ledger.ndjson, or the folder with it")
    parser.add_argument("--receipt", action="append", type=Path, default=[], help="a receipt, disclosure or proof")
    parser.add_argument("--key", required=True, help="the installation's public key, or a file with it")
    parser.add_argument("--checkpoint", action="append", type=Path, default=[], help="an older checkpoint you kept")
    options = parser.parse_args(arguments)
    if (options.ledger is None) == (not options.receipt):
        parser.error("name a ledger, or --receipt")
    if options.receipt and options.checkpoint:
        parser.error("--checkpoint goes with a ledger; a receipt brings its own")
    try:
        path = Path(options.key)
        key = Key.parse(path.read_text("utf-8") if "+" not in options.key and path.is_file() else options.key)
        older = [open_note(path.read_text("utf-8"), key) for path in options.checkpoint]
        found = [_tell_receipt(path, key) for path in options.receipt] or [_tell_ledger(options.ledger, key, older)]
    except (VerificationError, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"NOT VERIFIED: {error}\n")
        return 1
    sys.stdout.write("".join(f"verified: {line}\n" for line in found))
    return 0


def _tell_ledger(path: Path, key: Key, older: Sequence[Checkpoint]) -> str:
    file = path / "ledger.ndjson" if path.is_dir() else path
    head = open_note(file.with_name("checkpoint.note").read_text("utf-8"), key)
    with file.open("rb") as lines:
        replay = verify_ledger(_split(lines), head, older)
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(replay.kinds.items()))
    return f"{head.size} entries up to {replay.last_at or 'now'} ({counts or 'none'}); root {head.root.hex()}"


def _split(lines: Iterable[bytes]) -> Iterable[bytes]:
    for number, line in enumerate(lines):
        if not line.endswith(b"\n"):
            raise VerificationError(f"entry {number} is cut off: the file ends within it")
        yield line[:-1]


def _tell_receipt(path: Path, key: Key) -> str:
    head, entries = verify_document(path.read_bytes(), key)
    named = ", ".join(f"{entry['index']} ({entry.get('kind')}, {entry.get('at')})" for entry in entries)
    return f"{path.name}: {f'entries {named}' if named else 'consistency'} of a ledger of {head.size}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
