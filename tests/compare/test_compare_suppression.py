"""Boxes of the same heads in the ways of other programs, as JSON or an array, and the diagnosis that names the way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from comparing import Place, causes

from darknet_py import detection, image
from darknet_py.boxes.decode import decode
from darknet_py.boxes.table import Boxes


def rows(place: Place, kind="greedynms", nms=0.45, letter_box=False, thresh=0.25, change=None) -> Boxes:
    """The rows that detector test would write with another suppression; ``change`` makes other boxes before it."""
    x = place.net.fitted(image.load_image(place.picture), letter_box)
    heads = [head for _, head in place.net.heads]
    boxes = detection.get_network_boxes(heads, place.net.predict(x), (121, 75), (96, 80), thresh, letter_box)
    boxes = change(boxes) if change else boxes
    return detection.non_max_suppression(boxes, kind, 0.2, nms) if nms else boxes


def best_class_only(boxes: Boxes) -> Boxes:
    """All boxes as one class, by which they suppress each other."""
    best = boxes.probs.max(1)
    order = np.argsort(-best, kind="stable")
    kept: list[int] = []
    for i in order.tolist():
        if (detection.box_iou(boxes.xywh[i][:, None], boxes.xywh[kept].T) <= 0.45).all():
            kept.append(i)
    boxes = boxes.take(np.array(kept, np.intp))
    return replace(boxes, probs=np.where(boxes.probs == boxes.probs.max(1)[:, None], boxes.probs, np.float32(0)))


SUPPRESSIONS = {
    "NMS threshold 0.6": lambda place: rows(place, nms=0.6),
    "NMS threshold 0.3": lambda place: rows(place, nms=0.3),
    "no NMS": lambda place: rows(place, nms=0),
    "NMS by objectness": lambda place: rows(place, kind="objectness"),
    "nms_kind=default": lambda place: rows(place, kind="default"),
    "NMS over all classes": lambda place: rows(place, nms=0, change=best_class_only),
    "thresh 0.24": lambda place: rows(place, thresh=0.24),
    "letterbox": lambda place: rows(place, letter_box=True),
}


@pytest.mark.parametrize("cause", SUPPRESSIONS)
def test_suppression_of_the_json(place, cause):
    """Or of several causes that look the same in this picture."""
    comparison = place.compare(place.json(SUPPRESSIONS[cause](place)))
    (explanation,) = comparison.diagnosis.explanations
    assert cause in (explanation.cause.name, *explanation.alternatives)
    assert explanation.complete
    assert comparison.first.place == "the boxes"


def test_two_causes_of_a_json(place):
    found = causes(place.compare(place.json(rows(place, nms=0.6, letter_box=True))))
    assert set(found) == {"letterbox", "NMS threshold 0.6"}


def scores(place: Place, of) -> np.ndarray:
    """The boxes when their probability is ``of`` (objectness, class probabilities) in place of the product."""
    x = place.net.fitted(image.load_image(place.picture))
    parts = []
    for (_, head), output in zip(place.net.heads, place.net.predict(x), strict=True):
        grid = output.reshape(3, 8, -1).transpose(2, 0, 1).reshape(-1, 8)
        boxes = decode(head, output, (96, 80), -np.inf)
        probs = of(grid[:, 4:5], grid[:, 5:])
        probs = np.where((probs > 0.25) & (grid[:, 4:5] > 0.25), probs, 0).astype(np.float32)
        parts.append(detection.correct_boxes(replace(boxes, probs=probs), (121, 75), (96, 80), False))
    boxes = Boxes.concat(parts)
    return detection.non_max_suppression(boxes.take(np.flatnonzero(boxes.probs.any(1))), "greedynms", 0.2, 0.45)


@pytest.mark.parametrize(
    ("cause", "of"),
    [
        ("class scores", lambda objectness, classes: classes),
        ("objectness scores", lambda objectness, classes: np.where(classes == classes.max(1)[:, None], objectness, 0)),
    ],
)
def test_scores(place, cause, of):
    assert causes(place.compare(place.json(scores(place, of)))) == [cause]


def corners(b):
    return np.stack([b[:, 0] - b[:, 2] / 2, b[:, 1] - b[:, 3] / 2, b[:, 0] + b[:, 2] / 2, b[:, 1] + b[:, 3] / 2], 1)


@pytest.mark.parametrize(
    ("form", "change"),
    [
        ("centre x, y, width, height in pixels of the picture", lambda b: b * [121, 75, 121, 75]),
        ("centre x, y, width, height in pixels of the network's input", lambda b: b * [96, 80, 96, 80]),
        ("left, top, right, bottom in parts of the picture", corners),
        ("left, top, right, bottom in pixels of the picture", lambda b: corners(b) * [121, 75, 121, 75]),
        ("left, top, width, height in pixels of the picture",
         lambda b: np.hstack([corners(b)[:, :2], b[:, 2:]]) * [121, 75, 121, 75]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_forms_of_boxes(place, form, change):
    boxes = place.saved()["boxes"]
    boxes[:, 2:] = change(boxes[:, 2:])
    assert causes(place.compare(place.npz({"boxes": boxes}))) == [form]


def test_boxes_left_in_the_letterbox(place):
    """Relative to the network's input, 96 x 59 of 96 x 80 pixels being the picture."""
    boxes = place.saved(letter_box=True)["boxes"]
    boxes[:, [3, 5]] *= 59 / 80
    boxes[:, 3] += 10.5 / 80
    comparison = place.compare(place.npz({"boxes": boxes}), letter_box=True)
    assert causes(comparison) == ["boxes left in the letterbox"]
    plain = place.saved()["boxes"]
    plain[:, 3] = (plain[:, 3] - 10.5 / 80) / (59 / 80)
    plain[:, 5] /= 59 / 80
    assert causes(place.compare(place.npz({"boxes": plain}))) == ["boxes taken out of a letterbox"]


def test_the_half_pixel_of_a_letterbox(place):
    """An offset of 10 pixels, where 21 are free."""
    boxes = place.saved(letter_box=True)["boxes"]
    boxes[:, 3] += 0.5 / 59
    comparison = place.compare(place.npz({"boxes": boxes}), letter_box=True)
    assert causes(comparison) == ["half pixel of the letterbox"]


def test_new_coords_in_the_sides_alone(place):
    x = place.net.fitted(image.load_image(place.picture))
    heads = [replace(head, new_coords=True) for _, head in place.net.heads]
    found = detection.detections(heads, place.net.predict(x), (121, 75), (96, 80))
    table = np.array([(d.class_id, d.prob, *d.box) for d in found])
    assert causes(place.compare(place.npz({"boxes": table}))) == ["new_coords decode"]


def test_an_empty_list_is_no_evidence(place):
    """Nothing else than a threshold would explain it, but so would anything that spoils the input."""
    comparison = place.compare(place.npz({"boxes": np.zeros((0, 6))}))
    assert causes(comparison) == []
    assert [stage.name for stage in comparison.diagnosis.unexplained] == ["the boxes"]
    assert place.compare(place.npz({"boxes": np.zeros((0, 6))}), thresh=0.99).equal
