"""cv2.dnn as OpenCV has it, whatever is put into that module later."""

from __future__ import annotations

from types import SimpleNamespace

import cv2

__all__ = ["NATIVE"]

NATIVE = SimpleNamespace(**vars(cv2.dnn))
