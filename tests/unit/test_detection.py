"""From head outputs to detections: letterbox inverse, suppression and row order, whole cases of the reference."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from unittest import mock

import cv2
import naive_heads
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded_heads import GOLDEN, KINDS, kit_heads
from reference import kit

from darknet_py import cfg, detection
from darknet_py.boxes import overlaps, suppression, tree
from darknet_py.boxes.geometry import correct_gaussian_yolo_boxes, correct_yolo_boxes
from darknet_py.boxes.table import Boxes
from darknet_py.errors import DarknetError
from darknet_py.image import Fit
from darknet_py.layers.yolo import Yolo

CASES = {name: case for name, case in json.loads((GOLDEN / "cases.json").read_text()).items() if "kind" in case}


def numbered(xywh, objectness, probs):
    """Boxes whose uncertainty holds their row number."""
    count = np.repeat(np.arange(len(xywh), dtype=np.float32)[:, None], 4, 1)
    return Boxes(np.float32(xywh), np.float32(objectness), np.float32(probs), count)


def suppressed(boxes, kind, beta, thresh):
    """(order, probs, objectness) of non_max_suppression."""
    got = detection.non_max_suppression(boxes, kind, beta, thresh)
    order = got.uncertainty[:, 0].astype(int)
    np.testing.assert_array_equal(got.xywh, boxes.xywh[order])
    return order.tolist(), got.probs, got.objectness


@pytest.mark.parametrize("name", CASES)
def test_suppression_is_the_c_programs(name):
    case = CASES[name]
    with np.load(GOLDEN / "nms.npz") as arrays:
        want = {key.split(".")[1]: arrays[key] for key in arrays if key.startswith(name + ".")}
    boxes = numbered(want["xywh"], want["objectness"], want["probs"])
    order, probs, objectness = suppressed(boxes, case["kind"], case["beta"], case["thresh"])
    assert order == want["order"].tolist()
    np.testing.assert_array_equal(probs, want["kept"])
    np.testing.assert_array_equal(objectness, want["kept_objectness"])
    naive = naive_heads.nms(want["xywh"], want["objectness"], want["probs"], case["kind"], case["beta"], case["thresh"])
    assert naive[0] == want["order"].tolist()
    np.testing.assert_array_equal(naive[1], want["kept"])


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.integers(0, 40), st.integers(1, 5), st.sampled_from(sorted(detection.NMS_KINDS)),
    st.sampled_from([0.0, 0.1, 0.45, 0.6, -0.1]), st.sampled_from([0.6, 0.9, 2.0]), st.booleans(),
)  # fmt: skip
def test_suppression_is_the_naive_one(seed, n, classes, kind, thresh, beta, negative):
    r = np.random.default_rng(seed)
    xywh = (r.integers(0, 16, (n, 4)) / 16).astype(np.float32)
    objectness = (r.integers(0, 5, n) / 4).astype(np.float32)
    probs = (r.integers(-2 if negative else 0, 4, (n, classes)) / 4).astype(np.float32)
    want = naive_heads.nms(xywh, objectness, probs, kind, beta, thresh)
    got = suppressed(numbered(xywh, objectness, probs), kind, beta, thresh)
    assert got[0] == want[0]
    np.testing.assert_array_equal(got[1], want[1])
    np.testing.assert_array_equal(got[2], want[2])



def scene(name, n, r):
    """Boxes (n, 4) of a picture: how they lie."""
    places, log = r.random((n, 2)), r.normal(size=(n, 2))
    thin = np.where(r.random((n, 1)) < 0.5, [[1, 1e-4]], [[1e-4, 1]])
    lattice = np.stack(np.divmod(r.permutation(n), int(np.ceil(n**0.5))), 1)
    return np.concatenate({
        "anywhere": (places, 0.01 + 0.3 * r.random((n, 2))),
        "one place": (0.5 + 0.02 * places, 0.3 * np.exp(0.3 * log)),
        "one box": (np.full((n, 2), 0.5), np.full((n, 2), 0.25)),
        "side by side": (lattice / n, np.full((n, 2), 1 / n)),
        "all sizes": (places, np.exp(-8 * r.random((n, 2)))),
        "strips": (places, thin),
        "in pixels": (1000 * places, 300 * r.random((n, 2))),
        "points": (r.integers(0, 5, (n, 2)), np.zeros((n, 2))),
        "negative": (places, 0.2 * log),
        "endless": (places, np.full((n, 2), np.inf)),
        "not finite": r.choice([0.0, 1, 0.5, np.nan, np.inf, -np.inf, 1e38, 1e-42], (2, n, 2)),
    }[name], 1).astype(np.float32)  # fmt: skip


SCENES = ["anywhere", "one place", "one box", "side by side", "all sizes", "strips", "in pixels", "points", "negative",
          "endless", "not finite"]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(SCENES), st.integers(1, 400), st.sampled_from(sorted(detection.NMS_KINDS)),
    st.sampled_from([0.45, 0.0, 0.01, 0.7, 1.0, -0.1]), st.sampled_from([0.6, 0.1, 2.0]), st.integers(0, 2**32 - 1),
    st.sampled_from([(overlaps.FEW, 2, tree.ROOM), (0, 2, tree.ROOM), (0, 0, tree.ROOM), (0, 0, 600)]),
)  # fmt: skip
def test_suppression_of_many_is_the_naive_one(name, n, kind, thresh, beta, seed, how):
    """Trees of several levels, at equal probabilities too; by pairs, the tree, lists, the tree where lists are too long."""
    r = np.random.default_rng(seed)
    xywh, objectness = scene(name, n, r), (r.integers(0, 40, n) / 40).astype(np.float32)
    probs = np.stack([r.random(n), r.integers(0, 4, n) / 4, r.random(n) > 0.9], 1).astype(np.float32)
    want = naive_heads.nms_of_many(xywh, objectness, probs, kind, beta, thresh)
    few, often, room = how
    with mock.patch.multiple(tree, OFTEN=often, ROOM=room), mock.patch.object(overlaps, "FEW", few):
        got = suppressed(numbered(xywh, objectness, probs), kind, beta, thresh)
    assert got[0] == want[0]
    np.testing.assert_array_equal(got[1], want[1])
    np.testing.assert_array_equal(got[2], want[2])


def test_lists_begin_where_boxes_are_asked_for_again(monkeypatch):
    """Not for the first classes, and never twice; their results are the tree's."""
    made, lists = [], tree.BoxTree._lists
    monkeypatch.setattr(tree.BoxTree, "_lists", lambda self: made.append(self.asked) or lists(self))
    monkeypatch.setattr(suppression, "PAIRS", 100)
    monkeypatch.setattr(overlaps, "FEW", 0)
    r = np.random.default_rng(3)
    boxes = numbered(scene("one place", 100, r), np.ones(100), r.random((100, 9)))
    got = suppressed(boxes, "diounms", 0.6, 0.2)
    assert made == [300]
    monkeypatch.setattr(tree, "ROOM", 99)  # of 100 that overlap themselves at least
    assert str(suppressed(boxes, "diounms", 0.6, 0.2)) == str(got)
    assert made == [300, 300]


