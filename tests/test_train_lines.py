"""How lines that were read are held to what was written: by hand, and on a picture of a set."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PIL.Image", reason="needs the extra train")

from darknet_py import Detection
from darknet_py.boxes.lines import Line
from tools.train_chars import CLASSES, lines, scenes
from tools.train_chars.blocks import Mark


def box(x: int, y: int) -> tuple[float, float, float, float]:
    """Of the character in a column and a row."""
    return 0.05 + 0.1 * x, 0.05 + 0.2 * y, 0.08, 0.15


def read(text: str, x: int, y: int) -> Line:
    found = tuple(Detection(CLASSES.index(c), c, 0.9, 0.9, box(x + i, y)) for i, c in enumerate(text))
    return Line(found, text[:1] + "·" + text[1:] if len(text) > 2 else text, found[0].box)


def there(*texts: str, others: int = 0) -> lines.Written:
    """A text a row; ``others``: so many of the last row's characters have no label."""
    rows = [(CLASSES.index(c), *box(x, y)) for y, text in enumerate(texts) for x, c in enumerate(text)]
    labels = np.array(rows, np.float32).reshape(-1, 5)
    ends = np.cumsum([0, *map(len, texts)])
    numbers = [list(range(a, b)) for a, b in pairwise(ends)]
    if not others:
        return lines.Written(labels, numbers, np.zeros((0, 4), np.float32))
    return lines.Written(labels[:-others], numbers[:-1], labels[-others:, 1:])


def counted(written: lines.Written, *found: Line) -> lines.Score:
    total = lines.Score()
    lines.score(total, written, found)
    return total


def edits(written: lines.Written, *found: Line) -> tuple[int, int, int, dict[str, int]]:
    total = counted(written, *found)
    return total.edits, total.whole, total.false, {k: v for k, v in total.causes.items() if v}


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [("", "", 0), ("AB", "AB", 0), ("AB", "", 2), ("AXC", "ABC", 1), ("AC", "ABC", 1), ("BCA", "ABC", 2)],
)
def test_distance(a: str, b: str, expected: int) -> None:
    assert lines.distance(a, b) == lines.distance(b, a) == expected


def test_what_is_read_whole_has_no_errors() -> None:
    total = counted(there("AB12", "7"), read("AB12", 0, 0), read("7", 0, 1))
    assert (total.edits, total.whole, total.lines, total.characters, total.false) == (0, 2, 2, 5, 0)
    assert total.error_rate == 0


def test_causes() -> None:
    two = there("AB12", "XY")
    assert edits(two, read("AB12", 0, 0)) == (2, 1, 0, {"missed": 2})
    assert edits(two, read("A812", 0, 0), read("XY", 0, 1)) == (1, 1, 0, {"confused": 1})
    assert edits(two, read("AB", 0, 0), read("12", 2, 0), read("XY", 0, 1)) == (4, 1, 1, {"in another line": 4})
    assert edits(two, read("AB12Z", 0, 0), read("XY", 0, 1)) == (1, 1, 0, {"no character": 1})
    assert edits(two, read("AB12", 0, 0), read("XY", 0, 1), read("III", 0, 3)) == (3, 2, 1, {"spurious line": 3})


def test_lines_that_cannot_be_seen_whole_do_not_count() -> None:
    written = there("AB12", "XY", others=2)
    assert edits(written, read("AB12", 0, 0), read("XK", 0, 1)) == (0, 1, 0, {})
    assert edits(written, read("AB12", 0, 0)) == (0, 1, 0, {})


def test_a_scene_knows_its_lines() -> None:
    """Those that have a character too small have no number; it has a box among the others."""
    def mark(kind: int, x: float, y: float, high: float, line: int) -> Mark:
        return Mark(kind, np.array([[x, y], [x + 10, y + high]], np.float32), line)

    first = [mark(1, 0, 0, 20, 0), mark(2, 20, 0, 20, 0), mark(3, 0, 40, 20, 1), mark(4, 20, 40, 5, 1)]
    marks = first + scenes.of_new_lines([mark(5, 0, 80, 20, 0)], first)
    boxes, numbers, others = scenes.boxes_of(marks)
    assert boxes[:, 0].tolist() == [1, 2, 3, 5]
    assert numbers.tolist() == [0, 0, -1, 2]
    assert others.tolist() == [[25, 42.5, 10, 5]]


def test_sets_are_read_as_they_were_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tools.train_chars import sets

    def render(rng: np.random.Generator, split: str) -> scenes.Scene:
        marks = [Mark(k, np.array([[40 * k, 10], [40 * k + 20, 40]], np.float32), k % 2) for k in range(4)]
        return scenes.letterboxed(np.zeros((208, 416, 3), np.uint8), *scenes.boxes_of(marks))

    monkeypatch.setitem(sets.SETS, "mine", sets.Recipe(render, "held", 1, 0))
    sets.write(tmp_path, "mine")
    found = lines.written(tmp_path / "mine" / "000.png")
    assert [found.text(line) for line in found.lines] == ["02", "13"]
    np.testing.assert_allclose(found.labels[1, 1:], [50 / 416, 129 / 416, 20 / 416, 30 / 416], atol=1e-6)
    assert found.others.shape == (0, 4)
    assert "mine.data" in {p.name for p in tmp_path.iterdir()}


def test_the_third_renderer_marks_what_it_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """With Pillow's own font, on a plain ground: there is ink in each box, and every kind of thing can be drawn."""
    from PIL import ImageFont

    from tools.train_chars import second, third

    monkeypatch.setattr(second, "photographs", lambda split: (np.full((90, 120, 3), 128, np.uint8),))
    monkeypatch.setattr(second.Canvas, "font", lambda self, size: ImageFont.load_default(max(12, int(size))))
    for number, draw in enumerate(third.DRAWINGS):
        canvas = second.Canvas(np.random.default_rng(number), "third")
        draw(canvas)
        pixels = np.asarray(canvas.picture, int)
        h, w = pixels.shape[:2]
        inside = [b for b in canvas.boxes if b[1] >= 0 and b[2] >= 0 and b[3] < w and b[4] < h]
        assert inside, draw.__name__
        for _, left, top, right, bottom, _ in inside:
            part = pixels[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))]
            assert np.ptp(part, (0, 1)).max() > 40, draw.__name__
