"""Queue: wakes workers, and has them look after the board every minute. Kept by huey, in SQLite or PostgreSQL.

What is to be done stands on the board; a message says no more than that there is something. So a message that is lost
with a killed worker loses no job: the next look finds it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from huey import Huey, PostgresHuey, SqliteHuey, crontab
from huey.serializer import SignedSerializer
from sqlalchemy import make_url

_NAME = "recognizance"

log = logging.getLogger(__name__)


def _nothing() -> None:
    """What a process does that consumes no messages."""


class Queue:
    """The queue of one installation. `announce` is for any process, `consume` for a worker's."""

    def __init__(self, huey: Huey) -> None:
        """Use `open_queue`."""
        self._huey = huey
        self._attend: Callable[[], object] = _nothing
        self._tend: Callable[[], object] = _nothing
        self._message = huey.task(name="attend")(self._answer)

    def close(self) -> None:
        """Close the connection of this thread."""
        self._huey.storage.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def announce(self) -> None:
        """Say that there is a job. What cannot be said now is found within a minute."""
        try:
            self._message()
        except Exception as error:  # noqa: BLE001 - the libraries under huey share no base; the job is written down
            log.warning("workers could not be woken and will look by themselves: %s", error)

    def consume(self, attend: Callable[[], object], tend: Callable[[], object]) -> None:
        """Run `attend` for each announcement, `tend` and `attend` every minute, until the process is told to stop."""
        self._attend, self._tend = attend, tend
        self._huey.periodic_task(crontab(), name="tend")(self._look_after)
        self._message()  # jobs that were left when the last worker ended
        self._huey.create_consumer(workers=1, initial_delay=0.05, max_delay=1.0, check_worker_health=True).run()

    def _answer(self) -> None:
        self._attend()

    def _look_after(self) -> None:
        self._tend()
        self._attend()


def open_queue(folder: Path, database_url: str | None, secret: bytes) -> Queue:
    """The queue beside the board: in `queue.db` of the data folder, or in the PostgreSQL that `database_url` names.

    `secret` signs messages, because huey would run whatever a forged one holds.
    """
    serializer = SignedSerializer(secret=secret.hex())
    if database_url is not None and make_url(database_url).get_backend_name() == "postgresql":
        dsn = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        return Queue(PostgresHuey(_NAME, results=False, serializer=serializer, dsn=dsn))
    return Queue(SqliteHuey(_NAME, results=False, serializer=serializer, filename=str(folder / "queue.db")))
