"""What darknet.py offered before 2020 and tutorials still call: names as bytes and probabilities, the best first."""

from __future__ import annotations

import ctypes as ct
from typing import Any

import numpy as np
import numpy.typing as npt

from .boxes import do_nms_sort, get_network_boxes
from .networks import handle_of, predict_image
from .pictures import AnyPath, Picture, load_image, planes
from .results import Box, remove_negatives
from .structures import IMAGE, METADATA, Array, memory, new_image

__all__ = ["array_to_image", "classify", "detect"]


def detect(
    net: Any, meta: METADATA, image: AnyPath, thresh: float = 0.5, hier_thresh: float = 0.5, nms: float = 0.45
) -> list[tuple[bytes, float, Box]]:
    """What is in a picture file: (name, probability, (centre x, y, width, height) in pixels)."""
    im, num = load_image(image), ct.c_int()
    predict_image(net, im)
    found = get_network_boxes(net, im.w, im.h, thresh, hier_thresh, None, 0, num)
    if nms:
        do_nms_sort(found, num.value, meta.classes, nms)
    return sorted(remove_negatives(found, _names(meta), num.value), key=lambda one: -one[1])


def classify(net: Any, meta: METADATA, im: Picture) -> list[tuple[bytes, float]]:
    """(name, probability) of each class that the network gives a picture as a whole."""
    classes = min(meta.classes, handle_of(net).network.classes)
    output = predict_image(net, im)
    probs = memory(ct.addressof(output.contents), classes, np.float32, output).tolist()
    return sorted(zip(_names(meta), probs), key=lambda one: -one[1])


def array_to_image(arr: npt.NDArray[np.uint8]) -> tuple[IMAGE, Array]:
    """An IMAGE of a picture, uint8 (h, w, 3) RGB, and its array, float32 (3, h, w)."""
    array = planes(arr)
    return new_image(array), array


def _names(meta: METADATA) -> list[bytes]:
    return [meta.names[i] for i in range(meta.classes)]
