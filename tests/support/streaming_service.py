"""A service's streams on a port of this machine, without processes: tests say what is seen in them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

from stand_in_workers import SOON, service

from darknet_py.serve.settings import Settings
from darknet_py.serve.stream_process import Seen, Told, Watch
from darknet_py.serve.streams import Stream
from darknet_py.store import Model


class FedStream(Stream):
    """What it is ``fed`` from any thread comes as if from its process."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "small", Watch("/a/path.mp4", Model("", "", ""), Settings()))

    def start(self) -> None:
        self.loop = asyncio.get_running_loop()

    async def close(self) -> None:
        self.end()

    def fed(self, message: Seen | Told) -> None:
        self.loop.call_soon_threadsafe(self.hear[type(message)], message)

    def frame(self, number: int, drawn: bytes = b"", plain: bytes = b"") -> None:
        self.fed(Seen(number, (64, 48), b'{"frame_id": %d}' % number, drawn, plain))


@contextlib.contextmanager
def streaming(*names: str, **settings: Any) -> Iterator[tuple[str, dict[str, FedStream]]]:
    """The service's address, and its streams, which do not hold up its end though they have none."""
    streams = {name: FedStream(name) for name in names}
    with service(streams=streams, **{"grace": 2 * SOON, **settings}) as url:
        yield url, streams
