"""Boxes, hidden places and heat in pictures of all kinds; and what no picture and no mark may break."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from small_detector import picture, write

from darknet_py import Network, cfg, feed, graph, output
from darknet_py.boxes.selection import Selection
from darknet_py.boxes.table import Boxes
from darknet_py.drawing import Mark, Style, draw, heat_of_rows, heatmap, lay_over, overlay
from darknet_py.drawing.colors import class_color, color_of
from darknet_py.drawing.hiding import CELLS, STEPS
from darknet_py.errors import DarknetError, ImageError
from darknet_py.image import Fit

NAN, INF = float("nan"), float("inf")
FORMS = ["box", "pixelate", "blur", "heatmap"]
QUIET = Style(labels="off")
BOXES = [(2, 2, 9, 9), (NAN, 0, 9, 9),
         (0, 0, NAN, NAN),
         (-INF, -INF, INF, INF), (5, 5, 5, 5), (9, 9, 0, 0),
         (1e30, 1e30, 2e30, 2e30), (-1e9, 3, -1e8, 4), (3.4, -2, 3.6, 1e5)]  # fmt: skip
LABELS = [("", 0.0), ("x", 1.0), ("dog\n\0", NAN), ("a" * 5000, INF), ("\u202e", -INF),
          ("%s", 0.5), ("{}", 2.0), ("é\udcff", -1.0)]
MARKS = [Mark(box, i - 1, *LABELS[i % len(LABELS)]) for i, box in enumerate(BOXES)]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 1), (1, 1, 4), (2, 300, 3), (300, 2, 1), (40, 30, 4), (64, 64, 3)])
def test_no_box_and_no_picture_breaks_it(form, shape):
    picture = np.full(shape, 9, np.uint8)
    for line_width in (None, 0.01, 1e9):
        drawn = draw(picture, MARKS, Style(line_width, form=form, colors="c" if line_width else "distinct"))
        assert (drawn.shape, drawn.dtype) == ((*shape[:2], 3), np.uint8)
    assert (picture == 9).all()
    assert draw(picture, [], Style(form=form)).shape == drawn.shape


def test_pictures_that_are_views_and_of_sixteen_bits():
    picture = np.arange(60 * 60 * 3, dtype=np.uint16).reshape(60, 60, 3) * 6
    marks = [Mark((10, 20, 50, 50), 0, "dog", 0.5)]
    eight = (picture >> 8).astype(np.uint8)
    assert np.array_equal(draw(picture, marks), draw(eight, marks))
    assert np.array_equal(draw(eight[::-1, ::2], marks), draw(eight[::-1, ::2].copy(), marks))
    with pytest.raises(ImageError):
        draw(np.zeros((4, 4, 3), np.float32), marks)


@pytest.mark.parametrize("wrong", [{"line_width": 0}, {"line_width": -1}, {"line_width": NAN}, {"line_width": INF},
                                   {"labels": "on"}, {"colors": "red"}, {"form": "circle"}])  # fmt: skip
def test_a_style_says_what_it_may_be(wrong):
    (name,) = wrong
    with pytest.raises(DarknetError, match=name):
        Style(**wrong)


def test_lines_are_inside_of_the_box_and_thin_where_it_is_small():
    picture, style = np.zeros((100, 200, 3), np.uint8), Style(3.0, "off")
    drawn = draw(picture, [Mark((50, 20, 150, 80), 3, "", 0.9)], style).any(2)
    assert drawn[20:23, 50:151].all()
    assert drawn[20:81, 148:151].all()
    assert drawn.sum() == 101 * 61 - 95 * 55
    small = draw(picture, [Mark((50, 20, 55, 25), 3, "", 0.9)], style).any(2)
    assert small.sum() == 6 * 6 - 4 * 4


def test_the_most_probable_box_is_on_top():
    marks = [Mark((10, 10, 50, 50), 1, "", 0.9), Mark((10, 10, 50, 50), 2, "", 0.5), Mark((10, 10, 50, 50), 3, "", 0.7)]
    drawn = draw(np.zeros((60, 60, 3), np.uint8), marks, QUIET)
    assert tuple(drawn[10, 30]) == color_of(1, "distinct", 80)


def test_the_references_colors():
    drawn = draw(np.zeros((60, 60, 3), np.uint8), [Mark((10, 10, 50, 50), 2, "", 0.9)], Style(colors="c", labels="off"), 20)
    assert tuple(drawn[10, 30]) == class_color(2, 20)


@pytest.mark.parametrize("form", ["pixelate", "blur"])
@pytest.mark.parametrize("size", [(40, 30), (400, 300), (900, 700)])
def test_what_is_hidden_has_no_more_than_some_means(form, size):
    """Whatever is inside: pictures with the same means become the same; nothing beside the box changes."""
    width, height = size
    box = (width // 5, height // 5, width * 4 // 5 - 1, height * 4 // 5 - 1)
    random = np.random.default_rng(0)
    picture = random.integers(0, 256, (height, width, 3)).astype(np.uint8)
    hidden = draw(picture, [Mark(box, 0, "person", 0.9)], Style(form=form, labels="off"))
    inside = np.zeros((height, width), bool)
    inside[box[1] : box[3] + 1, box[0] : box[2] + 1] = True
    assert np.array_equal(hidden[~inside], picture[~inside])
    assert len(np.unique(hidden[inside].astype(int) @ [1, 256, 65536])) <= CELLS * CELLS or form == "blur"
    assert set(np.unique(hidden[inside])) <= {256 // STEPS * i + 128 // STEPS for i in range(STEPS)} or form == "blur"
    rows, columns = np.nonzero(inside)
    part = hidden[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].astype(float)
    waves = np.abs(np.fft.fft2(part.mean(2) - part.mean()))
    fine = waves[2 * CELLS : -2 * CELLS or None, 2 * CELLS : -2 * CELLS or None]
    if form == "blur" and fine.size:
        assert fine.max() < 0.02 * waves.max()


def test_a_box_over_another_hides_what_that_left():
    """What is within both is made of the first's means, so that two grids tell no more than one."""
    random = np.random.default_rng(1)
    base = random.integers(0, 256, (90, 90, 3)).astype(np.uint8)
    other = base.copy()
    cell = other[30:40, 30:40].reshape(-1, 3)
    other[30:40, 30:40] = random.permutation(cell).reshape(10, 10, 3)
    marks = [Mark((10, 10, 89, 89), 0, "", 0.9), Mark((25, 25, 44, 44), 0, "", 0.8)]
    for form in ("pixelate", "blur"):
        assert np.array_equal(*(draw(picture, marks, Style(form=form, labels="off")) for picture in (base, other)))


