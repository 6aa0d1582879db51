"""Embeddings: labelled pictures in, one embedding for each picture whose face was found out.

Vectors are kept between runs in one `.npz` for each model pack. They are templates of the people on the pictures:
the file has mode 0600, and it deserves the care that the pictures get. A picture without a usable face stays in the
account as a failure, with its reason.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recognizance.errors import ImageError, SpaceMismatchError
from recognizance.evaluation.dataset import Dataset, DatasetError, Photograph
from recognizance.models.card import Pack
from recognizance.ports import Vision
from recognizance.values import FloatArray

Progress = Callable[[int, int], None]
"""Told how many pictures are done, and of how many."""

_SAVE_EVERY = 500
_SPOT_CHECKS = 8


@dataclass(frozen=True, slots=True)
class Embedded:
    """The pictures whose face was found, with embeddings float32 (n, d) in their order, and those that failed.

    `detect_ms` and `embed_ms` are medians over the pictures embedded in this run; None if all came from the cache.
    """

    photographs: tuple[Photograph, ...]
    vectors: FloatArray
    failures: tuple[tuple[Photograph, str], ...]
    detect_ms: float | None
    embed_ms: float | None

    @property
    def pictures(self) -> int:
        """Pictures tried, found or not."""
        return len(self.photographs) + len(self.failures)

    @property
    def failure_to_enrol(self) -> float:
        """FTE: the share of pictures without a usable face."""
        return len(self.failures) / self.pictures


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of one picture: a vector, or the reason why there is none."""

    vector: FloatArray | None
    reason: str = ""
    detect_ms: float = 0.0
    embed_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Embedder:
    """A model pack at work on data sets: `vision` runs the networks of `pack` in `threads` threads.

    `cache` is the folder where vectors are kept between runs.
    """

    vision: Vision
    pack: Pack
    cache: Path
    threads: int

    def embed(self, dataset: Dataset, progress: Progress | None = None) -> Embedded:
        """Embed the largest face of every picture. An interrupted run goes on where it stopped.

        Raises DatasetError if no picture shows a face, SpaceMismatchError if `vision` does not run `pack`.
        """
        if self.vision.space != self.pack.space:
            raise SpaceMismatchError(self.pack.space, self.vision.space)
        store = TemplateCache(self.cache, self.pack)
        _drop_if_stale(store, dataset.photographs, self.vision)
        missing = [photo for photo in dataset.photographs if photo.digest not in store.outcomes]
        fresh: list[_Outcome] = []
        pool = ThreadPoolExecutor(self.threads)
        try:
            outcomes = pool.map(lambda photo: _embed_one(photo, self.vision), missing)
            for photo, outcome in zip(missing, outcomes, strict=True):
                store.outcomes[photo.digest] = outcome
                fresh.append(outcome)
                if len(fresh) % _SAVE_EVERY == 0:
                    store.save()
                if progress:
                    progress(len(dataset.photographs) - len(missing) + len(fresh), len(dataset.photographs))
        finally:
            pool.shutdown(cancel_futures=True)
            if fresh:
                store.save()
        return _collect(dataset.photographs, store, fresh)


class TemplateCache:
    """Outcomes by image digest, for one embedding space and the exact files that made it."""

    def __init__(self, folder: Path, pack: Pack) -> None:
        files = sorted(pack.digests.values())
        key = hashlib.sha256("\n".join([pack.space, *files]).encode()).hexdigest()[:16]
        self.path = folder / f"templates-{pack.name}-{key}.npz"
        self.outcomes: dict[str, _Outcome] = dict(self._read())

    def _read(self) -> Iterable[tuple[str, _Outcome]]:
        try:
            with self.path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                digests, vectors, reasons = kept["digests"], kept["vectors"], kept["reasons"]
        except (FileNotFoundError, zipfile.BadZipFile, ValueError, KeyError, EOFError):
            return  # Absent or damaged: a cache is remade, not repaired.
        for digest, vector, reason in zip(digests.tolist(), vectors, reasons.tolist(), strict=True):
            yield digest, _Outcome(None if reason else vector, reason)

    def save(self) -> None:
        """Write the file whole, readable by its owner alone."""
        dim = next((len(o.vector) for o in self.outcomes.values() if o.vector is not None), 0)
        blank = np.zeros(dim, np.float32)
        content = io.BytesIO()
        np.savez(
            content,
            digests=np.array(list(self.outcomes)),
            vectors=np.array([blank if o.vector is None else o.vector for o in self.outcomes.values()]),
            reasons=np.array([o.reason for o in self.outcomes.values()]),
        )
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=self.path.parent)  # mkstemp makes the file 0600
        with os.fdopen(handle, "wb") as file:
            file.write(content.getvalue())
        Path(part).replace(self.path)


def _embed_one(photo: Photograph, vision: Vision) -> _Outcome:
    started = time.perf_counter()
    try:
        opened = vision.open(photo.path.read_bytes())
        faces = vision.detect(opened)
        detected = time.perf_counter()
        embeddings = vision.embed(opened, faces[:1])
    except ImageError as error:
        return _Outcome(None, reason=str(error))
    if not embeddings:
        return _Outcome(None, reason="no face was found")
    embedded = time.perf_counter()
    return _Outcome(embeddings[0].vector, "", 1000 * (detected - started), 1000 * (embedded - detected))


def _drop_if_stale(store: TemplateCache, photographs: Sequence[Photograph], vision: Vision) -> None:
    """Empty the cache if some of it comes out differently today.

    The key knows the files, not the code around them: a change in alignment must not go unseen.
    """
    known = [photo for photo in photographs if photo.digest in store.outcomes]
    for photo in known[:: max(1, len(known) // _SPOT_CHECKS)]:
        before, now = store.outcomes[photo.digest].vector, _embed_one(photo, vision).vector
        same = before is now if before is None or now is None else np.allclose(before, now, atol=1e-4)
        if not same:
            store.outcomes.clear()
            return


def _collect(photographs: Sequence[Photograph], store: TemplateCache, fresh: Sequence[_Outcome]) -> Embedded:
    outcomes = [(photo, store.outcomes[photo.digest]) for photo in photographs]
    found = [(photo, outcome.vector) for photo, outcome in outcomes if outcome.vector is not None]
    if not found:
        raise DatasetError(f"no face was found in any of {len(photographs)} pictures; {outcomes[0][1].reason}")
    timed = [outcome for outcome in fresh if outcome.vector is not None]
    return Embedded(
        photographs=tuple(photo for photo, _ in found),
        vectors=np.stack([vector for _, vector in found]),
        failures=tuple((photo, outcome.reason) for photo, outcome in outcomes if outcome.vector is None),
        detect_ms=float(np.median([outcome.detect_ms for outcome in timed])) if timed else None,
        embed_ms=float(np.median([outcome.embed_ms for outcome in timed])) if timed else None,
    )
