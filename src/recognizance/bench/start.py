"""Starts: how soon a server is ready and how much memory it holds, with nobody enrolled and with a million faces."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
import time
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from recognizance.bench.enrolled import write_gallery
from recognizance.bench.installation import Installation, resident_bytes
from recognizance.bench.material import DIM
from recognizance.bench.report import Figure, Floor, Spread, Target
from recognizance.bench.timing import Action, interleave
from recognizance.bench.workbench import Workbench
from recognizance.vault import KEY_BYTES, NONCE_BYTES

_ROUNDS = 5
_OPENS = 100_000
_MILLION = 1_000_000

_ENGINES = """
import sys
import cv2, faiss, numpy, onnxruntime, sqlalchemy, starlette, uvicorn
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
sessions = [onnxruntime.InferenceSession(path, options) for path in sys.argv[1:]]
print(flush=True)
sys.stdin.read()
"""
"""A process that only imports the engines and loads the networks, says so by a line, and waits to be ended."""


def ready(bench: Workbench) -> list[Figure]:
    """From the start of the process to ready, weights present and nobody enrolled; and memory then."""
    starts, engines = [], []
    for number in range(bench.rounds(_ROUNDS)):
        with Installation(bench.scratch / f"start-{number}", bench.models) as server:
            starts.append((server.ready_s, server.resident_bytes()))
        engines.append(_start_engines(bench))
    seconds, sizes = zip(*starts, strict=True)
    bare_seconds, bare_sizes = zip(*engines, strict=True)
    return [
        Figure(
            "start",
            "from the start of the process to ready",
            "s",
            Spread.of(seconds),
            Floor("import engines, load networks", Spread.of(bare_seconds)),
            Target("at most", 3.0, "median"),
        ),
        Figure(
            "start.memory",
            "resident memory when ready, idle",
            "MB",
            Spread.of(sizes, 1e-6),
            Floor("engines and networks", Spread.of(bare_sizes, 1e-6)),
            Target("at most", 500.0, "median"),
        ),
    ]


def rebuild(bench: Workbench) -> list[Figure]:
    """A start with 1,000,000 enrolled faces: how much longer it takes, and how much more memory it holds."""
    count = bench.size(_MILLION)
    full = _kept_gallery(bench, count)
    delays, sizes = [], []
    for number in range(bench.rounds(_ROUNDS - 2)):
        with Installation(bench.scratch / f"empty-{number}", bench.models) as server:
            without = server.ready_s, server.resident_bytes()
        with Installation(full, bench.models) as server:
            delays.append(server.ready_s - without[0])
            sizes.append(server.resident_bytes() - without[1])
    [opened] = interleave((_opener(),), rounds=3)
    vectors = count * DIM * 3
    return [
        Figure(
            "rebuild",
            f"what {count:,} enrolled faces add to a start",
            "s",
            Spread.of(delays),
            Floor("AES-GCM opens alone", Spread.of(opened, count / _OPENS)),
            Target("at most", 15.0, "median"),
        ),
        Figure(
            "rebuild.memory",
            f"what {count:,} enrolled faces add to memory",
            "MB",
            Spread.of(sizes, 1e-6),
            Floor("int8 + float16 vectors", Spread.of([vectors], 1e-6)),
            Target("at most", 1.5, "ratio"),
        ),
    ]


def _start_engines(bench: Workbench) -> tuple[float, int]:
    """Seconds and resident bytes of a process that does what every such server has to."""
    paths = [str(bench.models / card.file) for card in bench.pack.cards]
    started = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own text
        (sys.executable, "-c", _ENGINES, *paths), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        taken = time.perf_counter() - started
        size = resident_bytes(process.pid)
        process.terminate()
    return taken, size


def _kept_gallery(bench: Workbench, count: int) -> Path:
    """A data folder with that many faces, written the first time; in place only when it is whole."""
    folder = bench.keep / f"gallery-{count}"
    if not folder.exists():
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        write_gallery(part, bench.pack, count)
        part.rename(folder)
    return folder


def _opener() -> Action:
    """Opens 100,000 sealed face keys, and with each a sealed template: what no rebuild can do without."""
    outer = AESGCM(secrets.token_bytes(KEY_BYTES))
    sealed = []
    for number in range(1_000):
        name, nonce, key = str(number).encode(), secrets.token_bytes(NONCE_BYTES), secrets.token_bytes(KEY_BYTES)
        template = AESGCM(key).encrypt(nonce, bytes(2 * DIM), name)
        sealed.append((name, nonce, outer.encrypt(nonce, key, name), template))

    def open_all() -> None:
        for _ in range(_OPENS // len(sealed)):
            for name, nonce, key, template in sealed:
                AESGCM(outer.decrypt(nonce, key, name)).decrypt(nonce, template, name)

    return open_all
