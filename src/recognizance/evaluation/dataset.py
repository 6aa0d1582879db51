"""Data sets: folders of labelled photographs in, one frozen list of who is on which picture out.

A set is a folder with `labels.csv`: the columns `path` (relative to the folder) and `identity`, and as wished
`photo_group` (pictures of one person with one value are one photograph, exported more than once), `batch` (people of
two batches of a set may be the same person under two names, so they are not compared), `note`, and any column that
puts people into groups (`country`, `gender`, ...).

Two files beside the set folders may correct labels: `aliases.csv` (`set_a, identity_a, set_b, identity_b`: one person
under two identities) and `notes.csv` (`set, path, note, other`: a note for a picture, `same_photo` naming the other).
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from recognizance.errors import RecognizanceError

LEFT_OUT_NOTES = frozenset({"painting", "wrong_person", "exclude"})
"""Notes that take a picture out of every figure: what it shows says nothing about the person named."""

SAME_PHOTO = "same_photo"
Key = TypeVar("Key", bound=Hashable)
_RESERVED = frozenset({"path", "identity", "photo_group", "batch", "note"})


class DatasetError(RecognizanceError):
    """Labelled photographs that cannot be measured as they are. One line: what is wrong and what is needed."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """A labelled picture.

    `person` is equal for pictures of one person, over all sets loaded together; `capture` is equal for files that show
    one and the same photograph; `columns` holds the remaining columns of `labels.csv`.
    """

    set_name: str
    path: Path
    digest: str
    person: str
    capture: int
    batch: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Dataset:
    """The pictures of one or more sets, and how many were left out under which note."""

    photographs: tuple[Photograph, ...]
    left_out: Mapping[str, int]

    @property
    def set_names(self) -> tuple[str, ...]:
        """Names of the sets, in the order they were given."""
        return tuple(dict.fromkeys(photo.set_name for photo in self.photographs))

    @property
    def people(self) -> int:
        """Number of different people."""
        return len({photo.person for photo in self.photographs})

    @property
    def fingerprint(self) -> str:
        """SHA-256 over set names, image digests and labels: equal exactly when the same evidence was used."""
        lines = sorted(f"{p.set_name} {p.digest} {p.person} {p.batch}" for p in self.photographs)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def set_fingerprints(self) -> Mapping[str, str]:
        """SHA-256 over the image digests of each set, by its name: equal for the same pictures under another name."""
        digests: dict[str, list[str]] = {}
        for photo in self.photographs:
            digests.setdefault(photo.set_name, []).append(photo.digest)
        return {name: hashlib.sha256("\n".join(sorted(own)).encode()).hexdigest() for name, own in digests.items()}


def load(folders: Sequence[Path]) -> Dataset:
    """Read sets, apply the corrections beside them, and check that error rates can be counted.

    Raises DatasetError for anything that would make the figures wrong or empty.
    """
    names = [folder.resolve().name for folder in folders]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise DatasetError(f"two sets are named {repeated[0]!r}; give each set once, under a name of its own")
    rows = [row for name, folder in zip(names, folders, strict=True) for row in _read_set(name, folder)]
    if not rows:
        raise DatasetError("no pictures were given; name at least one folder whose labels.csv has rows")
    corrections = _Corrections.beside(folders)
    notes = [(row.fields.get("note", ""), corrections.notes.get(row.key, "")) for row in rows]
    why_out = [next((note for note in pair if note in LEFT_OUT_NOTES), None) for pair in notes]
    kept = [row for row, why in zip(rows, why_out, strict=True) if why is None]
    photographs = tuple(_resolve(kept, corrections))
    _require_pairs(photographs)
    reasons = [why for why in why_out if why is not None]
    return Dataset(photographs, {reason: reasons.count(reason) for reason in sorted(set(reasons))})


def half_of(person: str) -> str:
    """`calibration` or `test`: a person's half, by a hash, so that no person is ever in both."""
    return "test" if hashlib.sha256(f"half:{person}".encode()).digest()[0] & 1 else "calibration"


@dataclass(frozen=True, slots=True)
class _Row:
    set_name: str
    path: Path
    digest: str
    fields: Mapping[str, str]

    @property
    def key(self) -> tuple[str, str]:
        return self.set_name, self.fields["path"]

    @property
    def person(self) -> str:
        return _person(self.set_name, self.fields["identity"])


def _person(set_name: str, identity: str) -> str:
    # `tw:28a5` names a person in every set; a plain `001` names one inside its own set only.
    return identity if ":" in identity else f"{set_name}/{identity}"


