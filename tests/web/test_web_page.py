"""The exported page as a user meets it, in a browser: what is found, sliders, filter, downloads, keyboard, phone, dark."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import web_core
from reference import REPO
from web_browser import says, served

from darknet_py import zoo
from darknet_py.cli import main

PLATE = REPO / "examples" / "plate.jpg"
METER = REPO / "examples" / "meter.jpg"
SCOREBOARD = REPO / "examples" / "scoreboard.jpg"
NETWORK = str(REPO / "cfg" / f"{zoo.DEFAULT}.cfg"), str(REPO / "weights" / f"{zoo.DEFAULT}.weights")
ELSEWHERE = "https://example.org/"
COUNT_RUNS = """
window.asked = [];
const send = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (...values) {
  window.asked.push(values[0]?.method);
  return send.apply(this, values);
};
"""


@pytest.fixture(scope="module")
def opened(browser: Any, site: Callable[[str], Path]) -> Iterator[Any]:
    """The page of the package's own network, ready; its console is empty at the end."""
    with served(site("chars")) as address:
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        page, complaints = context.new_page(), list[str]()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.add_init_script(COUNT_RUNS)
        page.goto(f"{address}chars/?backend=wasm")
        says(page, "Ready")
        yield page
        assert not [text for text in complaints if ELSEWHERE not in text]
        context.close()


@pytest.fixture
def page(opened: Any) -> Iterator[Any]:
    """The page with its sliders and classes as they were at first."""
    opened.set_viewport_size({"width": 1280, "height": 800})
    opened.emulate_media(color_scheme="light")
    opened.mouse.move(0, 0)
    opened.evaluate("() => { for (const e of document.querySelectorAll('details')) e.open = e.id === 'times'; }")
    slide(opened, "thresh", 0.6)
    slide(opened, "nms", 0.45)
    yield opened
    opened.evaluate("() => { document.getElementById('search').value = ''; }")
    opened.locator("#search").dispatch_event("input")
    opened.locator("#all").dispatch_event("click")


def slide(page: Any, name: str, value: float) -> None:
    page.locator(f"#{name}").evaluate("(e, value) => { e.value = value; e.dispatchEvent(new Event('input')); }", value)


def look(page: Any, *pictures: Path) -> None:
    page.locator("#message").evaluate("(e) => { e.textContent = ''; }")
    page.set_input_files("#file", [str(picture) for picture in pictures])
    says(page, " found in ")


def runs(page: Any) -> list[str]:
    return page.evaluate("() => window.asked.splice(0)")


def names(page: Any) -> list[str]:
    return page.locator("#table th").all_inner_texts()


def saved(page: Any, button: str) -> bytes:
    with page.expect_download() as download:
        page.click(button)
    return Path(download.value.path()).read_bytes()


def test_lines_are_those_of_read(page, capsys):
    """Also where one of their characters is too weak to be a box by itself."""
    fresh = page.context.new_page()
    fresh.goto(page.url)
    says(fresh, "Ready")
    slide(fresh, "thresh", 0.6)
    look(fresh, SCOREBOARD)
    capsys.readouterr()
    assert main(["read", str(SCOREBOARD)]) == 0
    expected = capsys.readouterr().out.strip()
    assert fresh.locator("#lines").inner_text() == expected
    assert len(names(fresh)) < sum(c.isalnum() for c in expected)
    fresh.close()


def test_a_plate_is_read_as_read_reads_it(page, capsys):
    look(page, PLATE)
    capsys.readouterr()
    assert main(["read", str(PLATE)]) == 0
    assert page.locator("#lines").inner_text() == capsys.readouterr().out.strip()
    page.click("#copy")
    says(page, "clipboard")
    assert page.evaluate("() => navigator.clipboard.readText()") == "AB·1234"


def test_json_is_that_of_detect(page, tmp_path):
    """The same text but for digits that a decoder of JPEG moves."""
    look(page, METER)
    slide(page, "thresh", 0.3)
    page.locator("#table tr:nth-child(21)").wait_for()
    out = tmp_path / "meter.json"
    assert main(["detect", *NETWORK, str(METER), "-thresh", "0.3", "-dont_draw", "-out", str(out), "--quiet"]) == 0
    text, expected = saved(page, "#json").decode(), out.read_text("utf-8").replace(json.dumps(str(METER)), '"meter.jpg"')
    number = re.compile(r"-?\d+\.\d{6}")
    assert number.sub("#", text) == number.sub("#", expected)
    assert np.allclose([*map(float, number.findall(text))], [*map(float, number.findall(expected))], rtol=0, atol=1e-3)
    assert len(json.loads(text)[0]["objects"]) > 10


