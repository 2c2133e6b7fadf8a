"""A service's streams on a port of this machine, without processes: tests say what is seen in them."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from stand_in_workers import SOON, StandIn

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
    """The service's address, and its streams."""
    from darknet_py.serve.app import make_app
    from darknet_py.serve.http_settings import HttpSettings
    from darknet_py.serve.server import Server, listening

    streams = {name: FedStream(name) for name in names}
    told = HttpSettings(**{"port": 0, "grace": SOON, **settings})
    socket, ready = listening(told.address, told.port), threading.Event()

    def ending() -> None:
        for stream in streams.values():
            stream.end()

    server = Server(make_app(StandIn(), told, streams), told, ending)

    async def serve() -> None:
        for stream in streams.values():
            stream.start()
        ready.set()
        await server.serve([socket])

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(SOON)
    try:
        yield f"http://{told.address}:{socket.getsockname()[1]}", streams
    finally:
        server.end()
        thread.join(SOON / 2)
        assert not thread.is_alive(), "streams without an end hold nothing up"
