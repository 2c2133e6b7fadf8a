"""One class of one box, and all that a table of boxes has of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..errors import DarknetError
from ..image import Size
from .geometry import corners, pixels
from .table import Boxes

__all__ = ["HIDDEN", "Box", "Detection", "listed"]

HIDDEN = "dont_show"  # how names of classes begin that are neither drawn nor written.   C: image.c, network.c

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Detection:
    """One class of one box.  ``box``: centre x, centre y, width, height, relative to the picture.

    ``embedding``: float32 (size,), which is alike for the same object in several pictures; None unless the network's [yolo]
    has an embedding_layer=.  ``picture_size``: (width, height) of the picture in pixels, which its Detections give it.
    """

    class_id: int
    name: str
    prob: float
    objectness: float
    box: Box
    embedding: npt.NDArray[np.float32] | None = field(default=None, repr=False, compare=False)
    picture_size: Size | None = field(default=None, repr=False, compare=False, kw_only=True)

    @property
    def xywhn(self) -> Box:
        """``box``: centre x, centre y, width, height, relative to the picture."""
        return self.box

    @property
    def xyxyn(self) -> Box:
        """Left, top, right, bottom, relative to the picture."""
        return _box(corners(np.array(self.box)))

    @property
    def xywh(self) -> Box:
        """Centre x, centre y, width, height in pixels.  Raises DarknetError where the picture's size is not known."""
        return _box(pixels(np.array(self.box), self._size()))

    @property
    def xyxy(self) -> Box:
        """Left, top, right, bottom in pixels, beyond the picture too.  Raises DarknetError where its size is not known."""
        return _box(pixels(corners(np.array(self.box)), self._size()))

    def _size(self) -> Size:
        if self.picture_size is None:
            raise DarknetError("a Detection by itself has no pixels: give it picture_size=(width, height), or put it into "
                               "Detections(..., width, height)")  # fmt: skip
        return self.picture_size


def _box(values: npt.NDArray[np.float64]) -> Box:
    a, b, c, d = values.tolist()
    return a, b, c, d


def listed(boxes: Boxes, thresh: float, names: Sequence[str] = (), size: Size | None = None) -> list[Detection]:
    """One Detection for each class above ``thresh`` of each row, rows first; a class without a name has its number.

    ``size``: (width, height) of the picture.
    """
    rows, classes = np.nonzero(boxes.probs > np.float32(thresh))
    probs, objectness = boxes.probs[rows, classes].tolist(), boxes.objectness[rows].tolist()
    looks = [None] * len(rows) if boxes.embeddings is None else list(boxes.embeddings[rows])
    found = zip(classes.tolist(), probs, objectness, boxes.xywh[rows].tolist(), looks, strict=True)
    return [Detection(c, names[c] if c < len(names) else str(c), p, o, (x, y, w, h), look, picture_size=size)
            for c, p, o, (x, y, w, h), look in found]  # fmt: skip