def test_json_of_all_pictures(page, tmp_path):
    """Of one that cannot be read it says why."""
    (tmp_path / "letter.jpg").write_bytes(b"no picture")
    fresh = page.context.new_page()
    fresh.goto(page.url)
    says(fresh, "Ready")
    fresh.set_input_files("#file", [str(PLATE), str(tmp_path / "letter.jpg"), str(METER)])
    says(fresh, "plate.jpg: 6 found")
    frames = json.loads(saved(fresh, "#every"))
    says(fresh, "pictures.json has what was found in 3 pictures.")
    assert [(f["frame_id"], f["filename"], len(f["objects"])) for f in frames] == [
        (1, "plate.jpg", 6), (2, "letter.jpg", 0), (3, "meter.jpg", len(names(fresh))),
    ]  # fmt: skip
    assert "not a picture" in frames[1]["error"]
    assert not {"error"} & (frames[0].keys() | frames[2].keys())
    fresh.close()


def test_png_has_the_picture_with_boxes(page):
    look(page, PLATE)
    drawn = cv2.imdecode(np.frombuffer(saved(page, "#png"), np.uint8), cv2.IMREAD_COLOR)
    plain = cv2.imread(str(PLATE))
    assert drawn.shape == plain.shape
    changed = np.abs(drawn.astype(int) - plain).max(2) > 60
    assert 0.005 < changed.mean() < 0.2


def test_sliders_change_the_boxes_without_the_network(page):
    look(page, METER)
    runs(page)
    few = len(names(page))
    slide(page, "thresh", 0.02)
    page.wait_for_timeout(0)
    page.locator(f"#table tr:nth-child({few + 1})").wait_for()
    more = len(names(page))
    slide(page, "nms", 1)
    page.locator(f"#table tr:nth-child({more + 1})").wait_for()
    slide(page, "thresh", 0.99)
    page.locator("#table tr").first.wait_for(state="detached")
    assert set(runs(page)) == {"again"}


def test_the_filter_hides_classes(page):
    look(page, PLATE)
    assert sorted(names(page)) == list("1234AB")
    page.locator("#filter").evaluate("(e) => { e.open = true; }")
    page.fill("#search", "b")
    page.click("#none")
    assert sorted(names(page)) == list("1234A")
    assert page.locator("#lines").inner_text() == "A·1234"
    assert page.locator("#chosen").inner_text() == "35 of 36"
    objects = json.loads(saved(page, "#json"))[0]["objects"]
    assert sorted(o["name"] for o in objects) == list("1234A")
    page.fill("#search", "")
    page.click("#none")
    assert names(page) == []
    page.click("#all")
    assert len(names(page)) == 6


def test_a_list_entry_marks_its_box(page):
    look(page, PLATE)
    still = page.locator("#canvas").evaluate("(e) => e.toDataURL()")
    page.locator("#table button").first.focus()
    page.keyboard.press("ArrowDown")
    assert page.locator("#table tr.marked").count() == 1
    assert page.locator("#table tr.marked th").inner_text() == names(page)[1]
    assert page.locator("#canvas").evaluate("(e) => e.toDataURL()") != still
    page.keyboard.press("Tab")
    assert page.locator("#table tr.marked").count() == 0
    assert page.locator("#canvas").evaluate("(e) => e.toDataURL()") == still


def test_the_keyboard_alone(page):
    """A file is chosen, a threshold set, pictures change, classes are found: by keys, each focus to be seen."""
    page.evaluate("() => document.activeElement.blur()")
    page.evaluate("""() => document.getElementById("file").addEventListener("click", (event) => {
      event.preventDefault();
      document.body.dataset.asked = "yes";
    }, { once: true })""")
    page.keyboard.press("o")
    page.wait_for_selector("body[data-asked=yes]")
    look(page, PLATE, METER)
    page.keyboard.press("ArrowRight")
    says(page, "meter.jpg: ")
    page.keyboard.press("ArrowRight")
    says(page, "plate.jpg: ")
    page.locator("#camera").focus()
    page.keyboard.press("Shift+Tab")
    reached = []
    for _ in range(30):
        reached.append(page.evaluate("""() => { const e = document.activeElement;
            const { outlineStyle, outlineWidth } = getComputedStyle(e.id === "file" ? e.nextElementSibling : e);
            return [e.id || e.tagName, outlineStyle !== "none" && parseFloat(outlineWidth) >= 2]; }"""))
        page.keyboard.press("Tab")
    reached = [focus for focus in reached if focus[0] != "BODY"]
    order = [name for name, _ in reached]
    wanted = ["file", "camera", "previous", "next", "every", "thresh", "nms", "copy", "lines", "json", "png"]
    assert [name for name in order if name in wanted][: len(wanted)] == wanted
    assert all(seen for _, seen in reached), reached


def events(kind: str) -> Callable[[Any, list[Path]], None]:
    """Drops or pastes files."""

    def give(page: Any, files: list[Path]) -> None:
        data = [[file.name, base64.b64encode(file.read_bytes()).decode()] for file in files]
        page.evaluate(
            """([kind, files]) => {
              const data = new DataTransfer();
              for (const [name, text] of files) {
                data.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
              }
              const given = kind === "paste" ? { clipboardData: data } : { dataTransfer: data };
              const Kind = kind === "paste" ? ClipboardEvent : DragEvent;
              document.body.dispatchEvent(new Kind(kind, { ...given, bubbles: true, cancelable: true }));
            }""",
            [kind, data],
        )

    return give


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_pictures_that_are_dropped_or_pasted(page, kind):
    events(kind)(page, [PLATE])
    says(page, "plate.jpg: 6 found")
    events(kind)(page, [])
    says(page, "clipboard" if kind == "paste" else "Nothing was dropped")
    assert page.locator("#message.error").count() == 1


