"""Which detections of a picture count: classes by name or number, the most probable ones, one class a place."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, TypedDict

import numpy as np

from .._support.spelling import hint
from .._support.words import brief
from ..errors import DarknetError
from .table import Boxes

__all__ = ["ALL", "Classes", "Selected", "Selection", "selection"]

Classes: TypeAlias = str | int | Iterable[str | int] | None
"""One class or several, each by its name or number; of one text names may be separated by commas; None: not given."""


class Selected(TypedDict, total=False):
    """``Selection`` as keywords of ``detect``: ``classes``, those that are looked for, or ``skip_classes``, those that are
    not; ``max_det``: the most probable detections at most; ``agnostic_nms``: boxes suppress each other whatever their class.
    """

    classes: Classes
    skip_classes: Classes
    max_det: int | None
    agnostic_nms: bool


@dataclass(frozen=True)
class Selection:
    """``classes``: numbers of those that count, None: all; ``max_det``: detections of a picture at most, None: all;
    ``agnostic_nms``: a box removes worse ones of any class, and has but its best class itself.
    """

    classes: tuple[int, ...] | None = None
    max_det: int | None = None
    agnostic_nms: bool = False

    def of(self, boxes: Boxes, suppress: Callable[[Boxes], Boxes]) -> Boxes:
        """What counts of boxes, after suppression: of each class as without a selection, in the same order.

        Classes that do not count remove no others in agnostic suppression.
        """
        if self.agnostic_nms:
            return self.most_probable(suppress(self.of_classes(boxes)))
        return self.most_probable(self.of_classes(suppress(boxes)))

    def of_classes(self, boxes: Boxes) -> Boxes:
        """Boxes, the probabilities of other classes 0."""
        if self.classes is None:
            return boxes
        hidden = np.ones(boxes.classes, np.bool_)
        hidden[[j for j in self.classes if j < boxes.classes]] = False
        return replace(boxes, probs=np.where(hidden, np.float32(0), boxes.probs))

    def most_probable(self, boxes: Boxes) -> Boxes:
        """The ``max_det`` most probable classes of rows, of equal ones the first; the others are 0."""
        if self.max_det is None or np.count_nonzero(boxes.probs) <= self.max_det:
            return boxes
        rows, classes = np.nonzero(boxes.probs)
        rest = np.argsort(-boxes.probs[rows, classes], kind="stable")[self.max_det :]
        probs = boxes.probs.copy()
        probs[rows[rest], classes[rest]] = 0
        return replace(boxes, probs=probs)


ALL = Selection()


def selection(
    names: Sequence[str], count: int, classes: Classes = None, skip_classes: Classes = None, max_det: int | None = None,
    agnostic_nms: bool = False,
) -> Selection:  # fmt: skip
    """The selection that is asked for of a network with ``count`` classes, of which the first have ``names``.

    Raises DarknetError for a class that there is not, and for ``classes`` beside ``skip_classes``.
    """
    if classes is not None and skip_classes is not None:
        raise DarknetError("classes and skip_classes exclude each other; give one of them")
    chosen = _numbers("classes", classes, names, count)
    if skipped := _numbers("skip_classes", skip_classes, names, count):
        chosen = tuple(j for j in range(count) if j not in skipped)
    return Selection(chosen, _most(max_det), bool(agnostic_nms))


def _most(max_det: int | None) -> int | None:
    if max_det is None:
        return None
    if isinstance(max_det, bool) or not isinstance(max_det, (int, np.integer)) or max_det < 1:
        raise DarknetError(f"max_det={max_det!r} is not possible; it must be a whole number from 1")
    return int(max_det)


def _numbers(option: str, asked: Classes, names: Sequence[str], count: int) -> tuple[int, ...] | None:
    """The numbers of classes, each once."""
    if asked is None:
        return None
    if isinstance(asked, str):
        words: list[str | int] = [asked] if asked in names else [word for word in map(str.strip, asked.split(",")) if word]
    else:
        words = list(asked) if isinstance(asked, Iterable) else [asked]
    if not words:
        raise DarknetError(f"{option}={asked!r} names no class; leave it out for all of them")
    return tuple(dict.fromkeys(j for word in words for j in _number(option, word, names, count)))


def _number(option: str, word: str | int, names: Sequence[str], count: int) -> list[int]:
    """The classes of a name, else the one of a number."""
    if isinstance(word, str) and (named := [j for j, name in enumerate(names[:count]) if name == word]):
        return named
    try:
        number = int(word) if isinstance(word, str) else operator.index(word)
    except (TypeError, ValueError):
        number = None
    if isinstance(word, (bool, np.bool_)) or number is None:
        near = hint(str(word), names[:count], f"there are {brief(names[:count])}, or numbers from 0 to {count - 1}")
        raise DarknetError(f"{option}: no class {word!r}; {near}")
    if not 0 <= number < count:
        raise DarknetError(f"{option}: no class {number}; the network's have the numbers 0 to {count - 1}")
    return [number]
