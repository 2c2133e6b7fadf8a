"""FiftyOne's detections: a label, (left, top, width, height) relative to the picture, how sure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._support.optional import package_of
from ...boxes.detection import Detection
from ...boxes.geometry import centred, left_top
from ...errors import DatasetError
from ..choosing import Choosing
from .reading import Parts, class_number, class_of, detection, number, size_of

if TYPE_CHECKING:
    import fiftyone

__all__ = ["from_fiftyone", "to_fiftyone"]


def to_fiftyone(found: Choosing) -> fiftyone.Detections:
    """See ``Detections.to_fiftyone``."""
    fo = package_of("fiftyone", "fiftyone", "this form needs fiftyone")
    return fo.Detections(detections=[
        fo.Detection(label=d.name, bounding_box=left_top(np.array(d.box)).tolist(), confidence=d.prob, class_id=d.class_id)
        for d in found
    ])  # fmt: skip


def from_fiftyone(given: Any, width: int, height: int, names: Sequence[str]) -> Parts:
    """See ``Detections.from_fiftyone``."""
    labels = getattr(given, "detections", None)
    if not isinstance(labels, Sequence):
        raise DatasetError(f"from_fiftyone takes fiftyone.Detections, as sample.ground_truth, not {type(given).__name__}")
    found = [_label(one, names, f"detection {i} of FiftyOne's") for i, one in enumerate(labels)]
    return Parts(found, *size_of(width, height, "FiftyOne's"))


def _label(label: Any, names: Sequence[str], where: str) -> Detection:
    known = "class_id" in label.field_names and label["class_id"] is not None
    class_id = class_number(label["class_id"], where) if known else class_of(label.label, names, where)
    left, top, wide, high = (number(v, "a side", where) for v in label.bounding_box)
    x, y, w, h = centred(np.array([left, top, left + wide, top + high])).tolist()
    return detection(class_id, label.label, number(label.confidence, "confidence", where, 1.0), (x, y, w, h))
