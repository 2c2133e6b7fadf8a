"""A set of pictures and their boxes in COCO's form: images, annotations with a score, categories.

pycocotools.COCO reads it as it is; its ``annotations`` are what ``loadRes`` takes as results.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Sequence

import numpy as np

from ..boxes.geometry import corners, inside, pixels
from ..errors import DarknetWarning
from .coco import category_ids, decimals, image_id
from .detected_picture import DetectedPicture, Object
from .files import Writer

__all__ = ["CocoSet", "ImageIds"]

LARGEST = 2**53  # beyond, programs that read JSON lose digits


class ImageIds:
    """A number for each picture: the one in its name, as COCO's pictures have it, where no other picture took that.

    ``expected``: paths of pictures to come, whose numbers are not given to others.
    """

    def __init__(self, expected: Iterable[str] = ()) -> None:
        self.taken: set[int] = set()
        self.expected = {number for path in expected if (number := _numbered(path))}
        self.last = 0

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
    found = image_id(path)
    return found if isinstance(found, int) and 0 < found < LARGEST else None


class CocoSet:
    """``{"annotations": [...], "images": [...], "categories": [...]}``; boxes in pixels, cut at the picture's edges."""

    def __init__(self, file: Writer, expected: Iterable[str] = ()) -> None:
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
        self.file.write(f'\n],\n"images": [{_rows(self.images)}],\n"categories": [{_rows(categories)}]\n}}\n')


def _rows(texts: Sequence[str]) -> str:
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
