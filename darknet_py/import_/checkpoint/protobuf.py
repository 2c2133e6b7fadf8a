"""Protocol buffers, as far as ONNX needs them: the fields of a message, without knowing its type."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .faults import Malformed

__all__ = ["Field", "Message", "fields", "varints"]

Field = int | memoryview
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
MOST_BITS = 64
_FIXED = {FIXED64: 8, FIXED32: 4}


class Message:
    """The fields of a message by their numbers; what is not there is empty."""

    def __init__(self, data: memoryview) -> None:
        self.found: dict[int, list[Field]] = {}
        for number, value in fields(data):
            self.found.setdefault(number, []).append(value)

    def messages(self, number: int) -> list[Message]:
        return [Message(part) for part in self.parts(number)]

    def parts(self, number: int) -> list[memoryview]:
        """What is bytes, text or a message."""
        return [value for value in self.found.get(number, []) if isinstance(value, memoryview)]

    def data(self, number: int) -> memoryview | None:
        parts = self.parts(number)
        return parts[-1] if parts else None

    def text(self, number: int) -> str:
        return bytes(self.data(number) or b"").decode("utf-8", "replace")

    def texts(self, number: int) -> list[str]:
        return [bytes(part).decode("utf-8", "replace") for part in self.parts(number)]

    def integer(self, number: int) -> int:
        return (self.integers(number) or [0])[-1]

    def integers(self, number: int) -> list[int]:
        """Signed ones of 64 bits, packed or not."""
        found: list[int] = []
        for value in self.found.get(number, []):
            found += [value] if isinstance(value, int) else varints(value)
        return [value - (1 << MOST_BITS) if value >> (MOST_BITS - 1) else value for value in found]

    def floats(self, number: int) -> list[float]:
        """Of 32 bits, packed or not."""
        data = b"".join(self.parts(number))
        return [value for (value,) in struct.iter_unpack("<f", data[: len(data) // 4 * 4])]


def fields(data: memoryview) -> Iterator[tuple[int, Field]]:
    """(number, value) of each field in order.  Raises Malformed."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == VARINT:
            value, at = _varint(data, at)
            yield tag >> 3, value
            continue
        if kind == BYTES:
            size, at = _varint(data, at)
        elif kind in _FIXED:
            size = _FIXED[kind]
        else:
            raise Malformed(f"a field of the kind {kind}, which ONNX does not have")
        if size > len(data) - at:
            raise Malformed(f"a field of {size} bytes where {len(data) - at} are left")
        yield tag >> 3, data[at : at + size]
        at += size


def varints(data: memoryview) -> list[int]:
    found, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        found.append(value)
    return found


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """A whole number of 7 bits a byte, and where it ends."""
    value = 0
    for shift in range(0, MOST_BITS + 6, 7):
        if at >= len(data):
            raise Malformed("ends within a number")
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & ((1 << MOST_BITS) - 1), at
    raise Malformed("a number of more than 64 bits")
