"""Detections in their picture: drawn, saved, shown, cut out, in notebooks."""

from __future__ import annotations

import base64
import copy
import pickle
import re
import sys
import types
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from darknet_py import DarknetError, Detection, Detections, ImageError, OutputError, drawing
from darknet_py.image import window

DOG = Detection(0, "dog", 0.5, 0.9, (0.5, 0.5, 0.5, 0.25))
BEYOND = Detection(1, "<b>", 0.25, 0.9, (2.0, 0.5, 0.5, 0.25))
PIXELS = np.random.default_rng(0).integers(0, 256, (40, 80, 3), np.uint8)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    cv2.imwrite(str(tmp_path / "a.png"), PIXELS)
    return tmp_path / "a.png"


def held(**more: Any) -> Detections:
    return Detections([DOG, BEYOND], 80, 40, **{"picture": PIXELS, **more})


def same(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> bool:
    return np.array_equal(a, b)


def test_drawn_by_the_room_that_draws(file: Path) -> None:
    marks = [drawing.Mark((20, 15, 60, 25), 0, "dog", 0.5), drawing.Mark((140, 15, 180, 25), 1, "<b>", 0.25)]
    wanted = drawing.draw(PIXELS, marks, drawing.Style(line_width=2, labels="name"))
    for found in (held(), Detections([DOG, BEYOND], 80, 40, file), Detections([DOG, BEYOND], 80, 40, str(file))):
        assert same(found.plot(line_width=2, labels="name"), wanted)
    assert not same(held().plot(), PIXELS)
    assert same(held(picture=None).plot(picture=PIXELS, line_width=2, labels="name"), wanted)
    assert same(held(picture=None).plot(picture=file, line_width=2, labels="name"), wanted)


def test_classes_of_one_box_have_one_mark() -> None:
    cat = Detection(1, "cat", 0.75, 0.9, DOG.box)
    marks = [drawing.Mark((20, 15, 60, 25), 1, "cat", 0.75, ", dog"), drawing.Mark((140, 15, 180, 25), 1, "<b>", 0.25)]
    found = Detections([DOG, cat, BEYOND], 80, 40, picture=PIXELS)
    assert same(found.plot(), drawing.draw(PIXELS, marks))
    hidden = replace(cat, name="dont_show cat", prob=0.99)
    assert same(Detections([DOG, cat, BEYOND, hidden], 80, 40).plot(picture=PIXELS), drawing.draw(PIXELS, marks))
    assert len(found.crops()) == 3


def test_whose_pixels_they_are(file: Path) -> None:
    found = held()
    assert same(found.picture, PIXELS)
    for kept in (found[:1], found + [DOG], found.copy(), copy.deepcopy(found), found.of("dog"), found.sort_by()):  # noqa: RUF005
        assert np.shares_memory(kept.picture, PIXELS)
    assert same(Detections([DOG], 80, 40, file).picture, PIXELS)
    grey = np.zeros((40, 80), np.uint8)
    assert Detections([DOG], 80, 40, picture=grey).plot().shape == (40, 80, 3)
    assert Detections([DOG], 80, 40, picture=np.dstack([PIXELS, PIXELS[..., :1]])).picture.shape == (40, 80, 3)


def test_pixels_that_nobody_kept(file: Path) -> None:
    for lost in (Detections([DOG], 80, 40, 3), pickle.loads(pickle.dumps(held()))):
        with pytest.raises(ImageError, match=r"not kept: give them, as in .plot\(picture=frame\)"):
            lost.plot()
    found = Detections([DOG], 80, 40, file)
    cv2.imwrite(str(file), PIXELS[:20])
    with pytest.raises(ImageError, match=r"a\.png: is 80 x 20 pixels; the detections are of a picture of 80 x 40"):
        found.plot()
    file.unlink()
    with pytest.raises(ImageError, match=r"a\.png"):
        found.crops()
    assert "<img" not in found._repr_html_()
    assert found._repr_png_() is None


@pytest.mark.parametrize("name", ["b.jpg", "b.PNG", "ü b.png"])
def test_saved_in_the_format_of_the_suffix(file: Path, name: str) -> None:
    path = held().save(file.parent / name)
    assert path == file.parent / name
    read = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    assert read is not None
    assert read.shape == (40, 80, 3)
    assert name.endswith("jpg") or same(read, held().plot())


@pytest.mark.parametrize("name", ["b", "b.xyz", "none/b.png", "."])
def test_what_cannot_be_saved_is_one_line(file: Path, name: str) -> None:
    with pytest.raises(OutputError) as e:
        held().save(file.parent / name)
    assert "\n" not in str(e.value)


def test_the_picture_itself_is_never_written_over(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = file.read_bytes()
    link = file.with_name("link.png")
    link.symlink_to(file)
    monkeypatch.chdir(file.parent)
    found = Detections([DOG], 80, 40, file)
    for path in (file, str(file), "a.png", link, file.parent / ".." / file.parent.name / "a.png"):
        with pytest.raises(OutputError, match="is the picture itself; choose another name"):
            found.save(path)
    with pytest.raises(OutputError, match="is the picture itself"):
        held(picture=None).save(file, picture=str(file))
    assert file.read_bytes() == before


def test_crops() -> None:
    dog, beyond = held().crops()
    assert same(dog, PIXELS[15:25, 20:60])
    assert beyond.shape == (10, 0, 3)
    assert not np.shares_memory(dog, PIXELS)
    boxes = [(0, 0, 4, 4), (0.501, 0.511, 0.001, 0.001), (np.nan, 0.5, 0.1, 0.1), (-5, -5, 1, 1), (0.5, 0.5, np.inf, 0.5)]
    found = Detections([Detection(0, "dog", 0.5, 0.5, box) for box in boxes], 80, 40, picture=PIXELS)
    assert [crop.shape[:2] for crop in found.crops()] == [(40, 80), (1, 1), (4, 0), (0, 0), (20, 80)]


def test_shown_in_a_window_or_said_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[Any, str]] = []
    monkeypatch.setattr(window, "show", lambda picture, title: shown.append((picture, title)))
    monkeypatch.setattr(window, "available", lambda: False)
    with pytest.raises(DarknetError, match=r"no window can be opened here .* \.save\('drawn.jpg'\) writes"):
        held().show()
    monkeypatch.setattr(window, "available", lambda: True)
    held(source="a.jpg").show(labels="off")
    assert same(shown[0][0], held().plot(labels="off"))
    assert shown[0][1] == "a.jpg"


class FakeWindow:
    """OpenCV's functions of windows, of which the third look finds it closed."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.open = 3

    def __call__(self, name: str, answer: Any = None) -> Any:
        def called(*_: Any) -> Any:
            self.calls.append(name)
            return answer

        return called

    def visible(self, *_: Any) -> float:
        self.open -= 1
        return float(self.open > 0)


@pytest.mark.parametrize(("key", "waits"), [(27, 1), (-1, 3)])
def test_a_window_stands_until_a_key_or_its_end(key: int, waits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeWindow()
    for name in ("namedWindow", "resizeWindow", "imshow", "waitKey", "destroyWindow"):
        monkeypatch.setattr(cv2, name, fake(name, key))
    monkeypatch.setattr(cv2, "getWindowProperty", fake.visible)
    window.show(PIXELS, "a.jpg")
    assert fake.calls == ["namedWindow", "resizeWindow", "imshow", *["waitKey"] * waits, "destroyWindow"]


def test_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    shell = types.SimpleNamespace(kernel=object())
    display = types.SimpleNamespace(display=shown.append, Image=lambda data: data)
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell, display=display))
    held().show()
    assert same(cv2.imdecode(np.frombuffer(shown[0], np.uint8), cv2.IMREAD_COLOR), held().plot())
    assert shown[0] == held()._repr_png_()


def test_a_table_for_notebooks() -> None:
    page = held(source="<i>.jpg")._repr_html_()
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    assert "&lt;i&gt;.jpg: 2 detections</caption>" in page
    assert re.findall(r"<td>([^<]*)</td>", page)[:8] == ["0", "0", "dog", "0.500", "20.0", "15.0", "60.0", "25.0"]
    (data,) = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', page)
    assert cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR).shape == (40, 80, 3)
    assert "0 detections</caption>" in Detections([], 80, 40)._repr_html_()
    assert "and 20 more" in Detections([DOG] * 120, 80, 40)._repr_html_()


def test_large_pictures_are_small_in_notebooks() -> None:
    found = Detections([], 3000, 10, picture=np.zeros((10, 3000, 3), np.uint8))
    page = found._repr_png_()
    assert page is not None
    assert cv2.imdecode(np.frombuffer(page, np.uint8), cv2.IMREAD_COLOR).shape == (3, 1024, 3)
