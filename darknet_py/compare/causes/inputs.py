"""Other ways from the picture to the network's input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ... import image
from ..pipeline import Array, Fitting, Picture, Pipeline, Touch, letterbox, resize
from ..runner import INPUT
from .base import Cause, Scope

__all__ = ["INPUTS"]

MEAN, DEVIATION = (np.array(v, np.float32)[:, None, None] for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))


def _opencv(picture: Picture, channels: int, size: image.Size, interpolation: image.Interpolation = "linear") -> Array:
    """Bytes resized by OpenCV."""
    return image.from_array(image.resize_picture(picture, *size, interpolation), channels)


def _half_pixel(picture: Picture, channels: int, size: image.Size) -> Array:
    """Floats resized about the centres of pixels, not their corners."""
    planes = image.from_array(picture, channels)
    resized = image.resize_picture(np.ascontiguousarray(planes.transpose(1, 2, 0)), *size)
    return np.ascontiguousarray(resized.transpose(2, 0, 1))


def _boxed(picture: Picture, channels: int, size: image.Size, grey: int, rounded: Callable[[float], int]) -> Array:
    """Bytes resized by OpenCV with their proportions, on grey.   YOLOv5: utils/augmentations.py letterbox"""
    (height, width), (w, h) = picture.shape[:2], size
    ratio = min(w / width, h / height)
    new_w, new_h = max(1, rounded(width * ratio)), max(1, rounded(height * ratio))
    canvas = np.full((h, w, picture.shape[2]), grey, np.uint8)
    left, top = (w - new_w) // 2, (h - new_h) // 2
    canvas[top : top + new_h, left : left + new_w] = image.resize_picture(picture, new_w, new_h)
    return image.from_array(canvas, channels)


def _middle(picture: Picture, channels: int, size: image.Size) -> Array:
    """The middle of the picture, as ``classifier predict`` takes it."""
    return image.middle_image(image.from_array(picture, channels), *size)


def _fitted(p: Pipeline, scope: Scope, fit: Fitting, letter_box: bool) -> Pipeline | None:
    """``letter_box``: whether boxes are brought back from a letterbox."""
    return None if INPUT not in scope.computed or p.fit is fit else replace(p, fit=fit, letter_box=letter_box)


def _swapped(x: Array) -> Array:
    return np.ascontiguousarray(x[::-1])


def _touched(p: Pipeline, scope: Scope, channels: tuple[int, ...], **touch: Any) -> Pipeline | None:
    """The pipeline with other ``colours`` or ``scale`` of inputs that have so many channels."""
    fits = INPUT in scope.computed and scope.runner.graph.net.channels in channels
    return replace(p, **touch) if fits else None


def _turned(p: Pipeline, scope: Scope, exif: bool) -> Pipeline | None:
    photo = scope.runner.photo
    fits = INPUT in scope.computed and exif != p.exif and not np.array_equal(photo.plain, photo.turned)
    return replace(p, exif=exif) if fits else None


def _fit(name: str, what: str, remedy: str, fit: Fitting, letter_box: bool) -> Cause:
    return Cause(name, "fit", what, remedy, partial(_fitted, fit=fit, letter_box=letter_box))


def _range(name: str, what: str, scale: Touch, *channels: int) -> Cause:
    return Cause(name, "range", what, "divide 8-bit values by 255 there, and do no more",
                 partial(_touched, scale=scale, channels=channels or (1, 3)))  # fmt: skip


_AS_DARKNET = "resize there as Darknet does (darknet_py.image.resize_image), or give both one picture of the network's size"
_BOX_AS_DARKNET = "letterbox there as Darknet does (darknet_py.image.letterbox_image)"
_AREA, _CUBIC, _NEAREST = (partial(_opencv, interpolation=name) for name in ("area", "cubic", "nearest"))
_YOLOV5 = partial(_boxed, grey=114, rounded=round)
_GREY_128, _GREY_127 = (partial(_boxed, grey=grey, rounded=int) for grey in (128, 127))

INPUTS = (
    _fit("letterbox", "keeps the picture's proportions and fills up with grey (letterbox)",
         "give -letter_box here, or leave it and letter_box=1 out there", letterbox, True),
    _fit("resize", "stretches the picture to the network's size (no letterbox)",
         "leave -letter_box and letter_box=1 out here, or give them there", resize, False),
    _fit("cv2.resize", "resizes the 8-bit picture with OpenCV's INTER_LINEAR, as darknet.py and detector demo do",
         _AS_DARKNET, _opencv, False),
    _fit("half-pixel resize", "interpolates floats about the centres of pixels (PyTorch, TensorFlow, cv2.resize of floats)",
         _AS_DARKNET, _half_pixel, False),
    _fit("cv2.resize INTER_AREA", "resizes with OpenCV's INTER_AREA", _AS_DARKNET, _AREA, False),
    _fit("cv2.resize INTER_CUBIC", "resizes with OpenCV's INTER_CUBIC", _AS_DARKNET, _CUBIC, False),
    _fit("cv2.resize INTER_NEAREST", "resizes with OpenCV's INTER_NEAREST", _AS_DARKNET, _NEAREST, False),
    _fit("letterbox of YOLOv5", "letterboxes with cv2.resize on grey 114, as YOLOv5 and its kin do",
         _BOX_AS_DARKNET, _YOLOV5, True),
    _fit("cv2 letterbox on grey 128", "letterboxes with cv2.resize on grey 128", _BOX_AS_DARKNET, _GREY_128, True),
    _fit("cv2 letterbox on grey 127", "letterboxes with cv2.resize on grey 127", _BOX_AS_DARKNET, _GREY_127, True),
    _fit("centre crop", "cuts the middle out of the picture, as for classifiers", "give both sides the same cut-out",
         _middle, False),
    Cause("BGR", "colours", "has its channels in the order blue, green, red", "swap them there: networks take RGB",
          partial(_touched, colours=_swapped, channels=(3,))),
    _range("0 to 255", "has values that go from 0 to 255", lambda x: x * np.float32(255)),
    _range("scale 0.00392", "multiplies 8-bit values by 0.00392, not by 1/255", lambda x: x * np.float32(255 * 0.00392)),
    _range("-1 to 1", "has values that go from -1 to 1", lambda x: x * np.float32(2) - np.float32(1)),
    _range("mean and deviation", "subtracts ImageNet's mean and divides by its deviation",
           lambda x: (x - MEAN) / DEVIATION, 3),
    Cause("EXIF", "turn", "turns the picture as its EXIF tag says, as builds with OpenCV do", "give -exif here",
          partial(_turned, exif=True)),
    Cause("no EXIF", "turn", "takes the picture as it is stored, whatever its EXIF tag says", "leave -exif out here",
          partial(_turned, exif=False)),
)  # fmt: skip
