"""A picture → a file."""

from __future__ import annotations

from pathlib import Path

from .._support.writing import write
from ..errors import OutputError
from .arrays import Picture

__all__ = ["encoded", "save_picture"]

JPEG_QUALITY = 95


def save_picture(path: str | Path, picture: Picture) -> None:
    """Write a BGR picture in the format of its suffix."""
    write(path, encoded(picture, path))


def encoded(picture: Picture, path: str | Path, quality: int = JPEG_QUALITY) -> bytes:
    """A BGR picture as a file in the format of the suffix of ``path``; ``quality`` of a JPEG, up to 100."""
    from .._support.with_cv2 import cv2

    jpeg = Path(path).suffix.lower() in (".jpg", ".jpeg")
    try:
        done, data = cv2.imencode(Path(path).suffix, picture, [cv2.IMWRITE_JPEG_QUALITY, quality] if jpeg else [])
    except cv2.error as e:
        raise OutputError(f"{path}: no such picture format; use .jpg or .png") from e
    if not done:
        raise OutputError(f"{path}: the picture cannot be encoded; use .jpg or .png")
    return data.tobytes()
