"""The page of a service that watches streams: the one that is chosen is seen live, with numbers of its objects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from ports import until

pytest.importorskip("uvicorn", reason="the extra serve is not installed")
pytest.importorskip("fastapi", reason="the extra serve is not installed")

from streaming_service import FedStream, streaming
from web_browser import says

from darknet_py.output import encoded
from darknet_py.serve.stream_process import Seen, Told

SIZE = 640, 480
BOX = {"center_x": 0.5, "center_y": 0.25, "width": 0.25, "height": 0.5}


@pytest.fixture(scope="module")
def streams() -> Iterator[tuple[str, dict[str, FedStream]]]:
    with streaming("yard", "back door") as given:
        yield given


@pytest.fixture
def page(browser: Any, streams: tuple[str, dict[str, FedStream]]) -> Iterator[Any]:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page, complaints = context.new_page(), list[str]()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(streams[0])
    says(page, "Ready")
    yield page
    assert not complaints
    context.close()
    until(lambda: not any(stream.plain.listeners for stream in streams[1].values()))


def send(stream: FedStream, number: int, *objects: tuple[str, int]) -> None:
    """A frame in which each object has a name and a number; it is as long as what comes in several pieces."""
    found = [{"class_id": 0, "name": name, "relative_coordinates": BOX, "confidence": 0.9, **({"track_id": n} if n else {})}
             for name, n in objects]  # fmt: skip
    noise = np.random.default_rng(number).integers(0, 256, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    line = json.dumps({"frame_id": number, "objects": found}).encode()
    stream.fed(Seen(number, SIZE, line, b"", encoded(noise, "x.jpg", 90)))


def names(page: Any) -> list[str]:
    return [text.split("\n")[0].split("\t")[0] for text in page.locator("#table tr").all_inner_texts()]


def watch(page: Any, stream: FedStream, name: str) -> None:
    page.select_option("#stream", name)
    until(lambda: stream.plain.listeners)


def test_a_stream_is_seen_live(page: Any, streams: Any, tmp_path: Path) -> None:
    """With numbers, in the list, in JSON and for those who do not see; it ends where something else is looked at."""
    yard = streams[1]["yard"]
    assert page.locator("#stream option").all_text_contents() == ["–", "yard", "back door"]
    send(yard, 1)
    watch(page, yard, "yard")
    says(page, "yard is live.")
    send(yard, 2, ("cat", 7), ("cat", 0))
    page.get_by_text("cat #7").wait_for()
    assert sorted(names(page)) == ["cat", "cat #7"]
    assert page.locator("#canvas").get_attribute("aria-label") == "yard: 2 cat"
    assert page.locator("#thresh").is_disabled(), "the service says how sure it must be"
    page.click("#copy-json")
    says(page, "JSON is in the clipboard")
    copied = json.loads(page.evaluate("navigator.clipboard.readText()"))[0]["objects"]
    assert [found.get("track_id") for found in copied] == [7, None]
    page.click("#copy-curl")
    says(page, "The command is")
    assert page.evaluate("navigator.clipboard.readText()") == f"curl -sS -N '{streams[0]}/v1/streams/yard/boxes'"
    send(yard, 3, ("cat", 8))
    page.get_by_text("cat #8").wait_for()
    assert names(page) == ["cat #8"]
    cv2.imwrite(str(tmp_path / "x.png"), np.zeros((8, 8, 3), np.uint8))
    page.set_input_files("#file", tmp_path / "x.png")
    until(lambda: not yard.plain.listeners)
    assert page.locator("#stream").input_value() == ""
    assert page.locator("#thresh").is_enabled()


def test_a_stream_that_is_lost_and_another_one(page: Any, streams: Any) -> None:
    yard, door = streams[1]["yard"], streams[1]["back door"]
    door.fed(Told("lost", "/a/path.mp4: cannot be opened"))
    watch(page, door, "back door")
    says(page, "back door is lost: cannot be opened.")
    assert page.locator("#message").get_attribute("class") == "error"
    send(door, 1, ("dog", 1))
    page.get_by_text("dog #1").wait_for()
    says(page, "back door is live.")
    watch(page, yard, "yard")
    until(lambda: not door.plain.listeners)
    page.select_option("#stream", "")
    says(page, "goes on without being looked at")
    until(lambda: not yard.plain.listeners)
