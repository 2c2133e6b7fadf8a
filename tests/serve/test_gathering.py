"""Pictures of several threads, gathered into batches or computed side by side."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor

import numpy as np
import pytest

from darknet_py.serve.gathering import Gathering

SECONDS = 60


class Compiled:
    """Doubles what it gets; ``batches``: how many pictures at once; the first call waits until it may go on."""

    def __init__(self, batch: int = 1, held: bool = False) -> None:
        self.batch, self.batches, self.at_once, self.most_at_once = batch, [], 0, 0
        self.begun, self.go, self.error = threading.Event(), threading.Event(), None
        self._guard = threading.Lock()
        if not held:
            self.go.set()

    def predict(self, x):
        with self._guard:
            self.batches.append(len(x))
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.begun.set()
        assert self.go.wait(SECONDS)
        with self._guard:
            self.at_once -= 1
        if self.error:
            raise self.error
        return [2 * x, x + 1]

    alone = predict


def picture(value: float, count: int = 1) -> np.ndarray:
    return np.full((count, 3, 2, 2), value, np.float32)


def gathered(compiled: Compiled, pictures: list[np.ndarray], most: int, wait: float = 0.0) -> list[Future]:
    """Each picture by a thread of its own; the others come while the first one is computed."""
    gathering = Gathering(compiled, len(pictures), most, wait, lambda: None)

    def see(x):
        return gathering.predict(x), gathering.last.batch

    with ThreadPoolExecutor(len(pictures)) as pool:
        first = pool.submit(see, pictures[0])
        assert compiled.begun.wait(SECONDS)
        others = [pool.submit(see, x) for x in pictures[1:]]
        end = time.monotonic() + SECONDS
        while len(gathering._waiting) < len(others) and most > 1 and time.monotonic() < end:
            time.sleep(0.001)
        compiled.go.set()
        return [first, *others]


@pytest.mark.parametrize("most", [2, 4, 8])
def test_what_waits_is_computed_at_once(most):
    compiled = Compiled(held=True)
    futures = gathered(compiled, [picture(i) for i in range(8)], most)
    sizes = [1] + [min(most, 7 - at) for at in range(0, 7, most)]
    assert compiled.batches == sizes
    assert sorted(future.result()[1] for future in futures) == sorted(n for n in sizes for _ in range(n))
    for i, future in enumerate(futures):
        (double, more), _ = future.result()
        assert np.array_equal(double, 2 * picture(i))
        assert np.array_equal(more, picture(i) + 1)


def test_several_pictures_of_one_thread_stay_together():
    compiled = Compiled(held=True)
    futures = gathered(compiled, [picture(1), picture(2, 3), picture(3, 2), picture(4)], 4)
    assert compiled.batches[0] == 1
    assert sum(compiled.batches) == 7
    assert max(compiled.batches) <= 4
    assert [len(future.result()[0][0]) for future in futures] == [1, 3, 2, 1]
    assert [float(future.result()[0][0].mean()) for future in futures] == [2, 4, 6, 8]


def test_more_than_a_batch_of_one_thread_is_computed_at_once():
    compiled = Compiled()
    assert len(gathered(compiled, [picture(1, 9)], 4)[0].result()[0][0]) == 9
    assert compiled.batches == [9]


def test_a_full_batch_waits_no_longer():
    compiled = Compiled()
    gathering = Gathering(compiled, 2, 2, SECONDS, lambda: None)
    start = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(gathering.predict, [picture(1), picture(2)]))
    assert compiled.batches == [2]
    assert time.monotonic() - start < SECONDS


def test_an_error_is_of_those_that_were_computed_together():
    """Whoever computes is among them: nobody gets what went wrong for others."""
    compiled = Compiled(held=True)
    compiled.error = RuntimeError("no device")
    gathering = Gathering(compiled, 9, 4, 0, lambda: None)
    with ThreadPoolExecutor(9) as pool:
        futures = [pool.submit(gathering.predict, picture(i)) for i in range(9)]
        compiled.go.set()
        assert all(isinstance(future.exception(SECONDS), RuntimeError) for future in futures)
    assert not gathering._waiting
    assert sum(compiled.batches) == 9


def test_pictures_that_cannot_be_put_together_fail_as_others_do():
    """As where there is no memory for it."""
    compiled = Compiled(held=True)
    first, *others = gathered(compiled, [picture(0), picture(1), np.zeros((1, 3, 4, 4), np.float32), picture(2)], 4)
    assert first.result()
    for future in others:
        with pytest.raises(ValueError, match="dimension"):
            future.result()


def test_an_error_is_each_ones_and_the_next_are_computed():
    compiled = Compiled(held=True)
    compiled.error = RuntimeError("no device")
    for future in gathered(compiled, [picture(i) for i in range(4)], 4):
        with pytest.raises(RuntimeError, match="no device"):
            future.result()
    compiled.error = None
    assert gathered(compiled, [picture(1)], 4)[0].result()


@pytest.mark.parametrize("places", [1, 2, 3])
def test_side_by_side_are_as_many_as_suit_the_network(places):
    compiled = Compiled(places, held=True)
    futures = gathered(compiled, [picture(i) for i in range(6)], 1)
    assert [future.result()[1] for future in futures] == [1] * 6
    assert compiled.batches == [1] * 6
    assert compiled.most_at_once <= places


@pytest.mark.parametrize("most", [1, 4])
def test_what_nobody_wants_is_not_computed(most):
    def gone() -> None:
        raise CancelledError

    compiled = Compiled()
    with pytest.raises(CancelledError):
        Gathering(compiled, 1, most, 0, gone).predict(picture(1))
    assert compiled.batches == []
