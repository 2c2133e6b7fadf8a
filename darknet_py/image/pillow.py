"""Images of PIL, whose colours are RGB and whose modes are many, as arrays in OpenCV's order.  PIL is not imported here."""

from __future__ import annotations

import sys
from typing import Any, Protocol

import numpy as np

from ..errors import ImageError
from . import exif
from .arrays import AnyArray, Picture, as_pixels
from .reading import Reading, check_size

__all__ = ["PilImage", "is_image", "pixels_of"]

WITH_ALPHA = {"RGBA", "LA", "PA", "RGBa", "La"}
PREMULTIPLIED = {"RGBa": "RGBA", "La": "LA"}
GREY = {"L", "I;16", "I;16L", "I;16B", "I;16N"}  # of 8 and 16 bits
DIM = ("is of mode {mode}, 16 bits of which the upper eight count, and black, since no value is above 255; 8-bit values are "
       "PIL.Image.fromarray(numpy.asarray(image).astype(numpy.uint8))")  # fmt: skip
ORIENTATION = 0x0112


class PilImage(Protocol):
    """PIL.Image.Image, as far as it is used."""

    @property
    def mode(self) -> str: ...

    def tobytes(self) -> bytes: ...


def is_image(picture: object) -> bool:
    """Whether it is a PIL.Image.Image; no program has one that has not imported PIL."""
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(picture, module.Image)


def pixels_of(picture: Any, name: str, how: Reading, alpha: bool) -> Picture:
    """(h, w, 3) BGR uint8 or, with ``alpha`` and where there is such, (h, w, 4) BGRA; of 16 bits the upper eight,
    of mode I with values up to 255 these.

    Transparency is dropped without ``alpha``, not blended.  Raises ImageError for modes without a picture's values, for
    too many pixels, and where the file behind the image cannot be read.
    """
    check_size(name, picture.size, how.most)
    try:
        pixels = as_pixels(_converted(picture, name, alpha), f"{name}: {DIM.format(mode=picture.mode)}")
        turn = picture.getexif().get(ORIENTATION, exif.UPRIGHT)
    except (OSError, ValueError, SyntaxError, TypeError, AttributeError) as e:  # what PIL raises of damaged files
        raise ImageError(f"{name} of mode {picture.mode}: cannot be read ({e}); open it again, or give its path") from e
    if how.exif:
        return exif.upright(pixels, turn)
    if turn != exif.UPRIGHT and how.exif is None:
        how.told.tell(name, turn)
    return pixels


def _converted(picture: Any, name: str, alpha: bool) -> AnyArray:
    """(h, w), (h, w, 3) BGR or (h, w, 4) BGRA, uint8 or uint16; what is no colour and no grey, PIL itself makes RGB."""
    mode = picture.mode
    if mode in GREY:
        return np.asarray(picture)
    if mode == "1":
        return np.asarray(picture.convert("L"))
    if mode == "I":
        return _of_integers(np.asarray(picture), name)
    if mode == "F":
        raise ImageError(f"{name}: is of mode F, floats of any range; make it one of 0 to 255, then image.convert(\"L\")")
    picture = picture.convert(PREMULTIPLIED[mode]) if mode in PREMULTIPLIED else picture
    if mode in WITH_ALPHA or "transparency" in picture.info:
        rgba = np.asarray(picture.convert("RGBA"))
        return np.ascontiguousarray(rgba[..., [2, 1, 0, 3]] if alpha else rgba[..., 2::-1])
    return np.ascontiguousarray(np.asarray(picture.convert("RGB"))[..., ::-1])


def _of_integers(values: AnyArray, name: str) -> AnyArray:
    """Mode I: where no value is above 255 these are greys, as for PIL's own ``convert("L")``, else the 16-bit greys that
    PIL reads some files as."""
    if values.size and not (0 <= values.min() and values.max() <= 0xFFFF):  # type: ignore[operator]
        raise ImageError(f"{name}: is of mode I with values from {values.min()} to {values.max()}; 0 to 65535 are 16 bits")
    return values.astype(np.uint16 if values.max(initial=0) > 255 else np.uint8)
