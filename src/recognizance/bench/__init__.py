"""Measures speed and memory, each figure beside its floor: `run` gives a report, `table` shows it."""

from recognizance.bench.report import Figure, Floor, Machine, Omission, Report, Spread, Target
from recognizance.bench.suite import CASES, Progress, run
from recognizance.bench.table import table

__all__ = ["CASES", "Figure", "Floor", "Machine", "Omission", "Progress", "Report", "Spread", "Target", "run", "table"]
