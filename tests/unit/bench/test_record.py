from __future__ import annotations

from dataclasses import replace

from recognizance.bench import record
from recognizance.bench.material import find_material
from recognizance.bench.workbench import Workbench
from recognizance.models.catalog import DEFAULT_PACK


def test_searches_are_measured_with_their_record_and_without(weights_dir, tmp_path):
    bench = Workbench(find_material(None, 1), DEFAULT_PACK, weights_dir, tmp_path, tmp_path, cores=2, quick=True)
    figures = {figure.name: figure for figure in record.search(bench)}
    assert {name: figure.unit for name, figure in figures.items()} == {
        "record": "ms",
        "record.search": "ms",
        "record.clients": "/s",
    }
    assert figures["record.search"].floor.value.median > 0
    (tmp_path / "again").mkdir()
    with record._askers(replace(bench, scratch=tmp_path / "again")) as (recorded, unrecorded, face_ids):
        book = recorded.dispatch.services.governance.book
        before = sum(1 for _ in book.stored(kinds=["search"]))
        unrecorded.ask("SearchFaces", FaceId=face_ids[0])
        assert sum(1 for _ in book.stored(kinds=["search"])) == before
        recorded.ask("SearchFaces", FaceId=face_ids[0])
        assert sum(1 for _ in book.stored(kinds=["search"])) == before + 1
