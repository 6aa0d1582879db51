"""Housekeeping: what falls due by itself: stops that end, cases that nobody authorised in time, terms that run out.

Nothing depends on it for being refused or hidden: every rule looks at the time itself. It makes what is over go away.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

from recognizance.errors import RecognizanceError
from recognizance.governance.authorisations import Authorisations
from recognizance.governance.cases import Cases
from recognizance.governance.retentions import Retentions
from recognizance.governance.stops import Stops
from recognizance.policy.authorisation import Clock as CaseClock
from recognizance.ports import Clock

EVERY_S = 30.0
"""Time between two rounds."""

OVERDUE, REJECTED = "AUTHORISATION_OVERDUE", "AUTHORISATION_REJECTED"
"""Codes of cases that nobody authorised in time, and of those whose authorisation was rejected."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Housekeeper:
    """Does what is due."""

    stops: Stops
    authorisations: Authorisations
    cases: Cases
    retentions: Retentions

    def tend(self, *, now: datetime) -> None:
        """One round. Raises StorageError."""
        self.stops.end_due(now=now)
        for case_id, state in self.authorisations.due(now=now).items():
            if state is CaseClock.SEALED:
                self.cases.seal(case_id, OVERDUE, now=now)
            self.cases.destroy(case_id, REJECTED if state is CaseClock.DESTROYED else OVERDUE, now=now)
            self.authorisations.forget(case_id)
        self.retentions.sweep(now=now)


class Rounds:
    """Runs a round now and then in a thread of its own, while the block lasts."""

    def __init__(self, tend: Callable[..., None], clock: Clock, *, every_s: float = EVERY_S) -> None:
        self._tend = tend
        self._clock = clock
        self._every_s = every_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(self._every_s):
            try:
                self._tend(now=self._clock())
            except RecognizanceError as error:  # a full disk, say; the next round tries again
                log.warning("housekeeping could not be done: %s", error)
