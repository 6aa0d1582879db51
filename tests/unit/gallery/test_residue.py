"""After a deletion the template is nowhere: not in the files, and not in the memory of the process.

A child process enrols, searches and deletes; this one, which knows the vectors, looks through the child's memory.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from recognizance.residue import fleeting, wipe

from .conftest import vector

SEEDS = range(12)
WINDOW = 64
"""Bytes that would give a template away: a quarter of one."""

CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from gallery.conftest import NOW, SPACE, Installation, vector
from recognizance.residue import fleeting
from recognizance.values import Embedding, NewFace

def enrol(gallery, seeds):
    for seed in seeds:
        with fleeting(vector(seed)) as drawn:
            face = NewFace(Embedding(drawn, SPACE), (0.1, 0.2, 0.3, 0.4), 0.99)
            gallery.enrol("people", [face], image_id=str(seed), external_image_id=None, now=NOW)
    return [face.face_id for face in gallery.faces("people", after=None, limit=99)]

def use(gallery, ids, user):
    gallery.create_user("people", user, now=NOW)
    gallery.associate("people", user, ids[:3], min_score=-1.0)
    gallery.associate("people", user, ids[3:4], min_score=-1.0)
    for face_id in ids:
        gallery.search_by_face("people", face_id, limit=5, min_score=-1.0)
        gallery.search_users_by_face("people", face_id, limit=5, min_score=-1.0)
    gallery.search_users_by_user("people", user, limit=5, min_score=-1.0)

installation = Installation(Path(sys.argv[2]))
seeds = range(int(sys.argv[3]))
if sys.argv[4] == "first":
    with installation.opened_with_people() as gallery:
        use(gallery, enrol(gallery, seeds[:6]), "ann")
    sys.exit()
with installation.open() as gallery:  # which unseals every template that is there
    ids = enrol(gallery, seeds)
    use(gallery, ids[6:], "bob")
    print("enrolled", flush=True)
    sys.stdin.readline()
    gallery.disassociate("people", "bob", ids[6:10])
    gallery.delete_faces("people", ids[4:9])
    gallery.delete_collection("people")
    print("deleted", flush=True)
    sys.stdin.readline()
"""


def needles(dtypes):
    """Windows of every template: as it is kept, and as the vector that it was made from."""
    kept = [vector(seed).astype(np.float16) for seed in SEEDS]
    made = {"kept": kept, "wide": [one.astype(np.float32) for one in kept], "raw": [vector(seed) for seed in SEEDS]}
    return {
        f"{name} {seed} {start}": one.tobytes()[start : start + WINDOW]
        for name in dtypes
        for seed, one in enumerate(made[name])
        for start in range(0, one.nbytes, WINDOW)
    }


def memory_of(pid):
    """The readable memory of a process, piece by piece."""
    try:
        memory = Path(f"/proc/{pid}/mem").open("rb", 0)  # noqa: SIM115
        maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    except OSError as error:
        pytest.skip(f"the memory of another process cannot be read here: {error.strerror}")
    with memory:
        for line in maps:
            span, permissions, *_, name = line.split()
            if "r" not in permissions or name in ("[vvar]", "[vsyscall]", "[vvar_vclock]"):
                continue
            start, end = (int(edge, 16) for edge in span.split("-"))
            memory.seek(start)
            yield memory.read(end - start)


def found_in(pieces, wanted):
    """The names of the windows that occur where an array can begin: at a multiple of eight bytes."""
    heads = {np.frombuffer(window, np.uint64)[0]: name for name, window in wanted.items()}
    names = set()
    for piece in pieces:
        words = np.frombuffer(piece, np.uint64, len(piece) // 8)
        for place in np.flatnonzero(np.isin(words, np.array(list(heads)))):
            name = heads[words[place]]
            if piece[8 * place : 8 * place + WINDOW] == wanted[name]:
                names.add(name)
    return sorted(names)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="only Linux shows the memory of a process")
def test_a_deleted_template_is_in_no_memory_and_in_no_file(tmp_path):
    command = [sys.executable, "-c", CHILD, Path(__file__).parents[1], tmp_path, str(len(SEEDS))]
    subprocess.run([*command, "first"], check=True)
    with subprocess.Popen([*command, "then"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "enrolled\n"
        held = found_in(memory_of(child.pid), needles(["kept"]))
        assert held == sorted(needles(["kept"])), "the index holds each template; the scan has to find it"
        child.stdin.write("\n")
        child.stdin.flush()
        assert child.stdout.readline() == "deleted\n"
        everything = needles(["kept", "wide", "raw"])
        assert found_in(memory_of(child.pid), everything) == []
        files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
        assert files
        assert [name for name, window in everything.items() if any(window in file for file in files)] == []
        child.stdin.write("\n")
    assert child.returncode == 0


def test_a_fleeting_array_is_wiped_whatever_happens():
    array = np.ones(3, np.float16)
    with fleeting(array) as same:
        assert same is array
        assert array.sum() == 3
    assert array.tolist() == [0, 0, 0]
    again = np.ones(3)
    with pytest.raises(ZeroDivisionError), fleeting(again):
        _ = 1 / 0
    assert again.tolist() == [0, 0, 0]


def test_wiping_takes_several():
    first, second = np.ones(2), np.ones((2, 2), np.float32)
    wipe(first, second)
    assert [first.sum(), second.sum()] == [0, 0]