def _read_set(set_name: str, folder: Path) -> Iterator[_Row]:
    labels = folder / "labels.csv"
    table = _read_csv(labels, needed=("path", "identity"))
    seen: set[str] = set()
    for number, fields in enumerate(table, start=2):
        name = fields["path"]
        if not name or not fields["identity"]:
            raise DatasetError(f"{labels} line {number}: path and identity must both be filled")
        if name in seen:
            raise DatasetError(f"{labels} line {number}: {name} is listed twice; keep one row for each picture")
        seen.add(name)
        path = folder / name
        if not path.is_file():
            raise DatasetError(f"{labels} line {number}: there is no file {path}")
        yield _Row(set_name, path, hashlib.sha256(path.read_bytes()).hexdigest(), fields)


def _read_csv(path: Path, *, needed: Sequence[str]) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [column for column in needed if column not in (reader.fieldnames or ())]
            if missing:
                raise DatasetError(f"{path} has no column {missing[0]!r}; it needs {', '.join(needed)}")
            rows = list(reader)
    except FileNotFoundError:
        raise DatasetError(f"there is no {path}; a data set is a folder with a labels.csv") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path} cannot be read as a UTF-8 table: {error}") from error
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise DatasetError(f"{path} line {number}: the row has not as many fields as the header")
    return rows


@dataclass(frozen=True, slots=True)
class _Corrections:
    """What `aliases.csv` and `notes.csv` say, for the sets they stand beside."""

    aliases: tuple[tuple[str, str], ...]
    notes: Mapping[tuple[str, str], str]
    same_photo: tuple[tuple[tuple[str, str], tuple[str, str]], ...]

    @classmethod
    def beside(cls, folders: Iterable[Path]) -> _Corrections:
        aliases, same_photo = [], []
        notes: dict[tuple[str, str], str] = {}
        for parent in dict.fromkeys(folder.resolve().parent for folder in folders):
            if (parent / "aliases.csv").exists():
                for row in _read_csv(parent / "aliases.csv", needed=("set_a", "identity_a", "set_b", "identity_b")):
                    one, other = _person(row["set_a"], row["identity_a"]), _person(row["set_b"], row["identity_b"])
                    aliases.append((one, other))
            if (parent / "notes.csv").exists():
                for row in _read_csv(parent / "notes.csv", needed=("set", "path", "note", "other")):
                    if row["note"] == SAME_PHOTO:
                        same_photo.append(((row["set"], row["path"]), (row["set"], row["other"])))
                    else:
                        notes[row["set"], row["path"]] = row["note"]
        return cls(tuple(aliases), notes, tuple(same_photo))


class _Merger(Generic[Key]):
    """Union-find: keys that were declared equal share a representative."""

    def __init__(self) -> None:
        self._parent: dict[Key, Key] = {}

    def find(self, key: Key) -> Key:
        while (parent := self._parent.get(key, key)) != key:
            key = parent
        return key

    def merge(self, one: Key, other: Key) -> None:
        self._parent[self.find(other)] = self.find(one)


def _resolve(rows: Sequence[_Row], corrections: _Corrections) -> Iterator[Photograph]:
    people: _Merger[str] = _Merger()
    captures: _Merger[tuple[str, str]] = _Merger()
    for person, alias in corrections.aliases:
        people.merge(person, alias)
    for picture, copy in corrections.same_photo:
        captures.merge(picture, copy)
    by_bytes: dict[str, _Row] = {}
    by_group: dict[tuple[str, str], _Row] = {}
    for row in rows:
        # One file under two identities shows one person: the label is wrong, not the face.
        twin = by_bytes.setdefault(row.digest, row)
        people.merge(twin.person, row.person)
        captures.merge(twin.key, row.key)
        if group := row.fields.get("photo_group", ""):
            captures.merge(by_group.setdefault((row.person, group), row).key, row.key)
    numbers: dict[tuple[str, str], int] = {}
    for row in rows:
        yield Photograph(
            set_name=row.set_name,
            path=row.path,
            digest=row.digest,
            person=people.find(row.person),
            capture=numbers.setdefault(captures.find(row.key), len(numbers)),
            batch=row.fields.get("batch", ""),
            columns={name: value for name, value in row.fields.items() if name not in _RESERVED},
        )


def _require_pairs(photographs: Sequence[Photograph]) -> None:
    people = {photo.person for photo in photographs}
    if len(people) < 2:
        raise DatasetError(f"{len(people)} identity in {len(photographs)} pictures; non-mated pairs need at least two")
    captures = {(photo.person, photo.capture) for photo in photographs}
    if len(captures) == len(people):
        raise DatasetError(
            "no mated pairs: nobody has two different photographs; add second photographs of some people"
        )
