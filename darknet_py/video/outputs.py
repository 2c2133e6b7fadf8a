"""Where frames go to: JSON, HTTP, numbered pictures, a video.  Each output takes one ``Shown`` after the other.

``note`` is the line that the reference prints each time.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .. import output
from ..drawing import Style
from . import demo_text, post
from .detector import DetectedFrame
from .stream_server import JSON, MJPEG, StreamServer, jpeg_part
from .writer import VideoWriter

__all__ = ["BoxFile", "HttpPost", "JsonPort", "MjpegPort", "Output", "Pictures", "Shown", "Video"]

MJPEG_QUALITY = 40  # C: demo.c
TIME = "%A %Y-%m-%d %H:%M:%S"


@dataclass(frozen=True)
class Shown:
    """What an output may want of a frame.  ``frame_id`` counts from 1; ``draw``: boxes are to be drawn."""

    frame_id: int
    detected: DetectedFrame
    names: Sequence[str]
    thresh: float
    draw: bool
    style: Style | None = None

    @cached_property
    def frame(self) -> output.DetectedPicture:
        """What there is to write about it."""
        detected = self.detected
        height, width = detected.frame.picture.shape[:2]
        return output.DetectedPicture(
            self.frame_id, "", width, height, detected.rows, self.names, detected.track_ids,
            similarities=detected.similarities,
        )  # fmt: skip

    @cached_property
    def picture(self) -> NDArray[np.uint8]:
        """BGR (h, w, 3), with its boxes, or with heat where there are candidates."""
        picture, label = self.detected.frame.picture, partial(demo_text.label, self.frame)
        if not self.draw:
            return picture
        if self.detected.candidates is not None:
            return output.draw_heat(picture, self.detected.candidates, self.names, self.style)
        return output.draw_detections(picture, self.detected.rows, self.names, self.thresh, label, self.style)

    @cached_property
    def json(self) -> bytes:
        """The reference's JSON object."""
        return output.frame_json(self.frame).encode()


class Output(Protocol):
    note: str

    def add(self, shown: Shown) -> None: ...

    def close(self) -> None: ...


class BoxFile:
    """A file of boxes, in one of ``output.FORMATS``.  Raises OutputError when it cannot be written."""

    note = ""

    def __init__(self, path: str | Path, form: str = "json") -> None:
        self.file = output.Records(path, atomic=form not in output.LINES)
        self.frames = output.FORMATS[form](self.file)
        self.start: float | None = None

    def add(self, shown: Shown) -> None:
        time = shown.detected.frame.time
        self.start = time if self.start is None else self.start
        self.frames.add(replace(shown.frame, time=time - self.start))

    def close(self) -> None:
        self.frames.end()
        self.file.close()


class JsonPort:
    """JSON objects for the clients of a port."""

    note = " JSON-stream sent. "

    def __init__(self, address: str, port: int, names: Iterable[str] = ()) -> None:
        self.server = StreamServer(address, port, JSON, names)
        self.close = self.server.close

    def add(self, shown: Shown) -> None:
        self.server.publish(shown.json)


class HttpPost:
    """What is seen, posted as the reference's text or as JSON; nothing when nothing is seen.

    ``once``: only the first time that something is seen.
    """

    note = ""

    def __init__(self, where: post.Target, source: str, as_json: bool, once: bool) -> None:
        self.source, self.as_json, self.once = source, as_json, once
        self.done = False
        self.poster = post.HttpPoster(where, "application/json" if as_json else "text/plain")
        self.close = self.poster.close

    def add(self, shown: Shown) -> None:
        detected = [classes[0] for classes in demo_text.shown_classes(shown.frame, output.JSON_THRESH) if classes]
        if detected and not self.done:
            self.poster.post(shown.json if self.as_json else self._text(detected, shown.names))
            self.done = self.once

    def _text(self, detected: Sequence[int], names: Sequence[str]) -> bytes:
        objects = "".join(f"{names[j]}, id: {j}\n" for j in detected)
        text = f"{objects}\ntime:\n{time.strftime(TIME)}\nvideosource:\n{self.source}"
        return text.encode("utf-8", "surrogateescape")


class Pictures:
    """``prefix``_00000001.jpg and so on.  Raises OutputError when one cannot be written."""

    note = ""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def add(self, shown: Shown) -> None:
        output.save_picture(f"{self.prefix}_{shown.frame_id:08d}.jpg", shown.picture)

    def close(self) -> None:
        pass


class MjpegPort:
    """JPEG pictures for the clients of a port, encoded only while there are any."""

    note = " MJPEG-stream sent. "

    def __init__(self, address: str, port: int, names: Iterable[str] = ()) -> None:
        self.server = StreamServer(address, port, MJPEG, names)
        self.close = self.server.close

    def add(self, shown: Shown) -> None:
        if self.server.watched:
            self.server.publish(jpeg_part(output.encoded(shown.picture, "frame.jpg", MJPEG_QUALITY)))


class Video:
    """A video file.  Raises OutputError."""

    note = "\n cvWriteFrame "

    def __init__(self, path: str, fps: float, live: bool) -> None:
        self.writer = VideoWriter(path, fps, live)
        self.close = self.writer.close

    def add(self, shown: Shown) -> None:
        self.writer.write(shown.picture, shown.detected.frame.time)
