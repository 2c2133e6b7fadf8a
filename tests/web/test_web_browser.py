"""The page's core in Chromium: ``detect``'s boxes, whatever computes them, and what is said of what cannot be used."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import doc_pages
import numpy as np
import pytest
import web_browser
from picture_files import jpeg, png, tiff, webp
from reference import REPO, kit
from small_detector import picture

from darknet_py.results import Detections

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PLATE = REPO / "examples" / "plate.jpg"
CLOSE = 1e-3
DETECT = """async ({folder, file, name, options, backend, threads}) => {
  const { Darknet } = await import(`/${folder}/core/darknet.js`);
  const net = await Darknet.load({ backend, threads });
  const bytes = await (await fetch(file)).arrayBuffer();
  try {
    const found = await net.detect(new File([bytes], name), options);
    return { ...found, running: net.running, again: await net.again({ ...options, thresh: 0.9 }) };
  } catch (error) {
    return error.message;
  } finally {
    net.close();
  }
}"""

Site = Callable[[str], Path]


@pytest.fixture(scope="module")
def address(site: Site) -> Iterator[str]:
    """Of a server that isolates its pages."""
    with web_browser.served(site("small"), web_browser.ISOLATED) as url:
        yield url


@pytest.fixture(scope="module")
def tab(browser: Browser, address: str) -> Iterator[Page]:
    """A page of that server without a network."""
    page = browser.new_page()
    page.goto(f"{address}bare.html")
    yield page
    page.close()


def detect(tab: Page, site: Site, name: str, file: Path, threads: int | None = 1, backend: str | None = "wasm", **options):
    """What the page of network ``name`` finds in a file, or the Error's message."""
    shutil.copy(file, site(name) / file.name)
    asked = {"folder": name, "file": f"/{file.name}", "name": file.name, "options": options, "backend": backend,
             "threads": threads}  # fmt: skip
    return tab.evaluate(DETECT, asked)


def hold(found: Any, wanted: Detections, close: float = CLOSE) -> None:
    """The same classes in the same order, with the same numbers as nearly as is said."""
    assert isinstance(found, dict), found
    assert len(wanted) > 0
    assert (found["width"], found["height"]) == wanted.size
    assert [(d["class_id"], d["name"]) for d in found["boxes"]] == [(d.class_id, d.name) for d in wanted]
    numbers = [[d["prob"], *d["box"]] for d in found["boxes"]]
    np.testing.assert_allclose(numbers, [[d.prob, *d.box] for d in wanted], rtol=0, atol=close)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_plate_has_the_boxes_of_detect(tab, site, nets, threads):
    found = detect(tab, site, "chars", PLATE, threads)
    hold(found, nets("chars").detect(PLATE, thresh=0.24))
    assert found["running"] == {"backend": "wasm", "threads": threads, "note": ""}
    assert [d for d in found["boxes"] if d["prob"] > 0.9] == found["again"]["boxes"]


def test_the_program_of_the_docs_runs(tab, site, nets, tmp_path):
    """As it stands there, but for the folder's name."""
    cv2.imwrite(str(site("small") / "docs.png"), picture(3))
    (block,) = (block for block in doc_pages.blocks(REPO / "docs" / "web.md") if block.language == "js")
    head, program = block.text.replace("./page/", "/small/").split("\n\n", 1)
    names, module = re.fullmatch(r'import (\{ .+ \}) from ("\S+");', head).groups()
    told: list[str] = []
    tab.on("console", lambda message: told.append(message.text))
    tab.evaluate(f"""async () => {{
      const {names} = await import({module});
      const file = new File([await (await fetch("/docs.png")).arrayBuffer()], "docs.png");
      {program}
    }}""")
    wanted = [one for one in nets("small").detect(site("small") / "docs.png", thresh=0.3) if one.class_id in (0, 2)]
    assert [line.split(" ")[0] for line in told] == [one.name for one in wanted]
    assert wanted


@pytest.mark.parametrize("threads", [1, 2])
def test_a_dog_has_the_boxes_of_detect(tab, site, nets, threads):
    dog = kit() / "images" / "dog.png"
    hold(detect(tab, site, "fastest", dog, threads), nets("fastest").detect(dog, thresh=0.24))


@pytest.mark.parametrize("shape", [(24, 32, 3), (50, 70, 3), (300, 40, 3), (1, 1, 3), (33, 47)])
def test_pictures_without_loss_are_held_more_closely(tab, site, nets, tmp_path, shape):
    file = tmp_path / f"{'x'.join(map(str, shape))}.png"
    cv2.imwrite(str(file), picture(1, shape))
    wanted = nets("small").detect(file, thresh=0.01, nms=0.2)
    hold(detect(tab, site, "small", file, thresh=0.01, nms=0.2), wanted, 1e-5)


