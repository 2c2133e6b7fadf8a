"""``performDetect`` and ``performBatchDetect`` of darknet.py from 2018 to 2020: a picture's path in, boxes out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ... import image
from ...boxes.geometry import corners, left_top
from ...errors import DarknetError, ImageError, printable
from ...output.files import save_picture
from .. import display
from .detections import Detection
from .network_boxes import do_nms_obj, network_predict_batch
from .networks import load_meta, load_names, load_net_custom, network_height, network_width
from .older import detect, module
from .pictures import AnyPath, path_of
from .structures import IMAGE, FloatPtr

__all__ = ["performBatchDetect", "performDetect"]

Pixels = npt.NDArray[np.uint8]
Corners = tuple[int, int, int, int]
Batch = tuple[list[list[Corners]], list[list[float]], list[list[int]]]
SAMPLES = ("data/person.jpg",) * 3
ALPHA = 0.8  # how much a frame covers what is below it


class MissingFileError(DarknetError, ValueError):
    """A file that does not exist: a ValueError, as it was, and a DarknetError."""


class ThresholdError(DarknetError, AssertionError):
    """A threshold out of (0, 1): an AssertionError, as it was, and a DarknetError."""


def performDetect(
    imagePath: AnyPath = "data/dog.jpg", thresh: float = 0.25, configPath: AnyPath = "./cfg/yolov4.cfg",
    weightPath: AnyPath = "yolov4.weights", metaPath: AnyPath = "./cfg/coco.data", showImage: bool = True,
    makeImageOnly: bool = False, initOnly: bool = False,
) -> Any:  # fmt: skip
    """What is in a picture: [(name, probability, (centre x, y, width, height) in pixels)], the best first.

    With ``showImage`` a dict with these "detections", the "image" with frames, uint8 (h, w, 3) RGB, and a "caption"; it
    is shown, where there is a display, unless ``makeImageOnly``.  None if ``initOnly``.  The network, its names and those
    as text are kept in ``netMain``, ``metaMain`` and ``altNames``; the next call takes them, whatever files it names.
    Raises DarknetError: also a ValueError for a file that does not exist.
    """
    if not 0 < thresh < 1:
        raise ThresholdError(f"thresh={thresh} is not possible; it must be between 0 and 1")
    for kind, path in (("config", configPath), ("weight", weightPath), ("data file", metaPath)):
        _check_exists(kind, path)
    _load_once(configPath, weightPath, metaPath)
    if initOnly:
        print("Initialized detector")
        return None
    _check_exists("image", imagePath)
    detections = detect(module().netMain, module().metaMain, imagePath, thresh)
    return _shown(detections, path_of(imagePath), makeImageOnly) if showImage else detections


def _load_once(config: AnyPath, weights: AnyPath, meta: AnyPath) -> None:
    """Set those of darknet.py's variables that are None."""
    darknet = module()
    if darknet.netMain is None:
        darknet.netMain = load_net_custom(config, weights, 0, 1)
    if darknet.metaMain is None:
        darknet.metaMain = load_meta(meta)
    if darknet.altNames is None:
        darknet.altNames = load_names(meta)


def _check_exists(kind: str, path: AnyPath) -> None:
    if not os.path.exists(name := path_of(path)):
        raise MissingFileError(f"Invalid {kind} path `{os.path.abspath(name)}`: there is no such file")


def _shown(detections: list[Detection], path: str, quiet: bool) -> dict[str, Any]:
    from ..._support.with_cv2 import cv2

    picture = np.ascontiguousarray(image.read_image(path)[..., ::-1])
    print(f"*** {len(detections)} Results, color coded by confidence ***")
    captions = [f"{label}: {np.rint(100 * confidence)}%" for label, confidence, _ in detections]
    for caption, (_, confidence, box) in zip(captions, detections, strict=True):
        print(printable(caption))
        _frame(picture, box, _color(confidence))
    if not quiet and display.available():
        cv2.imshow("darknet.py", picture[..., ::-1])
        cv2.waitKey()
    return {"detections": detections, "image": picture, "caption": "\n<br/>".join(captions)}


def _color(confidence: float) -> tuple[int, int, int]:
    """The surer, the greener."""
    return int(255 * (1 - confidence**2)), int(255 * confidence**2), 0


