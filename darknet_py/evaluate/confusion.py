"""Which classes a network takes for which others, and the pictures in which it is wrong most.

Boxes and labels go together in pairs, each with one other at most: those of one class first, of these and then of the others
those first that overlap most.  What is left over is a false box or a missed label.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..boxes.geometry import box_iou
from ..files.samples import Sample
from .matching import Found, best_overlaps

__all__ = ["Confusion", "Mistakes", "confusion", "worst"]

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Confusion:
    """``counts`` int64 (classes + 1, classes + 1): a row for the class of a label, a column for that of a box; the last row
    is of boxes that are on no label, the last column of labels that no box is on.

    Difficult objects, and labels of classes that the network does not have, are left out.
    """

    iou_thresh: float
    conf_thresh: float
    counts: Ints

    def mistaken(self, most: int = 10) -> list[tuple[int, int, int]]:
        """(class of the label, class of the box, how often): the classes that are taken for others most often."""
        others = self.counts[:-1, :-1] * ~np.eye(len(self.counts) - 1, dtype=bool)
        pairs = [(int(i), int(j), int(others[i, j])) for i, j in np.argwhere(others > 0)]
        return sorted(pairs, key=lambda pair: -pair[2])[:most]


class _Pairs(NamedTuple):
    """Of a picture the entries above the threshold and the labels: ``pairs`` (n, 2) of both, and what is in none."""

    pairs: Ints
    false: Ints
    missed: Ints


@dataclass(frozen=True)
class Mistakes:
    """What is wrong in the picture of this ``number``: entries of its Found and labels of its Sample.

    ``false``: entries on no label; ``wrong``: (entry, label) of another class; ``missed``: labels that no entry is on.
    ``weight``: probabilities of the wrong entries, and 1 for each label that is missed.
    """

    number: int
    weight: float
    false: tuple[int, ...]
    wrong: tuple[tuple[int, int], ...]
    missed: tuple[int, ...]


def confusion(
    found: Sequence[Found], samples: Sequence[Sample], classes: int, iou_thresh: float = 0.5, conf_thresh: float = 0.25
) -> Confusion:
    """The matrix of the entries above ``conf_thresh``, which overlap a label by more than ``iou_thresh``."""
    counts = np.zeros((classes + 1, classes + 1), np.int64)
    for f, s in zip(found, samples, strict=True):
        labels = s.labels.classes
        pairs, false, missed = _paired(f, s, iou_thresh, conf_thresh)
        known = (labels >= 0) & (labels < classes)
        pairs, missed = pairs[known[pairs[:, 1]]], missed[known[missed]]
        np.add.at(counts, (labels[pairs[:, 1]], f.classes[pairs[:, 0]]), 1)
        np.add.at(counts, (np.full(len(false), classes), f.classes[false]), 1)
        np.add.at(counts, (labels[missed], np.full(len(missed), classes)), 1)
    return Confusion(iou_thresh, conf_thresh, counts)


def worst(
    found: Sequence[Found], samples: Sequence[Sample], most: int = 24, iou_thresh: float = 0.5, conf_thresh: float = 0.25
) -> list[Mistakes]:
    """The pictures with the largest weight of mistakes, the worst first; of those without any none."""
    every = _mistakes(found, samples, iou_thresh, conf_thresh)
    return heapq.nlargest(most, (m for m in every if m.weight > 0), key=lambda m: (m.weight, -m.number))


def _mistakes(
    found: Sequence[Found], samples: Sequence[Sample], iou_thresh: float, conf_thresh: float
) -> Iterator[Mistakes]:
    for number, (f, s) in enumerate(zip(found, samples, strict=True)):
        pairs, false, missed = _paired(f, s, iou_thresh, conf_thresh)
        wrong = pairs[f.classes[pairs[:, 0]] != s.labels.classes[pairs[:, 1]]]
        weight = float(f.probs[false].sum() + f.probs[wrong[:, 0]].sum()) + len(missed)
        others = tuple((int(i), int(j)) for i, j in wrong)
        yield Mistakes(number, weight, tuple(false.tolist()), others, tuple(missed.tolist()))


def _paired(found: Found, sample: Sample, iou_thresh: float, conf_thresh: float) -> _Pairs:
    passing, labels = np.flatnonzero(found.probs > np.float32(conf_thresh)), sample.labels
    iou = np.asarray(box_iou(found.xywh[passing][:, None], labels.xywh)).reshape(len(passing), len(labels))
    i, j = np.nonzero(iou > np.float32(iou_thresh))
    other = found.classes[passing[i]] != labels.classes[j]
    free, left, pairs = np.ones(len(passing), bool), np.ones(len(labels), bool), []
    for k in np.lexsort((-iou[i, j], other)).tolist():
        if free[i[k]] and left[j[k]]:
            free[i[k]] = left[j[k]] = False
            pairs.append((passing[i[k]], j[k]))
    forgiven = best_overlaps(found, sample.difficult, iou_thresh)[0] >= 0
    false = passing[free]
    return _Pairs(np.array(pairs, np.int64).reshape(-1, 2), false[~forgiven[false]], np.flatnonzero(left))
