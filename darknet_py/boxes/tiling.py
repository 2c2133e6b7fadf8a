"""Small objects in large pictures: a network looks at overlapping tiles, and what it sees is put together.

An object is whole in one tile, cut by the border of another, and may be too large for either; so the whole picture is
looked at too, and of boxes from different tiles that cover each other the most probable one stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..errors import DarknetError
from .geometry import corners, pixels, relative
from .table import Boxes, FloatArray

__all__ = ["COVERED", "PictureTile", "joined", "tiles"]

MOST = 100_000  # tiles of a picture
FEW = 1_000  # that many are taken however they overlap
REPEATED = 100  # times as many as without any overlap: more are a slip, as .99
COVERED = 0.5  # of the smaller box's area; a cut object's box lies within that of the whole one


@dataclass(frozen=True)
class PictureTile:
    """A part of a picture, in pixels."""

    x: int
    y: int
    width: int
    height: int

    def of(self, im: FloatArray) -> FloatArray:
        """The part of a picture (c, h, w)."""
        return np.ascontiguousarray(im[:, self.y : self.y + self.height, self.x : self.x + self.width])

    def to_picture(self, boxes: Boxes, size: tuple[int, int]) -> Boxes:
        """Boxes relative to the tile → relative to the picture of ``size`` (width, height)."""
        corner = np.array([self.x, self.y, 0, 0], np.float64)
        xywh = pixels(boxes.xywh.astype(np.float64), (self.width, self.height)) + corner
        with np.errstate(all="ignore"):
            return replace(boxes, xywh=relative(xywh, size).astype(np.float32))


def tiles(size: tuple[int, int], side: int, overlap: float = 0.2) -> list[PictureTile]:
    """The whole picture of ``size`` (width, height), then tiles of ``side`` pixels, neighbours sharing ``overlap`` of it.

    A picture within one tile has no others.  Raises DarknetError for sides below 1, overlaps outside of [0, 1) and
    tiles without end.
    """
    if not isinstance(side, (int, np.integer)):
        raise DarknetError(f"tile={side!r} is not possible; it must be one side in whole pixels, as 640")
    if side < 1 or not 0 <= overlap < 1:
        raise DarknetError(f"tiles of {side} pixels with an overlap of {overlap} are not possible; "
                           "the side must be at least 1, the overlap from 0 to below 1")  # fmt: skip
    width, height = size
    whole = PictureTile(0, 0, width, height)
    if width <= side and height <= side:
        return [whole]
    wide, high = min(side, width), min(side, height)
    step = max(1, round(side * (1 - overlap)))
    count, apart = (_count(height, high, s) * _count(width, wide, s) for s in (step, side))
    if count > min(MOST, max(FEW, REPEATED * apart)):
        raise DarknetError(f"tiles of {side} pixels with an overlap of {overlap:g} would be {count} of a picture of "
                           f"{width} x {height} pixels, {apart} without an overlap, each a run of the network; "
                           "take larger ones, or a smaller overlap")  # fmt: skip
    rows, columns = _starts(height, high, step), _starts(width, wide, step)
    return [whole, *(PictureTile(x, y, wide, high) for y in rows for x in columns)]


def _starts(length: int, side: int, step: int) -> list[int]:
    """Where the tiles begin: evenly, no further apart than ``step``, the last one ending at ``length``."""
    count = _count(length, side, step)
    return [round(i * (length - side) / max(count - 1, 1)) for i in range(count)]


def _count(length: int, side: int, step: int) -> int:
    return -(-(length - side) // step) + 1


def joined(parts: Sequence[Boxes], agnostic: bool = False) -> Boxes:
    """The boxes of all tiles, relative to the picture, each part after its own suppression.

    A class of a box goes where a more probable box of it, from another part, shares more than half of the smaller one;
    ``agnostic``: a box, where one of any class does.
    """
    boxes = Boxes.concat(parts)
    part = np.repeat(np.arange(len(parts)), [len(p) for p in parts])
    left = boxes.probs.max(1, keepdims=True, initial=0) if agnostic else boxes.probs.copy()
    for column in np.flatnonzero((left > 0).any(0)).tolist():
        rows = np.flatnonzero(left[:, column])
        rows = rows[np.argsort(-left[rows, column], kind="stable")]
        left[rows[_covered(boxes.xywh[rows], part[rows])], column] = 0
    probs = np.where(left > 0, boxes.probs, np.float32(0))
    return replace(boxes, probs=probs).take(np.flatnonzero((probs > 0).any(1)))


def _covered(xywh: FloatArray, part: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Which boxes (n, 4), the most probable first, an earlier one that stays covers, being of another part."""
    gone = np.zeros(len(xywh), np.bool_)
    with np.errstate(all="ignore"):
        low, high = np.split(corners(xywh), 2, 1)
        area = xywh[:, 2] * xywh[:, 3]
        for i in range(len(xywh)):
            if gone[i]:
                continue
            shared = np.minimum(high[i], high[i + 1 :]) - np.maximum(low[i], low[i + 1 :])
            inside = np.where((shared > 0).all(1), shared.prod(1), 0)
            gone[i + 1 :] |= (inside > COVERED * np.minimum(area[i], area[i + 1 :])) & (part[i + 1 :] != part[i])
    return gone
