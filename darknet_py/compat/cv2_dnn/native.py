"""cv2.dnn as OpenCV has it, whatever is put into that module later."""

from __future__ import annotations

from types import SimpleNamespace

from ..._support.with_cv2 import cv2

__all__ = ["NATIVE"]

NATIVE = SimpleNamespace(**vars(cv2.dnn))