def test_labels_of_hidden_places_are_there_if_asked_for():
    picture, mark = np.full((100, 200, 3), 90, np.uint8), Mark((50, 40, 150, 90), 0, "person", 0.9)
    without, named = (draw(picture, [mark], Style(form="blur", labels=labels)) for labels in ("off", "name"))
    assert (named != without).any()
    assert np.abs(without.astype(int) - 90).max() <= 8  # and no lines


def rows_of(*boxes):
    """(xywh, {class: probability}) of each."""
    probs = np.zeros((len(boxes), 6), np.float32)
    for i, (_, classes) in enumerate(boxes):
        probs[i, list(classes)] = list(classes.values())
    xywh = np.array([box for box, _ in boxes], np.float32).reshape(-1, 4)
    return Boxes(xywh, np.ones(len(boxes), np.float32), probs, np.zeros_like(xywh))


def test_heat_is_the_probability_in_the_middle_and_less_at_the_edges():
    heat = heat_of_rows(rows_of(((0.5, 0.5, 0.25, 0.5), {2: 0.8}), ((0.5, 0.5, 0.25, 0.5), {2: 0.3, 4: 0.1})), (640, 320))
    assert set(heat) == {2, 4}
    assert heat[2].shape == (80, 160)
    assert heat[2].max() == pytest.approx(0.8, abs=0.01)
    assert heat[4].max() == pytest.approx(0.1, abs=0.01)
    assert np.unravel_index(heat[2].argmax(), heat[2].shape) in {(y, x) for y in (39, 40) for x in (79, 80)}
    assert heat[2][40, 60] == pytest.approx(0.8 * math.exp(-0.5 * (19.5 / 10) ** 2), abs=0.001)
    assert heat[2][40, 59] == 0


@pytest.mark.filterwarnings("error")
def test_heat_of_what_is_no_box_is_none():
    rows = rows_of(((NAN, 0.5, 0.1, 0.1), {0: 0.9}), ((0.5, 0.5, INF, 0.1), {1: 0.9}), ((3, 3, 0.1, 0.1), {2: 0.9}),
                   ((0.5, 0.5, 0.2, 0.2), {3: NAN}), ((0.5, 0.5, 0, 0), {4: 0.9}))  # fmt: skip
    heat = heat_of_rows(rows, (100, 100))
    assert not any(place.any() for class_id, place in heat.items() if class_id != 4)
    assert heat_of_rows(rows_of(), (1, 1)) == {}


