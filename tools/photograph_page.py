"""docs/web.png, the page of ``darknet_py export -web`` on a desk and on a phone, and docs/service.png, that of a service.

    darknet_py export yolov4-chars examples -web site
    python -m tools.photograph_page site            # docs/web.png
    python -m tools.photograph_page site FOLDER     # all screens, light and dark, into FOLDER
    darknet_py serve yolov4-chars -model OTHER=CFG,WEIGHTS,NAMES & python -m tools.photograph_page http://127.0.0.1:8000/

Needs playwright, Pillow and a Chromium, which CHROMIUM names if it is not on the path.
"""

from __future__ import annotations

import functools
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).parent.parent
TARGET, OF_SERVICE = ROOT / "docs" / "web.png", ROOT / "docs" / "service.png"
PICTURE = ROOT / "examples" / "label.jpg"
FLAGS = "--no-sandbox", "--disable-gpu", "--disable-sync", "--disable-background-networking"
DESK = {"viewport": {"width": 1000, "height": 640}}
PHONE = {"viewport": {"width": 360, "height": 640}, "is_mobile": True, "has_touch": True}
SCREENS: dict[str, dict[str, Any]] = {
    f"{name}-{scheme}": {**shape, "color_scheme": scheme}
    for name, shape in (("desk", DESK), ("phone", PHONE))
    for scheme in ("light", "dark")
}
GAP, COLORS = 20, 160


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder's files."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(SimpleHTTPRequestHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def photograph(browser: Any, address: str, screen: str, target: Path) -> Path:
    """A picture of the page after it has looked at PICTURE."""
    context = browser.new_context(**SCREENS[screen])
    page = context.new_page()
    page.goto(address)
    page.locator("#message", has_text="Ready").wait_for()
    page.set_input_files("#file", str(PICTURE))
    page.locator("#message", has_text="found in").wait_for()
    page.screenshot(path=target)
    context.close()
    return target


def photographs(site: str, folder: Path) -> list[Path]:
    """One of each screen, of a folder or an address."""
    from playwright.sync_api import sync_playwright

    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    there = nullcontext(site) if site.startswith("http") else served(Path(site))
    with there as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS])
        found = [photograph(browser, address, screen, folder / f"{screen}.png") for screen in SCREENS]
        browser.close()
    return found


def beside(desk: Path, phone: Path) -> Image.Image:
    """Both in one picture of few colours."""
    pictures = [Image.open(path).convert("RGB") for path in (desk, phone)]
    size = sum(p.width for p in pictures) + GAP, max(p.height for p in pictures)
    whole = Image.new("RGB", size, "white")
    whole.paste(pictures[0], (0, 0))
    whole.paste(pictures[1], (pictures[0].width + GAP, 0))
    return whole.quantize(COLORS, dither=Image.Dither.NONE)


def main(site: str, folder: str | None = None) -> None:
    """Write the pictures."""
    if folder:
        photographs(site, Path(folder))
        return
    with tempfile.TemporaryDirectory() as place:
        desk, _, _, phone = photographs(site, Path(place))
        beside(desk, phone).save(OF_SERVICE if site.startswith("http") else TARGET, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
