"""COCO's numbers for pictures and classes; one of its results as text, and a whole set.   C: detector.c print_cocos"""

from __future__ import annotations

import json
import math
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from ..boxes.geometry import corners, inside, pixels, print_cocos_corners
from ..errors import DarknetWarning
from ..image import Size
from .detected_picture import DetectedPicture, Object
from .files import Writer

__all__ = ["CATEGORIES", "CocoSet", "ImageIds", "image_id", "record", "sides"]

_ABSENT = {12, 26, 29, 30, 45, 66, 68, 69, 71, 83}  # numbers that COCO has left free
CATEGORIES = tuple(j for j in range(1, 91) if j not in _ABSENT)
LARGEST = 2**53  # beyond, programs that read JSON lose digits
_NUMBERED = re.compile(r"(?:COCO_\w+_)?([0-9]+)", re.ASCII)


def category_ids(classes: int) -> Sequence[int]:
    """The number that COCO gives each of its 80 classes; classes of other networks keep theirs, from 0."""
    return CATEGORIES if classes == len(CATEGORIES) else range(classes)


def image_id(path: str) -> int | str:
    """The number that a picture of COCO has as its name; the name without suffix of another picture."""
    stem = PurePath(path).stem
    numbered = _NUMBERED.fullmatch(stem)
    return int(numbered[1]) if numbered else stem


def record(image: str, category: int, bbox: str, prob: float) -> str:
    """One result; ``image`` is its number as JSON, ``bbox`` what ``sides`` gives."""
    return f'{{"image_id":{image}, "category_id":{category}, "bbox":[{bbox}], "score":{decimals(prob)}}}'


def sides(box: NDArray[np.float32], size: Size) -> str:
    """Left, top, width and height of a box (4,) in pixels as a result has them."""
    left, top, right, bottom = print_cocos_corners(box, size)
    wide, high = np.float32(right) - np.float32(left), np.float32(bottom) - np.float32(top)
    return ", ".join(decimals(v) for v in (left, top, wide, high))


def decimals(value: float) -> str:
    """A number as the reference prints it; null for what JSON has no number for."""
    return f"{value:.6f}" if math.isfinite(value) else "null"


class ImageIds:
    """A number for each picture: the one in its name, as COCO's pictures have it, where no other picture took that.

    ``expected``: gives the names of pictures to come, whose numbers are not given to others; it is asked when the first
    picture comes that has none.
    """

    def __init__(self, expected: Callable[[], Iterable[str]] = tuple) -> None:
        self.taken: set[int] = set()
        self._names = expected
        self.last = 0

    @cached_property
    def expected(self) -> set[int]:
        likely = (name for name in self._names() if name[:1].isdigit() or name.startswith("COCO_"))
        return {number for name in likely if (number := _numbered(name))}

    def next(self, path: str) -> int:
        """The number of the next picture; warns (DarknetWarning) when it is another one than its name has."""
        wanted = _numbered(path)
        given = wanted if wanted and wanted not in self.taken else self._free()
        if wanted not in (None, given):
            message = f"{path}: image_id {wanted} is another picture's already; its own is {given}, see images"
            warnings.warn(message, DarknetWarning, stacklevel=2)
        self.taken.add(given)
        return given

    def _free(self) -> int:
        self.last += 1
        while self.last in self.taken or self.last in self.expected:
            self.last += 1
        return self.last


def _numbered(path: str) -> int | None:
    number = image_id(path)
    return number if isinstance(number, int) and 0 < number < LARGEST else None


class CocoSet:
    """``{"annotations": [...], "images": [...], "categories": [...]}``; boxes in pixels, cut at the picture's edges.

    pycocotools.COCO reads it as it is; its ``annotations`` are what ``loadRes`` takes as results.
    """

    def __init__(self, file: Writer, expected: Callable[[], Iterable[str]] = tuple) -> None:
        self.file, self.ids = file, ImageIds(expected)
        self.images: list[str] = []
        self.names: Sequence[str] = ()
        self.annotations = 0
        file.write('{\n"annotations": [')

    def add(self, frame: DetectedPicture) -> None:
        image = self.ids.next(frame.filename)
        facts = {"id": image, "file_name": frame.filename, "width": frame.width, "height": frame.height}
        self.names = self.names or frame.names
        first = self.annotations + 1
        texts = [_annotation(first + k, image, o, frame) for k, o in enumerate(frame.objects())]
        if texts:
            self.file.write(("," if self.annotations else "") + ",".join(texts))
            self.annotations += len(texts)
        self.images.append(json.dumps({**facts, "error": frame.error} if frame.error else facts))
        self.file.flush()

    def end(self) -> None:
        classes = zip(category_ids(len(self.names)), self.names)
        categories = [json.dumps({"id": number, "name": name}) for number, name in classes]
        self.file.write(f'\n],\n"images": [{_one_a_line(self.images)}],\n"categories": [{_one_a_line(categories)}]\n}}\n')


def _one_a_line(texts: Sequence[str]) -> str:
    return "".join(f"\n{text}," for text in texts).rstrip(",") + "\n"


def _annotation(annotation: int, image: int, o: Object, frame: DetectedPicture) -> str:
    left, top, right, bottom = inside(corners(pixels(o.box.astype(np.float64), frame.size)), frame.size).tolist()
    wide, high = right - left, bottom - top
    category = category_ids(len(frame.names))[o.class_id]
    return (
        f'\n{{"id": {annotation}, "image_id": {image}, "category_id": {category}, '
        f'"bbox": [{", ".join(map(decimals, (left, top, wide, high)))}], "area": {decimals(wide * high)}, "iscrowd": 0, '
        f'"score": {decimals(o.prob)}}}'
    )
