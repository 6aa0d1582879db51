"""A server killed in the middle of enrolment: no acknowledged face is lost, and no picture is there by half."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest

from recognizance.gallery import Gallery
from recognizance.storage.database import Database
from recognizance.storage.folder import DataFolder
from recognizance.storage.marks import open_vault
from recognizance.values import Embedding

KILLS = 20
FACES_PER_IMAGE = 3

# Imports once, then forks a child for each line it reads: the child is what gets killed, its start costs nothing.
ENROLLER = """
import os, sys, uuid, pathlib, datetime
import numpy as np
sys.path.insert(0, sys.argv[2])
from test_crash import open_gallery, vector_of
from recognizance.values import Embedding, NewFace

def enrol():
    with open_gallery(pathlib.Path(sys.argv[1])) as gallery:
        while True:
            image = str(uuid.uuid4())
            faces = [
                NewFace(Embedding(vector_of(image, place), "s"), (0.1 * place, 0.1, 0.1, 0.1), 0.9)
                for place in range(3)
            ]
            now = datetime.datetime.now(datetime.UTC)
            for face in gallery.enrol("people", faces, image_id=image, external_image_id=None, now=now):
                os.write(1, f"{face.face_id} {image}\\n".encode())

for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        enrol()
    os.write(1, f"started {child}\\n".encode())
    os.waitpid(child, 0)
    os.write(1, b"ended\\n")
"""


def vector_of(image, place):
    """The unit vector of a picture's face, which anyone can make again from the picture's id."""
    seed = [int(image.replace("-", "")[:16], 16), place]
    drawn = np.random.default_rng(seed).standard_normal(64).astype(np.float32)
    return drawn / np.linalg.norm(drawn)


@contextmanager
def open_gallery(path: Path):
    with ExitStack() as stack:
        folder = stack.enter_context(DataFolder.open(path))
        database = stack.enter_context(Database.open(folder.sqlite_url))
        yield stack.enter_context(Gallery.open(database, open_vault(database, folder.master_key)))


def run_and_kill(enroller, delay_s):
    """Let a child enrol for a while, kill it, and return what it acknowledged: pairs of face and image."""
    enroller.stdin.write(b"go\n")
    enroller.stdin.flush()
    lines, child = [], None
    while (line := enroller.stdout.readline()) != b"ended\n":
        if line.startswith(b"started"):
            child = int(line.split()[1])
        elif line.endswith(b"\n"):
            lines.append(tuple(line.decode().split()))
        if child and lines:
            time.sleep(delay_s)
            os.kill(child, signal.SIGKILL)
            child = None
    return lines


def check(path, acknowledged):
    """Reopen the folder: every acknowledged face is there and found by its vector, no picture is there by half."""
    with open_gallery(path) as gallery:
        stored = gallery.faces("people", after=None, limit=1_000_000)
        assert gallery.collection("people").face_count == len(stored)
        assert set(Counter(face.image_id for face in stored).values()) <= {FACES_PER_IMAGE}
        assert {face_id for face_id, _ in acknowledged} <= {face.face_id for face in stored}
        for face in random.Random(len(stored)).sample(stored, min(20, len(stored))):
            vectors = [vector_of(face.image_id, place) for place in range(FACES_PER_IMAGE)]
            hits = [gallery.search("people", Embedding(vector, "s"), limit=1, min_score=0.99) for vector in vectors]
            assert face in [match.face for matches in hits for match in matches]


@pytest.fixture
def enroller(tmp_path):
    command = [sys.executable, "-c", ENROLLER, str(tmp_path / "data"), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        process.stdin.close()


def test_kill_9_during_enrolment_loses_nothing_acknowledged(tmp_path, enroller):
    path = tmp_path / "data"
    with open_gallery(path) as gallery:
        from datetime import UTC, datetime

        gallery.create_collection("people", space="s", model_version="1", tags={}, now=datetime.now(UTC))
    moments = random.Random(1)
    acknowledged = []
    for _ in range(KILLS):
        acknowledged += run_and_kill(enroller, moments.uniform(0.0, 0.15))
        check(path, acknowledged)
    assert len(acknowledged) >= KILLS
