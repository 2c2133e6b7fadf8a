"""darknet.py's way from a network's outputs to boxes.   C: network.c, box.c

``letter_box`` and ``nms_kind`` of a cfg are not looked at, as in the reference, but by ``detect_image(strict=False)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...boxes.detection import listed
from ...boxes.suppression import as_head_says, suppressed
from ...boxes.table import Boxes
from ...errors import DarknetError
from .detections import Detection, decode_detection
from .networks import NetworkHandle, handle_of, predict_image_outputs, predict_pictures
from .pictures import Picture
from .structures import IMAGE, detection_rows, floats, memory, new_detections, new_pairs, store

__all__ = [
    "detect_image", "do_nms_obj", "do_nms_sort", "free_batch_detections", "free_detections", "get_network_boxes",
    "make_network_boxes", "network_predict_batch",
]  # fmt: skip

DEFAULT_NMS = "default", 0.6  # kind, beta
Size = tuple[int, int]


def detect_image(
    network: Any, class_names: Sequence[str], image: Picture, thresh: float = 0.5, hier_thresh: float = 0.5,
    nms: float = 0.45, *, strict: bool = True,
) -> list[Detection]:  # fmt: skip
    """What is in a picture: (label, percent, (centre x, y, width, height) in its pixels), the least sure first.

    ``image``: an IMAGE or an array, uint8 (h, w, 3) RGB.  As in the reference percents are text, sorted as text, and
    letter_box and nms_kind of the cfg have no effect.  With ``strict=False`` percents are numbers, not rounded, and
    sorted as such, and both options are obeyed.  ``hier_thresh`` is accepted for the reference's sake.
    """
    handle = handle_of(network)
    outputs, fit = predict_image_outputs(handle, image, letter=False if strict else None)
    boxes = handle.boxes(outputs, fit, thresh)
    boxes = replace(boxes, probs=boxes.probs[:, : len(class_names)])
    boxes = as_head_says(boxes, handle.network.heads[-1][1], nms, DEFAULT_NMS[0] if strict else None)
    detections = [(str(d.name), d.prob, d.box) for d in listed(boxes.in_pixels(fit.picture_size), 0, class_names)]
    percents = decode_detection(detections) if strict else [(label, 100 * prob, box) for label, prob, box in detections]
    return sorted(percents, key=lambda one: one[1])


def get_network_boxes(
    net: Any, w: int, h: int, thresh: float, hier: float = 0.5, map: Any = None, relative: int = 0, num: Any = None,
    letter: int = 0,
) -> Any:  # fmt: skip
    """A pointer to the DETECTIONs in what the network predicted, before suppression; ``num`` gets their number.

    Boxes are of a picture of w x h: in its pixels, or in parts of it when ``relative``; ``letter``: the picture was
    letterboxed.  ``hier`` has no effect, as in C; ``map`` (YOLO9000 onto other classes) is not supported.
    """
    handle = handle_of(net)
    boxes = _network_boxes(handle, handle.outputs(), (w, h), thresh, map, relative, letter)
    store(num, len(boxes))
    return new_detections(boxes)


def make_network_boxes(net: Any, thresh: float = 0.0, num: Any = None) -> Any:
    """A pointer to as many empty DETECTIONs as ``get_network_boxes`` would fill; ``num`` gets their number."""
    handle = handle_of(net)
    boxes = handle.boxes(handle.outputs(), handle.network.fit((1, 1), False), thresh)
    store(num, len(boxes))
    arrays = boxes.xywh, boxes.objectness, boxes.probs, boxes.uncertainty
    return new_detections(Boxes(*map(np.zeros_like, arrays)))


def network_predict_batch(
    net: Any, im: IMAGE, batch_size: int, w: int, h: int, thresh: float, hier: float = 0.5, map: Any = None,
    relative: int = 0, letter: int = 0,
) -> Any:  # fmt: skip
    """A pointer to a DETNUMPAIR for each of ``batch_size`` pictures; see ``get_network_boxes``.

    ``im.data``: float32 in [0, 1], the pictures one after the other, each of the network's size, (c, h, w).
    """
    handle = handle_of(net)
    if batch_size < 1:
        raise DarknetError(f"batch_size={batch_size} is not possible; it must be at least 1")
    shape = (batch_size, *handle.network.graph.net.shape)
    x = floats(im.data, im.owner, int(np.prod(shape))).reshape(shape)
    pictures = predict_pictures(handle, x, batch_size)
    batch = [_network_boxes(handle, outputs, (w, h), thresh, map, relative, letter) for outputs in pictures]
    return new_pairs([(len(boxes), new_detections(boxes)) for boxes in batch])


def do_nms_sort(dets: Any, total: int, classes: int, thresh: float) -> None:
    """Zero a class's probability where a better box of that class overlaps by more than ``thresh``; sorts the boxes."""
    _suppress(dets, total, classes, *DEFAULT_NMS, thresh)


def do_nms_obj(dets: Any, total: int, classes: int, thresh: float) -> None:
    """Zero all of a box where one of more objectness overlaps by more than ``thresh``; sorts the boxes."""
    _suppress(dets, total, classes, "objectness", 0.0, thresh)


def free_detections(dets: Any, n: int) -> None:
    """Nothing to do: memory goes with the last reference to ``dets``."""


def free_batch_detections(det_num_pairs: Any, n: int) -> None:
    """Nothing to do: memory goes with the last reference to ``det_num_pairs``."""


def _network_boxes(
    handle: NetworkHandle, outputs: list[Any], size: Size, thresh: float, map: Any, relative: int, letter: int
) -> Boxes:
    if map:
        raise DarknetError("map= of YOLO9000 is not supported; pass None")
    boxes = handle.boxes(outputs, handle.network.fit(size, bool(letter)), thresh)
    return boxes if relative else boxes.in_pixels(size)


def _suppress(dets: Any, total: int, classes: int, kind: str, beta: float, thresh: float) -> None:
    """Suppression on the structures themselves, whose order changes with all that they hold."""
    if total < 1:
        return
    rows = detection_rows(dets, total)
    classes = min(classes, int(rows["classes"].min()))
    views = [memory(int(address), classes, keep=dets) for address in rows["prob"]]
    empty = np.zeros((total, 4), np.float32)
    before = Boxes(rows["bbox"].copy(), rows["objectness"].copy(), np.array(views).reshape(total, classes), empty)
    order, after = suppressed(before, kind, beta, thresh)
    raw = rows.view(np.uint8).reshape(total, -1)
    raw[:] = raw[order]
    rows["objectness"] = after.objectness
    for i, probs in zip(order, after.probs, strict=True):
        views[i][:] = probs
