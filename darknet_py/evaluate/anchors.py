"""Anchors for one's own boxes: k-means with 1 - IoU as the distance.   C: matrix.c do_kmeans, detector.c calc_anchors"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Anchors", "calculate"]

Sizes = NDArray[np.float64]

TRIES = 20  # starts, of which the best is kept
SAMPLE = 10_000  # boxes that a start is tried on
MOST_ROUNDS = 1000


@dataclass(frozen=True)
class Anchors:
    """``sizes`` float64 (k, 2): width and height, the smallest area first; ``assigned`` (n,): each box's anchor.

    ``average_iou`` is the boxes' with their anchors, ``rounds`` how often the means moved until they stood.
    """

    sizes: Sizes
    assigned: NDArray[np.intp]
    average_iou: float
    rounds: int


def calculate(boxes: Sizes, k: int, seed: int = 0) -> Anchors:
    """The k anchors for boxes (n, 2) of width and height, n at least k.

    Random starts are tried on at most 10,000 boxes; the one with the best average IoU goes on with all of them.
    """
    random = np.random.default_rng(seed)
    part = boxes if len(boxes) <= SAMPLE else random.choice(boxes, SAMPLE, replace=False)
    tries = [_moved(part, _spread(part, k, random)) for _ in range(TRIES)]
    best = max(tries, key=lambda a: a.average_iou)
    if part is not boxes:
        best = _moved(boxes, best.sizes)
    order = np.argsort(best.sizes.prod(axis=1), kind="stable")
    return Anchors(best.sizes[order], np.argsort(order)[best.assigned], best.average_iou, best.rounds)


def _spread(boxes: Sizes, k: int, random: np.random.Generator) -> Sizes:
    """k boxes, each drawn with a probability that grows with its distance from those before (k-means++)."""
    chosen = boxes[[random.integers(len(boxes))]]
    while len(chosen) < k:
        far = (1 - _iou(boxes, chosen).max(axis=0)) ** 2
        weights = far / far.sum() if far.sum() > 0 else None
        chosen = np.concatenate([chosen, boxes[[random.choice(len(boxes), p=weights)]]])
    return chosen


def _moved(boxes: Sizes, centers: Sizes) -> Anchors:
    """Centers moved to the mean of the boxes nearest to them, until none changes hands; an empty one stays."""
    k, assigned, rounds = len(centers), None, 0
    while rounds < MOST_ROUNDS:
        nearest = _iou(boxes, centers).argmax(axis=0)
        if assigned is not None and np.array_equal(nearest, assigned):
            break
        counts = np.bincount(nearest, minlength=k)[:, None]
        sums = np.stack([np.bincount(nearest, boxes[:, side], k) for side in (0, 1)], 1)
        centers = np.where(counts > 0, sums / np.maximum(counts, 1), centers)
        assigned, rounds = nearest, rounds + 1
    iou = _iou(boxes, centers)
    return Anchors(centers, iou.argmax(axis=0), float(iou.max(axis=0).mean()), rounds)


def _iou(boxes: Sizes, centers: Sizes) -> Sizes:
    """IoU (k, n) of centers and boxes that share a corner."""
    (w, h), (center_w, center_h) = boxes.T, centers.T[:, :, None]
    shared = np.minimum(w, center_w) * np.minimum(h, center_h)
    return np.asarray(shared / (w * h + center_w * center_h - shared))
