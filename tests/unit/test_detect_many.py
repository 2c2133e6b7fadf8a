"""``Network.detect_many``: what ``detect`` says of each picture, in order, whatever the pictures and how many there are."""

from __future__ import annotations

import gc
import itertools
import os
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from small_detector import files, net, picture

from darknet_py import DarknetError, DarknetWarning, ImageError, Network

__all__ = ["files", "net"]


@pytest.fixture
def several(tmp_path: Path) -> list[Any]:
    """Paths, as str and otherwise, and arrays of several kinds."""
    for i in range(3):
        cv2.imwrite(str(tmp_path / f"{i}.png"), picture(i))
    paths = [str(tmp_path / "0.png"), tmp_path / "1.png", str(tmp_path / "2.png")]
    return [*paths, picture(3), picture(4, (40, 30)), picture(5, (24, 32, 4)), *paths[::-1]] * 2


def small_or_large(net: Network, batch: int) -> Network:
    """A picture a thread, or one after the other on all threads."""
    net.compiled.batch = batch
    return net


@pytest.mark.parametrize("batch", [1, 2, 5])
@pytest.mark.parametrize("numerics", ["exact", "fast"])
def test_each_picture_has_what_detect_says_of_it(files, several, batch: int, numerics: Any) -> None:
    net = small_or_large(Network.load(*files, numerics=numerics, threads=3), batch)
    want = [net.detect(p, thresh=0.1) for p in several]
    got = list(net.detect_many(several, thresh=0.1))
    assert any(want)
    assert got == want
    assert [(g.size, len(g)) for g in got] == [(w.size, len(w)) for w in want]
    assert [g.source for g in got] == [i if isinstance(p, np.ndarray) else p for i, p in enumerate(several)]


@pytest.mark.parametrize("options", [{"letter_box": True}, {"tile": 30, "overlap": 0.5}, {"nms": 0}, {"tile": 300}])
def test_with_every_option_of_detect(net, several, options: dict[str, Any]) -> None:
    want = [net.detect(p, 0.1, **options) for p in several]
    assert list(net.detect_many(several, 0.1, **options)) == want


def test_the_bits_are_those_of_all_threads_together(files) -> None:
    """Not of the boxes only."""
    net = Network.load(*files, threads=3)
    x = np.random.default_rng(1).random((3, 24, 32), np.float32)
    want, alone = net.predict(x)[0], net.alone()
    assert alone.predict(x)[0].tobytes() == want.tobytes()
    assert alone.predict(np.stack([x] * 4))[0].tobytes() == np.stack([want] * 4).tobytes()
    assert [y.shape for y in alone.predict(x[None])] == [(1, 14, 12, 16)]
    assert (alone.names, alone.batch) == (net.names, net.batch)
    assert list(alone.activations(x)) == [0, 1, 2]


def test_a_network_of_one_is_used_beside_itself(files) -> None:
    net = Network.load(*files, threads=2)
    want = net.detect(picture(1), thresh=0.1)
    many, other = net.detect_many([picture(1)] * 20, 0.1), net.detect_many([picture(1)] * 20, 0.1)
    for found, beside in zip(many, other):
        assert found == beside == net.detect(picture(1), thresh=0.1) == want


def test_a_generator_without_end_and_memory_that_stays(net) -> None:
    """Pictures go when they have been seen."""
    seen: list[weakref.ref[np.ndarray]] = []

    def frames() -> Iterator[np.ndarray]:
        for i in itertools.count():
            frame = picture(i % 7)
            seen.append(weakref.ref(frame))
            yield frame

    for found in itertools.islice(net.detect_many(frames()), 200):
        assert sum(frame() is not None for frame in seen) < 50
        assert len(seen) - found.source < 50
    gc.collect()
    assert sum(frame() is not None for frame in seen) <= 1
    assert not [t for t in threading.enumerate() if "ahead" in t.name]


