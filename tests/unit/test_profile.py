"""The table of layers with their times: what it is made of, that profiling changes no number, and the peak's kernels."""

from __future__ import annotations

import ctypes
import dataclasses
import itertools
import re
import sys
import time

import cv2
import engine
import numpy as np
import processes
import pytest
import small_detector
from networks import NET, YOLO, network, random_weights
from random_networks import random_network

from darknet_py import DarknetError, Network, ShapeError
from darknet_py.engine import profile
from darknet_py.engine.native import clock, executor, object_code
from darknet_py.engine.native.host import host
from darknet_py.engine.peak import CHAINS, UNROLL, arithmetic, peak
from darknet_py.engine_api import layer_time
from darknet_py.engine_api.profile import LayerTime, Profile
from darknet_py.shapes import Shape

RESIDUAL = """[convolutional]
filters=8
size=3
pad=1
activation=leaky
[convolutional]
filters=8
size=3
pad=1
groups=8
activation=linear
[dropout]
[shortcut]
from=0
activation=linear
[convolutional]
filters=14
size=1
activation=linear
"""


@pytest.fixture
def files(tmp_path):
    """(cfg, weights) of a small detector."""
    return small_detector.write(tmp_path, NET.format(32, 24, 3) + RESIDUAL + YOLO)


def measured(layers: str, shape: Shape, threads: int, runs: int = 1):
    """The profile of a network and its plan, which keeps what its heads need."""
    n = engine.net(layers, shape)
    plan = engine.compiled(n, host().lanes, n.graph.heads, threads=threads)
    return profile.measure(plan, n.graph.nodes, n.x, runs), plan, n


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("seed", range(4))
def test_every_layer_stands_in_it_once(seed, threads):
    found, plan, n = measured(*random_network(seed), threads)
    assert [layer.index for layer in found.layers] == n.layers
    assert [layer.kind for layer in found.layers] == [node.layer.kind for node in n.graph.nodes]
    assert found.flops == n.graph.flops
    assert sum(layer.steps for layer in found.layers) == sum(step.layer >= 0 for step in plan.steps)
    assert all(layer.seconds >= 0 and (layer.steps or not layer.seconds) for layer in found.layers)
    assert (found.threads, found.runs, found.peak) == (threads, 1, peak(threads))


@pytest.mark.parametrize("seed", range(4))
def test_time_stamps_change_no_bit(seed):
    n = engine.net(*random_network(seed))
    plan = engine.compiled(n, host().lanes, n.graph.heads, threads=2)
    want = engine.run(plan, n.x)
    plan.arena[:] = np.nan
    profile._stamped(plan, profile._stopwatch(plan)[1], n.x)
    engine.assert_same_bits({i: plan.read(i) for i in plan.outputs}, want, n)


@pytest.mark.parametrize("owners", [[-1, 0, 0, 1, 2, 4], [0, -1, 1, 0, 0, 4], [4, 4, 4, 4, 4, 4]])
def test_each_part_is_its_layers(owners, monkeypatch):
    """Part i takes 2^i seconds, everything that Python times 1000; a layer's steps may lie apart."""
    n = engine.net(RESIDUAL, Shape(3, 24, 32))
    plan = engine.compiled(n, host().lanes, n.graph.heads)
    owners = [*owners, *[owners[-1]] * (len(plan.steps) - len(owners))]
    plan.steps = [step._replace(layer=layer) for step, layer in zip(plan.steps, owners, strict=True)]
    parts = []

    def seconds(watch):
        parts.append(len(watch.stamps) - 1)
        return 2.0 ** np.arange(parts[-1])

    monkeypatch.setattr(clock.Stopwatch, "seconds", seconds)
    monkeypatch.setattr(profile, "seconds_of", lambda call: call() or 1000.0)
    found = profile.measure(plan, n.graph.nodes, n.x, 3)
    sequences = [owners[0], *(b for a, b in itertools.pairwise(owners) if a != b)]
    want = {i: sum(2.0**k for k, owner in enumerate(sequences) if owner == i) for i in range(-1, 5)}
    assert {-1: found.entry} | {t.index: t.seconds for t in found.layers} == want
    assert set(parts[:4]) == {len(sequences)}
    assert (found.ordinary, found.handover) == (1000, 1000 - sum(want.values()))
    assert found.seconds == 1000


def test_medians_and_least():
    found, _, _ = measured(RESIDUAL, Shape(3, 24, 32), 1, runs=7)
    assert found.runs == 7
    assert all(0 <= layer.least <= layer.seconds for layer in found.layers)
    assert any(layer.least < layer.seconds for layer in found.layers)


