"""mAP, recall and COCO's AP: against a naive twin, by hand, and in corners."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_evaluate import Naive, iou

from darknet_py._support.optional import pip_install
from darknet_py.boxes.table import Boxes
from darknet_py.errors import DarknetError
from darknet_py.evaluate import Found, Recall, average_precision, coco_score, match, score
from darknet_py.files.labels import Labels
from darknet_py.files.samples import Sample

GRID = np.float32([0.2, 0.3, 0.35, 0.5, 0.55, 0.8])  # few places, so that overlaps and ties are many
PROBS = np.float32([0.01, 0.1, 0.25, 0.3, 0.5, 0.9])
CLASSES = 3


def labels(*rows):
    """Labels from (class, x, y, w, h)."""
    table = np.array(rows, np.float32).reshape(-1, 5)
    return Labels(table[:, 0].astype(np.int64), table[:, 1:])


def found(*rows):
    """A Found from (class, probability, x, y, w, h)."""
    table = np.array(rows, np.float32).reshape(-1, 6)
    return Found(table[:, 0].astype(np.int64), table[:, 1], table[:, 2:])


def random_picture(random):
    def boxes(n):
        return np.stack([random.choice(GRID, n) for _ in range(4)], 1)

    def some(most):
        n = random.randint(most)
        return Labels(random.randint(CLASSES, size=n), boxes(n))

    n = random.randint(30)
    seen = Found(random.randint(CLASSES, size=n), random.choice(PROBS, n), boxes(n))
    return seen, Sample("a.png", (), some(8), some(4))


@settings(max_examples=120, deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.integers(1, 4), st.sampled_from([0, 2, 11, 101]), st.sampled_from([0.0, 0.3, 0.5, 0.75]),
    st.sampled_from([0.1, 0.25, 0.6]),
)  # fmt: skip
def test_score_against_the_naive_twin(seed, pictures, points, iou_thresh, conf_thresh):
    """Several classes, several boxes on a label, equal probabilities and overlaps, difficult objects."""
    random = np.random.RandomState(seed)
    seen, samples = zip(*(random_picture(random) for _ in range(pictures)))
    naive = Naive(CLASSES)
    for f, s in zip(seen, samples):
        naive.picture(f, s, iou_thresh, conf_thresh)
    ours = score(seen, samples, CLASSES, iou_thresh, points, conf_thresh)
    assert ours.ap == pytest.approx(naive.ap(points), abs=1e-12)
    assert (ours.tp.tolist(), ours.fp.tolist()) == (naive.tp, naive.fp)
    assert (ours.truths.tolist(), ours.detections) == (naive.truths, len(naive.entries))
    assert ours.average_iou == pytest.approx(naive.average_iou, rel=1e-5)
    assert ours.mean_ap == pytest.approx(sum(naive.ap(points)) / CLASSES)


R, W = True, False


@pytest.mark.parametrize(
    ("hits", "truths", "points", "expected"),
    [
        ([R], 1, 0, 1.0),
        ([R, R], 4, 0, 0.5),
        ([W, R], 1, 0, 0.5),
        ([R, W, R], 2, 0, 0.5 + 0.5 * 2 / 3),
        ([R, W, W, R], 2, 0, 0.5 + 0.5 * 2 / 4),
        ([W, R, R], 2, 0, 0.5 * 2 / 3 + 0.5 * 2 / 3),
        ([R, W, R], 2, 11, (6 + 5 * 2 / 3) / 11),
        ([R], 2, 101, 51 / 101),
        ([R] * 3, 10, 11, 3 / 11),  # recall 3/10 is just below the reference's level of 3 * .1
        ([W, W], 5, 0, 0.0),
        ([], 5, 11, 0.0),
        ([W], 0, 0, 0.0),
        ([W], 0, 11, 0.0),
    ],
)
def test_average_precision_by_hand(hits, truths, points, expected):
    assert average_precision(np.array(hits, bool), truths, points) == pytest.approx(expected)


def test_a_box_hits_the_label_that_it_overlaps_most():
    near, far = (0, 0.5, 0.5, 0.2, 0.2), (0, 0.52, 0.5, 0.2, 0.2)
    box = (0, 0.9, 0.515, 0.5, 0.2, 0.2)
    m = match(found(box, box), Sample("a", (), labels(near, far, (1, 0.515, 0.5, 0.2, 0.2))), 0.5)
    assert m.truth.tolist() == [1, 1]
    assert m.iou[0] == iou(np.float32(box[2:]), np.float32(far[1:]))
    assert match(found(box), Sample("a", (), labels(near, near)), 0.5).truth.tolist() == [0]


def test_the_overlap_must_be_greater_than_the_threshold():
    half = found((0, 0.9, 0.5, 0.5, 0.5, 0.25))
    sample = Sample("a", (), labels((0, 0.5, 0.5, 0.5, 0.5)))
    assert [match(half, sample, t).truth[0] for t in (0.5, 0.49)] == [-1, 0]


def test_a_box_on_a_difficult_object_is_not_held_against_it():
    sample = Sample("a", (), labels((0, 0.2, 0.2, 0.1, 0.1)), labels((0, 0.7, 0.7, 0.2, 0.2)))
    boxes = found((0, 0.9, 0.7, 0.7, 0.2, 0.2), (0, 0.8, 0.2, 0.2, 0.1, 0.1))
    result = score([boxes], [sample], 1)
    assert (result.detections, result.mean_ap) == (1, 1.0)
    assert (result.tp.sum(), result.fp.sum()) == (1, 1)  # where the reference counts it all the same


def test_figures_without_anything():
    empty = score([found()], [Sample("a")], 2)
    assert (empty.mean_ap, empty.detections, empty.fn, empty.average_iou) == (0, 0, 0, 0)
    assert all(np.isnan(v) for v in (empty.precision, empty.recall, empty.f1))
    missed = score([found()], [Sample("a", (), labels((1, 0.5, 0.5, 0.1, 0.1)))], 2)
    assert (missed.recall, missed.fn) == (0, 1)


def test_entries_are_rows_then_classes():
    probs = np.float32([[0, 0.5, 0.2], [0.3, 0, 0]])
    boxes = Boxes(np.float32([[1, 1, 1, 1], [2, 2, 2, 2]]), np.ones(2, np.float32), probs, np.zeros((2, 4), np.float32))
    entries = Found.of(boxes)
    assert (entries.classes.tolist(), entries.xywh[:, 0].tolist()) == ([1, 2, 0], [1, 1, 2])


def test_recall_counts_boxes_of_any_class():
    random = np.random.RandomState(3)
    recall, ious, covered, proposals = Recall(), [], 0, 0
    for _ in range(4):
        seen, sample = random_picture(random)
        objectness = random.choice(np.float32([0, 0.0005, 0.5]), len(seen))
        boxes = Boxes(seen.xywh, objectness, np.zeros((len(seen), 0), np.float32), np.zeros((len(seen), 4), np.float32))
        recall = recall.with_picture(boxes, sample.labels, 0.001)
        kept = seen.xywh[objectness > 0.001]
        best = [max([iou(b, t) for b in kept], default=0) for t in sample.labels.xywh]
        ious, covered, proposals = ious + best, covered + sum(b > 0.5 for b in best), proposals + len(kept)
    assert (recall.covered, recall.labels, recall.proposals) == (covered, len(ious), proposals)
    assert recall.mean_iou == pytest.approx(np.mean(ious))
    assert np.isnan(Recall().recall)


def test_coco_of_perfect_boxes():
    pytest.importorskip("pycocotools")
    truth = labels((0, 0.5, 0.5, 0.5, 0.5), (2, 0.2, 0.2, 0.1, 0.1))
    seen = found((0, 0.9, 0.5, 0.5, 0.5, 0.5), (2, 0.8, 0.2, 0.2, 0.1, 0.1), (1, 0.7, 0.5, 0.5, 0.1, 0.1))
    coco = coco_score([seen], [Sample("a", (), truth)], [(200, 200)])
    assert (coco.ap, coco.ap50, coco.ap75, coco.recall) == pytest.approx((1, 1, 1, 1))
    small, medium, large = coco.ap_by_area
    assert (small, large) == pytest.approx((1, 1))  # 20 x 20 and 100 x 100 pixels
    assert np.isnan(medium)


def test_coco_takes_the_label_that_is_free_and_darknet_the_one_that_is_nearest():
    pytest.importorskip("pycocotools")
    truth = labels((0, 0.50, 0.5, 0.2, 0.2), (0, 0.53, 0.5, 0.2, 0.2))
    seen = found((0, 0.9, 0.5, 0.5, 0.2, 0.2), (0, 0.8, 0.505, 0.5, 0.2, 0.2))  # both nearest to the first label
    sample = Sample("a", (), truth)
    assert coco_score([seen], [sample], [(100, 100)]).ap50 == pytest.approx(1)
    assert score([seen], [sample], 1).mean_ap == 0.5


def test_coco_of_nothing_and_of_difficult_objects():
    pytest.importorskip("pycocotools")
    truth = Sample("a", (), labels((0, 0.5, 0.5, 0.5, 0.5)), labels((0, 0.1, 0.1, 0.1, 0.1)))
    assert coco_score([found()], [truth], [(9, 9)]).ap == 0
    assert np.isnan(coco_score([found((0, 0.5, 0.5, 0.5, 0.1, 0.1))], [Sample("a")], [(9, 9)]).ap)
    boxes = found((0, 0.9, 0.1, 0.1, 0.1, 0.1), (0, 0.8, 0.5, 0.5, 0.5, 0.5))
    assert coco_score([boxes], [truth], [(100, 100)]).ap == pytest.approx(1)


def test_coco_without_its_program(monkeypatch):
    monkeypatch.setitem(sys.modules, "pycocotools.coco", None)
    with pytest.raises(DarknetError, match=re.escape(pip_install("coco"))):
        coco_score([found()], [Sample("a")], [(9, 9)])