def test_pictures_are_asked_for_on_the_callers_thread(net) -> None:
    threads = set()

    def frames() -> Iterator[np.ndarray]:
        for i in range(9):
            threads.add(threading.current_thread())
            yield picture(i)

    assert len(list(net.detect_many(frames()))) == 9
    assert threads == {threading.current_thread()}


BAD = "no.png", None, np.zeros((4, 4, 3), np.float32), np.zeros((0, 4, 3), np.uint8), ["a.png"], 7


@pytest.mark.parametrize("bad", BAD)
def test_a_picture_that_is_none(net, several, bad: Any) -> None:
    """It raises when it is its turn, what ``detect`` raises; or its error stands in its place."""
    with pytest.raises(ImageError) as told:
        net.detect([bad])
    pictures = [*several[:5], bad, *several[5:]]
    results = net.detect_many(pictures)
    for p in several[:5]:
        assert next(results) == net.detect(p)
    with pytest.raises(ImageError) as raised:
        next(results)
    assert str(raised.value) == str(told.value)
    assert list(results) == []
    listed = list(net.detect_many(pictures, return_exceptions=True))
    assert [i for i, found in enumerate(listed) if isinstance(found, ImageError)] == [5]
    assert listed[:5] + listed[6:] == [net.detect(p) for p in several]


def test_no_memory_for_one_picture(net, several, monkeypatch) -> None:
    rows = Network.rows

    def full(self: Network, outputs: Any, fit: Any, *options: Any, **more: Any) -> Any:
        """Of the second picture."""
        if fit.picture_size == (30, 40):
            raise MemoryError
        return rows(self, outputs, fit, *options, **more)

    monkeypatch.setattr(Network, "rows", full)
    listed = list(net.detect_many(several[3:6], return_exceptions=True))
    assert str(listed[1]).startswith("picture 1, an array: not enough memory for this picture; make it smaller")
    assert not isinstance(listed[2], ImageError)


@pytest.mark.parametrize("one", ["dog.jpg", Path("dog.jpg"), b"dog.jpg", None, 3, picture(), picture(0, (4, 4))])
def test_one_picture_is_not_many(net, one: Any) -> None:
    """The letters of a path and the rows of an array are no pictures.  It is told at the call."""
    with pytest.raises(ImageError, match=r"takes many pictures, such as a list of paths, not \w+; one is for detect"):
        net.detect_many(one)


def test_arrays_of_pictures_and_of_paths(net, several) -> None:
    pictures = np.stack([picture(i) for i in range(3)])
    assert list(net.detect_many(pictures)) == [net.detect(p) for p in pictures]
    assert list(net.detect_many(np.array([several[0], several[2]]))) == [net.detect(several[0]), net.detect(several[2])]
    assert list(net.detect_many([])) == []


def test_thresholds_are_told_at_the_call(net) -> None:
    with pytest.raises(DarknetError, match="thresh='x' is not possible"):
        net.detect_many([], thresh="x")
    with pytest.warns(DarknetWarning, match="nms=45 is not from 0 to 1") as told:
        net.detect_many([], nms=45)
    assert told[0].filename == __file__
    with pytest.raises(DarknetError, match="tile"):
        list(net.detect_many([picture()], tile=0))


def test_an_error_of_the_pictures_themselves_comes_after_what_was_seen(net) -> None:
    def frames() -> Iterator[np.ndarray]:
        yield from (picture(i) for i in range(3))
        raise OSError("the camera is gone")

    results = net.detect_many(frames())
    assert [next(results).source for _ in range(3)] == [0, 1, 2]
    with pytest.raises(OSError, match="the camera is gone"):
        next(results)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_goes_on(net) -> None:
    """In the middle of its parent's pictures; it has threads and memory of its own."""
    many = net.detect_many([picture(i) for i in range(30)])
    want = next(many)
    pid = os.fork()
    if not pid:
        os._exit(0 if next(net.detect_many([picture(0)] * 3)) == want else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert len(list(many)) == 29
