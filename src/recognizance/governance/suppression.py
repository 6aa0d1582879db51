"""Suppression: counts in, counts fit for print out, in which nobody who is one of very few can be found.

A count of 1 to 4 is withheld. Where the total would give a withheld count away, the next larger ones are withheld too;
where that does not suffice, the table shows its total alone. Zero is shown: nobody is behind it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

SMALLEST = 5
"""The smallest count above zero that is printed."""


@dataclass(frozen=True, slots=True)
class Printed:
    """Counts by label, and their total; None: withheld. `apart` is false where the counts are told together alone."""

    rows: Mapping[str, int | None]
    total: int | None
    apart: bool = True


def suppress(counts: Mapping[str, int]) -> Printed:
    """Withhold what is too small to print, and what would give it away."""
    total = sum(counts.values())
    if 0 < total < SMALLEST:
        return Printed({label: None if count else 0 for label, count in counts.items()}, None)
    withheld = {label for label, count in counts.items() if 0 < count < SMALLEST}
    larger = sorted((label for label in counts if counts[label] >= SMALLEST), key=lambda label: counts[label])
    while not _hides(counts, withheld) and larger:
        withheld.add(larger.pop(0))
    if not _hides(counts, withheld):
        return Printed({}, total, apart=False)
    return Printed({label: None if label in withheld else count for label, count in counts.items()}, total)


def _hides(counts: Mapping[str, int], withheld: Collection[str]) -> bool:
    """Whether withheld counts, whose sum anyone can work out, could each be several numbers.

    Each is known to be 1 at least: a single one is its sum, and as many as their sum are all 1.
    """
    together = sum(counts[label] for label in withheld)
    return not withheld or (len(withheld) > 1 and together >= SMALLEST and together > len(withheld))