def test_a_gpu_that_a_program_stands_for_computes_if_it_is_asked_to(tab, site, nets, tmp_path):
    file = tmp_path / "gpu.png"
    cv2.imwrite(str(file), picture(2))
    found = detect(tab, site, "small", file, backend="webgpu", thresh=0.01)
    hold(found, nets("small").detect(file, thresh=0.01), 1e-4)
    assert found["running"]["backend"] == "webgpu"
    assert detect(tab, site, "small", file, backend=None)["running"]["backend"] == "wasm"


@pytest.mark.parametrize("make", [jpeg, png, webp])
@pytest.mark.parametrize("upright", [False, True])
def test_exif_is_followed_only_if_it_is_asked_to(tab, site, nets, tmp_path, make, upright):
    file = tmp_path / f"turned.{make.__name__}"
    file.write_bytes(make(tiff(6)))
    wanted = nets("small").detect(file, thresh=0.01, exif=upright)
    assert wanted.size == ((8, 24) if upright else (24, 8))
    found = detect(tab, site, "small", file, thresh=0.01, upright=upright)
    if make is webp and upright:
        return  # Chromium never turns it
    assert (found["width"], found["height"]) == wanted.size
    if make is not jpeg:  # whose decoders differ
        hold(found, wanted, 1e-5)


@pytest.mark.parametrize("content", [b"", b"a letter\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"])
def test_a_file_that_is_no_picture(tab, site, tmp_path, content):
    file = tmp_path / "letter.jpg"
    file.write_bytes(content)
    said = detect(tab, site, "small", file)
    assert said == "letter.jpg is not a picture that this browser can read; take a JPEG, PNG, WebP or BMP file"


def cut(folder: Path) -> None:
    data = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(data[: len(data) // 2])


def exchanged(folder: Path) -> None:
    size = (folder / "model.onnx").stat().st_size
    (folder / "model.onnx").write_bytes(b"a letter".ljust(size))


def gone(folder: Path) -> None:
    (folder / "model.onnx").unlink()


def described(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        network = json.loads((folder / "network.json").read_text())
        (folder / "network.json").write_text(json.dumps(network | changes))

    return change


def without_runtime(folder: Path) -> None:
    shutil.rmtree(folder / "runtime")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (cut, "model.onnx has * bytes, but * were exported: it was cut or exchanged; copy the whole folder again"),
        (exchanged, "model.onnx cannot be used as a model *; export the page again"),
        (gone, "model.onnx cannot be loaded (404 *); copy the whole folder to the server"),
        (described(width=0), "network.json: width is 0, which cannot be; export the page again"),
        (described(width=64), "model.onnx is not the network of network.json (*); export the page again"),
        (described(names=["cat"]), "model.onnx is not the network of network.json (it does not give boxes of 1 classes); *"),
        (without_runtime, "runtime/ort.wasm.min.mjs cannot be loaded *; copy the whole folder to the server"),
    ],
)
def test_a_folder_that_is_spoilt_is_told_of_on_the_page(browser, site, tmp_path, spoil, says):
    root = tmp_path / "page"
    shutil.copytree(site("small") / "small", root)
    spoil(root)
    with web_browser.served(root, web_browser.ISOLATED) as url:
        page = browser.new_page()
        page.goto(f"{url}?backend=wasm&threads=1")
        message = page.locator("#message.error")
        message.wait_for()
        assert fnmatch(message.inner_text(), says), message.inner_text()
        page.close()


@pytest.mark.parametrize("workers", ["allow", "block"])
def test_a_server_of_nothing_but_files_gives_threads_too(browser, site, workers):
    """By a service worker; where there may be none, the page works on one thread and says so."""
    with web_browser.served(site("small")) as url:
        context = browser.new_context(service_workers=workers)
        page = context.new_page()
        page.goto(f"{url}small/?backend=wasm&threads=2")
        page.locator("#file:enabled").wait_for(state="attached")
        assert page.evaluate("crossOriginIsolated") is (workers == "allow")
        running = page.locator("#running").text_content()
        assert ("one thread, since the page is not isolated" in running) is (workers == "block")
        context.close()


def test_a_page_that_is_opened_as_a_file_says_what_to_do(browser, site):
    page = browser.new_page()
    page.goto((site("small") / "small" / "index.html").as_uri())
    page.locator("#message", has_text="python3 -m http.server").wait_for()
    page.close()
