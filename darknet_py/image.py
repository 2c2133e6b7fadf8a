"""A picture file or array → float32 (channels, height, width), and the reference's two ways to the network's size.

Pictures that live in files and in users' arrays are BGR uint8 (height, width, 3), as OpenCV has them; pictures that go
into a network are RGB float32 (channels, height, width) in [0, 1].  Arrays are C-contiguous.
"""

from __future__ import annotations

import struct
import threading
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import DarknetWarning, ImageError

__all__ = [
    "crop_image", "from_array", "is_jpeg", "letterbox_image", "load_image", "middle_image", "read_image",
    "resize_image", "resize_min", "resize_picture", "silence",
]  # fmt: skip

Picture = NDArray[np.uint8]
LOG_LEVEL_SILENT = 0  # of OpenCV
Planes = NDArray[np.float32]


def load_image(path: str | Path, channels: int = 3, exif: bool = False) -> Planes:
    """Read a picture file: (channels, h, w) float32, RGB or grey.  Raises ImageError.   C: image.c load_image_stb

    Transparency is dropped, not blended; 16-bit pictures keep their upper eight bits.  ``exif=True`` turns the picture as
    its EXIF tag says, which the reference does only when built with OpenCV.
    """
    return from_array(read_image(path, exif), channels)


def read_image(path: str | Path, exif: bool = False) -> Picture:
    """Read a picture file: (h, w, 3) uint8, BGR.  Raises ImageError naming the file and what mends it."""
    import cv2

    data = _bytes(path)
    if data.startswith(_PNG) and not _png_whole(data):
        raise ImageError(f"{path}: damaged PNG (cut off or changed); copy or download it again")
    flags = cv2.IMREAD_COLOR | (0 if exif else cv2.IMREAD_IGNORE_ORIENTATION)
    with silence:
        try:
            picture: Any = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
        except cv2.error as e:
            raise ImageError(f"{path}: cannot be decoded ({e.err}); convert it to PNG or JPEG") from e
    if picture is None:
        raise ImageError(f"{path}: not a picture that can be read; give a whole PNG, JPEG or BMP file")
    if data.startswith(_JPEG) and _END_OF_JPEG not in data[data.rfind(_JPEG_SCAN) + 1 :]:
        warnings.warn(f"{path}: the JPEG ends early; the rest of the picture is blank", DarknetWarning, stacklevel=2)
    return np.asarray(picture, np.uint8)


def from_array(picture: NDArray[Any], channels: int = 3) -> Planes:
    """A uint8 array (h, w), (h, w, 1), (h, w, 3) BGR or (h, w, 4) BGRA → (channels, h, w) float32, channels 3 or 1.

    Raises ImageError for any other type or shape, and for an empty array.
    """
    bgr = _checked(picture)
    if channels not in _PLANES:
        raise ImageError(f"a picture gives 3 channels (RGB) or 1 (grey), the network asks for channels={channels}")
    planes = _PLANES[channels](bgr)
    out = np.empty(planes.shape, np.float32)
    np.copyto(out, planes)
    out /= np.float32(255)  # the same 256 values as the reference's division in double
    return out


def resize_image(im: Planes, w: int, h: int) -> Planes:
    """Corner-aligned bilinear resize: (c, ih, iw) → (c, h, w), bit for bit.   C: image.c resize_image

    Columns first, then rows, every product rounded before the sum.  Height 1 is undefined in C: here its last row, as the
    reference does with width 1.
    """
    c, ih, iw = im.shape
    if (ih, iw) == (h, w):
        return im.copy()
    x = _columns(iw, w)
    y, needed = _rows(ih, h)
    out = np.empty((c, h, w), np.float32)
    for plane, result in zip(im, out):  # plane by plane: the intermediate rows stay in the cache
        rows = plane if needed is None else plane[needed]
        part = np.take(rows, x.low, axis=1, mode="clip")
        part *= x.low_weight
        high = np.take(rows, x.high, axis=1, mode="clip")
        high *= x.high_weight
        part += high
        np.take(part, y.low, axis=0, out=result, mode="clip")
        result *= y.low_weight[:, None]
        high = np.take(part, y.high, axis=0, mode="clip")
        high *= y.high_weight[:, None]
        result += high
    return out


def letterbox_image(im: Planes, w: int, h: int) -> Planes:
    """Resize keeping the proportions, centred on grey .5: (c, ih, iw) → (c, h, w).   C: image.c letterbox_image"""
    c, ih, iw = im.shape
    if np.float32(w) / np.float32(iw) < np.float32(h) / np.float32(ih):
        new_w, new_h = w, ih * w // iw
    else:
        new_w, new_h = iw * h // ih, h
    boxed = np.full((c, h, w), 0.5, np.float32)
    if new_w and new_h:
        left, top = (w - new_w) // 2, (h - new_h) // 2
        boxed[:, top : top + new_h, left : left + new_w] = resize_image(im, new_w, new_h)
    return boxed


def resize_picture(picture: NDArray[Any], w: int, h: int, interpolation: str = "linear") -> NDArray[Any]:
    """A picture (ih, iw, c) → (h, w, c) in its own type.   C: image_opencv.cpp get_image_from_stream_resize

    ``interpolation``: OpenCV's linear, which the reference has, or area, cubic, nearest.
    """
    import cv2

    method = getattr(cv2, f"INTER_{interpolation.upper()}")
    return np.asarray(cv2.resize(picture, (w, h), interpolation=method)).reshape(h, w, -1)


