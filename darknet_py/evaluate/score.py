"""Darknet's figures for a set of pictures: AP of each class, mAP, precision, recall, F1.

C: detector.c validate_detector_map
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import DatasetError
from ..files.samples import Sample
from .matching import Found, Match, match

__all__ = ["Ranked", "Score", "average_precision", "score", "scored"]

Ints = NDArray[np.int64]


class Ranked(NamedTuple):
    """Entries, the most probable first: ``probs`` float32 (n,), and ``hits``: which is the first to hit its label."""

    probs: NDArray[np.float32]
    hits: NDArray[np.bool_]


@dataclass(frozen=True)
class Score:
    """``ap`` float64 (classes,) and ``truths``, the number of labels of each class; ``labels`` of all, unknown ones too.

    ``tp`` and ``fp`` (classes,) count entries above ``conf_thresh``; the rest is of all of them.
    """

    iou_thresh: float
    conf_thresh: float
    points: int
    detections: int
    ap: NDArray[np.float64]
    truths: Ints
    labels: int
    tp: Ints
    fp: Ints
    average_iou: float

    @property
    def mean_ap(self) -> float:
        """Over all classes, those without labels too."""
        return float(self.ap.sum() / len(self.ap))

    @property
    def fn(self) -> int:
        return int(self.labels - self.tp.sum())

    @property
    def precision(self) -> float:
        """Of what is above ``conf_thresh``; NaN when that is nothing."""
        return _share(self.tp.sum(), self.tp.sum() + self.fp.sum())

    @property
    def recall(self) -> float:
        """Of the labels; NaN when there are none."""
        return _share(self.tp.sum(), self.labels)

    @property
    def f1(self) -> float:
        return _share(2 * self.precision * self.recall, self.precision + self.recall)


def _share(part: float, whole: float) -> float:
    return float(np.float32(part) / np.float32(whole)) if whole else float("nan")


def score(
    found: Sequence[Found], samples: Sequence[Sample], classes: int, iou_thresh: float = 0.5, points: int = 0,
    conf_thresh: float = 0.25,
) -> Score:  # fmt: skip
    """What Darknet says about a network that has found ``found`` in the pictures of ``samples``.

    ``points``: see ``average_precision``.
    """
    return scored(found, samples, classes, iou_thresh, points, conf_thresh)[0]


def scored(
    found: Sequence[Found], samples: Sequence[Sample], classes: int, iou_thresh: float, points: int, conf_thresh: float
) -> tuple[Score, list[Ranked]]:
    """``score``, and the entries of each class that it is of.  Raises DatasetError without pictures."""
    if not samples:
        raise DatasetError("there is no picture to evaluate; is the list of pictures empty?")
    matches = [match(f, s, iou_thresh) for f, s in zip(found, samples, strict=True)]
    ranked = _by_class(*_ranked(found, samples, matches), classes)
    labels = np.concatenate([s.labels.classes for s in samples])
    truths = np.bincount(labels[(labels >= 0) & (labels < classes)], minlength=classes)
    tp, fp, average_iou = _above(found, matches, classes, conf_thresh)
    ap = [average_precision(of_class.hits, n, points) for of_class, n in zip(ranked, truths.tolist())]
    detections = sum(len(of_class.hits) for of_class in ranked)
    return Score(iou_thresh, conf_thresh, points, detections, np.array(ap), truths, len(labels), tp, fp, average_iou), ranked


def _ranked(found: Sequence[Found], samples: Sequence[Sample], matches: Sequence[Match]) -> tuple[Ranked, Ints]:
    """The entries that count, and the class of each."""
    first = np.cumsum([0, *(len(s.labels) for s in samples)])  # number of each picture's first label
    truth = np.concatenate([np.where(m.truth < 0, -1, m.truth + n)[m.counts] for m, n in zip(matches, first)])
    probs = np.concatenate([f.probs[m.counts] for f, m in zip(found, matches)])
    kinds = np.concatenate([f.classes[m.counts] for f, m in zip(found, matches)])
    order = np.argsort(-probs, kind="stable")
    return Ranked(probs[order], _first_hits(truth[order])), kinds[order]


def _first_hits(truth: Ints) -> NDArray[np.bool_]:
    """Which entries hit a label that none before them does."""
    labels, at = np.unique(truth, return_index=True)
    hits = np.zeros(len(truth), np.bool_)
    hits[at[labels >= 0]] = True
    return hits


def _by_class(ranked: Ranked, kinds: Ints, classes: int) -> list[Ranked]:
    order = np.argsort(kinds, kind="stable")
    starts = np.searchsorted(kinds[order], np.arange(1, classes))
    return [Ranked(*part) for part in zip(*(np.split(values[order], starts) for values in (ranked.probs, ranked.hits)))]


def _above(found: Sequence[Found], matches: Sequence[Match], classes: int, conf_thresh: float) -> tuple[Ints, Ints, float]:
    """(tp, fp) of each class above the threshold, and the mean IoU of those entries, 0 for false ones.

    Entries of a picture are taken in the order of rows, not of probability, so that one below the threshold may hit a
    label first; what hits a difficult object is false here.  Both as in the reference.
    """
    passes = np.concatenate([f.probs for f in found]) > np.float32(conf_thresh)
    kinds = np.concatenate([f.classes for f in found])[passes]
    right = np.concatenate([_first_hits(m.truth) for m in matches])[passes]
    iou = np.concatenate([m.iou for m in matches])[passes][right]
    total = float(np.cumsum(iou, dtype=np.float32)[-1]) if len(iou) else 0.0  # a sum in order, as in C
    tp, fp = (np.bincount(kinds[which], minlength=classes) for which in (right, ~right))
    return tp, fp, total / max(len(kinds), 1)


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
    levels = np.arange(points) * (1.0 / (points - 1))  # of a rounded step: .3 of 11 points lies just above 3 of 10
    return float(np.sum(np.append(best_from, 0.0)[np.searchsorted(recall, levels)]) / points)