@pytest.mark.parametrize("often", [0, 2])
def test_each_tree_keeps_to_its_own_rule(often, monkeypatch):
    """However often it is asked, by the tree or by lists."""
    monkeypatch.setattr(tree, "OFTEN", often)
    xywh = np.array([[0.5, 0.5, 0.2, 0.2], [0.54, 0.5, 0.2, 0.2]], np.float32)  # IoU 2/3
    trees = [(tree.BoxTree(xywh, tree.Overlap(beta), thresh), stays) for beta, thresh, stays in (
        (None, 0.6, False), (None, 0.7, True), (0.6, 0.5, False), (0.6, 0.6, True), (0.1, 0.3, True),
    )]  # fmt: skip
    for _ in range(3):
        for boxes, stays in trees:
            assert boxes.stay(np.arange(2), np.array([0, 2])).tolist() == [True, stays]


@pytest.mark.parametrize("together", [1, 100, 250])
def test_classes_are_suppressed_a_few_at_once(together, monkeypatch):
    """Also where the order of equal ones comes from classes before them."""
    monkeypatch.setattr(suppression, "PAIRS", together)
    r = np.random.default_rng(together)
    xywh, objectness, probs = scene("anywhere", 100, r), np.ones(100), r.integers(-1, 3, (100, 7))
    boxes = numbered(xywh, objectness, probs)
    want = naive_heads.nms_of_many(boxes.xywh, boxes.objectness, boxes.probs, "greedynms", 0.6, 0.2)
    got = suppressed(boxes, "greedynms", 0.6, 0.2)
    assert got[0] == want[0]
    np.testing.assert_array_equal(got[1], want[1])


