"""What is let go of is given back: memory, files, compiled networks.  The long runs are in tools/soak.py."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import subprocess
import sys
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import dnn_calls
import numpy as np
import pytest
from dnn_calls import blob, forward, picture
from reference import REPO

from darknet_py import DarknetError, Network
from darknet_py.cli import main
from darknet_py.compat import cv2_dnn, darknet
from darknet_py.compat.cv2_dnn.runner import KEPT

ROUNDS = 8
KILOBYTES = 40  # that may stay after them; one network has as many


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, str]:
    """cfg, weights, picture."""
    folder = tmp_path_factory.mktemp("leaks")
    cv2.imwrite(str(folder / "p.png"), picture())
    return (*dnn_calls.write(folder), str(folder / "p.png"))


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Without Python's search for circles, in which memory would wait for it."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def load(files: tuple[str, str, str]) -> Any:
    return lambda: Network.load(*files[:2]).detect(files[2], thresh=0.1)


def detect(files: tuple[str, str, str]) -> Any:
    net = Network.load(*files[:2])
    return lambda: [net.detect(files[2], thresh=0.1), net.predict(np.zeros((2, *net.graph.net.shape), np.float32))]


def load_darknet(files: tuple[str, str, str]) -> Any:
    def one() -> None:
        net = darknet.load_net_custom(*files[:2], 0, 1)
        darknet.detect_image(net, ["a", "b"], darknet.load_image(files[2]), thresh=0.1)
        darknet.get_network_boxes(net, 9, 9, 0.1)

    return one


def load_dnn(files: tuple[str, str, str]) -> Any:
    return lambda: forward(cv2_dnn.readNetFromDarknet(*files[:2]), blob())


def other_sizes(files: tuple[str, str, str]) -> Any:
    net, sizes = cv2_dnn.readNetFromDarknet(*files[:2]), iter(range(10**6))
    return lambda: forward(net, blob(0, (1, 3, 24, 32 + 8 * (next(sizes) % (KEPT + 3)))))


def failing_load(files: tuple[str, str, str]) -> Any:
    def one() -> None:
        with pytest.raises(DarknetError):
            Network.load(files[0], files[2])

    return one


def command(files: tuple[str, str, str]) -> Any:
    def one() -> None:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            assert main(["detect", *files, "-dont_draw", "-quiet"]) == 0

    return one


USES: list[Callable[..., Any]] = [load, detect, load_darknet, load_dnn, other_sizes, failing_load, command]


@pytest.mark.filterwarnings("ignore::darknet_py.DarknetWarning")
@pytest.mark.parametrize("use", USES)
def test_memory(files, use):
    """What Python and numpy hold after some rounds is what they held after the first ones."""
    use(files)()  # kernels are compiled: that takes four times as long when memory is traced
    tracemalloc.start()
    try:
        one = use(files)
        before, after = (held_after(one) for _ in range(2))
    finally:
        tracemalloc.stop()
    assert after - before < KILOBYTES * 1000


def held_after(one: Callable[[], object]) -> int:
    """Bytes that are held after some rounds."""
    for _ in range(ROUNDS):
        one()
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
@pytest.mark.filterwarnings("ignore::darknet_py.DarknetWarning")
@pytest.mark.parametrize("use", [load, load_darknet, load_dnn, failing_load, command])
def test_files(files, use):
    """Open files and mappings of files are as many after 20 rounds as before."""
    one = use(files)
    one()
    gc.collect()
    before = len(os.listdir("/proc/self/fd")), mapped(files)
    for _ in range(20):
        one()
    gc.collect()
    assert (len(os.listdir("/proc/self/fd")), mapped(files)) == before


def mapped(files: tuple[str, ...]) -> int:
    maps = Path("/proc/self/maps").read_text("utf-8", errors="replace")
    return sum(maps.count(path) for path in files)


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("numerics", ["exact", "fast"])
def test_a_network_goes_with_its_last_reference(files, numerics):
    """Its hundreds of megabytes do not wait for the collector."""
    net = Network.load(*files[:2], numerics=numerics)
    net.detect(files[2])
    net.predict(np.zeros((3, *net.graph.net.shape), np.float32))
    parts = [net, net.plan, net.plan.arena, *(v for _, v in net.plan.steps[0].arguments if isinstance(v, np.ndarray))]
    alive = [weakref.ref(part) for part in parts]
    del net, parts
    assert [reference() is None for reference in alive] == [True] * len(alive)


@pytest.mark.usefixtures("no_collector")
def test_what_compat_hands_out_goes_with_its_last_reference(files):
    handle = darknet.load_net_custom(*files[:2], 0, 1)
    darknet.predict_image(handle, darknet.load_image(files[2]))
    freed = darknet.load_net_custom(*files[:2], 0, 1)
    net = cv2_dnn.readNetFromDarknet(*files[:2])
    forward(net, blob())
    model = cv2_dnn.DetectionModel(net)
    model.detect(picture())
    alive = [weakref.ref(one) for one in (handle, handle.network.plan.arena, freed.network, net, model)]
    darknet.free_network_ptr(freed)
    del handle, net, model
    assert [reference() is None for reference in alive] == [True] * len(alive)


def test_the_soak_runs(files):
    """A few rounds; whether it grew is not asked of so few."""
    words = ["load", "--loads", "3", "--model", *files[:2], "--picture", files[2]]
    ran = subprocess.run([sys.executable, str(REPO / "tools/soak.py"), *words], capture_output=True, text=True, check=False)
    assert ran.stdout.startswith("load "), ran.stderr
    assert "bytes a round" in ran.stdout
