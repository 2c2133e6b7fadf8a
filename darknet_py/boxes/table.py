"""The table of boxes: what heads decode to, and suppression and all that follows work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .embeddings import joined
from .geometry import FloatArray, pixels

__all__ = ["Boxes", "FloatArray"]


@dataclass(frozen=True)
class Boxes:
    """Rows of candidate boxes in the reference's order.   C: darknet.h detection

    ``xywh`` (n, 4): centre x, y, width, height, relative to the net input until ``geometry.correct_yolo_boxes``
    relates them to the picture.  ``objectness`` (n,).  ``probs`` (n, classes): 0 where not above the threshold.
    ``uncertainty`` (n, 4) of x, y, w, h: 0 but for Gaussian heads.  ``embeddings`` (n, size), of networks that have an
    embedding_layer=.  All float32.
    """

    xywh: FloatArray
    objectness: FloatArray
    probs: FloatArray
    uncertainty: FloatArray
    embeddings: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.objectness)

    @property
    def classes(self) -> int:
        return int(self.probs.shape[1])

    def take(self, rows: npt.NDArray[np.intp]) -> Boxes:
        """The rows of these numbers, in their order."""
        embeddings = None if self.embeddings is None else self.embeddings[rows]
        return Boxes(self.xywh[rows], self.objectness[rows], self.probs[rows], self.uncertainty[rows], embeddings)

    def widened(self, classes: int) -> Boxes:
        """The same with ``classes`` columns of probabilities, new ones 0."""
        if classes == self.classes:
            return self
        probs = np.zeros((len(self), classes), np.float32)
        probs[:, : self.classes] = self.probs
        return replace(self, probs=probs)

    def in_pixels(self, picture_size: tuple[int, int]) -> Boxes:
        """Relative to the picture of (width, height) → in its pixels.   C: get_network_boxes with relative=0"""
        return replace(self, xywh=pixels(self.xywh, picture_size))

    @classmethod
    def empty(cls, classes: int = 0) -> Boxes:
        """No rows."""
        shapes = (0, 4), (0,), (0, classes), (0, 4)
        return cls(*(np.zeros(shape, np.float32) for shape in shapes))

    @classmethod
    def concat(cls, parts: Sequence[Boxes]) -> Boxes:
        """All rows in order; parts with fewer classes get zeros for the others."""
        if len(parts) < 2:
            return parts[0] if parts else cls.empty()
        classes = max(part.classes for part in parts)
        arrays = zip(*((b.xywh, b.objectness, b.widened(classes).probs, b.uncertainty) for b in parts), strict=True)
        xywh, objectness, probs, uncertainty = map(np.concatenate, arrays)
        embeddings = joined([part.embeddings for part in parts], list(map(len, parts)))
        return cls(xywh, objectness, probs, uncertainty, embeddings)
