"""Detections as columns, sorted, and those of classes and zones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet_py import DarknetError, Detection, Detections

DOG, CAT, CAR = (Detection(i, name, prob, 0.9, box) for i, name, prob, box in (
    (0, "dog", 0.5, (0.25, 0.5, 0.25, 0.5)), (1, "cat", 0.25, (0.75, 0.75, 0.5, 0.5)),
    (2, "car", 0.75, (1.0, 0.0, 0.25, 0.5)),
))  # fmt: skip
FOUND = Detections([DOG, CAT, CAR], 80, 40, "a.jpg")
NONE = FOUND[:0]


def names(found: Detections) -> list[str]:
    assert (type(found), found.size, found.source) == (Detections, (80, 40), "a.jpg")
    return [d.name for d in found]


def test_columns() -> None:
    assert FOUND.prob.tolist() == [0.5, 0.25, 0.75]
    assert FOUND.objectness.tolist() == [0.9] * 3
    assert FOUND.class_id.tolist() == [0, 1, 2]
    assert FOUND.name.tolist() == ["dog", "cat", "car"]
    assert FOUND.xywh[0].tolist() == [20, 20, 20, 20]
    assert FOUND.xywhn[0].tolist() == list(DOG.box)
    assert FOUND.xyxyn[0].tolist() == [0.125, 0.25, 0.375, 0.75]
    assert FOUND.xyxy[2].tolist() == [70, -10, 90, 10]


@pytest.mark.parametrize("column", ["xyxy", "xywh", "xyxyn", "xywhn"])
def test_columns_are_those_of_each(column: str) -> None:
    np.testing.assert_array_equal(getattr(FOUND, column), np.array([getattr(d, column) for d in FOUND], np.float32))
    assert getattr(FOUND, column).dtype == np.float32
    assert getattr(NONE, column).shape == (0, 4)


def test_columns_of_nothing() -> None:
    kinds = {column: getattr(NONE, column).dtype.kind for column in ("prob", "objectness", "class_id", "name")}
    assert kinds == {"prob": "f", "objectness": "f", "class_id": "i", "name": "U"}
    assert names(NONE[NONE.prob > 0.5]) == names(NONE[NONE.name == "dog"]) == names(NONE.within((0, 0, 80, 40))) == []


@pytest.mark.parametrize("thresh", [0.25, 0.3, 0.5, 1 / 3])
def test_a_mask_chooses_what_a_loop_does(thresh: float) -> None:
    probs = np.array([0.25, 0.3, 0.5, 1 / 3], np.float32).tolist()
    found = Detections([Detection(0, "dog", p, p, DOG.box) for p in probs], 80, 40)
    assert found[found.prob > thresh] == [d for d in found if d.prob > thresh]


@pytest.mark.parametrize(
    ("by", "wanted"),
    [
        ({}, "cat dog car"), ({"reverse": True}, "car dog cat"), ({"key": "name"}, "car cat dog"),
        ({"key": "class_id", "reverse": True}, "car cat dog"), ({"key": "objectness"}, "dog cat car"),
        ({"key": "objectness", "reverse": True}, "dog cat car"), ({"key": "area"}, "dog car cat"),
        ({"key": "left"}, "dog cat car"), ({"key": "top"}, "car dog cat"), ({"key": lambda d: -d.box[0]}, "car cat dog"),
    ],
)  # fmt: skip
def test_sorted(by: dict[str, Any], wanted: str) -> None:
    assert names(FOUND.sort_by(**by)) == wanted.split()
    assert names(FOUND) == ["dog", "cat", "car"]


@pytest.mark.parametrize(
    ("classes", "wanted"),
    [(("dog", "car"), "dog car"), ((1,), "cat"), (("dog", 2), "dog car"), ((np.int64(0),), "dog"), (("wolf", 9), ""),
     ((), "")],
)  # fmt: skip
def test_of_some_classes(classes: tuple[Any, ...], wanted: str) -> None:
    assert names(FOUND.of(*classes)) == wanted.split()


MASK = np.zeros((40, 80), np.uint8)
MASK[30:, 60:] = 255


@pytest.mark.parametrize(
    ("zone", "point", "wanted"),
    [
        ((0, 0, 40, 40), "center", "dog"), ([20, 20, 60, 30], "center", "dog cat"), ((0, 0, 80, 40), "corners", "dog cat"),
        ((0, 35, 80, 40), "bottom", "cat"), ((0, -20, 80, 15), "top", "dog car"), ((0, 0, 35, 40), "left", "dog"),
        ((75, 0, 99, 40), "right", "cat car"), ([(0, 0), (45, 0), (0, 45)], "center", "dog"), (MASK, "center", "cat"),
        (MASK > 0, "center", "cat"), (np.array([[50, 10], [90, 10], [90, 50], [50, 50]]), "center", "cat"),
        ((200, 200, 300, 300), "center", ""),
    ],
)  # fmt: skip
def test_within_a_zone(zone: Any, point: Any, wanted: str) -> None:
    assert names(FOUND.within(zone, point)) == wanted.split()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: FOUND.within((0, 0, 40)), "a zone of shape .3,. for a picture of 80 x 40"),
        (lambda: FOUND.within(MASK.T), "a zone of shape .80, 40. for a picture of 80 x 40"),
        (lambda: FOUND.within((60, 10, 20, 30)), "right lies left"), (lambda: FOUND.within("all"), "in numbers"),
        (lambda: FOUND.within([(0, 0), (1, 1, 1)]), "in pixels"), (lambda: FOUND.within((0, 0, np.nan, 1)), "in numbers"),
        (lambda: FOUND.within((0, 0, 9, 9), "middle"), "the point of a box is center, bottom"),
        (lambda: FOUND.within(None), "in numbers"), (lambda: FOUND.sort_by("size"), "sorted by prob, objectness"),
        (lambda: FOUND.sort_by(["prob"]), "sorted by prob, objectness"),
        (lambda: FOUND.of(["dog"]), "one by one: .of.'dog', 2."), (lambda: FOUND.of(0.5), "names and numbers"),
    ],
)  # fmt: skip
def test_what_chooses_nothing_says_what_does(wrong: Any, says: str) -> None:
    with pytest.raises(DarknetError, match=says) as e:
        wrong()
    assert "\n" not in str(e.value)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 85), st.integers(-5, 45)), max_size=8),
       st.tuples(st.integers(0, 79), st.integers(0, 39), st.integers(0, 79), st.integers(0, 39)))  # fmt: skip
def test_a_rectangle_is_a_polygon_and_a_mask(places: list[tuple[int, int]], sides: tuple[int, int, int, int]) -> None:
    """For points in the middle of pixels."""
    left, right, top, bottom = *sorted(sides[::2]), *sorted(sides[1::2])
    found = Detections([Detection(0, "dog", 1, 1, ((x + 0.5) / 80, (y + 0.5) / 40, 0.1, 0.1)) for x, y in places], 80, 40)
    mask = np.zeros((40, 80), bool)
    mask[top:bottom, left:right] = True
    wanted = found.within((left, top, right, bottom))
    assert found.within([(left, top), (right, top), (right, bottom), (left, bottom)]) == wanted
    assert found.within(mask) == wanted


def test_what_is_nowhere_is_in_no_zone() -> None:
    places = (np.nan, 0.5, 0.1, 0.1), (0, np.inf, 0.1, 0.1)
    found = Detections([Detection(0, "dog", 1, 1, box) for box in places], 80, 40)
    for zone in ((0, 0, 80, 40), [(0, 0), (90, 0), (0, 90)], np.ones((40, 80))):
        assert found.within(zone) == []
