"""Pictures with what is in them, as evaluation needs them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import DarknetWarning, DatasetError
from .labels import NO_LABELS, Labels, find_labels, read_labels

__all__ = ["Sample", "samples"]

Place = tuple[Path, int, int]  # a label's file, line and class


@dataclass(frozen=True)
class Sample:
    """A picture, label files of it that are not there, what is in it, and what is too difficult to count."""

    picture: str
    missing: tuple[Path, ...] = ()
    labels: Labels = NO_LABELS
    difficult: Labels = NO_LABELS


def samples(
    pictures: Sequence[str], difficult: Sequence[str] = (), classes: int | None = None,
    done: Callable[[], object] = lambda: None,
) -> list[Sample]:  # fmt: skip
    """Each picture with its labels.  ``difficult``: none, or for each picture a path to find its difficult ones by;
    ``done`` is called after each.

    A label file that is not there counts as empty.  Warns (DarknetWarning) of labels whose class is below 0 or not below
    ``classes``.  Raises DatasetError when ``difficult`` has another length.
    """
    if difficult and len(difficult) != len(pictures):
        raise DatasetError(f"{len(difficult)} paths of difficult objects for {len(pictures)} pictures; "
                           "the two lists go together line by line")  # fmt: skip
    read, strange = [], []
    for i, picture in enumerate(pictures):
        files = [find_labels(p) for p in (picture, *difficult[i : i + 1])]
        missing = tuple(path for path in files if not path.exists())
        labels = [NO_LABELS if path in missing else read_labels(path) for path in files]
        strange += [place for path, own in zip(files, labels) for place in _beyond(path, own, classes)]
        read.append(Sample(picture, missing, *labels))
        done()
    if strange:
        warnings.warn(_told(strange, classes), stacklevel=2)
    return read


def _beyond(path: Path, labels: Labels, classes: int | None) -> list[Place]:
    """Where a class is below 0 or not below ``classes``."""
    most = np.inf if classes is None else classes
    beyond = np.flatnonzero((labels.classes < 0) | (labels.classes >= most)).tolist()
    return [(path, labels.lines[i], int(labels.classes[i])) for i in beyond]


def _told(strange: Sequence[Place], classes: int | None) -> DarknetWarning:
    (path, line, class_id), *others = strange
    more = f", nor those of {len(others)} other label{'s' if others[1:] else ''}" if others else ""
    known = "" if classes is None else f"; the network has {classes}, numbered 0 to {classes - 1}"
    return DarknetWarning(f"there is no class {class_id}{more}{known}", f"{path}:{line}:", line)
