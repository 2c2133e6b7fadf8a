"""Addresses that anybody may name: only what all of the web may see is fetched, by connections to public addresses."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.request import HTTPHandler, HTTPSHandler, ProxyHandler

__all__ = ["Watched", "is_public"]

LATER = 0.5  # seconds in which who reads may say more than that the connection ended
INTERNET = ipaddress.ip_network("2000::/3")  # all that is given to anybody; elsewhere may be another address in it


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet, of any machine but those of the own network."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            ip = ip.ipv4_mapped
        elif ip.sixtofour or ip.teredo or ip not in INTERNET:  # the first two hold another address, too
            return False
    return ip.is_global and not ip.is_multicast


class Watched:
    """Connections of one download, which ends after ``seconds``, whatever the server sends; ``public``: only to addresses
    of the internet, and by no proxy, which could be asked for others."""

    def __init__(self, seconds: float, public: bool) -> None:
        self.public, self.open = public, list[socket.socket]()
        self.timer = threading.Timer(seconds + LATER, self._end)
        self.timer.daemon = True
        self.timer.start()

    def close(self) -> None:
        self.timer.cancel()

    def _end(self) -> None:
        for one in self.open:
            with suppress(OSError):
                socket.socket.shutdown(one, socket.SHUT_RDWR)

    @property
    def handlers(self) -> list[Any]:
        """urllib's, whose connections are watched."""
        check, begun = self.check, self.open.append

        class Http(HTTPHandler):
            def http_open(self, req: Any) -> Any:
                return self.do_open(_connecting(HTTPConnection, check, begun), req)

        class Https(HTTPSHandler):
            def https_open(self, req: Any) -> Any:
                return self.do_open(_connecting(HTTPSConnection, check, begun), req)

        return [Http(), Https(), *([ProxyHandler({})] if self.public else [])]

    def check(self, host: str, port: int | None) -> None:
        """Raises OSError for a name of which an address is not public."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM) if self.public else []
        if not all(is_public(str(place[4][0])) for place in found):
            raise OSError("it is an address of the own network, from which nothing is fetched")


def _connecting(kind: Any, check: Callable[[str, int | None], None], begun: Callable[[socket.socket], None]) -> Any:
    """Connections that are checked before they are made, and after, since a name may lead elsewhere a moment later."""

    class Connection(kind):  # type: ignore[misc]
        def connect(self) -> None:
            check(self.host, self.port)
            super().connect()
            begun(self.sock)
            check(*self.sock.getpeername()[:2])

    return Connection
