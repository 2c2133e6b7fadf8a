"""A frame → what a network sees in it.   C: demo.c fetch_in_thread, detect_in_thread"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .. import image
from ..boxes.table import Boxes
from ..network import Network
from .sources import Frame

__all__ = ["Detector", "Seen", "frame_input"]

NMS = 0.45


@dataclass(frozen=True)
class Seen:
    """A frame and its boxes after suppression; ``track_ids``: the number of each box's object, 0 for none."""

    frame: Frame
    rows: Boxes
    track_ids: Sequence[int]


class Tracks(Protocol):
    """See ``tracking.Tracker``."""

    def update(self, rows: Boxes, width: int, height: int, time: float) -> list[int]: ...


@dataclass(frozen=True)
class Detector:
    """Calls the network; ``thresh``: least probability, ``letter_box``: keep the frame's proportions."""

    net: Network
    thresh: float
    letter_box: bool
    tracker: Tracks | None = None

    def __call__(self, frame: Frame) -> Seen:
        im = frame_input(frame.picture, self.net, self.letter_box)
        rows = self.net.detect_rows(im, self.thresh, nms=NMS, letter_box=self.letter_box)
        height, width = frame.picture.shape[:2]
        track_ids = self.tracker.update(rows, width, height, frame.time) if self.tracker else [0] * len(rows)
        return Seen(frame, rows, track_ids)


def frame_input(picture: NDArray[np.uint8], net: Network, letter_box: bool) -> NDArray[np.float32]:
    """A frame as ``Network.detect_rows`` takes it: in whole when letterboxed, else resized in its eight bits.

    C: image_opencv.cpp get_image_from_stream_letterbox, get_image_from_stream_resize
    """
    fitted = picture if letter_box else image.resize_picture(picture, net.width, net.height)
    return image.from_array(fitted, net.graph.net.channels)
