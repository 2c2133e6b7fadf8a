"""How often a classifier is right.   C: classifier.c validate_classifier_single"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

__all__ = ["Accuracy", "classes_in", "top_k"]

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Accuracy:
    """Counts over ``pictures``: those whose class is the likeliest one, and those of which it is among the ``top`` ones."""

    top: int
    pictures: int = 0
    first: int = 0
    among: int = 0

    def with_picture(self, scores: Scores | None, class_id: int | None) -> Accuracy:
        """One more picture: a score for each class, None for one that cannot be read, and its class, None if not known.

        Both are wrong answers.
        """
        likeliest = [] if scores is None else top_k(scores, self.top)
        first, among = self.first + (likeliest[:1] == [class_id]), self.among + (class_id in likeliest)
        return replace(self, pictures=self.pictures + 1, first=first, among=among)

    @property
    def top1(self) -> float:
        """The share of pictures whose class is the likeliest one, from 0 to 1; NaN without pictures."""
        return self._share(self.first)

    @property
    def topk(self) -> float:
        """The share of those of which it is among the ``top`` likeliest."""
        return self._share(self.among)

    def _share(self, count: int) -> float:
        return float(np.float32(count) / np.float32(self.pictures)) if self.pictures else float("nan")


def top_k(scores: Scores, k: int) -> list[int]:
    """The k likeliest classes, (n,) → numbers, the likeliest first; equal ones stand as the reference has them.

    C: utils.c top_k, which puts a class in its place by passing what was there on to the next place with less.
    """
    flat = scores.ravel()
    least = np.partition(flat, -k)[-k] if 0 < k < len(flat) and not np.isnan(flat).any() else -np.inf
    places: list[int] = []
    for number in np.flatnonzero(~(flat < least)).tolist():
        for j, there in enumerate(places):
            if flat[number] > flat[there]:
                places[j], number = number, there
        if len(places) < k:
            places.append(number)
    return places


def classes_in(path: str, labels: Sequence[str]) -> list[int]:
    """The classes whose label is a part of a picture's path; the first is the one that the reference takes."""
    return [number for number, label in enumerate(labels) if label in path]