def _frame(picture: Pixels, box: Sequence[float], color: tuple[int, int, int]) -> None:
    """Draw a frame five times, shifted by a pixel to each side, as one sees it through the others."""
    left, top, wide, high = map(int, left_top(np.array(box, np.float64)))
    edges = left, top, left + wide, top + high
    for dx, dy in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)):
        mask = _outline(picture.shape, edges, dx, dy)
        picture[mask] = picture[mask] * (1 - ALPHA) + np.array(color) * ALPHA


def _outline(shape: tuple[int, ...], corners: Corners, dx: int, dy: int) -> npt.NDArray[np.bool_]:
    """(h, w): the pixels on the sides of a rectangle, shifted."""
    left, top, right, bottom = corners
    x, y = np.arange(shape[1]) - dx, np.arange(shape[0])[:, None] - dy
    inside = (left <= x) & (x <= right) & (top <= y) & (y <= bottom)
    edge: npt.NDArray[np.bool_] = inside & ((x == left) | (x == right) | (y == top) | (y == bottom))
    return edge


def performBatchDetect(
    thresh: float = 0.25, configPath: AnyPath = "./cfg/yolov4.cfg", weightPath: AnyPath = "yolov4.weights",
    metaPath: AnyPath = "./cfg/coco.data", hier_thresh: float = 0.5, nms: float = 0.45, batch_size: int = 3,
    img_samples: Sequence[str] = SAMPLES,
) -> Batch:  # fmt: skip
    """Of each of ``batch_size`` pictures of one size: boxes (top, left, bottom, right), probabilities, class numbers.

    A drawing of each goes into the working directory, under the picture's name.  ``img_samples`` are the pictures' paths,
    which the reference has in its text.  Raises DarknetError, also where a drawing would take a picture's place or cannot
    be written.
    """
    from ..._support.with_cv2 import cv2

    pictures = [image.read_image(path) for path in img_samples]
    _check_batch(img_samples, pictures, batch_size)
    net, classes = load_net_custom(configPath, weightPath, 0, batch_size), load_meta(metaPath).classes
    height, width = pictures[0].shape[:2]
    batch = network_predict_batch(net, _batch_image(net, pictures), batch_size, width, height, thresh, hier_thresh)
    best = [_best(batch[b].dets, batch[b].num, classes, thresh, nms) for b in range(batch_size)]
    boxes, scores, numbers = map(list, zip(*best, strict=True))
    for path, picture, *drawn in zip(img_samples, pictures, boxes, scores, strict=True):
        for (top, left, bottom, right), score in zip(*drawn, strict=True):
            cv2.rectangle(picture, (left, top), (right, bottom), _color(score), 2)
        save_picture(os.path.basename(path), picture)
    return boxes, scores, numbers


def _check_batch(paths: Sequence[str], pictures: Sequence[Pixels], batch_size: int) -> None:
    if len(pictures) != batch_size:
        raise ImageError(f"batch_size={batch_size} does not fit {len(pictures)} pictures; give as many in img_samples=")
    if len({picture.shape for picture in pictures}) > 1:
        raise ImageError(f"{', '.join(paths)}: are not of one size, as a batch needs; resize them")
    for path in paths:
        if os.path.exists(drawing := os.path.basename(path)) and any(os.path.samefile(drawing, other) for other in paths):
            raise DarknetError(f"{path}: the drawing would take the picture's place; work in another folder than its own")


def _batch_image(net: Any, pictures: Sequence[Pixels]) -> IMAGE:
    """The pictures one after the other, of the network's size."""
    from ..._support.with_cv2 import cv2

    size = network_width(net), network_height(net)
    small = [cv2.resize(picture, size, interpolation=cv2.INTER_NEAREST)[..., ::-1] for picture in pictures]
    planes = np.ascontiguousarray(np.stack(small).transpose(0, 3, 1, 2), np.float32) / np.float32(255)
    return IMAGE(*size, 3, planes.ctypes.data_as(FloatPtr))


def _best(detections: Any, num: int, classes: int, thresh: float, nms: float) -> tuple[list[Any], list[Any], list[Any]]:
    """The box, the probability and the number of the best class of each detection that has one above ``thresh``."""
    if nms:
        do_nms_obj(detections, num, classes, nms)
    boxes, scores, numbers = [], [], []
    for detection in (detections[i] for i in range(num)):
        probs = detection.prob[: detection.classes]
        if (score := max(probs, default=-1.0)) > thresh:
            b = detection.bbox
            left, top, right, bottom = map(int, corners(np.array([b.x, b.y, b.w, b.h])))
            boxes.append((top, left, bottom, right))
            scores.append(score)
            numbers.append(probs.index(score))
    return boxes, scores, numbers
