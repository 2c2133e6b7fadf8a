"""Streams of a service: their processes, sources that come and go, processes that are killed, and files that have an end."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import re
import sys
import threading
import time
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from ports import LOCALHOST
from videos import detector, moving, write_video

from darknet_py import Network
from darknet_py.capture import played
from darknet_py.capture.played import Played
from darknet_py.capture.sources import Frame
from darknet_py.errors import VideoError
from darknet_py.output import encoded
from darknet_py.serve import stream_process
from darknet_py.serve.jobs import Refusal
from darknet_py.serve.process import send
from darknet_py.serve.settings import Settings
from darknet_py.serve.stream_process import Told, Watch
from darknet_py.serve.streams import Stream
from darknet_py.store import Model
from darknet_py.video.audience import Listener
from darknet_py.video.stream_server import MJPEG, StreamServer, jpeg_part

LOST = Told("lost", "cable pulled out")
SOON = 60  # seconds; a process that computes has much to load


class Video:
    """Stands in for a video file of two frames that are a hundredth of a second apart."""

    name, live, fps = "v", False, 100.0

    def __init__(self) -> None:
        self.frames, self.closed = [Frame(np.zeros((2, 2, 3), np.uint8), k / 100) for k in range(2)], False

    def read(self) -> Frame | None:
        return self.frames.pop(0) if self.frames else None

    def close(self) -> None:
        self.closed = True


def test_a_file_is_played_in_its_own_time_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(played, "PAUSE", 0.001)
    first, stop = Video(), threading.Event()
    video = Played(first, Video, stop)
    times = [video.read().time for _ in range(5)]  # type: ignore[union-attr]
    assert all(later - sooner > 0 for sooner, later in itertools.pairwise(times))
    assert [times[1] - times[0], times[3] - times[2]] == pytest.approx([0.01, 0.01], abs=1e-6)
    assert first.closed
    time.sleep(0.05)
    monkeypatch.setattr(played, "LATE", 0)
    late = time.monotonic()
    assert video.read().time >= late, "a reader that is late is not sent what has passed"  # type: ignore[union-attr]
    stop.set()
    assert video.read() is None


def test_a_file_that_is_gone_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(played, "PAUSE", 0.001)

    def gone() -> Video:
        raise VideoError("v: no such file")

    video = Played(Video(), gone, threading.Event())
    video.read(), video.read()
    with pytest.raises(VideoError, match="no such file"):
        video.read()


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_what_is_said_to_a_process_that_has_ended_ends_nothing(loop: str) -> None:
    """uvloop raises an error there: a stream that told its process which pictures are wanted never came again."""

    async def ended() -> int:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "", stdin=PIPE)
        assert process.stdin
        while not process.stdin.is_closing():
            send(process.stdin, (True, False))
            await asyncio.sleep(0.01)
        send(process.stdin, (False, True))
        return await process.wait()

    made = pytest.importorskip(loop).new_event_loop()
    with contextlib.closing(made):
        made.run_until_complete(asyncio.wait_for(ended(), SOON))


@pytest.mark.parametrize("turns", range(4))
def test_the_end_is_heard_though_a_word_comes_at_the_same_time(watch: Callable[..., Stream], turns: int) -> None:
    async def ended() -> None:
        stream, said = watch("0"), asyncio.Queue[int]()

        async def hear() -> None:
            while True:
                await asyncio.wait_for(said.get(), SOON)

        stream.keeping = asyncio.ensure_future(hear())
        await asyncio.sleep(0.01)
        said.put_nowait(1)
        for _ in range(turns):
            await asyncio.sleep(0)
        closed, late = await asyncio.wait([asyncio.ensure_future(stream.close())], timeout=5)
        for task in late:
            task.cancel()
        assert closed

    asyncio.run(ended())


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Stream]:
    """Makes the stream of a source, in which red and green squares are found."""
    folder = tmp_path_factory.mktemp("streams")
    _, cfg, weights = detector(folder)
    Network.load(cfg, weights)  # compiles kernels, which processes find then
    model = Model("x", cfg, weights, str(folder / "x.names"))

    def made(source: str, **more: Any) -> Stream:
        return Stream("yard", "squares", Watch(source, model, Settings(thresh=0.5), **more))

    return made


def test_a_source_that_fails_in_the_middle_is_opened_again(
    watch: Callable[..., Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though reading it raised an error, which ends the stages between it and the network."""
    told: list[Any] = []

    class Enough(Exception):
        pass

    class Front:
        wants = (False, False)

        def tell(self, what: object) -> None:
            told.append(what)
            if sum(isinstance(one, Told) for one in told) == 2:
                raise Enough

    class Failing(Video):
        live = True

        def read(self) -> Frame:
            if not self.frames:
                raise VideoError("cable pulled out")
            return super().read()  # type: ignore[return-value]

    monkeypatch.setattr(stream_process, "open_source", lambda source, stop: Failing())
    monkeypatch.setattr(stream_process, "DELAYS", (0.001,))
    with pytest.raises(Enough):
        stream_process._Watching(watch("x").wanted, Front()).run()  # type: ignore[arg-type]
    first, second = told[: told.index(LOST)], told[told.index(LOST) + 1 : -1]
    assert first
    assert second, "frames come again"
    assert [seen.frame_id for seen in first + second] == list(range(1, len(first + second) + 1))


