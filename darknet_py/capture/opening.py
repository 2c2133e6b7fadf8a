"""Opening of videos and cameras by OpenCV, which may take for ever."""

from __future__ import annotations

import os
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from typing import Any

from .. import image

__all__ = ["opened"]

QUIET = "-8"  # FFmpeg's level of messages: none


def opened(*what: Any) -> Any:
    """An open cv2.VideoCapture, or None; in silence, but for what OPENCV_FFMPEG_LOGLEVEL asks for.

    A server that does not answer and a pipe that nobody writes to hold up a thread of its own: a signal ends the wait.
    """
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", QUIET)
    opening: Future[Any] = Future()
    Thread(target=_open, args=(opening, *what), name="open", daemon=True).start()
    capture = opening.result()
    return capture if capture is not None and capture.isOpened() else None


def _open(opening: Future[Any], *what: Any) -> None:
    from .._support.with_cv2 import cv2

    capture = None
    try:
        with suppress(cv2.error), image.silence:
            capture = cv2.VideoCapture(*what)
    finally:
        opening.set_result(capture)
