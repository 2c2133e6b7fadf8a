"""A video file of the drawn frames, that plays everywhere and at the right speed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import image
from .._support import put
from .._support.optional import installed, pip_install
from .._support.words import reason
from ..errors import OutputError

__all__ = ["CODECS", "VideoWriter", "part_of"]

log = logging.getLogger("darknet_py")

Picture = NDArray[np.uint8]

# What OpenCV writes into each kind of file, as a FourCC: MPEG-4 part 2
CODECS = {".mp4": "mp4v", ".m4v": "mp4v", ".mov": "mp4v", ".mkv": "mp4v", ".avi": "XVID"}
H264 = (".mp4", ".m4v", ".mov", ".mkv")  # kinds of file for PyAV, where it is installed
LONGEST_STILL = 2.0  # seconds; a longer gap between live frames is cut out
QUALITY = {"preset": "veryfast", "crf": "23"}


class VideoWriter:
    """Write frames into ``path``, ``fps`` of them a second, all in the size of the first one (made even).

    Until ``close`` the file's name has .part before its suffix.

    ``live``: frames come when they come; each is written as often as its time asks for, so that the video plays in real
    time.  Else each is written once.  Frames that change their size are resized.
    """

    def __init__(self, path: str | Path, fps: float, live: bool) -> None:
        """Raises OutputError for an unknown suffix or a missing folder; the file is made with the first frame."""
        self.path, self.fps, self.live = Path(path), fps, live
        self.part = part_of(self.path)
        self.encoder: _OpenCV | _PyAV | None = None
        self.shape = (0, 0)  # of the first picture
        self.start, self.last, self.written = 0.0, 0.0, 0
        if self.path.suffix.lower() not in CODECS:
            raise OutputError(f"{path}: no such kind of video; use {', '.join(CODECS)}")
        if self.path.is_dir():
            raise OutputError(f"{path}: cannot be written (it is a folder; name a file in it)")
        if not self.path.parent.is_dir():
            raise OutputError(f"{path}: cannot be written; there is no folder {self.path.parent}")

    def write(self, picture: Picture, time: float) -> None:
        """Append a picture, BGR uint8 (h, w, 3), of ``time`` seconds.  Raises OutputError."""
        self.encoder = self.encoder or self._open(picture, time)
        fitted = self._fitted(picture)
        for _ in range(self._times(time)):
            self.encoder.write(fitted)
            self.written += 1

    def close(self) -> None:
        """Finish the file.  Raises OutputError if frames are missing in it, which OpenCV does not tell."""
        if self.encoder is not None:
            self.encoder.close()
            self.encoder = None
            if self.part == self.path:
                return
            if _frame_count(self.part) < self.written - 1:
                raise OutputError(f"{self.part}: could not be written whole; is the disk full?")
            put(self.part, self.path)
            self.part.unlink(missing_ok=True)

    def _open(self, picture: Picture, time: float) -> _OpenCV | _PyAV:
        height, width = self.shape = picture.shape[:2]
        self.start = self.last = time
        if min(self.shape) < 2:
            raise OutputError(f"{self.path}: frames of {width} x {height} pixels are too small for a video")
        return _encoder(self.part, self.fps, (width // 2 * 2, height // 2 * 2))

    def _fitted(self, picture: Picture) -> Picture:
        """In the size of the first one, without an odd last row and column."""
        height, width = self.shape
        whole = picture if picture.shape[:2] == self.shape else image.resize_picture(picture, width, height)
        return whole[: height // 2 * 2, : width // 2 * 2]

    def _times(self, time: float) -> int:
        """How often a frame of this time must be written."""
        if not self.live:
            return 1
        self.start += max(time - self.last - LONGEST_STILL, 0)
        self.last = time
        due = round((time - self.start) * self.fps) + 1
        return max(due - self.written, 0)


class _OpenCV:
    """Writes pictures of one size into a file, as ``_PyAV`` does."""

    def __init__(self, path: Path, fps: float, size: tuple[int, int]) -> None:
        from .._support.with_cv2 import cv2

        code = cv2.VideoWriter.fourcc(*CODECS[path.suffix.lower()])
        with image.silence:
            self.file = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, fps, size)
        if not self.file.isOpened():
            raise OutputError(f"{path}: cannot be written; check the folder and its rights")

    def write(self, picture: Picture) -> None:
        with image.silence:
            self.file.write(picture)

    def close(self) -> None:
        with image.silence:
            self.file.release()


class _PyAV:
    def __init__(self, path: Path, fps: float, size: tuple[int, int], av: Any) -> None:
        self.path, self.av = path, av
        try:
            self.file = av.open(str(path), "w")
            self.stream = self.file.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001), options=QUALITY)
            self.stream.width, self.stream.height = size
            self.stream.pix_fmt = "yuv420p"
            self.file.start_encoding()
        except (av.FFmpegError, OSError) as e:
            raise OutputError(f"{path}: cannot be written ({reason(e)}); check the folder and its rights") from e

    def write(self, picture: Picture) -> None:
        frame = self.av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24")
        with self._errors():
            self.file.mux(self.stream.encode(frame))

    def close(self) -> None:
        with self._errors():
            self.file.mux(self.stream.encode(None))
            self.file.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (self.av.FFmpegError, OSError) as e:
            raise OutputError(f"{self.path}: cannot be written ({reason(e)}); is the disk full?") from e


def _encoder(path: Path, fps: float, size: tuple[int, int]) -> _OpenCV | _PyAV:
    """H.264 where PyAV is installed, which browsers play too."""
    if path.suffix.lower() not in H264:
        return _OpenCV(path, fps, size)
    if (av := installed("av")) is None:
        log.info("%s: MPEG-4 part 2, which players play and browsers do not; for H.264: %s", path, pip_install("video"))
        return _OpenCV(path, fps, size)
    return _PyAV(path, fps, size, av)


def part_of(path: Path) -> Path:
    """The file that a video is written into until it is whole; itself for a pipe or a device."""
    special = path.exists() and not path.is_file() and not path.is_dir()
    return path if special else path.with_name(f"{path.stem}.part{path.suffix}")


def _frame_count(path: Path) -> float:
    from .._support.with_cv2 import cv2

    with image.silence:
        return float(cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FRAME_COUNT))
