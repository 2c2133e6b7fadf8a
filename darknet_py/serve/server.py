"""The service on its port: from the first connection to the last answer."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import uvicorn

from .._support.optional import installed
from .._support.words import reason
from ..errors import OutputError
from .http_settings import HttpSettings
from .protocol import protocol_of

__all__ = ["Server", "listening"]

BACKLOG = 1024
OTHER_FILES = 256  # beside connections


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


class Server(uvicorn.Server):
    """uvicorn, which is ended by ``end`` alone: signals are the caller's.  ``ending``: called when no more requests are
    taken, while there may be some that are answered yet."""

    def __init__(self, app: Any, settings: HttpSettings, ending: Callable[[], object] = lambda: None) -> None:
        settings = replace(settings, max_connections=_room(settings.max_connections))
        config = uvicorn.Config(
            app, http=protocol_of(settings), ws="none", lifespan="off", log_config=None, access_log=False,
            proxy_headers=False, server_header=False, backlog=BACKLOG, timeout_keep_alive=settings.keep_alive,
            timeout_graceful_shutdown=max(1, round(settings.grace)), interface="asgi3",
        )  # fmt: skip
        super().__init__(config)
        self.ending = ending
        for name in ("uvicorn.error", "python_multipart"):  # what clients do wrong is told them, and a line of the log
            logging.getLogger(name).setLevel(logging.ERROR)

    def end(self) -> None:
        """Take no more requests, and end with the last answer; may be called from any thread."""
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """They are the caller's."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.ending()
        await super().shutdown(sockets)
