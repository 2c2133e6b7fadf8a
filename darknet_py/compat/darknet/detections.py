"""darknet.py's functions for what was found: (label, confidence, (x, y, w, h)), boxes by their centre, in pixels."""

from __future__ import annotations

import ctypes as ct
import random
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...boxes.geometry import corners
from ...errors import ImageError, printable
from .structures import DETECTION, memory

__all__ = [
    "Box", "Color", "Detection", "bbox2points", "class_colors", "decode_detection", "draw_boxes", "non_max_suppression_fast",
    "print_detections", "remove_negatives", "remove_negatives_faster",
]  # fmt: skip

Box = tuple[float, float, float, float]
Color = tuple[int, int, int]
Pixels = npt.NDArray[np.uint8]
Detection = tuple[Any, Any, Box]

FAR = 2**30


def bbox2points(bbox: Box) -> tuple[int, int, int, int]:
    """A box by its centre → left, top, right, bottom pixel, as far from 0 as OpenCV can draw at most."""
    left, top, right, bottom = (round(min(max(side, -FAR), FAR)) for side in corners(np.array(bbox, np.float64)).tolist())
    return left, top, right, bottom


def class_colors(names: Iterable[str]) -> dict[str, Color]:
    """A random colour for each name, the same ones after the same ``random.seed``."""
    return {name: (random.randint(0, 255), random.randint(0, 255), random.randint(0, 255)) for name in names}


def print_detections(detections: Iterable[Detection], coordinates: bool = False) -> None:
    """Print a line for each detection, with its box if ``coordinates``."""
    print("\nObjects:")
    for label, confidence, (x, y, w, h) in detections:
        box = f"    (left_x: {x:.0f}   top_y:  {y:.0f}   width:   {w:.0f}   height:  {h:.0f})" if coordinates else ""
        print(f"{printable(label)}: {confidence}%{box}")


def draw_boxes(detections: Iterable[Detection], image: Pixels, colors: dict[str, Color]) -> Pixels:
    """Draw boxes and labels into the picture itself, and return it; a box with NaN is nowhere.

    Raises ImageError when the picture is not contiguous.
    """
    from ..._support.with_cv2 import cv2

    if not image.flags.c_contiguous:
        raise ImageError("boxes are drawn into the array itself, which must be contiguous: np.ascontiguousarray(picture)")
    for label, confidence, bbox in detections:
        if np.isnan(corners(np.array(bbox, np.float64))).any():  # or infinities meet
            continue
        left, top, right, bottom = bbox2points(bbox)
        cv2.rectangle(image, (left, top), (right, bottom), colors[label], 1)
        text, font = f"{label} [{float(confidence):.2f}]", cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(image, text, (left, top - 5), font, 0.5, colors[label], 2)
    return image


def decode_detection(detections: Iterable[Detection]) -> list[Detection]:
    """Probabilities → percent with two digits, as text."""
    return [(str(label), str(round(confidence * 100, 2)), bbox) for label, confidence, bbox in detections]


def remove_negatives(detections: Any, class_names: Sequence[Any], num: int) -> list[Detection]:
    """Each class of ``num`` DETECTIONs that has a probability above 0; names that the network has no class for are left."""
    left = []
    for detection in (detections[j] for j in range(num)):
        probs = _probabilities(detection)[: len(class_names)]
        left += [(class_names[j], float(probs[j]), _box(detection)) for j in np.flatnonzero(probs > 0).tolist()]
    return left


def remove_negatives_faster(detections: Any, class_names: Sequence[Any], num: int) -> list[Detection]:
    """The best class of each of ``num`` DETECTIONs.

    In the reference only [region] networks say which it is; all others' boxes are of the first class there.
    """
    return [
        (class_names[best], detection.prob[best], _box(detection))
        for detection in (detections[j] for j in range(num)) if 0 <= (best := detection.best_class_idx) < len(class_names)
    ]  # fmt: skip


def _probabilities(detection: DETECTION) -> Any:
    if not detection.classes:
        return np.zeros(0, np.float32)
    return memory(ct.addressof(detection.prob.contents), detection.classes, keep=detection)


def _box(detection: DETECTION) -> Box:
    b = detection.bbox
    return b.x, b.y, b.w, b.h


def non_max_suppression_fast(detections: Sequence[Any], overlap_thresh: float) -> list[Any]:
    """Of four-tuples whose last is a box: those that no box further down covers by more than ``overlap_thresh``.

    What counts is the part of a box's own area; sides are a pixel longer than their coordinates say.
    """
    if not detections:
        return []
    boxes = np.array([bbox for *_, bbox in detections], np.float64)
    low, high = np.split(corners(boxes), 2, 1)
    areas = np.prod(high - low + 1, axis=1)
    rest, picked = np.argsort(high[:, 1]), []
    while len(rest):
        last, rest = rest[-1], rest[:-1]
        picked.append(last)
        sides = np.minimum(high[last], high[rest]) - np.maximum(low[last], low[rest]) + 1
        rest = rest[np.prod(np.maximum(sides, 0), axis=1) / areas[rest] <= overlap_thresh]
    return [detections[i] for i in picked]
