"""Where frames come from: a video file, a camera, a network stream."""

from __future__ import annotations

import logging
import os
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Event
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .. import image
from ..errors import DarknetWarning, VideoError
from ..files.addresses import shown, whole
from .opening import opened

__all__ = ["Every", "Frame", "LiveStream", "Source", "Still", "VideoFile", "open_camera", "open_video"]

log = logging.getLogger("darknet_py")

DEFAULT_FPS = 25.0    # C: demo.c
MOST_FPS = 999        # more is a time base, not a rate
MOST_CAMERA = 0x7FFFFFFF
TIMEOUT = 10_000      # milliseconds that a network stream may take to answer
DELAYS = (0.5, 1, 2, 4, 8)  # seconds before each try to connect again, the last one from then on
SHORT = 0.9           # of the frames that a file announces: fewer are worth a warning

Capture = Any         # a cv2.VideoCapture


@dataclass(frozen=True)
class Frame:
    """A picture, BGR uint8 (h, w, 3), its time in seconds, from any zero, and its ``number``, where that is counted."""

    picture: NDArray[np.uint8]
    time: float
    number: int = 0


class Source(Protocol):
    """``live``: frames come when they want to.  ``name``: as shown to a user, without passwords.  ``fps``: as announced."""

    name: str
    live: bool
    fps: float

    def read(self) -> Frame | None:
        """The next frame, None after the last one.  Raises VideoError."""
        ...

    def close(self) -> None: ...


def open_video(video: str, stop: Event, reconnect: float) -> Source:
    """A file's path or a URL; a URL without a known number of frames is live.  Raises VideoError.

    ``reconnect``: for how many seconds a lost stream is tried again.
    """
    video = whole(video)
    if "://" not in video:
        return VideoFile(video, _open_file(video))
    name = shown(video)
    capture = _open_url(video)
    if capture is None:
        raise VideoError(f"{name}: cannot be opened; check address, user and password, and that the stream is running")
    if _frame_count(capture) > 0:
        return VideoFile(name, capture)
    return LiveStream(name, capture, lambda: _open_url(video), stop, reconnect)


def open_camera(index: int, width: int | None, height: int | None, stop: Event, reconnect: float) -> LiveStream:
    """A camera of this machine, asked for a frame size.  Raises VideoError.   C: image_opencv.cpp get_capture_webcam"""
    if not 0 <= index <= MOST_CAMERA:  # OpenCV may end the process of them
        raise VideoError(f"camera {index}: there is none of that number; they are counted from 0")
    connect = partial(_open_camera, index, width, height)
    capture = connect()
    if capture is None:
        raise VideoError(f"camera {index}: cannot be opened; connect it, close other programs that use it, choose "
                         "another with -c N, or give a video file")  # fmt: skip
    return LiveStream(f"camera {index}", capture, connect, stop, reconnect)


@dataclass
class VideoFile:
    """A video with an end; all its frames, as fast as they are wanted."""

    name: str
    capture: Capture
    live: bool = field(default=False, init=False)
    frames: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.fps = _fps(self.capture)
        self.expected = _frame_count(self.capture)

    def read(self) -> Frame | None:
        picture = _picture(self.capture)
        if picture is None:
            self._check_end()
            return None
        self.frames += 1
        return Frame(picture, (self.frames - 1) / self.fps)

    def close(self) -> None:
        self.capture.release()

    def _check_end(self) -> None:
        if not self.frames:
            raise VideoError(f"{self.name}: not a single frame can be decoded; play it elsewhere, or convert it")
        if self.frames < SHORT * self.expected:
            counts = f"only {self.frames} of {self.expected} frames can be read"
            warnings.warn(f"{self.name}: {counts}; the file is cut off or damaged", DarknetWarning, stacklevel=2)


