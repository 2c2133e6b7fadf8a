"""A frame → what a network sees in it.   C: demo.c fetch_in_thread, detect_in_thread"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import image
from ..boxes.table import Boxes
from ..boxes.thresholds import NMS
from ..network import Network
from .sources import Frame
from .tracking import Tracker

__all__ = ["DetectedFrame", "Detector"]


@dataclass(frozen=True)
class DetectedFrame:
    """A frame and its boxes after suppression; ``track_ids``: the number of each box's object, 0 for none."""

    frame: Frame
    rows: Boxes
    track_ids: Sequence[int]


@dataclass(frozen=True)
class Detector:
    """Calls the network; ``thresh``: least probability; ``letter_box``: as in ``Network.detect``."""

    net: Network
    thresh: float
    letter_box: bool | None
    tracker: Tracker | None = None

    def __call__(self, frame: Frame) -> DetectedFrame:
        fit = self.fit(frame.picture)
        rows = self.net.rows(self.net.predict(self.input(frame.picture)), fit, self.thresh, NMS)
        track_ids = self.tracker.update(rows, *fit.picture, frame.time) if self.tracker else [0] * len(rows)
        return DetectedFrame(frame, rows, track_ids)

    def fit(self, picture: NDArray[np.uint8]) -> image.Fit:
        """How a frame goes into the network."""
        return self.net.fit((picture.shape[1], picture.shape[0]), self.letter_box)

    def input(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """A frame as the network's input: resized in its eight bits, unless letterboxed.

        C: image_opencv.cpp get_image_from_stream_letterbox, get_image_from_stream_resize
        """
        fit, channels = self.fit(picture), self.net.graph.net.channels
        if fit.letter_box:
            return fit.input(image.from_array(picture, channels))
        return image.from_array(image.resize_picture(picture, *fit.net), channels)
