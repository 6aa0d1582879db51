"""A collection opened for one unit of work: its rows, its key, and its place in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from recognizance.errors import SpaceMismatchError
from recognizance.gallery.shelf import Shelf
from recognizance.ports import Cohort
from recognizance.storage import faces as face_rows
from recognizance.values import Collection
from recognizance.vault import CollectionKey


@dataclass(frozen=True, slots=True)
class OpenCollection:
    """What the steps of a unit of work share. Valid until the transaction ends."""

    value: Collection
    number: int
    key: CollectionKey
    shelf: Shelf
    cohort: Cohort
    connection: Connection
    after_commit: Callable[[Callable[[], object]], None]
    """Takes what to tell the shelf once the rows are durable."""
    now: datetime
    """Faces whose term has run out by now do not count."""
    shred: Callable[[list[bytes]], None]
    """Takes the sealed keys of erased faces, to destroy them once that is durable."""

    def require_space(self, space: str) -> None:
        """Raise SpaceMismatchError for vectors of another embedding space."""
        if space != self.value.space:
            raise SpaceMismatchError(self.value.space, space)

    def templates(
        self, *, face_ids: Iterable[str] | None = None, user_number: int | None = None
    ) -> dict[str, NDArray[np.float16]]:
        """The templates float16 (d,) of those faces that exist and count, or of a user's faces, by face id.

        They are the caller's to wipe.
        """
        rows = face_rows.templates(
            self.connection, self.number, face_ids=face_ids, user_number=user_number, now=self.now
        )
        return {face_id: self.key.open(face_id, key, template) for _, face_id, _, key, template in rows}
