"""What ``Network.detect`` returns: a list of Detection that other libraries' forms can be made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._support.optional import package_of
from ..boxes.geometry import corners, inside, pixels
from .detection_list import DetectionList

if TYPE_CHECKING:
    import pandas
    import supervision

__all__ = ["Detections"]


class Detections(DetectionList):
    """The detections of one picture, in the reference's order, and their forms; see ``DetectionList``.

    Boxes may reach beyond the picture, as Darknet's do, in all forms but COCO's.
    """

    @property
    def xyxy(self) -> npt.NDArray[np.float32]:
        """Left, top, right, bottom in pixels: (n, 4) float32; a box may reach beyond the picture."""
        boxes = np.array([d.box for d in self], np.float64).reshape(-1, 4)
        with np.errstate(all="ignore"):
            return pixels(corners(boxes), self.size).astype(np.float32)

    def to_supervision(self) -> supervision.Detections:
        """As supervision.Detections, with the names as data["class_name"].  Raises DarknetError without supervision."""
        sv = _library("supervision")
        names = np.array([d.name for d in self], str)
        return sv.Detections(xyxy=self.xyxy, confidence=np.array([d.prob for d in self], np.float32),
                             class_id=np.array([d.class_id for d in self], int), data={"class_name": names})  # fmt: skip

    def to_pandas(self) -> pandas.DataFrame:
        """A row a detection: xmin, ymin, xmax, ymax in pixels, confidence, class, name; without any the same columns.

        Raises DarknetError without pandas.
        """
        pandas = _library("pandas")
        columns = dict(zip(("xmin", "ymin", "xmax", "ymax"), self.xyxy.T, strict=True))
        names = pandas.Series([d.name for d in self], dtype=str)
        return pandas.DataFrame({
            **columns, "confidence": np.array([d.prob for d in self], np.float64),
            "class": np.array([d.class_id for d in self], np.int64), "name": names,
        })  # fmt: skip

    def to_coco(self, image_id: int, category_ids: Sequence[int] | None = None) -> list[dict[str, Any]]:
        """As COCO's results: dicts of image_id, category_id, bbox (left, top, width, height in pixels) and score.

        Boxes are cut off at the picture's edges, as the reference does for COCO.   C: detector.c print_cocos
        ``category_ids``: the id of each class; the number of the class itself, if not given.
        """
        rows = zip(self, inside(self.xyxy.astype(np.float64), self.size).tolist(), strict=True)
        return [{
            "image_id": image_id, "category_id": category_ids[d.class_id] if category_ids else d.class_id,
            "bbox": [x0, y0, x1 - x0, y1 - y0], "score": d.prob,
        } for d, (x0, y0, x1, y1) in rows]  # fmt: skip


def _library(name: str) -> Any:
    return package_of(name, name, f"this form needs {name}")
