"""Servers of a demo's objects and frames, their clients, and a server that is posted to, all on this machine."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from darknet_py.video.stream_server import JSON, MJPEG, StreamServer

LOCALHOST, SOON = "127.0.0.1", 20


@contextlib.contextmanager
def receiving(answer_with=200, hold=None):
    """A server's address, and the list of (path, content type, body) that is posted to it; ``hold``: it waits for that."""
    posted = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.append((self.path, self.headers["Content-Type"], body))
            if hold:
                hold.wait(SOON)
            self.send_response(answer_with)
            self.end_headers()

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer((LOCALHOST, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"{LOCALHOST}:{server.server_port}", posted
    finally:
        if hold:
            hold.set()
        server.shutdown()
        server.server_close()


GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def serving(form):
    server = StreamServer(LOCALHOST, 0, form)
    yield server
    if not server.closing.is_set():
        server.close()


@pytest.fixture
def server():
    yield from serving(JSON)


@pytest.fixture
def mjpeg():
    yield from serving(MJPEG)


def until(condition):
    """Wait for what happens in another thread."""
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.002)


def connected(server, data=GET):
    """A socket on which ``data`` was sent."""
    client = socket.create_connection((LOCALHOST, server.port), SOON)
    client.sendall(data)
    return client


def answer(client):
    """All that comes until the server closes."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while part := client.recv(65536):
            data += part
    client.close()
    return data


def watching(server, number=1):
    """A new client, once it is the ``number``-th."""
    response = urllib.request.urlopen(f"http://{LOCALHOST}:{server.port}/", timeout=SOON)
    until(lambda: len(server.clients) == number)
    return response
