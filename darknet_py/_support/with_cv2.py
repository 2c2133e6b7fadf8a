"""``from .._support.with_cv2 import cv2``: OpenCV, or a DarknetError that says how to get it."""

from __future__ import annotations

from .libraries import check, debian_package, missing_library

__all__ = ["cv2"]

HEADLESS = "pip install --force-reinstall opencv-python-headless"


def _remedy(message: str) -> str:
    if library := missing_library(message):
        return (f"install the system's {library} (Debian, Ubuntu: apt-get install {debian_package(library)}), or OpenCV "
                "without windows, which needs none: pip uninstall opencv-python, then "
                f"{HEADLESS}")  # fmt: skip
    if message == "No module named 'cv2'":
        return "pip install opencv-python, or opencv-python-headless, which needs no library of the system"
    if "numpy" in message.lower() or "_ARRAY_API" in message:
        return "it was built for another NumPy: pip install -U opencv-python, or pip install \"numpy<2\""
    return HEADLESS


check("cv2", "imdecode", _remedy, f"another OpenCV that was removed took its files along: {HEADLESS}")

import cv2  # noqa: E402
