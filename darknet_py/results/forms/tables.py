"""pandas' frames and supervision's detections."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._support.optional import package_of
from ...boxes.detection import Detection
from ...errors import DarknetWarning, DatasetError
from ...image import Size
from ..choosing import Choosing
from .reading import Parts, box_of, class_number, detection, number, size_of

if TYPE_CHECKING:
    import pandas
    import supervision

__all__ = ["from_pandas", "from_supervision", "to_pandas", "to_supervision"]

SIDES = "xmin", "ymin", "xmax", "ymax"


def to_pandas(found: Choosing) -> pandas.DataFrame:
    """See ``Detections.to_pandas``."""
    pandas = _library("pandas")
    columns = dict(zip(SIDES, found.xyxy.T, strict=True))
    names = pandas.Series([d.name for d in found], dtype=str)
    return pandas.DataFrame({**columns, "confidence": found.prob, "class": found.class_id, "name": names})


def from_pandas(frame: Any, width: int, height: int, names: Sequence[str]) -> Parts:
    """See ``Detections.from_pandas``."""
    columns = list(getattr(frame, "columns", ()))
    wrong = [(columns.count(name), name) for name in (*SIDES, "class") if columns.count(name) != 1]
    if wrong:
        raise DatasetError(f"a frame of detections has the columns {', '.join(SIDES)}, class, and may have confidence and "
                           "name; this has {} columns {}".format(*wrong[0]))  # fmt: skip
    count = len(frame)
    probs = frame["confidence"].tolist() if "confidence" in frame.columns else [1.0] * count
    labels = frame["name"].tolist() if "name" in frame.columns else [None] * count
    return _parts(frame[list(SIDES)].to_numpy().tolist(), frame["class"].tolist(), probs, labels, (width, height), names,
                  "row {} of the frame")  # fmt: skip


def to_supervision(found: Choosing) -> supervision.Detections:
    """See ``Detections.to_supervision``."""
    sv = _library("supervision")
    known = np.flatnonzero(np.isfinite(found.xyxy).all(axis=1))
    if len(known) < len(found):
        message = f"{len(found) - len(known)} of {len(found)} boxes are no numbers, which supervision cannot have: left out"
        warnings.warn(message, DarknetWarning, stacklevel=3)
        found = found[known]
    return sv.Detections(xyxy=found.xyxy, confidence=found.prob.astype(np.float32), class_id=found.class_id.astype(int),
                         data={"class_name": found.name})  # fmt: skip


def from_supervision(given: Any, width: int, height: int, names: Sequence[str]) -> Parts:
    """See ``Detections.from_supervision``."""
    if not hasattr(given, "xyxy"):
        raise DatasetError(f"from_supervision takes supervision.Detections, not {type(given).__name__}")
    if given.class_id is None and len(given.xyxy):
        raise DatasetError("supervision's detections have no class_id; give them one: the number of a class for each box")
    count = len(given.xyxy)
    classes = given.class_id.tolist() if count else []
    probs = [1.0] * count if given.confidence is None else given.confidence.tolist()
    labels = np.asarray(given.data.get("class_name", [None] * count)).tolist()
    return _parts(given.xyxy.tolist(), classes, probs, labels, (width, height), names, "box {} of supervision's")


def _parts(
    boxes: Iterable[Sequence[Any]], classes: Sequence[Any], probs: Sequence[Any], labels: Sequence[Any], size: Size,
    names: Sequence[str], where: str,
) -> Parts:  # fmt: skip
    whole = size_of(size[0], size[1], where.format("…"))
    rows = enumerate(zip(boxes, classes, probs, labels, strict=True))
    return Parts([_row(*row, whole, names, where.format(i)) for i, row in rows], *whole)


def _row(
    sides: Sequence[Any], class_id: Any, prob: Any, label: Any, size: tuple[int, int], names: Sequence[str], where: str
) -> Detection:
    box = box_of([number(v, "a side", where) for v in sides], size)
    return detection(class_number(class_id, where), label, number(prob, "confidence", where), box, names)


def _library(name: str) -> Any:
    return package_of(name, name, f"this form needs {name}")
