from __future__ import annotations

import pytest

from recognizance.audit import quality
from recognizance.audit.quality import MEASURES, QualityMeter
from recognizance.evaluation.dataset import load
from recognizance.evaluation.embeddings import Embedder
from recognizance.testing.vision import FakeVision

from .conftest import crowd, write_people


class CountingVision(FakeVision):
    """Counts the pictures in which faces are looked for; may be interrupted."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.looked, self._stop_after = 0, stop_after

    def detect(self, photo):
        if self.looked == self._stop_after:
            raise KeyboardInterrupt
        self.looked += 1
        return super().detect(photo)


def test_an_interrupted_run_goes_on_where_it_stopped(pack, tmp_path, monkeypatch):
    monkeypatch.setattr(quality, "_AT_ONCE", 4)
    photographs = load([write_people(tmp_path / "people", crowd(5))]).photographs
    with pytest.raises(KeyboardInterrupt):
        QualityMeter(Embedder(CountingVision(stop_after=9), pack, tmp_path / "cache", threads=1)).measure(photographs)
    told = []
    vision = CountingVision()
    meter = QualityMeter(Embedder(vision, pack, tmp_path / "cache", threads=1))
    measured = meter.measure(photographs, lambda done, total: told.append((done, total)))
    assert (vision.looked, told) == (2, [(10, 10)])
    assert {photo.digest for photo in photographs} == measured.keys()
    assert set(measured[photographs[0].digest]) == set(MEASURES)
