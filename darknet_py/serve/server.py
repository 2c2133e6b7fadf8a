"""A service on its port: from its first model to its last answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import uvicorn

from .._support.optional import installed
from .._support.words import counted, reason
from ..errors import OutputError
from .app import NO_STREAMS, make_app
from .http_settings import HttpSettings
from .jobs import Workers
from .protocol import protocol_of
from .streams import Stream

__all__ = ["Service", "listening"]

CLOSING = 1.0  # seconds, at the end, for jobs that nobody waits for, and for clients to be told so
BACKLOG = 1024
OTHER_FILES = 256  # beside connections
log = logging.getLogger("darknet_py.serve")


def listening(address: str, port: int) -> socket.socket:
    """A socket at an address.  Raises OutputError where there can be none."""
    try:
        found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family = min(place[0] for place in found)  # of a name that is both, IPv4's
        both = address == "::" and socket.has_dualstack_ipv6()
        return socket.create_server((address, port), family=family, backlog=BACKLOG, dualstack_ipv6=both)
    except (OSError, OverflowError) as e:
        why = reason(e) if isinstance(e, OSError) else "there is no such port"
        why = str(why).partition(" (while attempting to bind")[0]  # what Python adds is told already
        raise OutputError(f"port {port} of {address} cannot be used ({why}); choose another port with -port, "
                          "or another address with -bind") from e  # fmt: skip


def _room(connections: int) -> int:
    """How many connections there can be, after the system was asked for as many open files."""
    resource: Any = installed("resource")  # not on Windows, which has no such limit
    if resource is None:
        return connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OTHER_FILES
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return connections
    more = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (more, hard))
    return max(1, more - OTHER_FILES)


class Service(uvicorn.Server):
    """uvicorn, which is ended by ``end`` alone: signals are the caller's.

    ``begin``: gives the workers, once they have their models; ``ready``: called when requests are taken.
    """

    def __init__(
        self, begin: Callable[[], Awaitable[Workers]], settings: HttpSettings, streams: Mapping[str, Stream] = NO_STREAMS,
        ready: Callable[[], object] = lambda: None,
    ) -> None:  # fmt: skip
        self.settings = replace(settings, max_connections=_room(settings.max_connections))
        self.begin, self.streams, self.ready = begin, streams, ready
        self.beginning: asyncio.Future[Workers] | None = None
        config = uvicorn.Config(
            "", http=protocol_of(self.settings), ws="none", lifespan="off", log_config=None, access_log=False,
            proxy_headers=False, server_header=False, backlog=BACKLOG, timeout_keep_alive=settings.keep_alive,
            timeout_graceful_shutdown=max(1, round(settings.grace)), interface="asgi3",
        )  # fmt: skip
        super().__init__(config)
        for name in ("uvicorn.error", "python_multipart"):  # what clients do wrong is told them, and a line of the log
            logging.getLogger(name).setLevel(logging.ERROR)

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Raises DarknetError where a model cannot be loaded."""
        if self.should_exit:
            return
        self.loop = asyncio.get_running_loop()
        self.beginning = asyncio.ensure_future(self.begin())
        try:
            workers = await self.beginning
        except asyncio.CancelledError:
            log.info("ended before all models were loaded")
            return
        try:
            if not self.should_exit:
                self.config.app = make_app(workers, self.settings, self.streams)
                for stream in self.streams.values():
                    stream.start()
                self.ready()
                await super().serve(sockets)
        finally:
            await asyncio.gather(*(stream.close() for stream in self.streams.values()))
            await workers.close(CLOSING)

    def end(self) -> None:
        """Take no more requests, and end with the last answer; may be called from any thread.  Models that are being
        loaded are not waited for."""
        self.should_exit = True
        if self.beginning:
            self._soon(self.beginning.cancel)

    def give_up(self) -> None:
        """After ``end``: wait for no answer any more; may be called from any thread."""
        if self.started:
            self._soon(self._give_up)

    def _soon(self, call: Callable[[], object]) -> None:
        with contextlib.suppress(RuntimeError):  # all has ended
            self.loop.call_soon_threadsafe(call)

    def _give_up(self) -> None:
        tasks = list(self.server_state.tasks)
        log.warning("ending at once: %s told to come again", counted(len(tasks), "client"))
        for task in tasks:
            task.cancel()  # see Front
        self.loop.call_later(CLOSING, setattr, self, "force_exit", True)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """They are the caller's."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn; streams end first, which have no end by themselves."""
        for stream in self.streams.values():
            stream.end()
        waiting, most = counted(len(self.server_state.tasks), "request"), self.config.timeout_graceful_shutdown
        log.info("ending: no more requests are taken, and %s waited for, at most %s seconds", waiting, most)
        await super().shutdown(sockets)
