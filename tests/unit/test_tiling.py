"""Tiles cover a picture; what is seen in several of them is there once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet_py import DarknetError
from darknet_py.boxes.table import Boxes
from darknet_py.boxes.tiling import PictureTile, joined, tiles

SIDES = st.integers(1, 400)


def boxes(*rows: tuple[float, ...]) -> Boxes:
    """Rows of x, y, w, h and the probabilities of two classes."""
    table = np.array(rows, np.float32).reshape(-1, 6)
    return Boxes(table[:, :4], table[:, 4:].max(1, initial=0), table[:, 4:], np.zeros((len(table), 4), np.float32))


@settings(deadline=None)
@given(SIDES, SIDES, st.integers(8, 100), st.floats(0, 0.8))
def test_tiles_cover_the_picture_and_overlap(width: int, height: int, side: int, overlap: float) -> None:
    whole, *parts = tiles((width, height), side, overlap)
    assert whole == PictureTile(0, 0, width, height)
    assert bool(parts) == (width > side or height > side)
    least = min(side - max(1, round(side * (1 - overlap))), side - 1)
    across, down = {(t.x, t.x + t.width) for t in parts}, {(t.y, t.y + t.height) for t in parts}
    assert {(t.x, t.y) for t in parts} == {(x, y) for x, _ in across for y, _ in down}
    for spans, length in ((sorted(across), width), (sorted(down), height)):
        if not parts:
            continue
        assert spans[0][0] == 0
        assert spans[-1][1] == length
        assert {b - a for a, b in spans} == {min(side, length)}
        for (_, end), (start, _) in pairwise(spans):
            assert end - start >= least


@pytest.mark.parametrize(("side", "overlap"), [(0, 0.2), (100, 1), (100, -0.1), (100, float("nan")),
                                                  (64.0, 0.2), ((64, 64), 0.2), ("64", 0.2)])  # fmt: skip
def test_impossible_tiles(side: int, overlap: float) -> None:
    with pytest.raises(DarknetError, match=r"(are|is) not possible"):
        tiles((10, 10), side, overlap)


@pytest.mark.parametrize(("side", "overlap"), [(1, 0.2), (320, 0.999), (300, 0.99), (300, 0.97)])
def test_tiles_without_end(side: int, overlap: float) -> None:
    with pytest.raises(DarknetError, match=r"would be \d{4,6} of a picture of 768 x 576 pixels, \d+ without"):
        tiles((768, 576), side, overlap)
    assert len(tiles((768, 576), 320, 0.9)) > 100
    assert len(tiles((60, 60), 40, 0.99)) == 1 + 21**2


def test_boxes_of_a_tile_in_the_picture() -> None:
    part = PictureTile(100, 50, 200, 100)
    im = np.arange(400 * 300, dtype=np.float32).reshape(1, 300, 400)
    np.testing.assert_array_equal(part.of(im)[0], im[0, 50:150, 100:300])
    found = part.to_picture(boxes((0.5, 0.5, 0.1, 0.2, 1, 0)), (400, 300))
    np.testing.assert_allclose(found.xywh, [[200 / 400, 100 / 300, 20 / 400, 20 / 300]], rtol=1e-6)


def test_of_two_tiles_the_more_probable_box_stays() -> None:
    whole = boxes((0.5, 0.5, 0.4, 0.4, 0.6, 0.3))
    cut = boxes((0.4, 0.5, 0.2, 0.4, 0.5, 0.9), (0.9, 0.9, 0.1, 0.1, 0.7, 0))
    found = joined([whole, cut])
    np.testing.assert_array_equal(found.probs, np.array([[0.6, 0], [0, 0.9], [0.7, 0]], np.float32))


def test_boxes_of_one_tile_are_left_alone() -> None:
    inner = boxes((0.5, 0.5, 0.4, 0.4, 0.6, 0), (0.5, 0.5, 0.2, 0.2, 0.5, 0))
    assert len(joined([inner, boxes()])) == 2
    assert len(joined([boxes(), boxes()])) == 0


def test_a_box_that_went_covers_nothing() -> None:
    a, b, c = (0.3, 0.5, 0.4, 0.2, 0.9, 0), (0.5, 0.5, 0.3, 0.2, 0.8, 0), (0.65, 0.5, 0.2, 0.2, 0.7, 0)
    found = joined([boxes(a), boxes(b), boxes(c)])
    assert found.probs[:, 0].tolist() == pytest.approx([0.9, 0.7])
