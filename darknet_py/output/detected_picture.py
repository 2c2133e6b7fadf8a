"""What is known about one picture when its boxes are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..boxes.detection import HIDDEN
from ..boxes.table import Boxes
from ..image import Size

__all__ = ["JSON_THRESH", "DetectedPicture", "Object"]

JSON_THRESH = np.float32(0.005)


class Object(NamedTuple):
    """One class of one box.  ``box`` float32 (4,): centre and size relative to the picture; ``track_id`` 0: none."""

    class_id: int
    name: str
    box: NDArray[np.float32]
    prob: float
    track_id: int


@dataclass(frozen=True)
class DetectedPicture:
    """A picture and its boxes after suppression.  ``frame_id`` counts from 1; sizes in pixels.

    ``filename`` is empty for a frame of a video; ``track_ids``: the number of each row's object, 0 for none; ``error``:
    why there is nothing to see, sizes are 0 then; ``similarities``: how like a row is to its object, where that is known;
    ``time``: of a frame, in seconds from the first one.
    """

    frame_id: int
    filename: str
    width: int
    height: int
    rows: Boxes
    names: Sequence[str]
    track_ids: Sequence[int] = ()
    error: str = ""
    similarities: Sequence[float] = ()
    time: float | None = None

    @property
    def size(self) -> Size:
        """(width, height)"""
        return self.width, self.height

    def objects(self) -> Iterator[Object]:
        """Every class above .005 of every box, but for names that start with dont_show.

        C: network.c detection_to_json
        """
        probs = self.rows.probs
        for i, j in np.argwhere(probs > JSON_THRESH).tolist():
            if not self.names[j].startswith(HIDDEN):
                track_id = self.track_ids[i] if self.track_ids else 0
                yield Object(j, self.names[j], self.rows.xywh[i], float(probs[i, j]), track_id)
