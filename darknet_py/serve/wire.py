"""Messages between the front and the processes behind it, through pipes: a length of 8 bytes, then a pickle."""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import signal
import struct
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

__all__ = ["Begun", "Front", "Logged", "packed", "received"]

LENGTH = struct.Struct("<Q")


@dataclass(frozen=True)
class Logged:
    """What is to be logged by the front."""

    level: int
    text: str


@dataclass(frozen=True)
class Begun:
    """The job of this number is worked on."""

    number: int


class Front(logging.Handler):
    """The front, as a process behind it has it: it gives orders, and is told answers and what is logged.

    Signals that a terminal or a service manager sends to all processes of a service are left to it.
    """

    def __init__(self) -> None:
        super().__init__()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        self.pipe, self.sending = os.fdopen(os.dup(sys.stdout.fileno()), "wb"), threading.Lock()
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints

    def order(self) -> Any:
        """The next message.  Raises EOFError after the last one."""
        (length,) = LENGTH.unpack(_whole(LENGTH.size))
        return pickle.loads(_whole(length))

    def tell(self, message: object) -> None:
        with self.sending, suppress(OSError):  # the front is gone, and the orders end
            self.pipe.writelines(packed(message))
            self.pipe.flush()

    def emit(self, record: logging.LogRecord) -> None:
        self.tell(Logged(record.levelno, self.format(record)))


def _whole(length: int) -> bytes:
    data = sys.stdin.buffer.read(length)
    if len(data) < length:
        raise EOFError
    return data


def packed(message: Any) -> tuple[bytes, bytes]:
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(data)), data


async def received(reader: asyncio.StreamReader) -> Any:
    """The next message.  Raises EOFError at the end."""
    (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
    return pickle.loads(await reader.readexactly(length))
