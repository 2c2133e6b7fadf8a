"""The boxes of a picture as pictures of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..boxes.geometry import corners, covered_pixels, pixels
from ..boxes.table import Boxes
from .printed_lines import best_classes

__all__ = ["crops"]


def crops(
    picture: NDArray[np.uint8], rows: Boxes, names: Sequence[str], thresh: float
) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """The class's name and the pixels of each box that is drawn, as far as it is in the BGR picture (h, w, 3)."""
    size = picture.shape[1], picture.shape[0]
    for best in best_classes(rows, names, thresh):
        edges = pixels(corners(rows.xywh[best.row].astype(np.float64)), size)
        left, top, right, bottom = covered_pixels(edges, size).tolist()
        if left < right and top < bottom:
            yield names[best.class_id], picture[top:bottom, left:right]
