"""Probabilities of boxes whose classes form a tree.   C: region_layer.c get_region_boxes"""

from __future__ import annotations

import numpy as np

from ..layers.class_tree import ClassTree, hierarchy_predictions
from ..layers.region import SURE
from .geometry import FloatArray

__all__ = ["mapped_probabilities", "tree_probabilities"]


def tree_probabilities(tree: ClassTree, objectness: FloatArray, scores: FloatArray, thresh: float) -> FloatArray:
    """One class a box of objectness above ``thresh``: the last that is sure, with its own probability: (n, classes)."""
    probs = np.zeros(scores.shape, np.float32)
    rows = np.flatnonzero(objectness > np.float32(thresh))
    absolute = hierarchy_predictions(tree, scores[rows])
    sure = absolute > SURE
    last = sure.shape[1] - 1 - sure[:, ::-1].argmax(1)
    found = sure.any(1)
    probs[rows[found], last[found]] = absolute[found, last[found]]
    return probs


def mapped_probabilities(
    tree: ClassTree, classes: tuple[int, ...], objectness: FloatArray, scores: FloatArray, thresh: float
) -> FloatArray:
    """Of these classes, in this order, objectness times probability where above ``thresh``; of others 0: (n, classes)."""
    probs = np.zeros(scores.shape, np.float32)
    products = objectness[:, None] * hierarchy_predictions(tree, scores)[:, list(classes)]
    probs[:, : len(classes)] = np.where(products > np.float32(thresh), products, np.float32(0))
    return probs