def test_the_twin_of_many_is_the_naive_one():
    r = np.random.default_rng(0)
    for name in sorted(detection.NMS_KINDS):
        boxes = scene("anywhere", 60, r), np.ones(60, np.float32), r.random((60, 2), np.float32)
        one, other = (nms(*boxes, name, 0.9, 0.2) for nms in (naive_heads.nms, naive_heads.nms_of_many))
        assert one[0] == other[0]
        np.testing.assert_array_equal(one[1], other[1])


@pytest.mark.parametrize("kind", ["greedynms", "objectness"])
@pytest.mark.parametrize(("name", "left"), [("one box", 1), ("side by side", 150_000), ("endless", 150_000)])
def test_a_great_many_boxes_take_little_memory(name, left, kind):
    """In pairs they would be 11 billion."""
    n, r = 150_000, np.random.default_rng(1)
    probs = np.zeros((n, 80), np.float32)
    probs[:, 7] = r.random(n, np.float32)
    boxes = Boxes(scene(name, n, r), np.ones(n, np.float32), probs, np.zeros((n, 4), np.float32))
    detection.non_max_suppression(boxes.take(np.arange(2)), kind, 0.6, 0.45)  # kernels are compiled before memory is traced
    tracemalloc.start()
    kept = detection.non_max_suppression(boxes, kind, 0.6, 0.45)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert np.count_nonzero(kept.probs) == left
    assert peak < 300e6


def test_letterbox_keeps_the_half_pixel():
    boxes = numbered([[0.5, 0.5, 1.0, 0.5]], [1], [[1]])
    same = detection.correct_boxes(boxes, (640, 425), (416, 416), False)
    below_one = np.nextafter(np.float32(1), np.float32(0))  # the reference's reciprocal of 1
    np.testing.assert_array_equal(same.xywh, boxes.xywh * np.array([1, 1, below_one, below_one]))
    inverse = detection.correct_boxes(boxes, (640, 425), (416, 416), True)
    height = 425 * 416 // 640
    np.testing.assert_allclose(inverse.xywh, [[0.5, 0.5, 1.0, 0.5 * 416 / height]], rtol=1e-6)
    corner = numbered([[0.0, (416 - height) / 2 / 416, 0, 0]], [1], [[1]])
    np.testing.assert_allclose(detection.correct_boxes(corner, (640, 425), (416, 416), True).xywh, 0, atol=1e-6)


SIDES = st.integers(1, 5000)


@settings(deadline=None)
@given(st.tuples(SIDES, SIDES), st.tuples(SIDES, SIDES), st.booleans())
def test_a_box_of_the_picture_comes_back_from_where_it_was_fitted(picture, net, letter_box):
    fit = Fit(picture, net, letter_box)
    (w, h), (left, top) = fit.inner_size, fit.offset
    assert 0 <= left <= (net[0] - w + 1) / 2
    assert 0 <= top <= (net[1] - h + 1) / 2
    if min(w, h) < 1:
        return  # nothing of the picture is left
    box = np.float32([[0.25, 0.75, 0.5, 0.125]])
    exact = (np.array(net) - fit.inner_size) / 2
    centre, sides = (box[:, :2] * fit.inner_size + exact) / net, box[:, 2:] * fit.inner_size / net
    inside = np.concatenate([centre, sides], 1).astype(np.float32)
    for correct in (correct_yolo_boxes, correct_gaussian_yolo_boxes):
        np.testing.assert_allclose(correct(inside, fit), box, rtol=1e-6, atol=1e-6 * max(net) / min(w, h))


def test_the_two_inverses_differ_in_the_last_bit():
    """C: the reference's reciprocal of 1 is a bit below 1 in correct_yolo_boxes alone."""
    box, fit = np.float32([[0.5, 0.5, 1, 1]]), Fit((8, 8), (8, 8))
    assert (correct_yolo_boxes(box, fit)[0, 2:] == np.nextafter(np.float32(1), np.float32(0))).all()
    np.testing.assert_array_equal(correct_gaussian_yolo_boxes(box, fit), box)


