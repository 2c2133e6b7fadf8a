"""A picture in a window."""

from __future__ import annotations

import os
import sys

from .arrays import Picture

__all__ = ["available", "show"]

SCREENS = "DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"
WAIT = 50  # ms
LARGEST = 1600, 900  # pixels of a window


def available() -> bool:
    """Whether OpenCV can open a window: it was built with windows, and on Linux some display is named."""
    from .._support.with_cv2 import cv2

    framework = getattr(cv2, "currentUIFramework", lambda: "of an older OpenCV")
    return bool(framework()) and (sys.platform != "linux" or any(os.environ.get(name) for name in SCREENS))


def show(picture: Picture, title: str) -> None:
    """Show a BGR picture until a key is pressed or its window is closed."""
    from .._support.with_cv2 import cv2

    height, width = picture.shape[:2]
    scale = min(1.0, LARGEST[0] / width, LARGEST[1] / height)
    cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)
    cv2.resizeWindow(title, max(round(width * scale), 1), max(round(height * scale), 1))
    cv2.imshow(title, picture)
    while cv2.waitKey(WAIT) < 0 and cv2.getWindowProperty(title, cv2.WND_PROP_VISIBLE) >= 1:
        pass
    cv2.destroyWindow(title)