async def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end, "it never happened"
        await asyncio.sleep(0.005)


def during(stream: Stream, work: Callable[[Stream], Awaitable[None]]) -> None:
    """What happens while a stream runs; it leaves no process and no task."""

    async def all_of_it() -> None:
        stream.start()
        try:
            await work(stream)
        finally:
            await stream.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(all_of_it())


def event(text: bytes) -> tuple[dict[str, str], Any]:
    """Fields of a server-sent event, and its data."""
    fields = dict(line.split(": ", 1) for line in text.decode().strip().split("\n"))
    return fields, json.loads(fields.pop("data"))


def test_a_file_with_numbers(watch: Callable[..., Stream], tmp_path: Path) -> None:
    pytest.importorskip("trackers", reason="the extra track is not installed")
    listener = Listener(100, "", lambda: None)

    async def work(stream: Stream) -> None:
        with stream.boxes.joined_by(listener):
            await until(lambda: stream.frame_id >= 8)
        assert stream.wants == (False, False), "nobody wanted a picture"
        picture = cv2.imdecode(np.frombuffer(await stream.picture(), np.uint8), cv2.IMREAD_COLOR)
        assert picture.shape == (48, 64, 3)
        await until(lambda: stream.wants == (False, False))
        with stream.plain.joined_by(watching := Listener(1, "", lambda: None)):
            await until(lambda: watching.items)
        assert re.match(rb"--mjpegstream\r\n.*\r\nDetections: {.*}\r\n\r\n\xff\xd8", watching.items[0], re.DOTALL)
        facts = stream.facts
        assert facts["fps"] == pytest.approx(20, rel=0.5)
        assert facts == {
            "name": "yard", "model": "squares", "state": "running", "error": "", "width": 64, "height": 48,
            "fps": facts["fps"], "frames": stream.frame_id, "clients": 0,
        }  # fmt: skip

    during(watch(write_video(tmp_path / "v.avi", moving(200)), track=True), work)
    events = [event(item) for item in listener.items]
    assert events[0] == ({"event": "state"}, {"state": "running", "error": ""})
    assert [fields for fields, _ in events[1:3]] == [{"id": "1"}, {"id": "2"}]
    frames = [data for fields, data in events if "id" in fields]
    assert all({"red", "green"} == {found["name"] for found in frame["objects"]} for frame in frames)
    numbers = [found.get("track_id") for frame in frames for found in frame["objects"] if found["name"] == "green"]
    later = set(numbers[4:])  # the first frame takes seconds where the tracker is loaded, after which numbers begin anew
    assert later == {numbers[-1]} != {None}, "it stands still"
    assert abs(frames[-1]["time"] - time.time()) < SOON


def test_a_source_that_comes_and_goes_and_a_process_that_is_killed(
    watch: Callable[..., Stream], caplog: pytest.LogCaptureFixture
) -> None:
    """The same stream all the time: who listens stays, and hears how it is; numbers of frames go on."""
    port = StreamServer(LOCALHOST, 0, MJPEG)
    number = port.port
    port.close()
    frames = [jpeg_part(encoded(picture, "x.jpg")) for picture in moving(7)]

    async def send(server: StreamServer) -> None:
        while True:
            server.publish(frames[0])
            await asyncio.sleep(0.01)

    async def work(stream: Stream) -> None:
        listener = Listener(100_000, "", lambda: None)
        with stream.boxes.joined_by(listener):
            await until(lambda: stream.told.state == "lost")
            assert stream.told.error.startswith("cannot be opened; check address")
            with pytest.raises(Refusal, match=r"^stream yard is lost: cannot be opened"):
                await stream.picture()
            server = StreamServer(LOCALHOST, number, MJPEG)
            sending = asyncio.ensure_future(send(server))
            await until(lambda: stream.frame_id > 3)
            before = stream.frame_id
            assert stream.process
            stream.process.kill()
            await until(lambda: stream.told.state == "lost")
            await until(lambda: stream.frame_id > before)
            sending.cancel()
            server.close()
            await until(lambda: stream.told.state == "lost")
        events = [event(item) for item in listener.items]
        states = [(data["state"], data["error"]) for fields, data in events if "event" in fields]
        numbers = [int(fields["id"]) for fields, _ in events if "id" in fields]
        assert numbers == list(range(1, len(numbers) + 1))
        killed = "its process has ended (signal 9); it is started again"
        assert states[-5:-1] == [("running", ""), ("lost", killed), ("starting", killed), ("running", "")]
        assert states[-1][0] == "lost"
        assert str(number) not in json.dumps(states)

    with caplog.at_level(logging.INFO):
        during(watch(f"http://user:secret@{LOCALHOST}:{number}/"), work)
    assert "secret" not in caplog.text