def test_a_fused_shortcut_says_where_it_went():
    found, _, _ = measured(RESIDUAL, Shape(3, 24, 32), 1)
    assert [(layer.steps > 0, layer.fused) for layer in found.layers] == [
        (True, None), (True, None), (False, None), (False, 1), (True, None),
    ]  # fmt: skip
    assert [layer.kernel for layer in found.layers] == ["3x3", "3x3 / 8 groups", "", "", "1x1"]
    rows = found.table().splitlines()
    assert rows[3].endswith("0.0% in place")
    assert rows[4].endswith("0.0% in layer 1")


def test_a_network_without_steps():
    found, plan, _ = measured("[dropout]\n[empty]\n", Shape(3, 4, 4), 2)
    assert [layer.seconds for layer in found.layers] == [0, 0]
    assert found.table().count("in place") == 2
    assert {step.layer for step in plan.steps} == {-1}


def made(layers, **options) -> Profile:
    return Profile(tuple(layers), **{"entry": 0.001, "handover": 0.0005, "ordinary": 0.009, "peak": 100.0,
                                     "threads": 2, "runs": 3, **options})  # fmt: skip


def layer(index, kind="convolutional", seconds=0.002, flops=1e8, steps=1, fused=None, inputs=1) -> LayerTime:
    return LayerTime(index, kind, "3x3", (Shape(3, 8, 16),) * inputs, Shape(4, 8, 16), seconds, seconds, flops, steps, fused)


LAYERS = [layer(0), layer(1, seconds=0.004), layer(2, "shortcut", 0.0, 1e6, 0, 1, 2), layer(3, "yolo", 0.0025, 0.0)]


def test_the_table():
    lines = made(LAYERS).table().splitlines()
    rows = [re.split(r"  +", line.strip()) for line in lines[:-1]]
    assert rows == [
        ["layer kind", "in -> out", "ms", "share", "GFLOP/s", "peak"],
        ["0 convolutional 3x3", "16 x 8 x 3 -> 16 x 8 x 4", "2.000", "20.0%", "50.0", "50.0%"],
        ["1 convolutional 3x3", "16 x 8 x 3 -> 16 x 8 x 4", "4.000", "40.0%", "25.0", "25.0%"],
        ["2 shortcut 3x3", "16 x 8 x 3 (+1) -> 16 x 8 x 4", "0.000", "0.0% in layer 1"],
        ["3 yolo 3x3", "16 x 8 x 3 -> 16 x 8 x 4", "2.500", "25.0%"],
        ["input to its place", "1.000", "10.0%"],
        ["threads: start and end", "0.500", "5.0%"],
        ["total", "10.000 100.0%", "20.1", "20.1%"],
    ]
    assert lines[-1].startswith("Without time stamps a run takes 9.000 ms.  Medians of 3 runs, threads: 2, ")


def test_sorted_by_time():
    found = made(LAYERS)
    assert [t.index for t in found.by_time()] == [1, 3, 0]
    assert [line.split()[0] for line in found.sorted_table().splitlines()] == ["Sorted", "layer", "1", "3", "0"]


def test_nothing_took_any_time():
    empty = made([layer(0, seconds=0.0, steps=0)], entry=0.0, handover=0.0)
    assert "nan" not in empty.table()
    assert empty.layers[0].rate == 0
    assert layer(0).rate == 50


def test_network_profile(files):
    net = Network.load(*files, threads=2)
    x = np.random.default_rng(3).random((3, 24, 32), np.float32)
    before = net.predict(x)
    found = net.profile(x, runs=2)
    assert (found.runs, len(found.layers), found.threads) == (2, 6, 2)
    assert dataclasses.asdict(found)["layers"][0]["output"] == (8, 24, 32)
    assert layer_time.LEAST_RUNS <= net.profile(x).runs <= layer_time.MOST_RUNS
    np.testing.assert_array_equal(net.predict(x)[0], before[0])


def test_wrong_arguments(files):
    net = Network.load(*files)
    with pytest.raises(DarknetError, match="runs=0 is not possible"):
        net.profile(np.zeros((3, 24, 32), np.float32), runs=0)
    with pytest.raises(ShapeError):
        net.profile(np.zeros((3, 24, 31), np.float32))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.skipif(sys.platform == "win32", reason="no usleep")
def test_a_part_lasts_as_long_as_it_sleeps(threads):
    """The step of a time stamp calls a function of the system with two numbers: here usleep."""
    sleeps = [0, 30_000, 0, 10_000]
    function = ctypes.cast(ctypes.CDLL(None).usleep, ctypes.c_void_p).value
    arguments = [np.array([function, microseconds, 0], np.int64) for microseconds in sleeps]
    step = object_code.address("clock.stamp", clock._module)
    parts = [np.array([[step, a.ctypes.data, 1]], np.int64) for a in arguments]
    watch = clock.Stopwatch.around([*parts, np.zeros((0, 3), np.int64)])
    start = time.perf_counter()
    executor.run(watch.program, threads)
    elapsed = time.perf_counter() - start
    seconds = watch.seconds()
    assert len(seconds) == 5
    assert (seconds[:4] >= np.array(sleeps) * 1e-6).all()
    assert seconds.min() >= 0
    assert seconds.sum() <= elapsed


