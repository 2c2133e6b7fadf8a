"""Labels: inside the picture, never onto each other, near their boxes, over as little of others as can be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet_py.drawing import Mark, Style, draw
from darknet_py.drawing.labels import Label, crowded_size, draw_labels, text_of
from darknet_py.drawing.placing import places
from darknet_py.drawing.sizes import letters_size, line_width

SIDES = st.integers(1, 900)
USUAL = Style()


def labels_of(count, width, height, seed=0):
    random = np.random.default_rng(seed)
    centres, sides = random.uniform(-0.1, 1.1, (count, 2)), np.exp(random.uniform(-4, 0, (count, 2)))
    edges = np.concatenate([centres - sides / 2, centres + sides / 2], 1) * np.array([width, height] * 2)
    inside = np.clip(edges, 0, [width - 1, height - 1] * 2).astype(int).tolist()
    names = ["cat", "fire hydrant", "tvmonitor", "x"]
    return [Label(f"{names[i % 4]} {i}%", "", (0, 0, 200), tuple(box), i / count) for i, box in enumerate(inside)]


def drawn(labels, width, height, style=USUAL):
    out = np.zeros((height, width, 3), np.uint8)
    return out, draw_labels(out, labels, crowded_size(labels, style, (width, height)), line_width(style, (width, height)))


@settings(max_examples=40, deadline=None)
@given(count=st.integers(1, 60), width=SIDES, height=SIDES, seed=st.integers(0, 9))
def test_labels_are_inside_and_never_hide_each_other(count, width, height, seed):
    _, found = drawn(labels_of(count, width, height, seed), width, height)
    counted = np.zeros((height, width), int)
    for x, y, w, h in found:
        assert 0 <= x <= width - w
        assert 0 <= y <= height - h
        counted[y : y + h, x : x + w] += 1
    assert counted.max() <= 1


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), columns=st.integers(1, 4), rows=st.integers(1, 6))
def test_while_there_is_space_every_label_has_a_place(seed, columns, rows):
    """Boxes anywhere in the cells of a grid that each have room for a label."""
    random = np.random.default_rng(seed)
    labels = []
    for i in range(columns * rows):
        x, y = i % columns * 200 + random.integers(0, 190), i // columns * 100 + random.integers(0, 90)
        right = min(x + random.integers(1, 90), i % columns * 200 + 199)
        labels.append(Label(f"dog {i}%", "", (9, 9, 9), (x, y, right, y + 8), 0.5))
    assert len(drawn(labels, columns * 200, rows * 100)[1]) == len(labels)


def test_the_surest_labels_have_the_place_that_there_is():
    """Eight boxes in one place of a small picture; what is no number comes last."""
    probs = [0.1, 0.9, float("nan"), 0.5, 0.2, 0.3, 0.25, 0.8]
    labels = [Label("name", "", (prob_ground(i), 0, 9), (10, 10, 70, 38), prob) for i, prob in enumerate(probs)]
    out = np.zeros((40, 80, 3), np.uint8)
    found = draw_labels(out, labels, 10, 1)
    shown = {i for i in range(len(probs)) if (out == (prob_ground(i), 0, 9)).all(2).any()}
    assert len(shown) == len(found) >= 2
    assert shown == set([1, 7, 3, 5, 6, 4, 0, 2][: len(found)])


def prob_ground(i):
    return 10 + 20 * i


def test_labels_stand_above_where_nothing_is_in_the_way():
    (place,) = places([(60, 14)], np.array([[100, 50, 180, 90]]), [0], (400, 300), 2)
    assert (place.x, place.y, place.away) == (100, 36, False)


@pytest.mark.parametrize("box", [(100, 0, 180, 60), (0, 0, 399, 299), (370, 2, 399, 40), (0, 290, 5, 299)])
def test_at_an_edge_they_go_elsewhere_and_hide_little_of_the_box(box):
    (place,) = places([(60, 14)], np.array([box]), [0], (400, 300), 2)
    across = max(min(place.x + 60, box[2] + 1) - max(place.x, box[0]), 0)
    down = max(min(place.y + 14, box[3] + 1) - max(place.y, box[1]), 0)
    assert across * down <= 0.1 * (box[2] - box[0] + 1) * (box[3] - box[1] + 1)
    assert 0 <= place.x <= 340
    assert 0 <= place.y <= 286


def test_the_other_boxes_are_left_to_be_seen():
    """A small box stands just where the label would; it stays whole."""
    boxes = np.array([[100, 50, 180, 120], [104, 36, 150, 48]])
    first, _ = places([(60, 14), (60, 14)], boxes, [0, 1], (400, 300), 2)
    assert not (first.x < 151 and first.x + 60 > 104 and first.y < 49 and first.y + 14 > 36)


def test_labels_of_one_box_are_all_tied_to_it():
    """Eight classes of one box: those that have no room at it stand away, with a line."""
    boxes = np.array([[300, 200, 330, 220]] * 40)
    found = places([(60, 14)] * 40, boxes, range(40), (640, 480), 2)
    assert sum(place is not None for place in found) >= 12
    assert {place.away for place in found if place} == {False, True}
    out = np.zeros((480, 640, 3), np.uint8)
    draw_labels(out, [Label("dog 5%", "", (0, 0, 200), (300, 200, 330, 220), 0.5)] * 40, 12, 2)
    assert out[200, 300:331].any()


def test_hundreds_of_labels_take_time_in_proportion(monkeypatch):
    """Counted by the places that are looked at: ten times as many boxes on a picture ten times as large."""
    counts = []
    for count, width in ((100, 1000), (1000, 10000)):
        looked = 0

        class Counting(np.ndarray):
            def __getitem__(self, key):
                nonlocal looked
                looked += 1
                return super().__getitem__(key)

        monkeypatch.setattr("darknet_py.drawing.placing._free", lambda size: np.zeros(size[::-1], bool).view(Counting))
        boxes = np.array([label.box for label in labels_of(count, width, 500)])
        places([(60, 14)] * count, boxes, range(count), (width, 500), 2)
        counts.append(looked)
    assert counts[1] < 15 * counts[0]


@pytest.mark.parametrize(("size", "line", "letters"), [
    ((64, 64), 1, (8, 13)), ((640, 480), 2, (11, 13)), ((1920, 1080), 4, (28, 34)), ((7680, 4320), 17, (115, 135)),
    ((1, 1), 1, (8, 8)), ((10, 5000), 1, (8, 8)), ((5000, 300), 2, (12, 20)),
])  # fmt: skip
def test_lines_and_letters_grow_with_the_picture(size, line, letters):
    assert line_width(Style(), size) == line
    assert letters[0] <= letters_size(Style(), size) <= letters[1]


def test_line_width_sets_lines_and_letters():
    assert (line_width(Style(line_width=6), (640, 480)), letters_size(Style(line_width=6), (640, 480))) == (6, 47)
    assert line_width(Style(line_width=0.2), (640, 480)) == 1
    assert line_width(Style(line_width=1e9), (640, 480)) == 120


def test_letters_of_a_crowd_are_smaller():
    few, many = labels_of(3, 800, 600), labels_of(300, 800, 600)
    style = Style(line_width=4)
    assert crowded_size(few, style, (800, 600)) == 31
    assert crowded_size(many, style, (800, 600)) == 16


def test_what_labels_say():
    mark = Mark((0, 0, 9, 9), 16, "dog", 0.934, ", cat")
    assert text_of(mark, Style(), "dog") == "dog 93%, cat"
    assert text_of(mark, Style(labels="name"), "dog") == "dog, cat"
    assert text_of(mark, Style(labels="off"), "dog") == ""
    assert text_of(Mark((0, 0, 9, 9), 16, "dog", float("nan")), Style(), "dog") == "dog"


def test_a_long_name_is_made_to_fit():
    mark = Mark((10, 20, 90, 50), 0, "a name that is longer than any picture is wide " * 9, 0.5)
    picture = np.full((60, 100, 3), 7, np.uint8)
    label = (draw(picture, [mark], Style(labels="name")) != draw(picture, [mark], Style(labels="off"))).any(axis=2)
    assert label.any()
    assert np.ptp(np.flatnonzero(label.any(0))) > 60
