"""One browser for all tests of a process, and the pages that they look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import small_detector
import web_browser
from reference import REPO, kit

from darknet_py import Network, web

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHARS = REPO / "cfg" / "yolov4-chars.cfg", REPO / "weights" / "yolov4-chars.weights"
FASTEST = "yolo-fastest-1.1"


@pytest.fixture(autouse=True, scope="module")
def no_loop() -> None:
    """Here it is needed."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with web_browser.chromium() as running:
        yield running


@pytest.fixture(scope="session")
def nets() -> Callable[[str], Network]:
    """A network by name: chars, fastest (of the kit), small."""
    known: dict[str, Network] = {}

    def load(name: str, folder: Path) -> Network:
        if name == "small":
            return Network.load(*small_detector.write(folder), names=["cat", "dog"])
        if name == "fastest":
            return Network.load(REPO / "cfg" / f"{FASTEST}.cfg", kit() / "weights" / f"{FASTEST}.weights")
        return Network.load(*CHARS)

    def get(name: str, folder: Path = Path()) -> Network:
        return known.setdefault(name, known.get(name) or load(name, folder))

    return get


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, nets: Callable[..., Network]) -> Callable[[str], Path]:
    """The folder that is served, after it has the page of a network by that name."""
    root = tmp_path_factory.mktemp("site")
    (root / "bare.html").write_text("<!doctype html><title>tests</title>")
    files = dict(web.read_runtime(web_browser.archive()))

    def with_page(name: str) -> Path:
        if not (root / name).exists():
            web_browser.write(root / name, nets(name, root), name, files)
        return root

    return with_page
