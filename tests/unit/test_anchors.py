"""Anchors by k-means: what fits, by the reference's measure, and the picture of it."""

from __future__ import annotations

import numpy as np
import pytest

from darknet_py.evaluate import anchors, calculate
from darknet_py.output.anchors import anchor_text, plot_anchors


def groups(random, centers, each=30):
    return np.concatenate([c * random.uniform(0.9, 1.1, (each, 2)) for c in np.array(centers, float)])


def iou(a, b):
    shared = min(a[0], b[0]) * min(a[1], b[1])
    return shared / (a[0] * a[1] + b[0] * b[1] - shared)


CENTERS = [(10, 12), (20, 80), (60, 30), (150, 160)]


def test_groups_are_found_in_the_order_of_their_areas():
    boxes = groups(np.random.RandomState(0), CENTERS)
    found = calculate(boxes, 4)
    assert np.allclose(found.sizes, sorted(CENTERS, key=np.prod), rtol=0.05)
    for j in range(4):
        own = boxes[found.assigned == j]
        assert len(own) == 30
        assert np.allclose(own.mean(axis=0), found.sizes[j])


def test_average_iou_is_that_of_each_box_with_its_best_anchor():
    random = np.random.RandomState(1)
    boxes = random.uniform(5, 300, (200, 2))
    found = calculate(boxes, 5)
    best = [max(iou(b, a) for a in found.sizes) for b in boxes]
    assert found.average_iou == pytest.approx(np.mean(best))
    assert [iou(b, found.sizes[j]) for b, j in zip(boxes, found.assigned)] == pytest.approx(best)
    assert found.rounds > 0


def test_means_stand_still():
    """One more round changes nothing: each anchor is the mean of its boxes."""
    boxes = np.random.RandomState(2).uniform(5, 300, (500, 2))
    found = calculate(boxes, 6)
    for j in range(6):
        assert np.allclose(boxes[found.assigned == j].mean(axis=0), found.sizes[j])


def test_the_best_of_many_starts_is_no_worse_than_any():
    boxes = np.random.RandomState(3).lognormal(4, 0.8, (60, 2))
    found = calculate(boxes, 6)
    starts = [boxes[np.random.RandomState(i).permutation(60)[:6]] for i in range(10)]
    assert found.average_iou >= max(anchors._moved(boxes, start).average_iou for start in starts) - 0.01


def test_seeds():
    boxes = np.random.RandomState(4).uniform(5, 300, (80, 2))
    same, again, other = calculate(boxes, 5, 7), calculate(boxes, 5, 7), calculate(boxes, 5, 8)
    assert np.array_equal(same.sizes, again.sizes)
    assert not np.array_equal(same.sizes, other.sizes)


def test_many_boxes_are_tried_on_a_part_and_finished_on_all(monkeypatch):
    monkeypatch.setattr(anchors, "SAMPLE", 50)
    boxes = groups(np.random.RandomState(5), CENTERS)
    found = calculate(boxes, 4)
    assert len(found.assigned) == len(boxes)
    assert np.allclose(found.sizes[0], boxes[:30].mean(axis=0))


@pytest.mark.parametrize("boxes", [[(10, 10)] * 3, [(10, 10), (10, 10), (20, 20)]])
def test_fewer_different_boxes_than_anchors(boxes):
    found = calculate(np.array(boxes, float), 3)
    assert found.average_iou == pytest.approx(1)


def test_text():
    found = calculate(np.array([[10.4, 3.6], [1.5, 2.25]]), 2)
    assert anchor_text(found, rounded=True) == "  2,  2,  10,  4"
    assert anchor_text(found, rounded=False) == "1.5000,2.2500, 10.4000,3.6000"


def test_plot():
    """Boxes and frames are drawn where they belong, larger ones than the axes at their end."""
    boxes = np.array([[40.0, 40.0], [160.0, 80.0], [900.0, 160.0]])
    found = calculate(boxes, 3)
    picture = plot_anchors(boxes, found, (320, 160))
    assert picture.shape == (800, 800, 3)
    for x, y in ((137, 575), (400, 400), (750, 50)):
        assert len(np.unique(picture[y - 6 : y + 7, x - 6 : x + 7].reshape(-1, 3), axis=0)) > 2
