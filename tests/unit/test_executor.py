"""The native step runner: every job once, steps in order, many threads, several callers, forked children."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

import engine
import numpy as np
import pytest
from programs import interrupts

from darknet_py._support import forks
from darknet_py.engine.codegen.arguments import Blocks
from darknet_py.engine.kernels import elementwise
from darknet_py.engine.native import executor, object_code

THREADS = [1, 2, 3, 4]
NETWORK = """[convolutional]
filters=24
size=3
pad=1
activation=leaky
[convolutional]
filters=24
size=3
pad=1
groups=24
activation=relu
[maxpool]
size=2
stride=2
[upsample]
[route]
layers=-1,0
[convolutional]
filters=10
activation=linear
"""


class Affine:
    """A program of steps ``y[job] = y[job] · factor + shift`` over the rows of y (rows, 8)."""

    def __init__(self, rows: int, steps: list[tuple[int, float, float]]) -> None:
        self.y = np.zeros((rows, 8), np.float32)
        self.arguments = [self._slots(factor, shift) for _, factor, shift in steps]
        address = elementwise.affine.address(LANES=8)
        table = [(address, slots.ctypes.data, jobs) for slots, (jobs, _, _) in zip(self.arguments, steps, strict=True)]
        self.program = executor.Program(np.array(table, np.int64).reshape(-1, 3))

    def _slots(self, factor: float, shift: float) -> np.ndarray:
        """One row a block."""
        y = Blocks(self.y, row=8, block=8, lanes=8, channels=self.y.size, height=1, width=1)
        words = elementwise.affine.parameters.bind({"y": y, "factor": factor, "shift": shift})
        return np.array([w.ctypes.data if isinstance(w, np.ndarray) else w for _, w in words], np.int64)

    def run(self, threads: int) -> np.ndarray:
        executor.run(self.program, threads)
        return self.y


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("jobs", [0, 1, 2, 5, 20000])
def test_every_job_runs_once(jobs: int, threads: int) -> None:
    affine = Affine(jobs + 1, [(jobs, 1.0, 1.0)])
    for times in (1, 2, 3):
        y = affine.run(threads)
        assert (y[:jobs] == times).all()
        assert (y[jobs:] == 0).all()


@pytest.mark.parametrize("threads", THREADS)
def test_steps_run_one_after_the_other(threads: int) -> None:
    """-y and y + i in turn, for all numbers of jobs: a step that began early would change the sum for good."""
    rows, expected, steps = 9, np.zeros(9, np.float32), []
    for i in range(400):
        jobs, factor, shift = i * 7 % (rows + 1), (1.0, -1.0)[i % 2], (float(i), 0.0)[i % 2]
        steps.append((jobs, factor, shift))
        expected[:jobs] = expected[:jobs] * factor + shift
    affine = Affine(rows, steps)
    for _ in range(20):
        affine.y[:] = 0
        assert np.array_equal(affine.run(threads)[:, 0], expected)


def test_no_steps() -> None:
    for threads in THREADS:
        assert not Affine(1, []).run(threads).any()


@pytest.mark.parametrize("threads", THREADS)
def test_threads_change_no_bit_of_a_network(threads: int) -> None:
    n = engine.net(NETWORK, (3, 14, 18))
    want = engine.forward(n, 8)
    for _ in range(10):
        engine.assert_same_bits(engine.forward(n, 8, threads=threads), want, n)


def test_several_callers_share_the_pool() -> None:
    """Plans of their own, run at once from Python threads with different numbers of helpers, give what they give alone."""
    nets = [engine.net(NETWORK, (3, 12 + 2 * i, 14), seed=i) for i in range(5)]
    plans = [engine.compiled(n, 8, threads=1 + i % 4) for i, n in enumerate(nets)]
    alone = [engine.run(program, n.x) for program, n in zip(plans, nets, strict=True)]
    wrong: list[str] = []

    def call(i: int) -> None:
        try:
            for _ in range(30):
                engine.assert_same_bits(engine.run(plans[i], nets[i].x), alone[i], nets[i])
        except AssertionError as e:
            wrong.append(str(e))

    callers = [threading.Thread(target=call, args=(i,)) for i in range(len(nets))]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_makes_its_own_threads() -> None:
    n = engine.net(NETWORK, (3, 14, 18))
    program = engine.compiled(n, 8, threads=3)
    want = engine.run(program, n.x)
    child = forked(lambda: all(np.array_equal(y, want[i]) for i, y in engine.run(program, n.x).items()))
    assert status_of(child) == 0
    engine.assert_same_bits(engine.run(program, n.x), want, n)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_children_forked_while_other_threads_run_and_compile() -> None:
    """Locks that another thread of the parent holds at that moment are free in the child."""
    net, x = interrupts.network(96), np.zeros((3, 96, 96), np.float32)
    want, ended = net.predict(x), threading.Event()

    def use() -> None:
        while not ended.is_set():
            net.predict(x)

    def load() -> None:
        while not ended.is_set():
            interrupts.network(16)

    others = [threading.Thread(target=work) for work in (use, use, load)]
    for other in others:
        other.start()
    try:
        children = [forked(lambda: np.array_equal(net.predict(x)[0], want[0])) for _ in range(5)]
        children += [forked(lambda: interrupts.network(24) is not None) for _ in range(5)]
        assert [status_of(child) for child in children] == [0] * 10
    finally:
        ended.set()
        for other in others:
            other.join()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_locks_are_free_in_a_child() -> None:
    class Owner:
        def __init__(self) -> None:
            self.held = forks.lock(self, "held")

    owner = Owner()
    with owner.held:
        child = forked(lambda: owner.held.acquire(timeout=1) and not owner.held.acquire(blocking=False))
        assert not owner.held.acquire(blocking=False)
    assert status_of(child) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_waits_for_a_kernel_that_is_being_loaded() -> None:
    holds, released = threading.Event(), threading.Event()

    def load() -> None:
        with object_code._loading:
            holds.set()
            time.sleep(0.1)
            released.set()

    loader = threading.Thread(target=load)
    loader.start()
    holds.wait()
    child = forked(lambda: released.is_set() and free_for_others(object_code._loading))
    loader.join()
    assert status_of(child) == 0
    assert free_for_others(object_code._loading)


def free_for_others(lock: threading.RLock) -> bool:
    """Whether another thread gets it."""
    got: list[bool] = []

    def take() -> None:
        got.append(lock.acquire(timeout=1))
        if got[0]:
            lock.release()

    other = threading.Thread(target=take)
    other.start()
    other.join()
    return got == [True]


def forked(good: Callable[[], bool]) -> int:
    """A child that ends with status 0 when ``good()`` holds there."""
    child = os.fork()
    if not child:
        signal.alarm(20)
        os._exit(0 if good() else 1)
    return child


def status_of(child: int) -> int:
    """The exit status of a process; it is killed if it hangs."""
    for _ in range(600):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise AssertionError("the child hangs")
