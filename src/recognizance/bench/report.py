"""What a bench run found, as frozen records: figures beside their floors and targets, and the machine they hold for.

A figure is never a bare number: it has the spread of its runs and, where there is one, the floor measured in the same
run. A ratio is the median of the figure over the median of the floor.
"""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

from recognizance.errors import RecognizanceError


class NotMeasuredError(RecognizanceError):
    """A figure that cannot be measured here. The message says what is missing; the report repeats it."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Repeated measurements of one quantity, in one unit: the least, the median, the most, and how many."""

    least: float
    median: float
    most: float
    runs: int

    @classmethod
    def of(cls, samples: Sequence[float], scale: float = 1.0) -> Self:
        """The spread of at least one sample, each multiplied by `scale`."""
        values = [sample * scale for sample in samples]
        return cls(min(values), statistics.median(values), max(values), len(values))


@dataclass(frozen=True, slots=True)
class Floor:
    """What a figure is compared with: the least that the work can cost here, in the unit of the figure."""

    name: str
    value: Spread


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure should reach: a bound on its ratio to the floor, or on its median."""

    bound: Literal["at most", "at least"]
    limit: float
    of: Literal["ratio", "median"]

    def is_met(self, value: float) -> bool:
        """Whether a ratio or median is within the bound."""
        return value <= self.limit if self.bound == "at most" else value >= self.limit


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity."""

    name: str
    """The case, then what of it where the case has several figures: `start.memory`."""
    what: str
    """What was measured, in words."""
    unit: str
    value: Spread
    floor: Floor | None = None
    target: Target | None = None
    """None for a figure that is for information."""
    note: str = ""

    def __post_init__(self) -> None:
        if self.target is not None and self.target.of == "ratio" and self.floor is None:
            raise ValueError(f"{self.name} has a target for its ratio and no floor")

    @property
    def ratio(self) -> float | None:
        """Median over the floor's median; None without a floor."""
        return self.value.median / self.floor.value.median if self.floor else None

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without a target."""
        if self.target is None:
            return None
        value = self.ratio if self.target.of == "ratio" else self.value.median
        assert value is not None  # __post_init__ asks for a floor
        return self.target.is_met(value)


@dataclass(frozen=True, slots=True)
class Omission:
    """A case, or a part of one, that was not measured, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Machine:
    """What the figures hold for."""

    cpu: str
    cores: int
    """Cores that this process may use."""
    memory_gib: float
    system: str
    python: str
    load: float
    """Load average over one minute when the run began: what else was going on."""


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run."""

    started: str
    """ISO 8601, UTC."""
    version: str
    quick: bool
    """Fewer rounds and smaller galleries: to see that everything works, not to compare."""
    machine: Machine
    figures: tuple[Figure, ...]
    omissions: tuple[Omission, ...]

    def to_json(self) -> dict[str, Any]:
        """The report as plain values, each figure with its ratio and whether the target is met."""
        plain = asdict(self)
        plain["figures"] = [asdict(figure) | {"ratio": figure.ratio, "met": figure.met} for figure in self.figures]
        return plain


def this_machine(cores: int) -> Machine:
    """The machine that this process runs on; `cores` are those that it may use."""
    return Machine(
        cpu=_cpu_name(),
        cores=cores,
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        load=round(os.getloadavg()[0], 2),
    )


def _cpu_name() -> str:
    """Name, family and model where Linux tells them: clouds give every generation the same name."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    facts: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        facts.setdefault(name.strip(), value.strip())
    name = facts.get("model name", platform.machine())
    return f"{name} family {facts['cpu family']} model {facts['model']}" if "cpu family" in facts else name
