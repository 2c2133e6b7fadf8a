"""Networks on other engines in copies, in other processes, and under Ctrl-C."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from other_engine import other
from small_detector import files

from darknet_py import DarknetError, Network

__all__ = ["files", "other"]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_copies_and_workers(files: tuple[Path, Path], other: str, method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {method}")
    net = Network.load(*files, threads=2, engine=other)
    x = np.random.RandomState(3).rand(*net.graph.net.shape).astype(np.float32)
    (want,) = net.predict(x)
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert twin.engine == other
        np.testing.assert_array_equal(twin.predict(x)[0], want)
    if (method, other) == ("fork", "openvino"):
        assert in_a_fork(partial(net.predict, x)).startswith("engine openvino cannot run in a process that was forked")
    else:
        with multiprocessing.get_context(method).Pool(1) as pool:
            np.testing.assert_array_equal(pool.apply_async(net.predict, (x,)).get(60)[0], want)


def in_a_fork(function: Callable[[], object]) -> str:
    """The message of the DarknetError that it raises in a forked process, or nothing."""
    context = multiprocessing.get_context("fork")
    told = context.SimpleQueue()

    def run() -> None:
        try:
            function()
        except DarknetError as e:
            told.put(str(e))
        told.put("")

    child = context.Process(target=run)
    child.start()
    child.join(60)
    child.kill()
    assert child.exitcode == 0
    return str(told.get())


def test_openvino_in_a_forked_process_of_one_that_has_not_used_it(files: tuple[Path, Path]) -> None:
    pytest.importorskip("openvino")
    run = subprocess.run([sys.executable, "-c", FORKED_FIRST, *map(str, files)], timeout=60, capture_output=True, text=True,
                         check=False)  # fmt: skip
    assert (run.returncode, run.stdout) == (0, "0\n"), run.stderr


FORKED_FIRST = """
import multiprocessing, sys, numpy as np
from darknet_py import Network
def run():
    net = Network.load(*sys.argv[1:], engine="openvino")
    net.predict(np.zeros(net.graph.net.shape, np.float32))
child = multiprocessing.get_context("fork").Process(target=run)
child.start()
child.join(40)
print(child.exitcode)
"""


DROPPED_ON_A_THREAD = """
import os, signal, sys, threading, numpy as np
from darknet_py import Network
nets = [Network.load(*sys.argv[1:3], engine=sys.argv[3])]
nets[0].predict(np.zeros(nets[0].graph.net.shape, np.float32))
thread = threading.Thread(target=nets.clear)
thread.start()
thread.join()
threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    threading.Event().wait(20)
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends a process on Windows")
def test_ctrl_c_after_the_network_is_gone(files: tuple[Path, Path], other: str) -> None:
    """OpenVINO took the stack for signals of the thread that had loaded it."""
    command = [sys.executable, "-c", DROPPED_ON_A_THREAD, *map(str, files), other]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stdout) == (0, "interrupted\n"), run.stderr
