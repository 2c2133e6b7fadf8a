"""Work ahead of its time: in order, not too far ahead, and cleaned up after."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from darknet_py._support.ahead import ahead
from darknet_py.errors import KernelError


def same(i: int) -> int:
    return i


def test_results_come_in_order() -> None:
    def slow_first(i: int) -> int:
        time.sleep(0.02 if i % 3 == 0 else 0)
        return i * i

    assert list(ahead(slow_first, range(20), 3, 5)) == [i * i for i in range(20)]


def counting(taken: list[int]) -> Iterator[int]:
    for i in range(100):
        taken.append(i)
        yield i


def test_no_more_than_is_wanted_is_taken_ahead() -> None:
    taken: list[int] = []
    go_on = threading.Event()

    def held(i: int) -> int:
        go_on.wait(60 if i else 0)
        return i

    results = ahead(held, counting(taken), 2, 4)
    assert next(results) == 0
    assert len(taken) <= 5
    threading.Timer(0.02, go_on.set).start()
    assert next(results) == 1
    assert len(taken) <= 6
    results.close()
    assert len(taken) <= 6


def test_a_result_that_is_there_waits_for_one_item_only() -> None:
    """Not for as many as may be taken ahead: somebody may be typing them."""
    taken: list[int] = []
    done = threading.Event()

    def items() -> Iterator[int]:
        for i in counting(taken):
            yield i
            done.wait(60)
            time.sleep(0.02)

    def tell(i: int) -> int:
        done.set()
        return i

    results = ahead(tell, items(), 2, 50)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    assert len(taken) <= 5
    results.close()


def test_closing_leaves_no_thread_and_stops_what_waits() -> None:
    stopped: list[int] = []
    results = ahead(same, range(100), 3, 6, lambda: stopped.append(len(threads())))
    next(results)
    results.close()
    assert stopped[0] > 0
    assert not threads()


def threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith("darknet_py-ahead")]


def test_an_error_arrives_where_its_result_is_asked_for() -> None:
    def fails(i: int) -> int:
        if i == 2:
            raise ValueError("two")
        return i

    results = ahead(fails, range(5), 2, 3)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(results)
    assert not threads()


@pytest.mark.parametrize("good", [0, 1, 7])
def test_an_error_of_the_items_comes_after_the_results_before_it(good: int) -> None:
    def items() -> Iterator[int]:
        yield from range(good)
        raise ValueError("no more")

    results = ahead(same, items(), 2, 20)
    assert [next(results) for _ in range(good)] == list(range(good))
    with pytest.raises(ValueError, match="no more"):
        next(results)


def test_an_interruption_of_the_items_comes_at_once() -> None:
    def items() -> Iterator[int]:
        yield 0
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(ahead(same, items(), 2, 20))
    assert not threads()


def test_the_caller_s_generator_stays_open() -> None:
    items = (i for i in range(1000))
    results = ahead(same, items, 2, 3)
    next(results)
    results.close()
    assert next(items) < 10


def test_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as m:
        m.setattr("threading.Thread.start", refused)
        with pytest.raises(KernelError, match=r"no thread can be started .*; raise the limit of processes"):
            list(ahead(same, range(3), 2, 3))
    assert list(ahead(same, range(3), 2, 3)) == [0, 1, 2]