def resize_min(im: Planes, side: int) -> Planes:
    """Resize keeping the proportions, the shorter side to ``side``: (c, ih, iw) → (c, h, w).   C: image.c resize_min"""
    _, h, w = im.shape
    return resize_image(im, side, h * side // w) if w < h else resize_image(im, w * side // h, side)


def crop_image(im: Planes, left: int, top: int, w: int, h: int) -> Planes:
    """The part (c, h, w) from ``left`` and ``top`` on; outside of the picture its border goes on.   C: image.c crop_image"""
    rows = np.take(im, np.arange(top, top + h), axis=1, mode="clip")
    return np.take(rows, np.arange(left, left + w), axis=2, mode="clip")


def middle_image(im: Planes, w: int, h: int) -> Planes:
    """The middle of a picture whose shorter side is resized to ``w``: (c, ih, iw) → (c, h, w).

    C: classifier.c predict_classifier
    """
    resized = resize_min(im, w)
    left, top = int((resized.shape[2] - w) / 2), int((resized.shape[1] - h) / 2)  # toward zero, as C divides
    return crop_image(resized, left, top, w, h)


def is_jpeg(data: bytes) -> bool:
    """Whether a file's bytes are a JPEG, which decoders decode to values a level or two apart."""
    return data.startswith(_JPEG)


class _Taps(NamedTuple):
    """For each output position the two input positions (intp) it reads, and their float32 weights."""

    low: NDArray[np.intp]
    high: NDArray[np.intp]
    low_weight: NDArray[np.float32]
    high_weight: NDArray[np.float32]


def _taps(size: int, new_size: int) -> _Taps:
    scale = np.float32(size - 1) / np.float32(max(new_size - 1, 1))
    position = np.arange(new_size, dtype=np.float32) * scale
    low = position.astype(np.intp)
    fraction = position - low.astype(np.float32)
    return _Taps(low, np.minimum(low + 1, size - 1), np.float32(1) - fraction, fraction)


def _columns(size: int, new_size: int) -> _Taps:
    """The reference copies the last column without interpolation."""
    taps = _taps(size, new_size)
    taps.low[-1], taps.low_weight[-1], taps.high_weight[-1] = size - 1, 1, 0
    return taps


def _rows(size: int, new_size: int) -> tuple[_Taps, NDArray[np.intp] | None]:
    """Row taps into the rows that are needed, and those rows' numbers, None when that is all of them.

    The reference leaves out the last row's second tap, even where rounding put its position just below the last row.
    """
    taps = _taps(size, new_size)
    taps.high_weight[-1] = 0
    if new_size == 1:
        taps.low[-1], taps.low_weight[-1] = size - 1, 1
    if 2 * new_size >= size:
        return taps, None
    needed = np.union1d(taps.low, taps.high)
    low, high = np.searchsorted(needed, taps.low), np.searchsorted(needed, taps.high)
    return taps._replace(low=low, high=high), needed


def _rgb(bgr: Picture) -> NDArray[Any]:
    planes: Picture = bgr.transpose(2, 0, 1)[::-1]
    return planes


def _grey(bgr: Picture) -> NDArray[Any]:
    """C: stb_image.h stbi__compute_y"""
    b, g, r = bgr.transpose(2, 0, 1).astype(np.uint16)
    return ((77 * r + 150 * g + 29 * b) >> 8)[None]


_PLANES: dict[int, Callable[[Picture], NDArray[Any]]] = {1: _grey, 3: _rgb}


def _checked(picture: NDArray[Any]) -> Picture:
    """The array as (h, w, 3) uint8."""
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8:
        kind = getattr(picture, "dtype", type(picture).__name__)
        raise ImageError(f"a picture array must be uint8 with values 0 to 255, got {kind}; convert it first")
    if picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[2] not in (1, 3, 4)):
        raise ImageError(f"a picture array must be (height, width, 3) BGR or (height, width), got {picture.shape}")
    if picture.size == 0:
        raise ImageError(f"the picture array is empty: {picture.shape}; did reading or cropping fail?")
    bgr = picture.reshape(*picture.shape[:2], -1)[..., :3]
    return bgr if bgr.shape[2] == 3 else np.broadcast_to(bgr, (*bgr.shape[:2], 3))


def _bytes(path: str | Path) -> bytes:
    try:
        data = Path(path).read_bytes()
    except IsADirectoryError as e:
        raise ImageError(f"{path}: is a directory; give a picture file") from e
    except (OSError, ValueError) as e:
        reason = getattr(e, "strerror", None) or str(e)
        raise ImageError(f"{path}: cannot be read ({reason}); check the path") from e
    if not data:
        raise ImageError(f"{path}: the file is empty; give a PNG, JPEG or BMP file")
    return data


_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG, _JPEG_SCAN, _END_OF_JPEG = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"


def _png_whole(data: bytes) -> bool:
    """Whether all chunks up to IEND are there and pass their check sums: libpng would print to stderr if not."""
    at = len(_PNG)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        body, end = data[at + 4 : at + 8 + length], at + 12 + length
        if end > len(data) or zlib.crc32(body) != struct.unpack_from(">I", data, end - 4)[0]:
            return False
        if body[:4] == b"IEND":
            return True
        at = end
    return False


class _Silence:
    """No log lines of OpenCV on stderr while any thread is inside: a DarknetError says the same in one line."""

    def __init__(self) -> None:
        self.guard, self.inside, self.level = threading.Lock(), 0, 0

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
    import cv2

    set_level = cv2.setLogLevel if hasattr(cv2, "setLogLevel") else cv2.utils.logging.setLogLevel  # OpenCV 4, 5
    return int(set_level(level))
