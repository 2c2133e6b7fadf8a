"""JPEG files from marker to marker: the size that they claim, their EXIF data, and what to do without their end."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import ImageError

__all__ = ["EndlessError", "claimed_size", "exif", "is_jpeg", "repaired"]

START, END = b"\xff\xd8", b"\xff\xd9"
SCAN, FRAMES = 0xDA, {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
MOST = 1 << 16  # segments; to walk through millions would take a minute
ALONE = {0x01, 0xD8, 0xD9}  # markers without a length after them
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)  # not in the data of a scan: stuffed zeros, restarts


class EndlessError(ImageError):
    """A file has more segments than any picture."""


class Segment(NamedTuple):
    """``start``: of its marker, ``body``: of what follows its length, ``end``: behind it, which may lie outside the file."""

    marker: int
    start: int
    body: int
    end: int


def is_jpeg(data: bytes) -> bool:
    """Whether a file's bytes are a JPEG, which decoders decode to values a level or two apart."""
    return data.startswith(START)


def claimed_size(data: bytes) -> tuple[int, int] | None:
    """(width, height) of its frame header, None when that is not there."""
    for segment in _segments(data):
        if segment.marker in FRAMES:
            height, width = struct.unpack_from(">HH", data, segment.body + 1)
            return width, height
    return None


def exif(data: bytes) -> bytes:
    """The TIFF structure of its EXIF segment, empty without one."""
    for segment in _segments(data):
        if segment.marker == SCAN:
            break
        body = data[segment.body : segment.end]
        if segment.marker == 0xE1 and body.startswith(b"Exif\0\0"):
            return body[6:]
    return b""


def repaired(data: bytes) -> bytes | None:
    """The file as a decoder of memory takes it: without its end, an end of ours behind all that is there.

    What was cut in the middle of a segment ends before that segment.  None when no data of a first scan are there.
    """
    if data.endswith(END):
        return data
    scans = 0
    for segment in _segments(data):
        if segment.marker == END[1]:
            return data
        if segment.end > len(data):
            return data[: segment.start] + END if scans else None
        scans += segment.marker == SCAN
        if scans == 1 and segment.marker == SCAN and segment.end == len(data):
            return None
    return data + END if scans else None


def _segments(data: bytes) -> Iterator[Segment]:
    """One after the other; the data of a scan lie between its segment and the next.  Raises EndlessError."""
    at, left = len(START), MOST
    while match := _MARKER.search(data, at):
        if not (left := left - 1):
            raise EndlessError(f"a JPEG of more than {MOST} segments")
        marker, body = match[1][0], match.end()
        if marker in ALONE:
            at = body
        elif body + 2 > len(data):
            at = len(data) + 1
        else:
            at = body + max(struct.unpack_from(">H", data, body)[0], 2)
            body += 2
        yield Segment(marker, match.start(), body, at)
