"""OpenCV's decoders, without its log lines."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._support import forks
from ..errors import ImageError
from .arrays import Picture, eight_bits
from .bmp import full_range
from .files import AnyPath

__all__ = ["decode", "silence"]

LOG_LEVEL_SILENT = 0
RADIANCE = b"#?RADIANCE", b"#?RGBE"  # how files begin whose floats have no upper bound
GAMMA = np.float32(1 / 2.2)


def decode(path: AnyPath, data: bytes, alpha: bool) -> Picture | None:
    """(h, w, 3) BGR uint8 or, with ``alpha`` and if there is such, (h, w, 4) BGRA, as stored; None for no picture.

    Raises ImageError that names the path, MemoryError.
    """
    from .._support.with_cv2 import cv2

    packed = np.frombuffer(data, np.uint8)
    with silence:
        try:
            if alpha and (bgra := _with_alpha(cv2.imdecode(packed, cv2.IMREAD_UNCHANGED))) is not None:
                return bgra
            if data.startswith(RADIANCE) and (light := cv2.imdecode(packed, cv2.IMREAD_UNCHANGED)) is not None:
                return _darknets_bytes(light)
            picture: Any = cv2.imdecode(packed, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        except cv2.error as e:
            if e.code == cv2.Error.StsNoMem:
                raise MemoryError(e.err) from e
            raise ImageError(f"{path}: cannot be decoded ({e.err}); convert it to PNG or JPEG") from e
    return None if picture is None else full_range(data, np.asarray(picture, np.uint8))


def _with_alpha(picture: Any) -> Picture | None:
    """None for a picture without alpha, or of other numbers than 8 or 16 bits."""
    fits = picture is not None and picture.ndim == 3 and picture.shape[2] == 4 and picture.dtype in (np.uint8, np.uint16)
    return eight_bits(picture) if fits else None


def _darknets_bytes(light: Any) -> Picture:
    """float32 (h, w, 3) → uint8 (h, w, 3), brightness to the power 1 / 2.2.   C: stb_image.h stbi__hdr_to_ldr"""
    return np.clip(np.power(light, GAMMA) * np.float32(255) + np.float32(0.5), 0, 255).astype(np.uint8)


class _Silence:
    """No log lines of OpenCV on stderr while any thread is inside: a DarknetError says the same in one line."""

    def __init__(self) -> None:
        self.guard, self.inside, self.level = forks.lock(self, "guard"), 0, 0

    def __enter__(self) -> None:
        with self.guard:
            if not self.inside:
                self.level = _set_log_level(LOG_LEVEL_SILENT)
            self.inside += 1

    def __exit__(self, *_: object) -> None:
        with self.guard:
            self.inside -= 1
            if not self.inside:
                _set_log_level(self.level)


silence = _Silence()


def _set_log_level(level: int) -> int:
    """The level before."""
    from .._support.with_cv2 import cv2

    set_level = cv2.setLogLevel if hasattr(cv2, "setLogLevel") else cv2.utils.logging.setLogLevel  # OpenCV 4, 5
    return int(set_level(level))
