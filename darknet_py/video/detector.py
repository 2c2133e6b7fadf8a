"""A frame → what a network sees in it, with the same number for the same object from frame to frame.

C: demo.c fetch_in_thread, detect_in_thread
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import feed, image
from .._support.optional import from_extra
from ..boxes.geometry import corners, pixels
from ..boxes.table import Boxes
from ..capture import Frame
from ..layers.yolo import Yolo
from ..network import Network
from .embedding_tracker import EmbeddingTracker, Tracked

__all__ = ["DetectedFrame", "Detector", "Tracker", "tracker_of"]

APART = 4  # widths or heights of a frame between the places of two classes


class Tracker:
    """Numbers objects from 1, by ByteTrack of the package trackers; an object keeps to its best class.

    An object has its number from the second frame in a row on, and gets it back if it was gone for less than a second.
    """

    def __init__(self, fps: float, thresh: float) -> None:
        """``fps``: frames a second; ``thresh``: least probability that starts a track.  Raises DarknetError."""
        with from_extra("track", "-track: the package trackers cannot be used ({reason}); install it"):
            from trackers import ByteTrackTracker

        self.tracker = ByteTrackTracker(frame_rate=fps, track_activation_threshold=thresh, high_conf_det_threshold=thresh)

    def tracked(self, rows: Boxes, size: image.Size, time: float) -> Tracked:
        """The rows of the next frame, with their numbers."""
        return Tracked(rows, self.update(rows, *size, time))

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


def tracker_of(net: Network, fps: float, thresh: float) -> Tracker | EmbeddingTracker:
    """What numbers objects: their embeddings, if the network's last [yolo] has them, else their places.

    Raises DarknetError without the package trackers, which the latter needs.
    """
    heads = [head for _, head in net.heads if isinstance(head, Yolo)]
    if heads and heads[-1].embedding_layer is not None:
        return EmbeddingTracker(heads[-1].tracking, thresh)
    return Tracker(fps, thresh)


def _places(xywh: NDArray[np.float32], classes: NDArray[np.intp], width: int, height: int) -> NDArray[np.float64]:
    """Boxes (n, 4) as corners in pixels, those of each class in a place of their own, where they meet no others."""
    places = pixels(corners(xywh.astype(np.float64)), (width, height))
    return np.asarray(places + APART * max(width, height) * classes[:, None])


@dataclass(frozen=True)
class DetectedFrame:
    """A frame and its boxes after suppression; ``track_ids``: the number of each box's object, 0 for none.

    ``similarities``: as ``Tracked`` has them; ``candidates``: all boxes before suppression, where they are wanted.
    """

    frame: Frame
    rows: Boxes
    track_ids: Sequence[int]
    similarities: Sequence[float] = ()
    candidates: Boxes | None = None


class Detector:
    """Calls the network; ``looking``: what for, and how; ``least``: candidates above that probability are wanted."""

    def __init__(
        self, net: Network, looking: feed.Looking | None = None, tracker: Tracker | EmbeddingTracker | None = None,
        least: float | None = None,
    ) -> None:  # fmt: skip
        self.net, self.looking, self.tracker, self.least = net, looking or feed.Looking(), tracker, least
        self.turns = feed.Turns(net, several=False)

    def __call__(self, frame: Frame) -> DetectedFrame:
        rows, candidates = self._found(self.loaded(frame.picture))
        if self.tracker is None:
            return DetectedFrame(frame, rows, [0] * len(rows), (), candidates)
        tracked = self.tracker.tracked(rows, (frame.picture.shape[1], frame.picture.shape[0]), frame.time)
        return DetectedFrame(frame, tracked.rows, tracked.numbers, tracked.similarities, candidates)

    def _found(self, loaded: feed.Loaded) -> tuple[Boxes, Boxes | None]:
        if self.least is None:
            return self.looking.rows(self.turns, loaded)[0], None
        return self.looking.candidates(self.turns, loaded, self.least)[:2]

    def loaded(self, picture: NDArray[np.uint8]) -> feed.Loaded:
        """A frame as what the network gets: resized in its eight bits, unless letterboxed or looked at in tiles.

        C: image_opencv.cpp get_image_from_stream_letterbox, get_image_from_stream_resize
        """
        fit, channels = self.looking.fits(self.net)((picture.shape[1], picture.shape[0])), self.net.graph.net.channels
        if fit.letter_box or self.looking.tile is not None:
            return feed.Loaded(picture, fit.input_of(picture, channels), fit)
        return feed.Loaded(picture, image.from_array(image.resize_picture(picture, *fit.net_size), channels), fit)

    def input(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The network's input for a whole frame."""
        return self.net.fitted(self.loaded(picture).x, self.looking.letter_box)
