"""The same number for the same object from frame to frame, by ByteTrack of the package trackers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._support.optional import from_extra
from ..boxes.geometry import corners, pixels
from ..boxes.table import Boxes

__all__ = ["Tracker"]

APART = 4  # widths or heights of a frame between the places of two classes


class Tracker:
    """Numbers objects from 1; an object keeps to its best class.

    An object has its number from the second frame in a row on, and gets it back if it was gone for less than a second.
    """

    def __init__(self, fps: float, thresh: float) -> None:
        """``fps``: frames a second; ``thresh``: least probability that starts a track.  Raises DarknetError."""
        with from_extra("track", "-track: the package trackers cannot be used ({reason}); install it"):
            from trackers import ByteTrackTracker

        self.tracker = ByteTrackTracker(frame_rate=fps, track_activation_threshold=thresh, high_conf_det_threshold=thresh)

    def update(self, rows: Boxes, width: int, height: int, time: float) -> list[int]:
        """The number of each row in a frame of this size and time (seconds), 0 for one that has none."""
        import supervision

        best = rows.probs.max(axis=1, initial=0)
        shown = np.flatnonzero((best > 0) & np.isfinite(rows.xywh).all(axis=1))
        places = _places(rows.xywh[shown], rows.probs[shown].argmax(axis=1), width, height)
        boxes = supervision.Detections(xyxy=places, confidence=best[shown], data={"row": shown})
        tracked = self.tracker.update(boxes, timestamp=time)
        numbers = np.zeros(len(rows.probs), int)
        if tracked.tracker_id is not None and len(tracked):
            numbers[tracked.data["row"]] = tracked.tracker_id + 1
        return [int(n) for n in numbers]


def _places(xywh: NDArray[np.float32], classes: NDArray[np.intp], width: int, height: int) -> NDArray[np.float64]:
    """Boxes (n, 4) as corners in pixels, those of each class in a place of their own, where they meet no others."""
    places = pixels(corners(xywh.astype(np.float64)), (width, height))
    return np.asarray(places + APART * max(width, height) * classes[:, None])
