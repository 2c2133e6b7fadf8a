"""A server on this machine that is posted to."""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

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
