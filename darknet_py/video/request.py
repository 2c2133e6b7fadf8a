"""What a client of a stream asks for, and what it is told when it does not get it."""

from __future__ import annotations

import re
from collections.abc import Collection

from ..errors import printable

__all__ = ["BUSY", "OWN_NAMES", "host_name", "not_called", "refusal"]

OWN_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})  # of every machine
STREAM = b"/"
HOST = re.compile(r"(\[(?P<v6>[^\[\]]+)\]|(?P<name>[^\[\]:@/]*))(:\d*)?")


def refusal(request: bytes, names: Collection[str]) -> bytes:
    """The answer to the head of a request, unless it is one for the stream, to which the answer is nothing.

    ``names``: those by which a client may call this server.  A page of the web that has its own name point here, so that
    a browser takes the server for the page's, calls it by another one (DNS rebinding).
    """
    line, *fields = request.replace(b"\r\n", b"\n").split(b"\n")
    words = line.split()
    hosts = [value for name, _, value in (field.partition(b":") for field in fields) if name.strip().lower() == b"host"]
    if len(words) != 3 or not words[2].startswith(b"HTTP/") or len(hosts) > 1:
        return _answer("400 Bad Request", "this is no request for a stream")
    if words[0] != b"GET":
        return _answer("405 Method Not Allowed", "the stream is had with GET", "Allow: GET\r\n")
    if words[1].partition(b"?")[0] != STREAM:
        return _answer("404 Not Found", "the stream is at /")
    if hosts and (host := host_name(hosts[0])) not in names:
        return _answer("403 Forbidden", not_called(host))
    return b""


def not_called(host: str) -> str:
    """What a client is told that calls the server by another name."""
    return f"this server is not called {printable(host)}; if it is, start it with -allow_host"


def host_name(value: bytes) -> str:
    """The name or address in a Host field, without the port; all of what is neither."""
    text = value.strip().decode("latin-1").lower()
    parts = HOST.fullmatch(text)
    return (parts["v6"] or parts["name"]).removesuffix(".") if parts else text


def _answer(status: str, text: str, fields: str = "") -> bytes:
    head = f"HTTP/1.0 {status}\r\nConnection: close\r\n{fields}Content-Type: text/plain\r\nX-Content-Type-Options: nosniff"
    return f"{head}\r\n\r\n{text}\n".encode("ascii", "backslashreplace")


BUSY = _answer("503 Service Unavailable", "there are enough clients; try again later")
