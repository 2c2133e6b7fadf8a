"""Average precision of hits and misses in the order of their probability.   C: detector.c validate_detector_map"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["average_precision"]


def average_precision(hits: NDArray[np.bool_], truths: int, points: int = 0) -> float:
    """The mean precision over recall.  ``hits``: best first, whether each is the first to hit a label.

    ``points`` 0: the area under the curve; else the mean over so many equally spaced recalls (11: PascalVOC 2007, 101:
    COCO) of the best precision from there on.
    """
    if not len(hits) or not truths:
        return 0.0
    right = np.cumsum(hits, dtype=np.float64)
    precision = right / np.arange(1, len(hits) + 1)
    best_from = np.maximum.accumulate(precision[::-1])[::-1]
    recall = right / truths
    if points == 0:
        return float(np.sum(np.diff(recall, prepend=0) * best_from))
    return _mean(recall, best_from, points)


def _mean(recall: NDArray[np.float64], best_from: NDArray[np.float64], points: int) -> float:
    """The reference's levels are multiples of a rounded step, so that .3 of 11 points lies just above 3 of 10."""
    levels = np.arange(points) * (1.0 / (points - 1))
    first = np.searchsorted(recall, levels)
    return float(np.sum(np.append(best_from, 0.0)[first]) / points)
