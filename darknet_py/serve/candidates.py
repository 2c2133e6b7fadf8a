"""The boxes of a picture before suppression, as the page takes them: its sliders then need no other request."""

from __future__ import annotations

import numpy as np

from ..boxes.table import Boxes

__all__ = ["packed"]


def packed(rows: Boxes, picture_size: tuple[int, int]) -> bytes:
    """What ``core/service.js`` reads, little-endian: rows, classes, the picture's width and height as uint32; then float32
    (rows, 4) of ``rows.xywh``, which is relative to the picture, and (rows, classes) of probabilities.

    ``rows``: those of ``net.boxes(outputs, fit, thresh)``, in their order, by a threshold as low as the sliders go.
    """
    kept = rows.take(np.flatnonzero(rows.probs.any(1)))
    head = np.array([len(kept), kept.classes, *picture_size], "<u4")
    return head.tobytes() + kept.xywh.astype("<f4").tobytes() + kept.probs.astype("<f4").tobytes()
