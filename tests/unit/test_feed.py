"""Several pictures at the same time: as many as suit the network, each alone where it is large, with the same results."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from darknet_py import feed
from darknet_py.errors import ImageError
from darknet_py.image import Fit


def network(batch: int = 1, channels: int = 3) -> Any:
    net = SimpleNamespace(graph=SimpleNamespace(net=SimpleNamespace(channels=channels, where="")), batch=batch)
    net.alone = lambda: SimpleNamespace(**vars(net), alone_of=net)
    return net


def together(net: Any, monkeypatch: pytest.MonkeyPatch, cpus: int) -> int:
    """How many threads are in the network at most."""
    monkeypatch.setattr(feed, "cpu_count", lambda: cpus)
    inside, most = [], []

    def compute(i: int) -> int:
        inside.append(i)
        most.append(len(inside))
        time.sleep(0.003)
        inside.remove(i)
        return i

    assert [i for i, _ in feed.each(net, range(30), lambda turns, i: turns.timed(compute, i))] == list(range(30))
    return max(most)


@pytest.mark.parametrize(("batch", "cpus"), [(1, 1), (1, 4), (2, 2), (3, 8), (5, 1)])
def test_no_more_pictures_are_in_the_network_than_suits_it(monkeypatch: pytest.MonkeyPatch, batch: int, cpus: int) -> None:
    assert together(network(batch), monkeypatch, cpus) <= batch


def test_there_are_several_where_that_suits_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert together(network(4), monkeypatch, 4) > 1


def test_a_small_network_is_alone_on_each_thread_and_all_threads_are_one_pictures() -> None:
    small, large = network(2), network(1)
    assert feed.Turns(small).net.alone_of is small
    assert feed.Turns(small, several=False).net is small
    assert feed.Turns(large).net is large


def test_seconds_are_those_of_a_picture_without_the_wait_for_its_turn() -> None:
    turns = feed.Turns(network())
    results: list[float] = []
    threads = [threading.Thread(target=lambda: results.append(turns.timed(time.sleep, 0.02)[1])) for _ in range(5)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(results) <= time.perf_counter() - start


def test_what_waits_for_its_turn_is_left_when_nobody_wants_it() -> None:
    """Ctrl-C waits for the picture that is in the network, not for those behind it."""
    computed: list[int] = []

    def compute(i: int) -> None:
        computed.append(i)
        time.sleep(0.05)

    results = feed.each(network(), range(100), lambda turns, i: turns.timed(compute, i))
    next(results)
    results.close()
    assert len(computed) <= 3


def test_a_closed_turn_raises() -> None:
    turns = feed.Turns(network())
    turns.close()
    with pytest.raises(CancelledError):
        turns.timed(int)


def test_pictures_and_those_that_are_none(tmp_path) -> None:
    good, bad = str(tmp_path / "a.png"), str(tmp_path / "b.png")
    cv2.imwrite(good, np.full((4, 6, 3), 255, np.uint8))
    loaded = feed.load(network(), good, lambda size: Fit(size, (3, 2)))
    assert (loaded.size, loaded.fit) == ((6, 4), Fit((6, 4), (3, 2)))
    assert (loaded.x == np.ones((3, 2, 3), np.float32)).all()
    for wrong in (bad, None, [1], np.zeros((2, 2), np.float32)):
        with pytest.raises(ImageError):
            feed.load(network(), wrong, lambda size: Fit(size, (3, 2)))
    with pytest.raises(ImageError, match="channels=5"):
        feed.load(network(channels=5), good, lambda size: Fit(size, (3, 2)))


@pytest.mark.parametrize("channels", [2, 4])
def test_what_is_drawn_into_has_no_alpha(tmp_path, channels: int) -> None:
    path = str(tmp_path / "a.png")
    cv2.imwrite(path, np.full((4, 6, 4), 9, np.uint8))
    assert feed.load(network(channels=channels), path, lambda size: Fit(size, size)).bgr.shape == (4, 6, 3)


def test_large_pictures_become_floats_one_at_a_time(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several threads would have as many of them at once."""
    monkeypatch.setattr(feed, "LARGE", 100)
    inside: list[int] = []
    most = []

    def fit(x: np.ndarray, _channels: int) -> np.ndarray:
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.01)
        inside.pop()
        return x

    path = str(tmp_path / "a.png")
    cv2.imwrite(path, np.zeros((9, 9, 3), np.uint8))
    fits: Any = lambda size: SimpleNamespace(input_of=fit)  # noqa: E731
    see = lambda turns, path: feed.load(turns.net, path, fits)  # noqa: E731
    assert len(list(feed.each(network(8), [path] * 8, see))) == 8
    assert max(most) == 1