def test_heat_from_a_head():
    """One cell of a [yolo] says dog at 3, 1 of 4 by 4 with 0.72: the map is warmest there, letterboxed or not."""
    head = yolo_head()
    out = np.zeros((len(head.mask) * head.entries, 4, 4), np.float32)
    out[[0, 1]], out[4, 1, 3], out[5 + 1, 1, 3] = 0.5, 0.9, 0.8
    for letter_box, size, at in ((False, (400, 400), (0.375, 0.875)), (True, (400, 200), (0.25, 0.875))):
        heat = heatmap([head], [out], Fit(size, (128, 128), letter_box))
        (place,) = heat.values()
        assert (list(heat), round(float(place.max()), 2)) == ([1], 0.72)
        y, x = np.unravel_index(place.argmax(), place.shape)
        assert ((y + 0.5) / len(place), (x + 0.5) / place.shape[1]) == pytest.approx(at, abs=0.02)


def yolo_head():
    text = ("[net]\nwidth=128\nheight=128\nchannels=3\n[convolutional]\nfilters=7\nsize=32\nstride=32\nactivation=linear\n"
            "[yolo]\nmask=0\nanchors=40,40\nclasses=2\nnum=1\n")  # fmt: skip
    net = graph.build(cfg.parse(text, "a.cfg"))
    return net.nodes[net.heads[0]].layer


def test_heat_is_laid_over_with_a_legend():
    picture = np.full((300, 400, 3), 100, np.uint8)
    heat = heat_of_rows(rows_of(((0.25, 0.5, 0.3, 0.5), {0: 0.9}), ((0.75, 0.5, 0.3, 0.5), {1: 0.3})), (400, 300))
    plain, drawn = (lay_over(picture, heat, {0: "dog", 1: "cat"}, Style(labels=labels), 80) for labels in ("off", "prob"))
    cold = lay_over(picture, {}, {}, Style(), 80)
    strong, weak = (np.abs(plain[150, x].astype(int) - cold[150, x]).sum() for x in (100, 300))
    assert strong > 2 * weak > 0
    changed = (plain != drawn).any(2)
    rows, _ = np.nonzero(changed)
    assert rows.max() - rows.min() < 80
    assert not changed[100:200, 50:350].any()


@pytest.mark.parametrize("letters", [8, 12, 40])
@pytest.mark.parametrize("peak", [0.0, 0.01, 0.5, 1.0])
def test_each_scale_has_a_tick_at_the_surest_place(peak, letters):
    row = overlay._row("dog", (0, 0, 200), peak, letters)
    first, width = len(row) // 4, overlay.RAMP * letters
    (ticks,) = np.nonzero((row[len(row) // 2, first : first + width] == 255).all(1))
    assert len(ticks) == max(letters // 10, 1)
    assert abs(ticks.max() + 1 - peak * width) <= len(ticks)


def test_heat_of_a_command_has_no_hidden_classes():
    picture = np.full((60, 80, 3), 100, np.uint8)
    candidates = rows_of(((0.5, 0.5, 0.5, 0.5), {1: 0.9}))
    names = ["a", "dont_show b", "c", "d", "e", "f"]
    cold = output.draw_heat(picture, rows_of(), names, QUIET)
    assert np.array_equal(output.draw_heat(picture, candidates, names, QUIET), cold)
    seen = replace(candidates, probs=candidates.probs[:, ::-1])
    assert not np.array_equal(output.draw_heat(picture, seen, names, QUIET), cold)


@pytest.mark.parametrize(("suffix", "exact"), [(".png", True), (".jpg", False), (".PNG", True)])
def test_png_when_asked(suffix, exact, tmp_path):
    drawn = draw(np.full((60, 80, 3), 33, np.uint8), [Mark((10, 20, 70, 50), 0, "dog", 0.9)])
    output.save_picture(tmp_path / f"a{suffix}", drawn)
    read = cv2.imread(str(tmp_path / f"a{suffix}"))
    assert np.array_equal(read, drawn) == exact


def test_candidates_are_what_the_heads_say_beside_what_is_found(tmp_path):
    net = Network.load(*write(tmp_path))
    for looking in (feed.Looking(0.4), feed.Looking(0.4, tile=24), feed.Looking(0.4, selection=Selection((1,)))):
        turns, loaded = feed.Turns(net), feed.load(net, picture(), looking.fits(net))
        rows, candidates, _ = looking.candidates(turns, loaded, 0.01)
        assert np.array_equal(rows.probs, looking.rows(turns, loaded)[0].probs)
        assert np.count_nonzero(candidates.probs) > np.count_nonzero(rows.probs)
        assert looking.selection.classes is None or not candidates.probs[:, 0].any()
        assert candidates.probs.max() >= rows.probs.max()
