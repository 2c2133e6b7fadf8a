"""The pipeline of a video: bounded queues, stages that overlap, errors on their way, a caller that leaves."""

from __future__ import annotations

import threading
import time

import pytest
import videos

from darknet_py.capture import Frame, pipeline
from darknet_py.capture.bounded_queue import BoundedQueue
from darknet_py.errors import VideoError

stop = videos.stop
SOON = 20  # seconds: what must happen at all, happens by then


class Numbers:
    """A source of the pictures 0, 1, 2, ... (each a number); ``last`` is the one read last.

    A live one never waits for its reader: it is as fast as it can be.
    """

    name, fps = "numbers", 25.0

    def __init__(self, frames, live=False, fails=False):
        self.frames, self.live, self.fails = frames, live, fails
        self.last, self.closed = -1, threading.Event()

    def read(self):
        if self.last + 1 == self.frames:
            if self.fails:
                raise VideoError("lost")
            return None
        self.last += 1
        return Frame(self.last, float(self.last))

    def close(self):
        self.closed.set()


def number(frame):
    return frame.picture


def test_a_lane_waits_for_a_slow_reader(stop):
    queue, most = BoundedQueue(2, stop), 0

    def write():
        for k in range(50):
            queue.put(k)
        queue.close()

    threading.Thread(target=write, daemon=True).start()
    read = []
    for item in queue:
        most = max(most, len(queue.items))
        read.append(item)
    assert read == list(range(50))
    assert most <= 2


def test_a_lane_of_the_newest_never_waits(stop):
    queue = BoundedQueue(1, stop, newest=True)
    assert [queue.put(k) for k in range(10)] == [True] * 10
    queue.close()
    assert list(queue) == [9]


@pytest.mark.parametrize("end", ["put", "get"])
def test_a_stopped_lane_lets_go_of_both_ends(stop, end):
    queue, ended = BoundedQueue(1, stop), []
    queue.put(0)
    if end == "get":
        assert next(iter(queue)) == 0
    work = {"put": lambda: ended.append(queue.put(1)), "get": lambda: ended.append(list(queue))}[end]
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    stop.set()
    thread.join(SOON)
    assert ended == [{"put": False, "get": []}[end]]


def test_a_file_loses_no_frame(stop):
    source = Numbers(40)
    seen = []
    for k in pipeline.run(source, number, stop):
        time.sleep(0.001)
        seen.append(k)
    assert seen == list(range(40))
    assert source.closed.is_set()


class Bursts:
    """A live source of 40 frames: the first one, then nine, then ten at a time, a burst for each ``more`` that is let go."""

    name, fps, live = "bursts", 25.0, True

    def __init__(self):
        self.last = -1
        self.more, self.waits = threading.Semaphore(1), threading.Semaphore(0)

    def read(self):
        self.last += 1
        if self.last == 1 or self.last in range(10, 41, 10):
            self.waits.release()
        if self.last == 40:
            self.waits.release()
            return None
        if self.last in (0, 1) or self.last % 10 == 0:
            assert self.more.acquire(timeout=SOON)
        return Frame(self.last, float(self.last))

    def close(self):
        pass


def test_a_live_source_gives_its_newest_frame(stop):
    """While a frame is being seen, ten more come: the last of them is the next one."""
    source = Bursts()

    def see(frame):
        if frame.picture == 0:
            assert source.waits.acquire(timeout=SOON)
        source.more.release()
        assert source.waits.acquire(timeout=SOON)
        return frame.picture

    assert list(pipeline.run(source, see, stop)) == [0, 9, 19, 29, 39]


def test_stages_overlap(stop):
    """While the caller works on a frame, the next one is being seen and the one after it read."""
    events = [threading.Event() for _ in range(6)]
    source = Numbers(6)

    def see(frame):
        events[frame.picture].set()
        return frame.picture

    for k in pipeline.run(source, see, stop):
        if k + 1 < 6:
            assert events[k + 1].wait(SOON)


@pytest.mark.parametrize("fails", ["source", "see"])
def test_errors_of_a_stage_come_after_its_frames(stop, fails):
    source, seen = Numbers(3, fails=fails == "source"), []

    def see(frame):
        if fails == "see" and frame.picture == 2:
            raise VideoError("lost")
        return frame.picture

    with pytest.raises(VideoError, match="lost"):  # noqa: PT012
        for k in pipeline.run(source, see, stop):
            seen.append(k)
    assert seen == ([0, 1, 2] if fails == "source" else [0, 1])
    assert source.closed.wait(SOON)


def test_a_caller_that_leaves_ends_the_threads(stop):
    source, before = Numbers(10_000_000, live=True), threading.active_count()
    frames = pipeline.run(source, number, stop)
    next(frames)
    frames.close()
    assert source.closed.wait(SOON)
    assert threading.active_count() <= before


def test_a_read_that_hangs_does_not_keep_the_program(stop, monkeypatch):
    monkeypatch.setattr(pipeline, "PATIENCE", 0.01)
    source, hanging = Numbers(1), threading.Event()
    source.read = lambda: hanging.wait(SOON) and None
    threading.Timer(0.05, stop.set).start()
    assert list(pipeline.run(source, number, stop)) == []
    assert not source.closed.is_set(), "releasing it now would crash"
    hanging.set()
