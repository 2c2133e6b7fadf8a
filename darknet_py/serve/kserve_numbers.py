"""Long lists of numbers in JSON, read piece by piece: while a parser makes a million of values, nobody else has a turn."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from pydantic_core import from_json

__all__ = ["MARK", "cut_out", "numbers", "single"]

MARK = "#"  # no base64
PIECE = 1 << 16  # bytes
_DATA = re.compile(rb'"data"\s*:\s*(?=\[)')
_NUMBERS = re.compile(rb"[-+.\deE,\s\[\]]*")
_NO_STRUCTURE = b"-+.0123456789eE \t\r\n"
_NESTING = bytes.maketrans(b"[]", b"  ")


def cut_out(text: bytes) -> tuple[bytes, bytes]:
    """JSON with ["#"] in place of its first long list of numbers under "data", and that list, b"" where there is none."""
    for begin in _DATA.finditer(text):
        start = begin.end()
        end = text.rfind(b"]", start, _end(text, start)) + 1
        if end - start > PIECE:
            return b'%b["%b"]%b' % (text[:start], MARK.encode(), text[end:]), text[start:end]
    return text, b""


def _end(text: bytes, at: int) -> int:
    """Of numbers and brackets."""
    while match := _NUMBERS.match(text, at, at + PIECE):
        if match.end() < at + PIECE:
            return match.end()
        at = match.end()
    return at


def numbers(text: bytes, shape: Sequence[int]) -> npt.NDArray[np.float32]:
    """Those of a list, flat or nested as ``shape`` says.  Raises ValueError for another list."""
    count = math.prod(shape)
    structure = b"".join(text[at : at + PIECE].translate(None, _NO_STRUCTURE) for at in range(0, len(text), PIECE))
    found = structure.count(b",") + 1
    if found != count:
        raise ValueError(f"has {found} values, and its shape {count}")
    if structure not in (_nested([count]), _nested(shape)):
        raise ValueError("has rows that are not those of its shape; send them so, or all values in one list")
    return np.concatenate([single(part) for part in _parsed(text)])


def _nested(shape: Sequence[int]) -> bytes:
    """What is left of a list without its numbers."""
    text = b""
    for side in reversed(shape):
        text = b"[%b]" % ((text + b",") * side)[:-1]
    return text


def _parsed(text: bytes) -> Iterator[list[object]]:
    at = 0
    while at < len(text):
        stop = text.find(b",", at + PIECE)
        stop = len(text) if stop < 0 else stop
        yield from_json(b"[%b]" % text[at:stop].translate(_NESTING), allow_inf_nan=False)
        at = stop + 1


def single(values: Sequence[object]) -> npt.NDArray[np.float32]:
    """Numbers, of any nesting, in single precision.  Raises ValueError for what are none."""
    try:
        found = np.asarray(values)
    except ValueError as e:
        raise ValueError("has rows of different lengths") from e
    if found.dtype.kind not in "iuf" and found.size:
        raise ValueError("has data that are not numbers")
    with np.errstate(over="ignore"):
        return found.astype(np.float32).ravel()
