"""Work ahead of its time: in order, not too far ahead, and cleaned up after."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from darknet_py import feed
from darknet_py.errors import ImageError
from darknet_py.image import Fit


def test_results_come_in_order():
    def slow_first(i):
        time.sleep(0.02 if i % 3 == 0 else 0)
        return i * i

    assert list(feed.ahead(slow_first, range(20), 3, 5)) == [i * i for i in range(20)]


def test_no_more_than_is_wanted_is_taken_ahead():
    taken = []

    def items():
        for i in range(100):
            taken.append(i)
            yield i

    results = feed.ahead(lambda i: i, items(), 2, 4)
    assert next(results) == 0
    assert len(taken) == 5
    results.close()
    assert len(taken) == 5


def test_closing_leaves_no_thread():
    results = feed.ahead(lambda i: i, range(100), 3, 6)
    next(results)
    results.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("darknet_py-load")]


def test_errors_arrive_where_the_result_is_asked_for():
    def fails(i):
        if i == 2:
            raise ValueError("two")
        return i

    results = feed.ahead(fails, range(5), 2, 3)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(results)


def test_pictures_and_those_that_are_none(tmp_path):
    good, bad = str(tmp_path / "a.png"), str(tmp_path / "b.png")
    cv2.imwrite(good, np.full((4, 6, 3), 255, np.uint8))
    net = SimpleNamespace(graph=SimpleNamespace(net=SimpleNamespace(channels=3)), batch=1)
    first, second, third = feed.loaded(net, [good, bad, good], lambda size: Fit(size, (3, 2)))
    assert isinstance(second, ImageError)
    assert (first.path, first.size, third.size) == (good, (6, 4), (6, 4))
    assert first.fit == third.fit == Fit((6, 4), (3, 2))
    assert (first.x == np.ones((3, 2, 3), np.float32)).all()


def test_large_pictures_become_floats_one_at_a_time(tmp_path, monkeypatch):
    """Four loaders would have four of them at once."""
    monkeypatch.setattr(feed, "LARGE", 100)
    inside: list[int] = []
    most = []

    def fit(x):
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.01)
        inside.pop()
        return x

    path = str(tmp_path / "a.png")
    cv2.imwrite(path, np.zeros((9, 9, 3), np.uint8))
    net = SimpleNamespace(graph=SimpleNamespace(net=SimpleNamespace(channels=3)), batch=8)
    monkeypatch.setattr(feed, "cpu_count", lambda: 4)
    assert len(list(feed.loaded(net, [path] * 8, lambda size: SimpleNamespace(input=fit)))) == 8
    assert max(most) == 1
