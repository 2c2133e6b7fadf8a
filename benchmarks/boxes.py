"""How far an engine's boxes are from native's, over several pictures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from darknet_py.boxes.thresholds import THRESH
from darknet_py.compare.box_difference import PROB, BoxRows, match

__all__ = ["Apart", "apart"]


@dataclass(frozen=True)
class Apart:
    """``boxes``: native's, in all ``pictures``.  ``prob``, ``place``: the largest differences of a probability, and of a
    coordinate or side in parts of the picture.  ``lone``: boxes that only one of the two has, the most probable of them
    ``over`` the threshold.
    """

    pictures: int = 0
    boxes: int = 0
    prob: float = 0.0
    place: float = 0.0
    lone: int = 0
    over: float = 0.0

    @property
    def largest(self) -> float:
        return max(self.prob, self.place)

    def __str__(self) -> str:
        lone = f"; {self.lone} of one engine only, up to {self.over:.1e} over the threshold" * bool(self.lone)
        return f"{self.boxes} boxes in {self.pictures} pictures within {self.largest:.1e}{lone}"


def apart(theirs: Iterable[BoxRows], ours: Iterable[BoxRows], thresh: float = THRESH) -> Apart:
    """Of native's boxes in each picture, (n, 6) as ``rows_of`` has them, and another engine's."""
    total = Apart()
    for native, other in zip(theirs, ours, strict=True):
        difference = match(other, native, thresh)
        lone = np.concatenate([difference.missing, difference.extra])
        total = Apart(
            total.pictures + 1, total.boxes + len(native), max(total.prob, difference.confidence),
            max(total.place, difference.moved), total.lone + len(lone),
            max(total.over, float((lone[:, PROB] - thresh).max(initial=0))),
        )  # fmt: skip
    return total
