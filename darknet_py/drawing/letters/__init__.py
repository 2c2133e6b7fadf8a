"""Text → a mask of it, in any script that this machine has letters for.

Writers are asked in turn: OpenCV 5's own letters, Pillow with the system's fonts, OpenCV's oldest, which know ASCII alone.
What none can write is spelled in Latin letters, of which a warning tells once.
"""

from __future__ import annotations

import sys
import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..._support import forks
from ...errors import printable
from . import hershey, opencv5, pillow
from .spelling import spellable, spelled, told
from .writer import Writer

__all__ = ["Mask", "written"]

Mask = NDArray[np.uint8]
ASCENT, DESCENT = 0.82, 0.25  # of the height of letters, above and below what they stand on, at least
PAD = 0.25  # of the height of letters, on each side of a text
MOST = 120  # characters

_one_at_a_time = forks.lock(sys.modules[__name__], "_one_at_a_time")


def written(text: str, size: int, otherwise: str = "") -> Mask:
    """How much of each pixel (h, w) letters of ``size`` pixels cover, 0 to 255, with room around them; (0, 0) of no text.

    ``otherwise``: what is written in place of a text that no letters are to be had for.
    """
    with _one_at_a_time:
        return (_kept if size <= 64 else _written)(text, size, otherwise)


def _written(text: str, size: int, otherwise: str) -> Mask:
    writer, text = _readable(text, otherwise)
    if not text:
        return np.zeros((0, 0), np.uint8)
    canvas, baseline = writer.ink(text, size)
    rows, columns = (np.flatnonzero(canvas.any(axis)) for axis in (1, 0))
    if not len(rows):
        return np.zeros((0, 0), np.uint8)
    top = min(int(rows[0]), baseline - round(ASCENT * size))
    bottom = max(int(rows[-1]) + 1, baseline + round(DESCENT * size))
    cut = canvas[max(top, 0) : bottom, columns[0] : columns[-1] + 1]
    pad = max(round(PAD * size), 1)
    above, below = max(-top, 0) + pad // 2, max(bottom - len(canvas), 0) + pad // 2
    return np.pad(cut, ((above, below), (pad, pad)))


_kept = lru_cache(2048)(_written)


@lru_cache(4096)
def _readable(text: str, otherwise: str) -> tuple[Writer, str]:
    """Who writes a text, and the text that is written."""
    text = text.encode("utf-8", "backslashreplace").decode()  # bytes of a file that are no text
    text = " ".join(printable(unicodedata.normalize("NFC", text), MOST).split())
    writers = [writer for module in (opencv5, pillow, hershey) if (writer := module.writer())]
    lacking = [writer.lacks(text) for writer in writers]
    best = min(range(len(writers)), key=lambda i: len(lacking[i]))
    if not lacking[best]:
        return writers[best], text
    shown = otherwise if otherwise and not spellable(lacking[best]) else spelled(text, lacking[best])
    told(text, lacking[best], shown)
    return _readable(shown, "")
