"""Pages of ``export -web`` in headless Chromium, served from this machine.

Needs playwright's Python package, Debian's chromium (or Chrome; CHROMIUM names another), and the archive of
onnxruntime-web, which ``darknet_py export -web`` has put into the cache folder; without them tests are skipped, visibly.
"""

from __future__ import annotations

import functools
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from darknet_py import Network, web
from darknet_py.engine.native import object_cache
from darknet_py.web import runtime

NAMES = "chromium", "chromium-browser", "google-chrome", "chrome"
FLAGS = (
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
    "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan",
)  # fmt: skip
ISOLATED = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}
PATIENCE = 60_000  # milliseconds


def archive() -> Path:
    """The archive of onnxruntime-web that an export has fetched, or else skips the test."""
    folders = filter(None, (object_cache.folder(), object_cache._caches() / "darknet_py"))
    found = [folder / "npm" / runtime.PACKAGE.file for folder in folders]
    for path in found:
        if path.is_file():
            return path
    pytest.skip(f"needs {found[0]}: darknet_py export yolov4-chars -web page fetches it")


def write(folder: Path, net: Network, name: str, files: Mapping[str, bytes]) -> None:
    """A network's page, as ``darknet_py export -web`` writes it."""
    web.write(folder, web.page_of(name, net.graph, net.weights, net.names), files)


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser with a new profile and a camera that is none.

    WebGPU is there, but a program computes it, which a page takes only if it is told to.
    """
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not program:
        pytest.skip("needs Chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS])
        try:
            yield browser
        finally:
            browser.close()


class Files(SimpleHTTPRequestHandler):
    """A folder's files, with more headers, without a log."""

    def __init__(self, *arguments: Any, headers: Mapping[str, str], **rest: Any) -> None:
        self.more = headers
        super().__init__(*arguments, **rest)

    def end_headers(self) -> None:
        for name, value in self.more.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(folder: Path, headers: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of a folder, on a port of its own; ``headers``: that come with each file, as ``ISOLATED``."""
    handler = functools.partial(Files, directory=str(folder), headers=headers or {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def says(page: Any, text: str) -> None:
    """Wait until the page's message has this text in it; that is looked for with each frame, by ``expect`` more seldom."""
    from playwright.sync_api import TimeoutError as Late

    has = "(text) => document.getElementById('message').textContent.includes(text)"
    try:
        page.wait_for_function(has, arg=text, timeout=PATIENCE)
    except Late:
        assert page.locator("#message").inner_text() == text, "this is not said"
