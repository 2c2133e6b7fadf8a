"""Messages between the front and its workers, through pipes: a length of 8 bytes, then a pickle."""

from __future__ import annotations

import asyncio
import pickle
import struct
from typing import Any, BinaryIO

__all__ = ["LOG", "packed", "read", "received"]

LOG = 0  # the number of messages that answer no order
LENGTH = struct.Struct("<Q")


def packed(message: Any) -> tuple[bytes, bytes]:
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(data)), data


def read(file: BinaryIO) -> Any:
    """The next message.  Raises EOFError at the end."""
    (length,) = LENGTH.unpack(_whole(file, LENGTH.size))
    return pickle.loads(_whole(file, length))


def _whole(file: BinaryIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) < length:
        raise EOFError
    return data


async def received(reader: asyncio.StreamReader) -> Any:
    """The next message.  Raises EOFError at the end."""
    (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
    return pickle.loads(await reader.readexactly(length))
