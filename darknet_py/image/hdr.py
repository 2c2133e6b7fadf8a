"""Radiance pictures: floats without an upper bound → bytes as the reference takes them, brightness to the power 1 / 2.2."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import Picture

__all__ = ["darknets_bytes", "is_hdr"]

GAMMA = np.float32(1 / 2.2)


def is_hdr(data: bytes) -> bool:
    """Whether a file's bytes are a Radiance picture."""
    return data.startswith((b"#?RADIANCE", b"#?RGBE"))


def darknets_bytes(light: NDArray[Any]) -> Picture:
    """float32 (h, w, 3) → uint8 (h, w, 3).   C: stb_image.h stbi__hdr_to_ldr"""
    return np.clip(np.power(light, GAMMA) * np.float32(255) + np.float32(0.5), 0, 255).astype(np.uint8)