@pytest.mark.parametrize("fma", [False, True])
@pytest.mark.parametrize("lanes", [4, 8, 16])
def test_the_peak_kernel_computes_what_it_says(lanes, fma):
    """passes · UNROLL times chain · factor + summand, rounded twice or once, in every lane of every chain."""
    if fma and not host().fma:
        pytest.skip("the processor has no fused multiply-add")
    passes, numbers = 3, np.array([1.1, 0.3], np.float32)
    chains = np.random.default_rng(lanes).random((2, CHAINS, lanes), np.float32)
    want = chains.copy()
    for _ in range(passes * UNROLL):
        once = (want.astype(np.float64) * numbers[0] + numbers[1]).astype(np.float32)
        want = once if fma else want * numbers[0] + numbers[1]
    want[0] = chains[0]  # job 1 is the second half
    address = object_code.address(f"peak_v{lanes}_{'fma' if fma else 'exact'}", lambda: arithmetic(lanes, fma))
    arguments = np.array([passes, numbers.ctypes.data, chains.ctypes.data], np.int64)
    ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)(address)(arguments.ctypes.data, 1)
    np.testing.assert_array_equal(chains, want)


@pytest.mark.skipif("x86" not in host().triple or not host().fma, reason="reads x86's words for FMA")
@pytest.mark.parametrize("fma", [False, True])
def test_the_peak_loop_is_arithmetic_only(fma):
    text = host().machine().emit_assembly(arithmetic(host().lanes, fma))
    (loop,) = re.findall(r"^(\.LBB0_\d+:.*?)^\s+j\w+\s+\.LBB0_", text, re.MULTILINE | re.DOTALL)
    words = [line.split()[0] for line in loop.splitlines() if line.startswith("\t") and not line.startswith("\t.")]
    assert "(" not in re.sub(r"#.*", "", loop), "reads or writes memory"
    counts = {word: sum(w.startswith(word) for w in words) for word in ("vfmadd", "vmulps", "vaddps")}
    one, two = (CHAINS * UNROLL, 0) if fma else (0, CHAINS * UNROLL)
    assert counts == {"vfmadd": one, "vmulps": two, "vaddps": two}
    assert len(words) <= sum(counts.values()) + 3


def test_peaks():
    found = [peak(1), peak(2), peak(1, False, 4)]
    assert np.isfinite(found).all()
    assert min(found) > 0
    assert peak(1) == found[0], "measured once in a process"


@pytest.mark.parametrize("words", [["detect"], ["detector", "test", "x.data"]])
def test_the_flag(files, words, tmp_path):
    """As a process: after the detections, every layer once in order, then those with steps by time."""
    (tmp_path / "x.data").write_text("names=x.names\n")
    (tmp_path / "x.names").write_text("cat\ndog\n")
    cv2.imwrite(str(tmp_path / "a.png"), np.full((40, 80, 3), 90, np.uint8))
    words = [*words, *map(str, files), "a.png", "a.png", "-benchmark_layers", "-names", "x.names"]
    done = processes.run(processes.command(*words), tmp_path)
    assert done.returncode == 0, done.stderr
    _, *pictures = done.stdout.split("a.png: Predicted in")
    assert len(pictures) == 2
    for text in pictures:
        in_order, by_time = text.split("Sorted by time:")
        assert [int(i) for i in re.findall(r"^ +(\d+) [a-z]", in_order, re.MULTILINE)] == [0, 1, 2, 3, 4, 5]
        assert sorted(int(i) for i in re.findall(r"^ +(\d+) [a-z]", by_time, re.MULTILINE)) == [0, 1, 4, 5]
        assert re.search(r"^ +total +[\d.]+ 100\.0% +[\d.]+ +[\d.]+%$", in_order, re.MULTILINE)


def test_the_flag_is_off_by_itself(files, tmp_path, capsys, monkeypatch):
    from darknet_py.cli import main

    monkeypatch.chdir(tmp_path)
    cv2.imwrite("a.png", np.full((40, 80, 3), 90, np.uint8))
    assert main(["detect", *map(str, files), "a.png", "-quiet"]) == 0
    assert "GFLOP/s" not in capsys.readouterr().out


def test_a_layer_that_reads_nothing_is_told() -> None:
    text = "[implicit]\nfilters=5\n[convolutional]\nfilters=3\nactivation=linear\n"
    graph = network(text)
    net = Network.of(graph, random_weights(graph))
    assert "nothing -> 1 x 1 x 5" in net.profile(np.zeros((3, 12, 16), np.float32), runs=1).table()
