"""The page of ``darknet_py export -web`` in headless Chromium, in WASM; tests/support/web_browser.py says what it needs."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import cases  # noqa: F401  where tests/support is found
import numpy as np
import web_browser

from darknet_py import Network, web
from darknet_py.web.runtime import PACKAGE
from engines.base import Engine, Job

__all__ = ["ENGINE"]

LOAD = """async threads => {
  const { Darknet } = await import("/page/core/darknet.js");
  window.net = await Darknet.load({ backend: "wasm", threads });
}"""
DETECT = """async name => {
  const bytes = await (await fetch(`/${name}`)).arrayBuffer();
  return window.net.detect(new File([bytes], name), { thresh: 0.25 });
}"""


class WebPage(Engine):
    """``options``: pictures, paths, of which the boxes are told."""

    version = PACKAGE.version

    def __init__(self, job: Job) -> None:
        self.job, self.stack, self.seen = job, ExitStack(), dict[str, str]()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        net = Network.load(job.files["cfg"], job.files["weights"])
        web_browser.write(self.folder / "page", net, "page", dict(web.read_runtime(web_browser.archive())))
        (self.folder / "bare.html").write_text("<!doctype html><title>page</title>")
        address = self.stack.enter_context(web_browser.served(self.folder, web_browser.ISOLATED))
        self.tab = self.stack.enter_context(web_browser.chromium()).new_page()
        self.tab.goto(f"{address}bare.html")
        self.tab.evaluate(LOAD, job.threads)

    def forward(self) -> dict[str, Any]:
        return self._found(self.job.image)

    def run(self) -> float:
        """Seconds of the network alone."""
        return self.forward()["times"]["network"] / 1e3

    def heads(self) -> dict[str, np.ndarray]:
        pictures = self.job.options.get("pictures", [])
        return {f"boxes{i}": _rows(self._found(picture)["boxes"]) for i, picture in enumerate(pictures)}

    def _found(self, picture: str) -> dict[str, Any]:
        name = f"{len(self.seen)}{Path(picture).suffix}"  # of which the browser has nothing in store
        name = self.seen.setdefault(picture, name)
        shutil.copyfile(picture, self.folder / name)
        return self.tab.evaluate(DETECT, name)

    def close(self) -> None:
        self.stack.close()


def _rows(found: list[dict[str, Any]]) -> np.ndarray:
    return np.array([(d["class_id"], d["prob"], *d["box"]) for d in found]).reshape(-1, 6)


ENGINE = WebPage
