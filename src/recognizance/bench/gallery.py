"""Search in large galleries: in memory beside a bare read of as many bytes, and through rows as an operation asks."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle

import numpy as np

from recognizance.bench import material
from recognizance.bench.enrolled import COLLECTION, open_gallery, write_gallery
from recognizance.bench.material import Templates
from recognizance.bench.report import Figure, Floor, Spread, Target
from recognizance.bench.timing import Action, interleave
from recognizance.bench.workbench import Workbench
from recognizance.gallery import Gallery
from recognizance.models.card import Pack
from recognizance.search.quantized import SHARDS, QuantizedIndex
from recognizance.values import Embedding, FloatArray

_TOP = 10
_ROUNDS = 100
_BLOCK_ROWS = 1 << 16


def search_million(bench: Workbench) -> list[Figure]:
    """One probe against 1,000,000 templates in memory, and whether its ten best are those of float32."""
    templates = np.concatenate(list(material.templates(bench.size(1_000_000))))
    rounds = bench.rounds(_ROUNDS)
    probes = material.probes(templates, rounds)
    with ThreadPoolExecutor(SHARDS) as pool:
        index = QuantizedIndex(pool)
        index.add(np.arange(len(templates)), templates)
        turns = cycle(probes)
        searched, read = interleave((lambda: _top(index, next(turns)), reader(templates.size, pool)), rounds=rounds)
        same = [_top(index, probe) == _top_in_float32(templates, probe) for probe in probes]
    return [
        Figure(
            "search-1m",
            f"exact search, {len(templates):,} templates, top {_TOP}",
            "ms",
            Spread.of(searched, 1e3),
            Floor(f"read {templates.size / 1e6:.0f} MB of memory", Spread.of(read, 1e3)),
            Target("at most", 2.0, "ratio"),
        ),
        Figure(
            "search-1m.same",
            f"probes whose top {_TOP} is that of float32",
            "%",
            Spread.of([100 * sum(same) / len(same)]),
            target=Target("at least", 100.0, "median"),
        ),
    ]


def search_hundred_thousand(bench: Workbench) -> list[Figure]:
    """A search through rows and index, as an operation asks for it, in 100,000 faces and in one."""
    count = bench.size(100_000)
    with ExitStack() as stack:
        searches = []
        for faces in (count, 1):
            folder = bench.scratch / f"search-{faces}"
            write_gallery(folder, bench.pack, faces)
            searches.append(_search(stack.enter_context(open_gallery(folder, bench.pack)), bench.pack, faces))
        many, one = interleave(searches, rounds=bench.rounds(_ROUNDS))
    return [
        Figure(
            "search-100k",
            f"search in a gallery of {count:,} faces",
            "ms",
            Spread.of(many, 1e3),
            Floor("in a gallery of 1", Spread.of(one, 1e3)),
            Target("at most", 2.0, "median"),
        )
    ]


def search_with_cohort(bench: Workbench) -> list[Figure]:
    """A search whose scores are brought to the curve by the gallery, beside one that leaves them as they are."""
    return [_with_cohort(bench, faces) for faces in (1_000, 10_000)]


def _with_cohort(bench: Workbench, faces: int) -> Figure:
    count = bench.size(faces)
    with ExitStack() as stack:
        searches = []
        for plain in (False, True):
            folder = bench.scratch / f"cohort-{faces}-{plain}"
            write_gallery(folder, bench.pack, count)
            gallery = stack.enter_context(open_gallery(folder, bench.pack, plain=plain))
            searches.append(_search(gallery, bench.pack, count))
        rescaled, as_they_are = interleave(searches, rounds=bench.rounds(_ROUNDS))
    return Figure(
        f"cohort.{faces}",
        f"search in a gallery of {count:,} faces, scores rescaled",
        "ms",
        Spread.of(rescaled, 1e3),
        Floor("scores as they are", Spread.of(as_they_are, 1e3)),
        Target("at most", 1.1, "ratio"),
    )


def reader(size: int, pool: Executor) -> Action:
    """Reads `size` bytes of memory and does next to nothing with them, in as many threads as a search.

    A sum of 64-bit words is the fastest of numpy's whole reads, and faster than libc's memcmp of a block with itself.
    """
    words = np.random.default_rng(3).integers(0, 1 << 62, size // 8)
    parts = np.array_split(words, SHARDS)

    def read() -> None:
        others = [pool.submit(part.sum) for part in parts[1:]]
        parts[0].sum()
        for other in others:
            other.result()

    return read


def _top(index: QuantizedIndex, probe: FloatArray) -> set[int]:
    return set(index.search(probe, limit=_TOP, min_score=-1.0).numbers.tolist())


def _top_in_float32(templates: Templates, probe: FloatArray) -> set[int]:
    """The rows of the ten best scores, by plain float32 products of all of them."""
    starts = range(0, len(templates), _BLOCK_ROWS)
    scores = np.concatenate([templates[at : at + _BLOCK_ROWS].astype(np.float32) @ probe for at in starts])
    return set(np.argpartition(-scores, _TOP)[:_TOP].tolist())


def _search(gallery: Gallery, pack: Pack, count: int) -> Action:
    """Searches for people of a gallery that `write_gallery` wrote, one after the other."""
    enrolled = next(material.templates(count))
    turns = cycle([Embedding(probe, pack.space) for probe in material.probes(enrolled, _ROUNDS)])
    return lambda: gallery.search(COLLECTION, next(turns), limit=_TOP, min_score=0.5)
