"""Label files: the objects of a picture.   C: data.c read_boxes; utils.c replace_image_to_label"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import DarknetWarning, DatasetError
from .characters import BLANK, plain, report
from .text import lines, read_text

__all__ = ["NO_LABELS", "Labels", "find_labels", "is_label_file", "label_path", "read_labels"]

MOST_CLASSES = 10**6
FLOAT_MAX = float(np.finfo(np.float32).max)
Word = tuple[int, str]  # with its line

_CLASS = re.compile(r"([+-]?[0-9]{1,9})(\.0*)?")
_NUMBER = re.compile(r"[+-]?([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


@dataclass(frozen=True)
class Labels:
    """The objects of a picture: ``classes`` int64 (n,), ``xywh`` float32 (n, 4) relative to the picture.

    ``lines``: that of each in its file, if they come from one.
    """

    classes: NDArray[np.int64]
    xywh: NDArray[np.float32]
    lines: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.classes)


NO_LABELS = Labels(np.zeros(0, np.int64), np.zeros((0, 4), np.float32))


def label_path(picture: str) -> Path:
    """Where a picture's labels belong: beside it, or in the data set's labels folder.   C: utils.c replace_image_to_label

    Other than in C, any suffix is replaced, so that no picture is overwritten by its own labels.
    """
    path = picture.strip(" \t")
    for sep in "/\\":
        for images, labels in _FOLDERS:
            path = path.replace(sep + images.format(s=sep) + sep, sep + labels.format(s=sep) + sep, 1)
    return Path(path).with_suffix(".txt")


_FOLDERS = (
    ("images{s}train2017", "labels{s}train2017"), ("images{s}val2017", "labels{s}val2017"),
    ("images{s}train2014", "labels{s}train2014"), ("images{s}val2014", "labels{s}val2014"),
    ("JPEGImages", "labels"),
)  # fmt: skip


def find_labels(picture: str) -> Path:
    """The picture's label file: where the reference looks or, not being there, under labels/ in place of images/."""
    path = label_path(picture)
    if not path.exists() and "images" in path.parts[:-1]:
        at = len(path.parts) - 1 - path.parts[::-1].index("images")
        other = Path(*path.parts[:at], "labels", *path.parts[at + 1 :])
        return other if other.exists() else path
    return path


def is_label_file(path: str | Path) -> bool:
    """Whether a file that is there begins as a label file does."""
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as file:
            words = file.readline(1000).split()
    except OSError:
        return False
    return len(words) == 5 and bool(_CLASS.fullmatch(words[0])) and all(map(_NUMBER.fullmatch, words[1:]))


def read_labels(path: str | Path) -> Labels:
    """A label file: ``class x y width height`` of each object, with blanks or ends of lines between.   C: data.c read_boxes

    In a file that is not so to its end, where the reference stops reading, the objects at the beginning of each line are
    read, up to a remark or an object that is cut off; what is left out is told in a warning.  Raises DatasetError when the
    file cannot be read.
    """
    objects, problems = _scan(path)
    for problem in problems:
        warnings.warn(problem, stacklevel=2)
    if not objects:
        return NO_LABELS
    return Labels(
        np.array([one.class_id for one in objects], np.int64), np.array([one.box for one in objects], np.float32),
        tuple(one.line for one in objects),
    )  # fmt: skip


def _scan(path: str | Path) -> tuple[list[_Object], list[DarknetWarning]]:
    """The objects of a label file, and what is to be said about its lines.  Raises DatasetError as ``read_labels`` does."""
    numbered, odd = _words(read_text(path, DatasetError))
    wrong: list[int] = []
    broken: list[int] = []
    try:
        objects = _objects([word for words in numbered for word in words])
    except ValueError:
        objects, wrong, broken = _by_line(numbered)
    told = (
        (wrong, "left out, not `class x y width height`"),
        (broken, "read up to where it is no longer `class x y width height`"),
        ([one.line for one in objects if one.is_decimal], "a class in decimals is read as a whole number; Darknet does not"),
        ([number for number, _ in odd[:1]], report(odd)),
    )
    return objects, [_warning(path, numbers, message) for numbers, message in told if numbers]


@dataclass(frozen=True)
class _Object:
    """An object, and the line that its first word is in; ``is_decimal``: its class is written as in ``1.0``."""

    line: int
    class_id: int
    box: list[float]
    is_decimal: bool


def _words(text: str) -> tuple[list[list[Word]], list[tuple[int, str]]]:
    """The words of each line with its number, and (line, character) of what is read as what it looks like."""
    if text.isascii():
        return [[(number, word) for word in line.split()] for number, line in enumerate(lines(text), 1)], []
    numbered, odd = [], []
    for number, line in enumerate(lines(text), 1):
        meant = plain(BLANK.sub(" ", line))
        numbered.append([(number, word) for word in meant.split()])
        if not meant.isspace():
            kept = set(meant)
            odd += [(number, c) for c in dict.fromkeys(line) if c not in kept and not c.isascii()]
    return numbered, odd


def _objects(words: Sequence[Word]) -> list[_Object]:
    """The objects of a stream of words.  Raises ValueError when it is none."""
    return [_object(words[i : i + 5]) for i in range(0, len(words), 5)]


def _by_line(numbered: Sequence[Sequence[Word]]) -> tuple[list[_Object], list[int], list[int]]:
    """The objects that lines begin with, and the numbers of lines without any and of those that go on otherwise."""
    objects: list[_Object] = []
    wrong: list[int] = []
    broken: list[int] = []
    for words in numbered:
        own = _beginning(words)
        objects += own
        if 5 * len(own) < len(words):
            (broken if own else wrong).append(words[0][0])
    return objects, wrong, broken


def _beginning(words: Sequence[Word]) -> list[_Object]:
    """The objects before a remark or one that is cut off; none where more numbers follow, as in outlines."""
    objects: list[_Object] = []
    for i in range(0, len(words), 5):
        try:
            objects.append(_object(words[i : i + 5]))
        except ValueError:
            return objects if _CLASS.fullmatch(words[i][1]) or not _NUMBER.fullmatch(words[i][1]) else []
    return objects


def _object(words: Sequence[Word]) -> _Object:
    """Raises ValueError for what is no object."""
    (line, first), *sides = words
    match, box = _CLASS.fullmatch(first), [float(side) for _, side in sides if _NUMBER.fullmatch(side)]
    if match is None or len(box) != 4 or max(map(abs, box)) > FLOAT_MAX or abs(class_id := int(match[1])) > MOST_CLASSES:
        raise ValueError("not class x y width height")
    return _Object(line, class_id, box, "." in first)


def _warning(path: str | Path, numbers: Sequence[int], message: str) -> DarknetWarning:
    more = f" and {len(numbers) - 1} more lines" if numbers[1:] else ""
    return DarknetWarning(message, f"{path}:{numbers[0]}{more}:", numbers[0])
