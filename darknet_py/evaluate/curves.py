"""Precision, recall and F1 as the threshold of probability falls, and the threshold with the best F1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .score import Ranked

__all__ = ["Counts", "Curve", "Cut", "curve_of", "pooled"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Counts:
    """Labels that boxes hit, boxes that hit none (or one that another box has), and labels that none hits."""

    tp: int
    fp: int
    fn: int

    @property
    def precision(self) -> float:
        """The share of the boxes that are right; NaN without boxes."""
        return _share(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        """The share of the labels that are found; NaN without labels."""
        return _share(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float:
        """The harmonic mean of both; 0 where nothing is right, NaN without boxes and labels."""
        return _share(2 * self.tp, 2 * self.tp + self.fp + self.fn)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan


@dataclass(frozen=True)
class Cut:
    """A threshold, and what counts where boxes must be more probable."""

    thresh: float
    counts: Counts


@dataclass(frozen=True)
class Curve:
    """What counts at each probability that a box has: ``probs`` float32 (n,), falling; ``tp`` and ``fp`` int64 (n,) of the
    boxes that are at least as probable.  ``labels``: how many there are."""

    probs: NDArray[np.float32]
    tp: Ints
    fp: Ints
    labels: int

    @property
    def precision(self) -> Floats:
        return np.asarray(self.tp / np.maximum(self.tp + self.fp, 1))

    @property
    def recall(self) -> Floats:
        """All 0 without labels."""
        return np.asarray(self.tp / max(self.labels, 1))

    @property
    def f1(self) -> Floats:
        return np.asarray(2 * self.tp / np.maximum(self.tp + self.fp + self.labels, 1))

    def best(self, least: float = 0.0) -> Cut | None:
        """Where F1 is largest, of equal ones the highest threshold; None where no box is right.

        The threshold is the shortest number by which just these boxes pass.  ``least``: boxes below were not looked for.
        """
        if not self.tp.any():
            return None
        at = int(np.argmax(self.f1))
        below = self.probs[at + 1] if at + 1 < len(self.probs) else np.float32(least)
        counts = Counts(int(self.tp[at]), int(self.fp[at]), self.labels - int(self.tp[at]))
        return Cut(_shortest(below, self.probs[at]), counts)

    def at(self, thresh: float) -> Counts:
        """What counts where boxes must be more probable than a threshold."""
        passing = int(np.searchsorted(-self.probs, -np.float32(thresh)))
        tp, fp = (int(self.tp[passing - 1]), int(self.fp[passing - 1])) if passing else (0, 0)
        return Counts(tp, fp, self.labels - tp)

    def precision_at(self, recalls: Floats) -> Floats:
        """The best precision at each of these recalls or a larger one, 0 where there is none."""
        best_from = np.maximum.accumulate(self.precision[::-1])[::-1]
        return np.asarray(np.append(best_from, 0.0)[np.searchsorted(self.recall, recalls)])

    def f1_at(self, thresholds: Floats) -> Floats:
        """F1 of the boxes that are more probable than each of these thresholds."""
        passing = np.searchsorted(-self.probs, -thresholds.astype(np.float32))
        return np.asarray(np.append(0.0, self.f1)[passing])


def curve_of(ranked: Ranked, labels: int) -> Curve:
    """Boxes that are equally probable pass together."""
    last = np.flatnonzero(np.append(ranked.probs[1:] != ranked.probs[:-1], True)[: len(ranked.probs)])
    tp = np.cumsum(ranked.hits, dtype=np.int64)[last]
    return Curve(ranked.probs[last], tp, last + 1 - tp, labels)


def pooled(ranked: Sequence[Ranked], labels: int) -> Curve:
    """The curve of the boxes of all classes together."""
    probs, hits = (np.concatenate(parts) for parts in zip(*ranked))
    order = np.argsort(-probs, kind="stable")
    return curve_of(Ranked(probs[order], hits[order]), labels)


def _shortest(least: np.float32, below: np.float32) -> float:
    """The largest of the numbers with the fewest digits that are at least ``least`` and below ``below``, as float32."""
    for digits in range(1, 9):
        parts = math.floor(float(below) * 10**digits)
        parts -= np.float32(parts / 10**digits) >= below
        if np.float32(parts / 10**digits) >= least:
            return parts / 10**digits
    return float(least)
