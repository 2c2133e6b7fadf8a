"""Files that are written; a failure is an OutputError that names the file."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from ..errors import OutputError

__all__ = ["encoded", "make_folder", "open_text", "save_picture", "write", "write_text"]

JPEG_QUALITY = 95


def open_text(path: str | Path) -> TextIO:
    """A new text file; paths that are not UTF-8 are written into it as they are."""
    try:
        return Path(path).open("w", encoding="utf-8", errors="surrogateescape", newline="\n")
    except OSError as e:
        raise _failure(path, e) from e


def write(path: Path, data: bytes) -> None:
    """Write a file at once."""
    try:
        path.write_bytes(data)
    except OSError as e:
        raise _failure(path, e) from e


def write_text(path: str | Path, text: str) -> None:
    """Write a text file at once."""
    write(Path(path), text.encode())


def make_folder(path: str | Path) -> Path:
    """The folder, made with those above it where it is not there."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise OutputError(f"{path}: cannot be made a folder ({e.strerror}); choose another one") from e
    return Path(path)


def save_picture(path: str | Path, picture: NDArray[np.uint8]) -> None:
    """Write a BGR picture in the format of its suffix."""
    write(Path(path), encoded(picture, path))


def encoded(picture: NDArray[np.uint8], path: str | Path, quality: int = JPEG_QUALITY) -> bytes:
    """A BGR picture as a file in the format of the suffix of ``path``; ``quality`` of a JPEG, up to 100."""
    import cv2

    jpeg = Path(path).suffix.lower() in (".jpg", ".jpeg")
    try:
        done, data = cv2.imencode(Path(path).suffix, picture, [cv2.IMWRITE_JPEG_QUALITY, quality] if jpeg else [])
    except cv2.error as e:
        raise OutputError(f"{path}: no such picture format; use .jpg or .png") from e
    if not done:
        raise OutputError(f"{path}: the picture cannot be encoded; use .jpg or .png")
    return data.tobytes()


def _failure(path: str | Path, e: OSError) -> OutputError:
    return OutputError(f"{path}: cannot be written ({e.strerror}); check the folder and its rights")
