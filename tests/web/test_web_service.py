"""The page of a service in a browser: boxes of ``detect``, sliders without requests, models, zoom, copies, what fails."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import hierarchy
import numpy as np
import pytest

pytest.importorskip("uvicorn", reason="the extra serve is not installed")
pytest.importorskip("fastapi", reason="the extra serve is not installed")

from picture_files import jpeg, png, tiff, webp
from small_detector import picture, write
from stand_in_workers import service
from web_browser import says
from workers_here import WorkersHere

from darknet_py import Network
from darknet_py.serve.jobs import Refusal
from darknet_py.store import Model

TOKEN = "cej-0+token"  # with keys that are shortcuts elsewhere
CLOSE = 1e-3
SIZE = {"width": 900, "height": 600}
THRESH = 0.5  # so that boxes are few
NAMES = {"small": ["cat", "dog"], "other": ["left", "right"]}
DROP = """([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""

AS_AT_FIRST = """(thresh) => {
  const set = (id, value, event) => {
    const e = document.getElementById(id);
    if (e.value === String(value)) return;
    e.value = value;
    e.dispatchEvent(new Event(event));
  };
  set("model", "small", "change");
  set("thresh", thresh, "input");
  set("nms", 0.45, "input");
  document.getElementById("upright").checked = true;
}"""


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> WorkersHere:
    """Two models of other classes, and one whose classes are a tree."""
    folder = tmp_path_factory.mktemp("nets")
    files, tree = write(folder), folder / "tree"
    hierarchy.write(tree)
    models = {name: Model(name, *map(str, files), names) for name, names in NAMES.items()}
    models["tree"] = Model("tree", str(tree / "cfg/many.cfg"), str(tree / "many.weights"), str(tree / "data/many.names"))
    return WorkersHere(models)


@pytest.fixture(scope="module")
def tab(browser: Any, workers: WorkersHere) -> Iterator[Any]:
    """The page of a service; its console is empty at the end, but for answers that are told on the page."""
    with service(workers) as address:
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        page, complaints = context.new_page(), list[str]()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        says(page, "Ready")
        yield page
        assert not [text for text in complaints if "Failed to load resource" not in text]
        context.close()


@pytest.fixture
def page(tab: Any, workers: WorkersHere) -> Any:
    """That page as it was at first."""
    if tab.viewport_size != SIZE:
        tab.set_viewport_size(SIZE)
    tab.evaluate(AS_AT_FIRST, THRESH)
    workers.jobs.clear()
    return tab


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "it's.png"
    cv2.imwrite(str(path), picture(3))
    return path


def slide(page: Any, name: str, value: float) -> None:
    page.locator(f"#{name}").evaluate("(e, value) => { e.value = value; e.dispatchEvent(new Event('input')); }", value)


def drop(page: Any, file: Path, text: str = "found in") -> None:
    page.locator("#message").evaluate("(e) => { e.textContent = ''; }")
    page.evaluate(DROP, [file.name, base64.b64encode(file.read_bytes()).decode()])
    says(page, text)


def objects(page: Any) -> list[dict[str, Any]]:
    """Of the file that JSON saves."""
    with page.expect_download() as download:
        page.click("#json")
    (frame,) = json.loads(Path(download.value.path()).read_text())
    return frame["objects"]


def numbers(found: list[dict[str, Any]]) -> list[list[float]]:
    return [[o["class_id"], o["confidence"], *o["relative_coordinates"].values()] for o in found]


def hold(page: Any, net: Network, file: Path, **options: Any) -> None:
    """The page has what ``detect`` finds."""
    wanted = net.detect(file, **{"thresh": THRESH, **options})
    assert len(wanted) > 0
    np.testing.assert_allclose(numbers(objects(page)), [[d.class_id, d.prob, *d.box] for d in wanted], rtol=0, atol=CLOSE)
    assert page.locator("#table tr").count() == len(wanted)


def test_a_picture_that_is_dropped_has_the_boxes_of_detect(page, workers, file):
    drop(page, file)
    hold(page, workers.nets["small"], file)
    assert [job.kind for job in workers.jobs] == ["candidates"]
    assert workers.jobs[0].data == file.read_bytes()
    times = page.locator("#stages div").all_inner_texts()
    assert [text for text in times if text.startswith(("Queue", "Network"))] == ["Queue\n1.0 ms", "Network\n3.0 ms"]


def test_sliders_ask_nothing_of_the_service(page, workers, file):
    drop(page, file)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for thresh, nms in ((0.005, 0.45), (0.55, 0.1), (0.52, 1), (0.4, 0)):
        slide(page, "thresh", thresh)
        slide(page, "nms", nms)
        wanted = workers.nets["small"].detect(file, thresh=thresh, nms=nms)
        page.wait_for_function("(count) => document.querySelectorAll('#table tr').length === count", arg=len(wanted))
        hold(page, workers.nets["small"], file, thresh=thresh, nms=nms)
    assert [url for url in asked if not url.startswith("blob:")] == []


def test_the_filter_hides_classes_in_the_list_and_in_copies(page, workers, file):
    slide(page, "thresh", 0.24)
    drop(page, file)
    page.locator("#filter").evaluate("(e) => { e.open = true; }")
    page.locator("#classes input").first.uncheck()
    assert {o["name"] for o in objects(page)} == {"dog"}
    page.click("#copy-curl")
    assert "classes=dog" in page.evaluate("() => navigator.clipboard.readText()")
    page.click("#all")
    assert {o["name"] for o in objects(page)} == {"cat", "dog"}


def test_what_was_found_is_copied(page, workers, file, tmp_path):
    """The command gives the same in a shell."""
    drop(page, file)
    slide(page, "thresh", 0.52)
    wanted = workers.nets["small"].detect(file, thresh=0.52)
    copies = {}
    for form, said in (("json", "JSON is"), ("yolo", "Label lines are"), ("curl", "The command is")):
        page.click(f"#copy-{form}")
        says(page, f"{said} in the clipboard.")
        copies[form] = page.evaluate("() => navigator.clipboard.readText()")
    assert copies["yolo"] == wanted.to_yolo()
    done = subprocess.run(["sh", "-c", copies["curl"]], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=20)
    assert done.stdout.strip() == copies["json"].strip()
    assert numbers(json.loads(copies["json"])[0]["objects"]) == numbers(objects(page))


def test_pages_of_http_that_have_no_clipboard_copy_too(page, workers, file):
    """But for the machine's own, browsers give the clipboard to pages of https alone."""
    drop(page, file)
    page.evaluate("() => Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })")
    page.locator("#copy-yolo").focus()
    page.keyboard.press("Enter")
    says(page, "Label lines are in the clipboard.")
    assert page.evaluate("() => document.activeElement.id") == "copy-yolo"
    page.evaluate("() => { delete navigator.clipboard; }")
    wanted = workers.nets["small"].detect(file, thresh=THRESH)
    assert page.evaluate("() => navigator.clipboard.readText()") == wanted.to_yolo()


def test_another_model_looks_at_the_same_picture(page, workers, file):
    drop(page, file)
    page.locator("#message").evaluate("(e) => { e.textContent = ''; }")
    page.select_option("#model", "other")
    says(page, "found in")
    assert {o["name"] for o in objects(page)} == {"left", "right"}
    assert page.locator("h1").inner_text() == "other"
    assert page.locator("#classes label").all_text_contents() == ["left", "right"]


def test_a_tree_of_classes_is_asked_for_by_each_threshold(page, workers, file):
    page.select_option("#model", "tree")
    drop(page, file)
    for thresh in (0.3, 0.02):
        page.locator("#message").evaluate("(e) => { e.textContent = ''; }")
        slide(page, "thresh", thresh)
        says(page, "found in")
        hold(page, workers.nets["tree"], file, thresh=thresh)
    asked = {job.options["thresh"] for job in workers.jobs if job.model == "tree"}  # the model before may be asked yet
    assert asked == {0.24, 0.3, 0.02}


def test_a_model_that_was_exchanged_is_noticed(page, workers, file, monkeypatch):
    drop(page, file)
    newer = replace(workers.models["small"], names=("sun", "moon"), digest="newer")
    monkeypatch.setitem(workers.models, "small", newer)
    drop(page, file)
    assert {o["name"] for o in objects(page)} == {"moon"}
    assert page.locator("#thresh").input_value() == str(THRESH)
    assert page.locator("#classes label").all_text_contents() == ["sun", "moon"]


@pytest.mark.parametrize("make", [jpeg, png, webp])
@pytest.mark.parametrize("upright", [True, False])
def test_what_is_seen_is_turned_as_the_service_turns_it(page, workers, tmp_path, make, upright):
    path = tmp_path / f"turned.{make.__name__}"
    path.write_bytes(make(tiff(6)))
    page.locator("#upright").evaluate("(e, upright) => { e.checked = upright; }", upright)
    slide(page, "thresh", 0.01)
    drop(page, path)
    hold(page, workers.nets["small"], path, thresh=0.01, exif=upright)
    with page.expect_download() as download:
        page.click("#png")
    drawn = cv2.imread(download.value.path())
    assert drawn.shape[:2] == ((24, 8) if upright else (8, 24))


@pytest.mark.parametrize("suffix", [".tiff", ".ppm"])
def test_files_that_browsers_do_not_show_are_shown_as_the_service_sees_them(page, workers, tmp_path, suffix):
    path = tmp_path / f"photo{suffix}"
    cv2.imwrite(str(path), picture(4))
    drop(page, path)
    hold(page, workers.nets["small"], path)
    assert page.locator("#canvas").is_visible()


@pytest.mark.parametrize("content", [b"", b"a letter\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0 cut"])
def test_what_is_no_picture_is_said_in_the_service_s_words(page, file, tmp_path, content):
    path = tmp_path / "letter.png"
    path.write_bytes(content)
    drop(page, path, "letter.png: ")
    assert page.locator("#message.error").count() == 1
    assert not page.locator("#canvas").is_visible()
    drop(page, file)
    assert page.locator("#message.error").count() == 0


def shot(page: Any) -> str:
    return page.locator("#canvas").evaluate("(e) => e.toDataURL()")


def test_closer_by_keys_wheel_buttons_and_a_double_click(page, file):
    drop(page, file)
    whole = shot(page)
    page.locator("#canvas").focus()
    for way in (lambda: page.keyboard.press("+"), lambda: page.click("#closer"), lambda: page.locator("#canvas").dblclick(),
                lambda: (page.locator("#canvas").hover(), page.mouse.wheel(0, -300))):  # fmt: skip
        way()
        page.locator("#canvas.zoomed").wait_for()
        page.mouse.move(0, 0)
        assert shot(page) != whole
        page.locator("#canvas").focus()
        page.keyboard.press("0")
        page.locator("#canvas:not(.zoomed)").wait_for()
        assert shot(page) == whole


def test_a_picture_that_is_near_is_moved_by_keys_and_by_hand(page, file):
    drop(page, file)
    page.locator("#canvas").focus()
    page.keyboard.press("+")
    near = shot(page)
    page.keyboard.press("ArrowRight")
    moved = shot(page)
    assert moved != near
    page.keyboard.press("ArrowLeft")
    assert shot(page) == near
    at = page.locator("#canvas").bounding_box()
    page.mouse.move(at["x"] + 200, at["y"] + 200)
    page.mouse.down()
    page.mouse.move(at["x"] + 100, at["y"] + 200)
    page.mouse.up()
    page.mouse.move(0, 0)
    assert shot(page) not in (near, moved)
    page.click("#whole")


def test_an_entry_of_the_list_goes_to_its_box(page, file):
    """Its box is then under the middle of the picture, where the pointer marks it, or a smaller one there."""
    slide(page, "thresh", 0.24)
    drop(page, file)
    sizes = page.evaluate("""() =>
      [...document.querySelectorAll("#table tr")].map(({ cells }) => cells[4].textContent * cells[5].textContent)""")
    smallest = page.locator("#table tr").nth(int(np.argmin(sizes)))
    smallest.locator("button").click()
    page.locator("#canvas.zoomed").wait_for()
    page.locator("#canvas").hover()
    marked = page.locator("#table tr.marked")
    assert sizes[marked.evaluate("(row) => row.rowIndex") - 1] < 1.5 * min(sizes)  # of whole pixels
    page.click("#whole")


def test_a_service_that_is_stopped_is_waited_for(browser, workers, file):
    with service(workers) as address:
        page = browser.new_page()
        page.goto(address)
        says(page, "Ready")
        port = int(address.rpartition(":")[2])
    drop(page, file, "cannot be reached")
    assert page.locator("#message.error").count() == 1
    assert page.locator("#canvas").is_visible()
    with service(workers, port=port):
        says(page, "found in")
        hold(page, workers.nets["small"], file, thresh=0.24)
        assert page.locator("#message.error").count() == 0
        page.close()


def test_a_service_that_is_busy_is_asked_again(page, workers, file):
    workers.refusals.append(Refusal(503, "too many pictures are waiting", 1))
    page.evaluate("""() => {
      window.said = [];
      const note = () => window.said.push(document.getElementById("message").textContent);
      new MutationObserver(note).observe(document.getElementById("message"), { childList: true });
    }""")
    drop(page, file)
    assert "Too many pictures are waiting: it is asked again." in page.evaluate("() => window.said")
    hold(page, workers.nets["small"], file)


def test_a_picture_that_is_left_for_another_frees_its_place(page, workers, file, tmp_path):
    (tmp_path / "slow.png").write_bytes(file.read_bytes())
    left, ask = [], workers.ask

    async def slow(job: Any, seconds: float) -> Any:
        workers.ask = ask
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            left.append(job.kind)
            raise

    workers.ask = slow
    drop(page, tmp_path / "slow.png", "slow.png is being looked at")
    page.wait_for_timeout(100)
    drop(page, file)
    hold(page, workers.nets["small"], file)
    assert left == ["candidates"]


@pytest.mark.parametrize("status", [413, 422, 504])
def test_other_refusals_are_said(page, workers, file, status):
    workers.refusals.append(Refusal(status, f"this is why {status}"))
    drop(page, file, f"it's.png: this is why {status}")
    assert page.locator("#message.error").count() == 1


def test_a_token_is_asked_for_once(browser, workers, file):
    with service(workers, token=TOKEN) as address:
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.goto(address)
        says(page, "asks for its token")
        for token in ("another one", "another", TOKEN):
            assert page.evaluate("() => document.activeElement.id") == "token"
            page.keyboard.press("Control+a")
            page.keyboard.type(token[:5])
            page.evaluate("(text) => navigator.clipboard.writeText(text)", token[5:])
            page.keyboard.press("Control+v")
            page.keyboard.press("Enter")
            says(page, {TOKEN: "Ready", "another": "not the token"}.get(token, "asks for its token"))
        assert not page.locator("#token").is_visible()
        drop(page, file)
        page.click("#copy-curl")
        command = page.evaluate("() => navigator.clipboard.readText()")
        assert '-H "Authorization: Bearer $TOKEN"' in command
        assert TOKEN not in command
        page.reload()
        says(page, "Ready")
        context.close()


def test_a_camera_is_looked_at_frame_by_frame(page, workers):
    most, busy, ask = 0, 0, workers.ask

    async def counted(job: Any, seconds: float) -> Any:
        nonlocal most, busy
        busy += 1
        most = max(most, busy)
        try:
            return await ask(job, seconds)
        finally:
            busy -= 1

    workers.ask = counted
    page.click("#camera")
    says(page, "go to the service, which keeps none")
    page.locator("#canvas").wait_for(state="visible")
    page.wait_for_function("() => document.getElementById('zoom').hidden === false")
    for _ in range(100):
        page.wait_for_timeout(50)
        if len(workers.jobs) > 3:
            break
    page.click("#camera")
    says(page, "camera is off")
    del workers.ask
    assert (len(workers.jobs) > 3, most) == (True, 1)
    assert all(job.data.startswith(b"\xff\xd8") for job in workers.jobs)


@pytest.mark.parametrize("width", [320, 360, 800, 1440])
def test_nothing_is_wider_than_the_screen(page, file, width):
    drop(page, file)
    page.set_viewport_size({"width": width, "height": 740})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_a_screen_reader_has_names_and_the_keyboard_a_place_to_be_seen(page, file):
    """All that can be reached has a name, and an outline while it has the focus."""
    drop(page, file)
    tree = page.locator("body").aria_snapshot()
    for wanted in ('status: "it\'s.png:', 'combobox "Model"', 'button "Closer"', 'slider "Threshold"', 'img "it\'\'s.png: ',
                   'group "Copy"', 'button "curl"'):  # fmt: skip
        assert wanted in tree, tree
    page.evaluate("() => document.activeElement.blur()")
    reached = {}
    for _ in range(40):
        page.keyboard.press("Tab")
        name, seen = page.evaluate("""() => { const e = document.activeElement;
            const { outlineStyle, outlineWidth } = getComputedStyle(e.id === "file" ? e.nextElementSibling : e);
            return [e.id || e.tagName, outlineStyle !== "none" && parseFloat(outlineWidth) >= 2]; }""")
        reached[name] = seen
    reached.pop("BODY", None)
    assert {"model", "canvas", "closer", "farther", "whole", "file", "camera", "thresh", "copy-curl"} <= reached.keys()
    assert all(reached.values()), reached
