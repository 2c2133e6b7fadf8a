"""What the reference's demo prints about a frame and writes into it.   C: demo.c, image_opencv.cpp draw_detections_cv_v3"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..boxes.detection import HIDDEN
from ..boxes.geometry import drawn_corners
from ..errors import printable
from ..output import Best, DetectedPicture

__all__ = ["Rate", "label", "object_lines", "shown_classes"]

WINDOW = 3.0  # seconds over which the average is taken


def object_lines(frame: DetectedPicture, thresh: float, ext_output: bool) -> list[str]:
    """A line a box, in the network's order: ``dog: 93% , cat: 30% ``; ``ext_output`` appends the box in pixels."""
    return [
        _line(frame, row, classes) + (_pixels(frame.rows.xywh[row], frame.width, frame.height) if ext_output else "")
        for row, classes in enumerate(shown_classes(frame, thresh))
        if classes
    ]


def shown_classes(frame: DetectedPicture, thresh: float | np.float32) -> list[list[int]]:
    """Of each row the classes above ``thresh`` that may be shown."""
    probs = frame.rows.probs
    hidden = np.array([name.startswith(HIDDEN) for name in frame.names], bool)[: probs.shape[1]]
    return [np.flatnonzero(passes).tolist() for passes in (probs > np.float32(thresh)) & ~hidden]


def label(frame: DetectedPicture, best: Best) -> str:
    """A box's name in its label: ``dog #7`` of an object that has a number."""
    track_id = frame.track_ids[best.row]
    return f"{frame.names[best.class_id]} #{track_id}" if track_id else frame.names[best.class_id]


class Rate:
    """Frames a second: of late, and on average over the last three seconds."""

    def __init__(self, now: float) -> None:
        self.fps = self.average = 0.0
        self.last = self.start = now
        self.frames = 0

    def frame(self, now: float) -> None:
        """Count one; ``now`` in seconds."""
        self.fps = self.fps * 0.9 + 0.1 / max(now - self.last, 1e-6)
        self.last = now
        self.frames += 1
        if now - self.start >= WINDOW:
            self.average = self.frames / (now - self.start)
            self.frames, self.start = 0, now

    def __str__(self) -> str:
        return f"\nFPS:{self.fps:.1f} \t AVG_FPS:{self.average:.1f}"


def _line(frame: DetectedPicture, row: int, classes: list[int]) -> str:
    percents, track_id = frame.rows.probs[row] * np.float32(100), frame.track_ids[row]
    first, *others = (f"{printable(frame.names[j])}: {float(percents[j]):.0f}% " for j in classes)
    similarity = f", sim = {frame.similarities[row]:f}" if frame.similarities else ""
    number = f"(track = {track_id}{similarity}) " if track_id else ""
    return first + number + "".join(f", {other}" for other in others)


def _pixels(box: NDArray[np.float32], width: int, height: int) -> str:
    box = np.minimum(np.where(np.isfinite(box), box, np.float32(0.5)), np.float32(1))
    left, top, *_ = drawn_corners(box, (width, height)).tolist()
    wide, high = (float(v) for v in box[2:] * np.array([width, height], np.float32))
    return f"\t(left_x: {left:4.0f}   top_y: {top:4.0f}   width: {wide:4.0f}   height: {high:4.0f})"
