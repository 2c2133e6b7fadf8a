"""What a demo sees and says of a frame: the detector, lines of objects, labels, rates, objects that keep their numbers."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from videos import GREEN, RED, detector, picture

from darknet_py import Network
from darknet_py._support.optional import pip_install
from darknet_py.capture import Frame, open_video
from darknet_py.detection import Detection
from darknet_py.errors import DarknetError
from darknet_py.feed import Looking
from darknet_py.output import DetectedPicture as Written
from darknet_py.output.printed_lines import best_classes
from darknet_py.video import demo_text
from darknet_py.video.detector import Detector, Tracker


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

    def interrupted() -> None:
        threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        open_video(str(path), threading.Event(), 0)

    with pytest.raises(KeyboardInterrupt):
        interrupted()
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
    seen = Detector(net, Looking(0.2, letter_box=False))(Frame(frame, 0.0))
    assert len(seen.rows) > 3
    np.testing.assert_array_equal(seen.rows.xywh, expected.xywh)
    np.testing.assert_array_equal(seen.rows.probs, expected.probs)


def test_letterboxed_frames_are_seen_as_pictures(net):
    frame = cv2.resize(picture((2, 3, RED), (6, 1, GREEN)), (200, 90), interpolation=cv2.INTER_NEAREST)
    seen = Detector(net, Looking(0.2, letter_box=True))(Frame(frame, 0.0))
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
    assert [demo_text.label(frame, b) for b in best] == ["dog", "dog #12"]


def test_rates():
    rate = demo_text.Rate(100.0)
    assert str(rate) == "\nFPS:0.0 \t AVG_FPS:0.0"
    fps = 0.0
    for k in range(1, 33):
        rate.frame(100 + k / 10)
        fps = 0.9 * fps + 0.1 * 10
    assert str(rate) == f"\nFPS:{fps:.1f} \t AVG_FPS:10.0"


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
    with pytest.raises(DarknetError, match=re.escape(pip_install("track"))):
        Tracker(25, 0.25)
