"""How boxes look, for tracking: what [yolo] takes from its embedding_layer=.   C: blas.c get_embedding"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .geometry import FloatArray

__all__ = ["embeddings_of", "joined"]


def embeddings_of(
    layer: FloatArray, anchors: int, cell: npt.NDArray[np.intp], used: npt.NDArray[np.intp]
) -> FloatArray:
    """The embeddings (n, size) of the boxes in these cells, made from these of ``anchors`` anchors.

    ``layer``: the output (c, h, w) of the layer that has them, size = c / anchors channels for each anchor.
    """
    size = len(layer) // anchors
    grid: FloatArray = layer[: anchors * size].reshape(anchors, size, -1)
    return np.ascontiguousarray(grid[used, :, cell])


def joined(parts: Sequence[FloatArray | None], counts: Sequence[int]) -> FloatArray | None:
    """Embeddings of so many boxes each, one below the other, with zeros where some are shorter; None without any."""
    widest = max((part.shape[1] for part in parts if part is not None), default=0)
    if not widest:
        return None
    rows = np.zeros((sum(counts), widest), np.float32)
    first = 0
    for part, count in zip(parts, counts, strict=True):
        if part is not None:
            rows[first : first + count, : part.shape[1]] = part
        first += count
    return rows
