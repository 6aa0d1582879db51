"""Synthetic people in the rows of a data folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recognizance.bench import material
from recognizance.bench.enrolled import COLLECTION, open_gallery, write_gallery
from recognizance.models.catalog import DEFAULT_PACK
from recognizance.values import Embedding


def test_the_faces_are_found_as_if_they_had_been_enrolled(tmp_path: Path):
    write_gallery(tmp_path / "data", DEFAULT_PACK, 50)
    templates = next(material.templates(50))
    with open_gallery(tmp_path / "data", DEFAULT_PACK) as gallery:
        assert gallery.collection(COLLECTION).face_count == 50
        faces = gallery.faces(COLLECTION, after=None, limit=100)
        probe = Embedding(templates[7].astype(np.float32), DEFAULT_PACK.space)
        best = gallery.search(COLLECTION, probe, limit=1, min_score=0.5)[0]
    assert len(faces) == 50
    assert best.face == faces[7]
