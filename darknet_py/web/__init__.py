"""Static pages that run a network in the browser.

    from darknet_py import Network, web
    net = Network.load("yolov4-tiny.cfg", "yolov4-tiny.weights")
    web.write("page", web.page_of("yolov4-tiny", net.graph, net.weights, net.names), web.fetch_runtime())

The folder holds the page (``data/web`` of this package), ``network.json``, ``model.onnx``, and ONNX Runtime's WebAssembly,
which comes from the npm registry.  See docs/web.md.
"""

from __future__ import annotations

from .examples import read_examples
from .folder import Written, check, write
from .page import Page, first_thresh, page_of
from .runtime import PACKAGE, fetch_runtime, read_runtime

RUNTIME = PACKAGE.label

__all__ = [
    "RUNTIME", "Page", "Written", "check", "fetch_runtime", "first_thresh", "page_of", "read_examples",
    "read_runtime", "write",
]  # fmt: skip