@pytest.mark.parametrize("content", [b"This is a text.\n", b"", b"\xff\xd8\xff\xe0 cut", b"%PDF-1.4"])
def test_what_is_no_picture_is_said_and_the_next_one_is_looked_at(page, tmp_path, content):
    (tmp_path / "letter.jpg").write_bytes(content)
    page.set_input_files("#file", [str(tmp_path / "letter.jpg"), str(PLATE)])
    says(page, "letter.jpg is not a picture that this browser can read")
    assert page.locator("#message.error").count() == 1
    assert not page.locator("#canvas").is_visible()
    assert page.locator("#json").is_disabled()
    page.click("#next")
    says(page, "plate.jpg: 6 found")
    assert page.locator("#message.error").count() == 0


def test_a_video_is_looked_at_frame_by_frame(page, tmp_path):
    path = str(tmp_path / "plate.webm")
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*"VP80"), 10, (640, 480))
    if not writer.isOpened():
        pytest.skip("needs an OpenCV that writes WebM")
    plate = cv2.resize(cv2.imread(str(PLATE)), (640, 480))
    for i in range(6):
        writer.write(plate if i < 3 else np.full_like(plate, 90))
    writer.release()
    page.set_input_files("#file", path)
    says(page, "plate.webm: 6 found")
    assert page.locator("#lines").inner_text() == "AB·1234"
    page.locator("#seek").evaluate("(e) => { e.value = 0.5; e.dispatchEvent(new Event('input')); }")
    says(page, "plate.webm: nothing found")
    page.click("#play")
    says(page, "plate.webm: nothing found")
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    page.set_input_files("#file", str(tmp_path / "broken.mp4"))
    says(page, "broken.mp4 is not a video that this browser can play")


def test_a_camera_starts_and_stops(page):
    page.click("#camera")
    says(page, "camera is on")
    page.locator("#canvas").wait_for(state="visible")
    page.click("#camera")
    says(page, "camera is off")
    assert page.locator("#camera").inner_text() == "Camera"


@pytest.mark.parametrize("name", ["NotAllowedError", "NotFoundError"])
def test_a_camera_that_cannot_be_had_is_said(page, name):
    page.evaluate("""(name) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", name));
    }""", name)  # fmt: skip
    page.click("#camera")
    says(page, {"NotAllowedError": "allow it", "NotFoundError": "no camera"}[name])
    page.evaluate("() => { delete navigator.mediaDevices.getUserMedia; }")


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_nothing_is_wider_than_the_screen(page, width):
    look(page, METER)
    page.locator("#filter").evaluate("(e) => { e.open = true; }")
    page.set_viewport_size({"width": width, "height": 740})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_have_contrast(page, scheme):
    """WCAG's 4.5 for every text that is shown, and 3 for what is not enabled."""
    look(page, PLATE)
    page.evaluate("() => { for (const e of document.querySelectorAll('details')) e.open = true; }")
    page.emulate_media(color_scheme=scheme)
    page.wait_for_timeout(200)
    found = page.evaluate("""() => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
      const ground = (e) => { while (e && /, 0\\)$/.test(getComputedStyle(e).backgroundColor)) e = e.parentElement;
        return getComputedStyle(e ?? document.body).backgroundColor; };
      while (walker.nextNode()) {
        const e = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !e.checkVisibility() || e.closest(":disabled, option")) continue;
        found.push([walker.currentNode.data.trim(), getComputedStyle(e).color, ground(e)]);
      }
      return found; }""")
    assert len(found) > 40
    calls = [("../page/palette", "contrast", hex_of(ink), hex_of(ground)) for _, ink, ground in found]
    poor = [(text, ratio) for (text, *_), ratio in zip(found, web_core.run(calls), strict=True) if ratio < 4.5]
    assert not poor


def hex_of(color: str) -> str:
    """rgb(1, 2, 3) → #010203"""
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", color)[:3])


def test_nothing_is_asked_of_elsewhere(page):
    """The page's policy keeps it from other addresses."""
    policy = page.locator("meta[http-equiv]").get_attribute("content")
    assert "default-src 'self'" in policy
    blocked = page.evaluate("(url) => fetch(url).then(() => 'sent', (error) => error.message)", ELSEWHERE)
    assert blocked == "Failed to fetch"
    asked = page.evaluate("() => performance.getEntriesByType('resource').map(({ name }) => name)")
    here = page.evaluate("() => location.origin")
    assert len(asked) > 10
    assert not [address for address in asked if not address.startswith((here, f"blob:{here}"))]
