"""Timing several actions in turn, so that whatever disturbs the machine disturbs them alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

Action = Callable[[], object]


def seconds(action: Action) -> float:
    """How long an action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def interleave(actions: Sequence[Action], *, rounds: int, warm_up: int = 2) -> list[list[float]]:
    """Seconds that each action took in each round: A B A B ..., after `warm_up` rounds that do not count."""
    for _ in range(warm_up):
        for action in actions:
            action()
    samples: list[list[float]] = [[] for _ in actions]
    for _ in range(rounds):
        for action, taken in zip(actions, samples, strict=True):
            taken.append(seconds(action))
    return samples