@dataclass
class LiveStream:
    """A camera or stream, ``capture`` at first; when it is lost, ``connect`` gives a new one, or None.

    It is tried again, at growing intervals, until ``reconnect`` seconds have passed; 0: its loss is its end.
    """

    name: str
    capture: Capture
    connect: Callable[[], Capture | None]
    stop: Event
    reconnect: float
    live: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        self.fps = _fps(self.capture)

    def read(self) -> Frame | None:
        picture = _picture(self.capture)
        if picture is not None:
            return Frame(picture, time.monotonic())
        return self._read_again() if self.reconnect else None

    def close(self) -> None:
        self.capture.release()

    def _read_again(self) -> Frame | None:
        """The first frame of a new connection; None when stopped."""
        lost, tries = time.monotonic(), 0
        log.warning("%s: lost; connecting again for %g seconds", self.name, self.reconnect)
        while time.monotonic() - lost < self.reconnect:
            if self.stop.wait(DELAYS[min(tries, len(DELAYS) - 1)]):
                return None
            tries += 1
            self.capture.release()
            if capture := self.connect():
                self.capture = capture
                if (picture := _picture(capture)) is not None:
                    log.warning("%s: connected again after %.0f seconds", self.name, time.monotonic() - lost)
                    return Frame(picture, time.monotonic())
        raise VideoError(f"{self.name}: lost, and not back after {self.reconnect:g} seconds and {tries} tries; "
                         "-reconnect_sec N (reconnect=N) waits longer")  # fmt: skip


class Every:
    """Each ``step``-th frame of another source; ``number``: of the one that was read last, from 0, among all."""

    def __init__(self, source: Source, step: int) -> None:
        self.name, self.live, self.fps, self.source, self.step = source.name, source.live, source.fps, source, step
        self.number = -step

    def read(self) -> Frame | None:
        for _ in range(self.step - 1 if self.number >= 0 else 0):
            if self.source.read() is None:
                return None
        self.number += self.step
        frame = self.source.read()
        return frame and replace(frame, number=self.number)

    def close(self) -> None:
        self.source.close()


class Still:
    """The first frame of another source, again and again.   C: demo.c demo, benchmark"""

    live = False

    def __init__(self, source: Source) -> None:
        self.name, self.fps, self.source = source.name, source.fps, source
        self.frame: Frame | None = None
        self.frames = 0

    def read(self) -> Frame | None:
        self.frame = self.frame or self.source.read()
        self.frames += 1
        return self.frame and replace(self.frame, time=self.frames / self.fps)

    def close(self) -> None:
        self.source.close()


def _open_file(path: str) -> Capture:
    if not os.path.exists(path) and "%" not in path:  # img_%04d.jpg: numbered pictures
        camera = f"; a camera is chosen with -c {path}" if path.isdecimal() else "; check the path"
        raise VideoError(f"{path}: no such file{camera}")
    if os.path.isdir(path):
        raise VideoError(f"{path}: is a directory; give a video file, or numbered pictures as {path.rstrip('/')}/%06d.jpg")
    capture = opened(path)
    if capture is None:
        raise VideoError(f"{path}: not a video that can be read; play it elsewhere, or convert it to .mp4")
    return capture


def _open_url(url: str) -> Capture | None:
    from .._support.with_cv2 import cv2

    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, TIMEOUT, cv2.CAP_PROP_READ_TIMEOUT_MSEC, TIMEOUT]
    return opened(url, cv2.CAP_FFMPEG, limits)


def _open_camera(index: int, width: int | None, height: int | None) -> Capture | None:
    from .._support.with_cv2 import cv2

    capture = opened(index)
    for prop, value in ((cv2.CAP_PROP_FRAME_WIDTH, width), (cv2.CAP_PROP_FRAME_HEIGHT, height)):
        if capture and value:
            capture.set(prop, value)
    return capture


def _picture(capture: Capture) -> NDArray[np.uint8] | None:
    """The next one; None at the end, or after a time in which none came."""
    with image.silence:
        good, picture = capture.read()
    return picture if good else None


def _fps(capture: Capture) -> float:
    from .._support.with_cv2 import cv2

    fps = capture.get(cv2.CAP_PROP_FPS)
    return fps if 0 < fps <= MOST_FPS else DEFAULT_FPS


def _frame_count(capture: Capture) -> int:
    from .._support.with_cv2 import cv2

    count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
    return int(count) if count > 0 else 0
