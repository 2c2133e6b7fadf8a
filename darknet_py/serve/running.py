"""A service from its first model to its last answer."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import Callable, Mapping

from ..store import Model
from .app import NO_STREAMS, make_app
from .http_settings import HttpSettings
from .server import Server
from .settings import Settings
from .streams import Stream
from .workers import start_workers

__all__ = ["Service"]

CLOSING = 1.0  # seconds, at the end, for jobs that nobody waits for


class Service(Server):
    """Models behind a port.  ``ready``: called when they are loaded, and requests are taken."""

    def __init__(
        self, models: Mapping[str, Model], settings: Settings, http: HttpSettings,
        ready: Callable[[], object] = lambda: None, streams: Mapping[str, Stream] = NO_STREAMS,
    ) -> None:  # fmt: skip
        super().__init__(None, http, self._end_streams)
        self.models, self.settings, self.http, self.ready, self.streams = models, settings, http, ready, streams
        self.beginning: asyncio.Task[None] | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Raises DarknetError where a model cannot be loaded."""
        self.loop = asyncio.get_running_loop()
        self.beginning = asyncio.ensure_future(self._begin())
        try:
            await self.beginning
        except asyncio.CancelledError:
            return
        try:
            if not self.should_exit:
                for stream in self.streams.values():
                    stream.start()
                self.ready()
                await super().serve(sockets)
        finally:
            await asyncio.gather(*(stream.close() for stream in self.streams.values()))
            await self.workers.close(CLOSING)

    async def _begin(self) -> None:
        if not self.should_exit:
            self.workers = await start_workers(self.models, self.settings)
            self.config.app = make_app(self.workers, self.http, self.streams)
            gc.freeze()  # what is there stays, and need not be looked through again and again

    def _end_streams(self) -> None:
        for stream in self.streams.values():
            stream.end()

    def end(self) -> None:
        """See ``Server``; models that are being loaded are not waited for."""
        super().end()
        if self.beginning:
            self.loop.call_soon_threadsafe(self.beginning.cancel)
