"""Where frames come from: files, streams that go and come back, cameras."""

from __future__ import annotations

import re
import threading
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import videos
from videos import moving, write_video

from darknet_py.capture import sources
from darknet_py.capture.sources import Frame, LiveStream, Still, VideoFile, open_camera, open_video
from darknet_py.errors import DarknetWarning, VideoError

stop = videos.stop


class Capture:
    """Stands in for cv2.VideoCapture: gives these pictures, then nothing."""

    def __init__(self, pictures=(), fps=25.0, count=0.0):
        self.pictures, self.released = list(pictures), False
        self.properties = {cv2.CAP_PROP_FPS: fps, cv2.CAP_PROP_FRAME_COUNT: count}

    def read(self):
        return (True, self.pictures.pop(0)) if self.pictures else (False, None)

    def get(self, prop):
        return self.properties.get(prop, 0.0)

    def set(self, prop, value):
        self.properties[prop] = value

    def isOpened(self):  # noqa: N802
        return True

    def release(self):
        self.released = True


def live(stop, connections, first=("a",), reconnect=60.0):
    """A stream that is lost after ``first`` and then meets ``connections``, None where it cannot connect."""
    connections = iter(connections)
    return LiveStream("cam", Capture(first), lambda: next(connections), stop, reconnect)


@pytest.fixture
def at_once(monkeypatch):
    """Lost streams are tried again without delay."""
    monkeypatch.setattr(sources, "DELAYS", (0.001,))


def test_a_stream_that_fails_twice_comes_back(stop, caplog, at_once):
    source = live(stop, [None, Capture([]), Capture(["b", "c"])])
    first = source.capture
    assert [source.read().picture for _ in range(3)] == ["a", "b", "c"]
    assert first.released
    lost, back = (record.message for record in caplog.records)
    assert lost == "cam: lost; connecting again for 60 seconds"
    assert re.fullmatch(r"cam: connected again after \d seconds", back)


def test_a_stream_that_stays_away(stop, at_once):
    source = LiveStream("cam", Capture(["a"]), lambda: None, stop, 0.05)
    source.read()
    with pytest.raises(VideoError, match=r"cam: lost, and not back after 0\.05 seconds and [0-9]+ tries"):
        source.read()


def test_a_stream_that_must_not_come_back(stop, caplog):
    source = live(stop, [], reconnect=0)
    source.read()
    assert source.read() is None
    assert not caplog.records


def test_waiting_for_a_stream_can_be_stopped(stop, monkeypatch):
    monkeypatch.setattr(sources, "DELAYS", (1000,))
    source = LiveStream("cam", Capture([]), lambda: None, stop, 1000.0)
    threading.Timer(0.05, stop.set).start()
    assert source.read() is None


def test_a_file_that_ends_early_is_a_warning():
    source = VideoFile("v.mp4", Capture("abc", count=10))
    assert [source.read().picture for _ in range(3)] == ["a", "b", "c"]
    with pytest.warns(DarknetWarning, match="v.mp4: only 3 of 10 frames"):
        assert source.read() is None


def test_a_file_without_frames():
    with pytest.raises(VideoError, match="not a single frame"):
        VideoFile("v.mp4", Capture()).read()


@pytest.mark.parametrize(("told", "fps"), [(29.97, 29.97), (0, 25), (-1, 25), (float("nan"), 25), (90000, 25)])
def test_impossible_rates(told, fps):
    assert VideoFile("v", Capture(fps=told)).fps == fps


def test_the_first_frame_for_ever():
    source = Still(VideoFile("v", Capture("ab", fps=10)))
    assert [source.read() for _ in range(2)] == [Frame("a", 0.1), Frame("a", 0.2)]


@pytest.fixture
def captures(monkeypatch):
    """What is passed to cv2.VideoCapture, which gives a ``Capture``; ``count`` sets the number of frames it tells."""
    made = SimpleNamespace(calls=[], count=0.0, last=None)

    def capture(*what):
        made.calls.append(what)
        made.last = Capture("ab", count=made.count)
        return made.last

    monkeypatch.setattr(cv2, "VideoCapture", capture)
    return made


def test_a_url_is_live_unless_it_has_an_end(stop, captures):
    stream = open_video("rtsp://user:p@ss@host/1", stop, 1)
    assert (stream.live, stream.name) == (True, "rtsp://host/1")
    assert captures.calls[0][:2] == ("rtsp://user:p@ss@host/1", cv2.CAP_FFMPEG)
    captures.count = 100.0
    assert not open_video("http://host/v.mp4", stop, 1).live


def test_a_camera_is_asked_for_a_size(stop, captures):
    camera = open_camera(3, 640, 480, stop, 1)
    assert (camera.live, camera.name, captures.calls) == (True, "camera 3", [(3,)])
    assert captures.last.properties[cv2.CAP_PROP_FRAME_WIDTH] == 640
    assert captures.last.properties[cv2.CAP_PROP_FRAME_HEIGHT] == 480


def test_frames_of_a_real_file(tmp_path, stop):
    source = open_video(write_video(tmp_path / "v.avi", moving(5), 12.5), stop, 0)
    frames = list(iter(source.read, None))
    source.close()
    assert (source.live, source.fps, len(frames)) == (False, 12.5, 5)
    assert [frame.time for frame in frames] == pytest.approx([0, 0.08, 0.16, 0.24, 0.32])
    assert np.abs(frames[3].picture.astype(int) - moving(5)[3]).mean() < 10
