"""The stages of a video's way: sources, lanes, the pipeline, the detector, text, the written file."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from videos import GREEN, RED, detector, moving, picture, read_video, write_video

from darknet_py import Network
from darknet_py.detection import Detection
from darknet_py.errors import DarknetError, DarknetWarning, OutputError, VideoError
from darknet_py.output import DetectedPicture as Written
from darknet_py.output.printed_lines import best_classes
from darknet_py.video import demo_text, pipeline, sources
from darknet_py.video.bounded_queue import BoundedQueue
from darknet_py.video.detector import Detector, Tracker
from darknet_py.video.sources import Frame, LiveStream, Still, VideoFile, open_camera, open_video
from darknet_py.video.writer import CODECS, VideoWriter

SOON = 20  # seconds: what must happen at all, happens by then


@pytest.fixture
def stop():
    return threading.Event()


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


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return detector(tmp_path_factory.mktemp("net"))


@pytest.fixture(scope="module")
def net(files):
    return Network.load(*files[1:], names=files[0])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_ctrl_c_ends_an_opening_that_takes_for_ever(tmp_path):
    path, written = tmp_path / "pipe.mp4", []
    os.mkfifo(path)

    def write() -> None:
        written.append(True)
        os.close(os.open(path, os.O_WRONLY))

    late = threading.Timer(5, write)
    late.start()
    threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        open_video(str(path), threading.Event(), 0)
    late.cancel()
    assert not written
    write()


@pytest.mark.parametrize("shape", [(48, 64), (96, 128), (37, 91)])
def test_resized_frames_are_seen_as_eight_bits(net, shape):
    """The naive way: cv2's own bilinear resize, red first, by 255."""
    frame = np.random.default_rng(1).integers(0, 256, (*shape, 3), np.uint8)
    frame[:, :, 0] //= 4
    x = cv2.resize(frame, (64, 48), interpolation=cv2.INTER_LINEAR)[:, :, ::-1].transpose(2, 0, 1) / np.float32(255)
    expected = net.detect_rows(np.ascontiguousarray(x, np.float32), 0.2, letter_box=False)
    seen = Detector(net, 0.2, False)(Frame(frame, 0.0))
    assert len(seen.rows) > 3
    np.testing.assert_array_equal(seen.rows.xywh, expected.xywh)
    np.testing.assert_array_equal(seen.rows.probs, expected.probs)


def test_letterboxed_frames_are_seen_as_pictures(net):
    frame = cv2.resize(picture((2, 3, RED), (6, 1, GREEN)), (200, 90), interpolation=cv2.INTER_NEAREST)
    seen = Detector(net, 0.2, True)(Frame(frame, 0.0))
    found = [Detection(d.class_id, d.name, d.prob, d.objectness, d.box) for d in net.detect(frame, 0.2, letter_box=True)]
    rows, classes = np.nonzero(seen.rows.probs)
    assert [(int(j), tuple(seen.rows.xywh[i].tolist())) for i, j in zip(rows, classes)] == [
        (d.class_id, d.box) for d in found
    ]
    assert len(found) > 1


def rows(*boxes, probs):
    return SimpleNamespace(
        xywh=np.array(boxes, np.float32).reshape(-1, 4), probs=np.array(probs, np.float32).reshape(len(boxes), len(probs[0]))
    )


NOTHING = SimpleNamespace(xywh=np.zeros((0, 4), np.float32), probs=np.zeros((0, 2), np.float32))
TWO = rows((0.5, 0.5, 0.25, 0.5), (0.1, 0.2, 0.4, 1.5), probs=[[0.3, 0.926], [0, 0.555]])


def written(boxes, names=("cat", "dog"), track_ids=(0, 0)):
    return Written(1, "", 200, 100, boxes, names, track_ids)


def test_lines_of_objects():
    """The classes of a box in their order, boxes in the network's; sides are not cut at the frame's edge but at 1."""
    assert demo_text.object_lines(written(TWO), 0.25, False) == ["cat: 30% , dog: 93% ", "dog: 56% "]
    assert demo_text.object_lines(written(TWO, track_ids=(7, 0)), 0.25, True) == [
        "cat: 30% (track = 7) , dog: 93% \t(left_x:   75   top_y:   25   width:   50   height:   50)",
        "dog: 56% \t(left_x:    0   top_y:    0   width:   80   height:  100)",
    ]
    assert demo_text.object_lines(written(TWO, ["cat", "dont_show"]), 0.25, False) == ["cat: 30% "]
    assert demo_text.object_lines(written(NOTHING), 0.25, True) == []


def test_labels():
    best = best_classes(TWO, ["cat", "dog"], 0.25)
    frame = written(TWO, track_ids=(0, 12))
    assert [demo_text.label(frame, b) for b in best] == ["dog (93%), cat", "dog (id: 12) (56%)"]


def test_rates():
    rate = demo_text.Rate(100.0)
    assert str(rate) == "\nFPS:0.0 \t AVG_FPS:0.0"
    fps = 0.0
    for k in range(1, 33):
        rate.frame(100 + k / 10)
        fps = 0.9 * fps + 0.1 * 10
    assert str(rate) == f"\nFPS:{fps:.1f} \t AVG_FPS:10.0"


def shades(frames):
    return [round(float(frame.mean())) for frame in frames]