def test_detections_row_by_row():
    head = Yolo((0,), 3, ((32.0, 32.0),), (0,))
    out = np.zeros((8, 1, 2), np.float32)
    out[:, 0, 0] = 0.5, 0.5, 0, 0, 0.5, 0.9, 0.6, 0.1
    out[:, 0, 1] = 0.5, 0.5, 0, 0, 0.9, 0.9, 0.0, 0.0
    found = detection.detections([head], [out], (64, 32), (64, 32), thresh=0.25, names=["cat", "dog"])
    side = 1 - 2.0**-24
    assert [(d.class_id, d.name, d.box) for d in found] == [
        (0, "cat", (0.25, 0.5, side / 2, side)), (1, "dog", (0.25, 0.5, side / 2, side)),
        (0, "cat", (0.75, 0.5, side / 2, side)),
    ]  # fmt: skip
    assert [round(d.prob, 6) for d in found] == [0.45, 0.3, 0.81]
    assert detection.detections([head], [out], (64, 32), (64, 32), thresh=0.95) == []
    assert detection.detections([], [], (64, 32), (64, 32)) == []


def test_a_class_without_a_name_has_its_number():
    boxes = numbered([[0, 0, 1, 1]], [1], [[0, 0.5]])
    assert detection.listed(boxes, 0.25, ["only"])[0].name == "1"


@pytest.mark.parametrize("case", ["yolo-fastest-1.1-dog", "yolo-fastest-1.1-xl-dog", "yolov2-tiny", "yolov4-tiny"])
def test_kit_cases(case):
    folder = kit()
    want = json.loads(gzip.decompress((folder / f"golden/{case}.json.gz").read_bytes()))
    heads = [(KINDS[s.name].parse(s, i), i) for s, i in kit_heads(folder, want["cfg"].removesuffix(".cfg"))]
    net = cfg.read(folder / "cfg" / want["cfg"])[0]
    with np.load(folder / f"golden/{case}.heads.npz") as arrays:
        outputs = [arrays[f"out{i}"] for _, i in heads]
    picture = cv2.imread(str(folder / "images" / want["image"])).shape[1::-1]
    for stage, nms in (("raw", 0), ("nms", want["nms"])):
        found = detection.detections(
            [head for head, _ in heads], outputs, picture, (net.integer("width"), net.integer("height")),
            want["thresh"], nms, bool(want["letter_box"]),
        )  # fmt: skip
        rows = np.array([(d.class_id, d.prob, d.objectness, *d.box) for d in found])
        np.testing.assert_array_equal(rows[:, 0], [row[0] for row in want["detections"][stage]])
        np.testing.assert_allclose(rows, want["detections"][stage], rtol=3e-7, atol=1e-9)


def test_suppression_of_every_kit_case():
    """The kit lists (row, class) pairs; equal neighbours are one row, and rows without a class change nothing."""
    folder = kit()
    for path in sorted((folder / "golden").glob("*.json.gz")):
        want = json.loads(gzip.decompress(path.read_bytes()))
        head = [KINDS[s.name].parse(s, i) for s, i in kit_heads(folder, want["cfg"].removesuffix(".cfg"))][-1]
        boxes = rows_of(want["detections"]["raw"], head.classes)
        kept = detection.non_max_suppression(boxes, head.nms_kind, head.beta_nms, want["nms"])
        got = [[d.class_id, np.float32(d.prob), *np.float32((d.objectness, *d.box))] for d in detection.listed(kept, 0)]
        assert np.array_equal(np.float32(got), np.float32(want["detections"]["nms"])), path.name


def rows_of(pairs, classes):
    """Boxes from lists of (class, prob, objectness, x, y, w, h)."""
    rows = list(dict.fromkeys(tuple(pair[2:]) for pair in pairs))
    table, probs = np.float32(rows), np.zeros((len(rows), classes), np.float32)
    for class_id, prob, *row in pairs:
        probs[rows.index(tuple(row)), class_id] = prob
    return numbered(table[:, 1:], table[:, 0], probs)


def test_heads_and_outputs_must_agree_in_number():
    with pytest.raises((DarknetError, ValueError)):
        detection.get_network_boxes([Yolo((0,), 3, ((1.0, 1.0),), (0,))], [], (64, 32), (64, 32), 0.25)
