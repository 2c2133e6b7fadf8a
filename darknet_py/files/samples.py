"""Pictures with what is in them, as evaluation needs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import DatasetError
from .labels import NO_LABELS, Labels, find_labels, read_labels

__all__ = ["Sample", "samples"]


@dataclass(frozen=True)
class Sample:
    """A picture, label files of it that are not there, what is in it, and what is too difficult to count."""

    picture: str
    missing: tuple[Path, ...] = ()
    labels: Labels = NO_LABELS
    difficult: Labels = NO_LABELS


def samples(pictures: Sequence[str], difficult: Sequence[str] = (), classes: int | None = None) -> list[Sample]:
    """Each picture with its labels.  ``difficult``: none, or for each picture a path to find its difficult ones by.

    A label file that is not there counts as empty.  Raises DatasetError when ``difficult`` has another length, or when
    a label's class is not below ``classes``.
    """
    if difficult and len(difficult) != len(pictures):
        raise DatasetError(f"{len(difficult)} paths of difficult objects for {len(pictures)} pictures; "
                           "the two lists go together line by line")  # fmt: skip
    found = []
    for i, picture in enumerate(pictures):
        files = [find_labels(p) for p in (picture, *difficult[i : i + 1])]
        missing = tuple(path for path in files if not path.exists())
        read = [NO_LABELS if path in missing else _checked(path, classes) for path in files]
        found.append(Sample(picture, missing, *read))
    return found


def _checked(path: Path, classes: int | None) -> Labels:
    """Raises DatasetError when a class is below 0 or not below ``classes``."""
    labels = read_labels(path)
    for class_id in labels.classes.tolist():
        if class_id < 0 or (classes is not None and class_id >= classes):
            most = "" if classes is None else f"; the network has {classes}, numbered 0 to {classes - 1}"
            raise DatasetError(f"{path}: there is no class {class_id}{most}")
    return labels
