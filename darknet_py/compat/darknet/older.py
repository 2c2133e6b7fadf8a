"""What darknet.py offered before 2020 and tutorials still call: names as bytes and probabilities, the best first."""

from __future__ import annotations

import ctypes as ct
import random
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from . import network_boxes
from .detections import Detection, remove_negatives
from .network_boxes import do_nms_sort, get_network_boxes, network_predict_batch
from .networks import handle_of, predict_image
from .pictures import AnyPath, Picture, load_image, picture_size, planes
from .structures import IMAGE, METADATA, Array, memory, new_image

__all__ = [
    "array_to_image", "c_array", "classify", "detect", "detect_image", "module", "network_predict_custom", "sample",
]  # fmt: skip

network_predict_custom = network_predict_batch  # its first name


def module() -> Any:
    """darknet.py itself, whose ``netMain``, ``metaMain`` and ``altNames`` scripts read and set."""
    return sys.modules[__package__]


def detect(
    net: Any, meta: METADATA, image: AnyPath, thresh: float = 0.5, hier_thresh: float = 0.5, nms: float = 0.45,
    debug: bool = False,
) -> list[Detection]:  # fmt: skip
    """What is in a picture file: (name, probability, (centre x, y, width, height) in pixels)."""
    return _detect(net, meta, load_image(image), thresh, nms)


def detect_image(
    network: Any, class_names: Sequence[str] | METADATA, image: Picture, thresh: float = 0.5, hier_thresh: float = 0.5,
    nms: float = 0.45, debug: bool = False, *, strict: bool = True,
) -> list[Detection]:  # fmt: skip
    """``network_boxes``'; for a METADATA, which it took before 2020, what ``detect`` gives.  ``debug`` has no effect."""
    if isinstance(class_names, METADATA):
        return _detect(network, class_names, image, thresh, nms)
    return network_boxes.detect_image(network, class_names, image, thresh, hier_thresh, nms, strict=strict)


def classify(net: Any, meta: METADATA, im: Picture) -> list[tuple[bytes | str, float]]:
    """(name, probability) of each class that the network gives a picture as a whole."""
    classes = min(meta.classes, handle_of(net).network.classes)
    output = predict_image(net, im)
    probs = memory(ct.addressof(output.contents), classes, np.float32, output).tolist()
    return sorted(zip(_names(meta), probs), key=lambda one: -one[1])


def array_to_image(arr: npt.NDArray[np.uint8]) -> tuple[IMAGE, Array]:
    """An IMAGE of a picture, uint8 (h, w, 3) RGB, and its array, float32 (3, h, w)."""
    array = planes(arr)
    return new_image(array), array


def c_array(ctype: Any, values: Sequence[Any]) -> Any:
    """The values as an array of C."""
    return (ctype * len(values))(*values)


def sample(probs: Sequence[float]) -> int:
    """A random index, each as probable as its number among all."""
    return random.choices(range(len(probs)), probs)[0]


def _detect(net: Any, meta: METADATA, im: Picture, thresh: float, nms: float) -> list[Detection]:
    num, size = ct.c_int(), picture_size(im)
    predict_image(net, im)
    detections = get_network_boxes(net, *size, thresh, 0.5, None, 0, num)
    if nms:
        do_nms_sort(detections, num.value, meta.classes, nms)
    return sorted(remove_negatives(detections, _names(meta), num.value), key=lambda one: -one[1])


def _names(meta: METADATA) -> list[bytes | str]:
    """``altNames`` where they are set, which are text."""
    names = module().altNames
    return [meta.names[i] if names is None else names[i] for i in range(meta.classes)]