@pytest.mark.parametrize("av", [True, False])
@pytest.mark.parametrize("suffix", CODECS)
def test_written_videos_play(tmp_path, monkeypatch, suffix, av):
    """As many frames as were written, in order, in even sides, at the right rate; by PyAV and without it."""
    if av:
        pytest.importorskip("av")
    else:
        monkeypatch.setitem(sys.modules, "av", None)
    path = tmp_path / f"v{suffix}"
    writer = VideoWriter(path, 30000 / 1001, live=False)
    for k in range(10):
        writer.write(np.full((49, 65, 3), 20 * k, np.uint8), 0.0)
    writer.write(np.full((98, 130, 3), 200, np.uint8), 0.0)
    writer.close()
    frames, fps = read_video(path)
    assert {frame.shape for frame in frames} == {(48, 64, 3)}
    assert fps == pytest.approx(29.97, abs=0.001)
    np.testing.assert_allclose(shades(frames), range(0, 201, 20), atol=4)


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="needs ffprobe")
@pytest.mark.parametrize("suffix", CODECS)
def test_written_videos_satisfy_ffprobe(tmp_path, suffix):
    writer = VideoWriter(tmp_path / f"v{suffix}", 20, live=False)
    for frame in moving(20):
        writer.write(frame, 0.0)
    writer.close()
    words = "-v error -count_frames -show_entries stream=nb_read_frames,avg_frame_rate,pix_fmt -of csv=p=0"
    done = subprocess.run(
        ["ffprobe", *words.split(), str(tmp_path / f"v{suffix}")], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout.strip(), done.stderr) == ("yuv420p,20/1,20", "")


@pytest.mark.parametrize(
    ("times", "shown"),
    [
        ([0, 0.1, 0.2, 0.3], "0123"),
        ([0, 0.05, 0.1, 0.15, 0.2], "023"),  # faster than the file
        ([0, 0.2, 0.4], "01122"),  # slower
        ([5, 5.1, 5.4, 5.5], "012223"),
        ([0, 100, 100.1], "0" + "1" * 20 + "2"),  # a gap of which two seconds stay
    ],
)
def test_a_live_video_plays_in_real_time(tmp_path, times, shown):
    writer = VideoWriter(tmp_path / "v.avi", 10, live=True)
    for k, at in enumerate(times):
        writer.write(np.full((48, 64, 3), 50 * k, np.uint8), at)
    writer.close()
    np.testing.assert_allclose(shades(read_video(tmp_path / "v.avi")[0]), [50 * int(k) for k in shown], atol=4)


def test_videos_that_cannot_be_written(tmp_path):
    with pytest.raises(OutputError, match=r"no such kind of video; use \.mp4"):
        VideoWriter(tmp_path / "v.wmv", 25, live=False)
    with pytest.raises(OutputError, match="there is no folder"):
        VideoWriter(tmp_path / "no" / "v.mp4", 25, live=False)
    with pytest.raises(OutputError, match="1 x 9 pixels are too small"):
        VideoWriter(tmp_path / "v.mp4", 25, live=False).write(np.zeros((9, 1, 3), np.uint8), 0)


@pytest.mark.parametrize("suffix", [".mp4", ".avi"])
def test_a_folder_in_place_of_the_video(tmp_path, suffix):
    path = tmp_path / f"v{suffix}"
    path.mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        VideoWriter(path, 25, live=False).write(moving(1)[0], 0)


def test_a_video_that_was_lost_on_the_way(tmp_path):
    writer = VideoWriter(tmp_path / "v.avi", 25, live=False)
    writer.write(moving(1)[0], 0)
    (tmp_path / "v.part.avi").unlink()
    with pytest.raises(OutputError, match="could not be written whole"):
        writer.close()


def tracked(*frames):
    """The numbers of the rows of each frame, 20 frames a second."""
    pytest.importorskip("trackers")
    tracker = Tracker(20, 0.25)
    return [tracker.update(r, 640, 480, k / 20) for k, r in enumerate(frames)]


def test_objects_keep_their_numbers_when_they_meet():
    """Two of one class pass each other; the order of rows changes in the middle."""
    frames = []
    for k in range(20):
        boxes = [(0.1 + 0.04 * k, 0.4, 0.1, 0.2), (0.9 - 0.04 * k, 0.5, 0.1, 0.2)]
        order = (0, 1) if k % 2 else (1, 0)
        frames.append(rows(*[boxes[i] for i in order], probs=[[0.9], [0.8]]))
    numbers = tracked(*frames)
    assert numbers[0] == [0, 0]
    first, second = numbers[1]
    assert {first, second} == {1, 2}
    assert numbers[1:] == [[first, second] if k % 2 else [second, first] for k in range(1, 20)]


def test_a_class_does_not_take_anothers_number():
    both = rows((0.5, 0.5, 0.2, 0.2), (0.5, 0.5, 0.21, 0.2), probs=[[0.9, 0], [0, 0.8]])
    cat, dog = rows((0.5, 0.5, 0.2, 0.2), probs=[[0.9, 0]]), rows((0.5, 0.5, 0.21, 0.2), probs=[[0, 0.8]])
    numbers = tracked(both, both, cat, dog, NOTHING, dog)
    a, b = numbers[1]
    assert {a, b} == {1, 2}
    assert numbers[2:] == [[a], [b], [], [b]]


def test_rows_without_a_class_have_no_number():
    some = rows((0.5, 0.5, 0.2, 0.2), (0.2, 0.2, 0.1, 0.1), probs=[[0], [0.9]])
    assert tracked(some, some) == [[0, 0], [0, 1]]


def test_tracking_without_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "trackers", None)
    with pytest.raises(DarknetError, match=r"pip install darknet-runtime\[track\]"):
        Tracker(25, 0.25)
