"""Scripts that open windows where there is no display: OpenCV would end their process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..image.window import available

__all__ = ["available", "without_windows"]

ANSWERS: dict[str, Any] = {  # what OpenCV's functions return while a window is open and no key is pressed
    "waitKey": -1, "waitKeyEx": -1, "pollKey": -1, "getWindowProperty": 1.0, "getTrackbarPos": 0,
    "namedWindow": None, "moveWindow": None, "resizeWindow": None, "setWindowTitle": None, "setWindowProperty": None,
    "setMouseCallback": None, "createTrackbar": None, "setTrackbarPos": None, "destroyWindow": None,
    "destroyAllWindows": None,
}  # fmt: skip


def without_windows(tell: Callable[[], None]) -> None:
    """From now on no window opens in this process and no key is waited for; the first picture to show calls ``tell``."""
    from .._support.with_cv2 import cv2

    told: list[bool] = []

    def imshow(*_: Any) -> None:
        if not told:
            told.append(True)
            tell()

    for name, answer in ANSWERS.items():
        setattr(cv2, name, lambda *_, answer=answer, **__: answer)
    setattr(cv2, "imshow", imshow)  # noqa: B010  whose type is OpenCV's
