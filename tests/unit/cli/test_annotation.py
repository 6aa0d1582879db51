from __future__ import annotations

from io import BytesIO

from PIL import Image

from recognizance.testing.vision import Person

from .conftest import picture


def drawn(path):
    """The annotated picture's size, and whether anything in it is coloured."""
    image = Image.open(BytesIO(path.read_bytes()))
    assert image.format == "PNG"
    low_and_high = image.convert("HSV").getchannel("S").getextrema()
    return image.size, low_and_high[1] > 100


def test_the_faces_of_a_picture_are_boxed(cli, sketched, tmp_path):
    (tmp_path / "ada.jpg").write_bytes(picture(Person("ada"), side=700))
    assert cli("detect", tmp_path / "ada.jpg", "--annotate", tmp_path / "out.png").code == 0
    assert drawn(tmp_path / "out.png") == ((700, 700), True)


def test_a_picture_without_faces_stays_as_it_is(cli, sketched, tmp_path):
    (tmp_path / "nobody.jpg").write_bytes(picture(side=700))
    assert cli("detect", tmp_path / "nobody.jpg", "--annotate", tmp_path / "out.png").code == 0
    assert drawn(tmp_path / "out.png") == ((700, 700), False)


def test_the_searched_face_gets_the_name_of_the_best_candidate(cli, sketched, tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr("recognizance.cli.search.write_annotated", lambda *arguments: written.append(arguments))
    for name in ("ada", "stranger"):
        (tmp_path / f"{name}.jpg").write_bytes(picture(Person(name)))
    cli("index", "team", tmp_path / "ada.jpg", "--create")
    for name in ("ada", "stranger"):
        assert cli("search", "team", tmp_path / f"{name}.jpg", "--annotate", tmp_path / "out.png").code == 0
    texts = [text for _, _, [(_, text)] in written]
    assert texts == ["ada 100.0", "no candidate"]


def test_a_file_that_cannot_be_written_is_one_line(cli, sketched, tmp_path):
    (tmp_path / "ada.jpg").write_bytes(picture(Person("ada")))
    outcome = cli("detect", tmp_path / "ada.jpg", "--annotate", tmp_path / "nowhere" / "out.png")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == f"recognizance: {tmp_path / 'nowhere' / 'out.png'}: No such file or directory\n"
