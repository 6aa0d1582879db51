"""What every case works with: photographs, weights, folders, and how many rounds are made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from recognizance.bench.material import Material, one_face
from recognizance.bench.report import NotMeasuredError
from recognizance.errors import WeightsError
from recognizance.models.card import ModelCard, Pack
from recognizance.models.fetch import read_shipped
from recognizance.models.store import save
from recognizance.ports import Vision
from recognizance.vision.pipeline import build_vision

QUICK_ROUNDS = 2
QUICK_FRACTION = 50
_LOOKED_AT = 60
"""Photographs among which one with a single face is looked for."""


@dataclass(frozen=True)
class Workbench:
    """Made once for a run. Not for several threads."""

    material: Material
    pack: Pack
    models: Path
    """Folder of the weights, all of them present."""
    scratch: Path
    """An empty folder that is removed after the run."""
    keep: Path
    """A folder for what takes long to make; it may hold it already."""
    cores: int
    quick: bool

    def size(self, count: int, *, at_least: int = 1) -> int:
        """How many things to work on where a whole run works on `count`."""
        return max(at_least, count // QUICK_FRACTION) if self.quick else count

    def rounds(self, count: int) -> int:
        """How many rounds to make where a whole run makes `count`."""
        return min(count, QUICK_ROUNDS) if self.quick else count

    def shipped(self, card: ModelCard) -> bytes:
        """The file of a card as its package ships it. Raises NotMeasuredError where that cannot be had."""
        path = self.keep / f"{card.name}.shipped"
        if not path.exists():
            try:
                save(read_shipped(card), path)
            except WeightsError as error:
                raise NotMeasuredError(f"{card.name} as shipped cannot be had: {error}") from error
        return path.read_bytes()

    @cached_property
    def vision(self) -> Vision:
        """The pipeline with the pack's networks."""
        return build_vision(self.pack, self.models)

    @cached_property
    def portrait(self) -> bytes:
        """A photograph with exactly one face, and that a large one. Raises SettingsError if there is none."""
        return one_face(self.material.spread(_LOOKED_AT), self.vision)
