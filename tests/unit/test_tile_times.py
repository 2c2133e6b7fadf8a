"""Tiles that are measured: what depends on it, what does not, where it is kept, and hosts where it cannot be had."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import engine
import processes
import pytest
from convolutions import BLOCKED, cfg_of

from darknet_py._support import forks
from darknet_py.engine.codegen.bfloat_tile import PairKernel
from darknet_py.engine.codegen.convolution_tile import RowKernel
from darknet_py.engine.lower import convolution, tiling, winograd
from darknet_py.engine.native import object_cache
from darknet_py.engine.native.host import host
from darknet_py.engine.tune import estimate, measuring, times
from darknet_py.engine.tune.times import TileTimes
from darknet_py.errors import DarknetWarning

KERNEL = RowKernel(4)


@pytest.fixture
def tuned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of kernels; nothing is known of any tile, and compiling is soon enough."""
    monkeypatch.setenv("DARKNET_PY_CACHE", str(tmp_path / "kernels"))
    monkeypatch.delenv("DARKNET_PY_TUNE")
    monkeypatch.setattr(times, "_known", {})
    monkeypatch.setattr(measuring, "COMPILING", 0)
    return tmp_path / "kernels"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[list[estimate.Tile]]:
    """Stands for the clock: notes which tiles it was asked for, and finds those like 1 × 1 the fastest by far."""
    asked: list[list[estimate.Tile]] = []

    def measure(kind: RowKernel, order: list[estimate.Tile]) -> estimate.Times:
        asked.append(list(order))
        return {(1, 1): (1e-3,) * 3, (2, 2): (1.0,) * 3}

    monkeypatch.setattr(measuring, "measure", measure)
    return asked


def forget() -> None:
    times._known.clear()


def follows() -> bool:
    """Whether tiles of one block are chosen, which the estimate never does."""
    return tiling.segments(40, 8, 576, KERNEL)[0].tiling.blocks == 1


# What does not depend on it

NETS = {
    "direct": (cfg_of("filters=37 size=3 pad=1", "leaky", BLOCKED), (9, 3, 17)),
    "strided": (cfg_of("filters=21 size=3 stride=2 pad=1", "leaky", BLOCKED), (9, 7, 33)),
    "first": (cfg_of("filters=21 size=3 stride=2 pad=1", "leaky"), (3, 7, 33)),
    "1x1": (cfg_of("filters=37 size=1", "leaky", BLOCKED), (16, 2, 19)),
    "depthwise": (cfg_of("filters=18 size=3 groups=18 pad=1", "leaky", BLOCKED), (18, 3, 13)),
    "groups": (cfg_of("filters=36 size=3 groups=2 pad=1", "leaky", BLOCKED), (6, 3, 11)),
    "connected": ("[connected]\noutput=45\nactivation=leaky\n", (3, 3, 5)),
    "leaky tail": (cfg_of("filters=33 size=1", "leaky", BLOCKED), (9, 1, 3)),
    "one row of pixels": (cfg_of("filters=40 size=3 pad=1 activation=linear"), (4, 1, 31)),
}


FAVOURITES = [(1, 1), (2, 2), (1, 7), (3, 1)]


def absurd(favourite: estimate.Tile) -> mock._patch[object]:
    """The times of tiles of these blocks, and so many pixels or fewer, are nothing beside others, which are random."""
    found: dict[RowKernel, TileTimes] = {}

    def times_of(kernel: RowKernel) -> TileTimes:
        kind = kernel.kind()
        if kind not in found:
            r = random.Random(f"{favourite} {kind}")
            guess = times.estimated(kind, estimate.registers(kind.lanes))
            found[kind] = TileTimes(guess.taps, {
                (b, p): tuple(1 if b == favourite[0] and p <= favourite[1] else 10 ** r.uniform(3, 6) for _ in guess.taps)
                for b, p in guess.times
            })  # fmt: skip
        return found[kind]

    return mock.patch.object(tiling, "times_of", times_of)


@pytest.mark.parametrize("fast", [False, True], ids=["exact", "fast"])
@pytest.mark.parametrize("name", NETS)
def test_no_bit_depends_on_it(name: str, fast: bool) -> None:
    n = engine.net(*NETS[name])
    want, used = engine.forward(n, 8, fast=fast), set()
    for threads, favourite in enumerate(FAVOURITES, 1):
        with absurd(favourite), mock.patch.object(convolution, "tiles_of", side_effect=tiling.tiles_of) as spied:
            engine.assert_same_bits(engine.forward(n, 8, fast=fast, threads=threads), want, n)
            used |= {call.args[0] for call in spied.call_args_list}
    assert len(used) > 1 or name == "depthwise", "the times made no difference to the tiles"


@pytest.mark.parametrize("m", [2, 4])
def test_no_bit_of_winograds_method_depends_on_it(m: int) -> None:
    n = engine.net(cfg_of("filters=37 size=3 pad=1", "leaky", BLOCKED), (16, 10, 37))
    always = {"_cycles": lambda _, tile: 2 if tile is None else tile.m != m}
    with mock.patch.multiple(winograd, **always), mock.patch.object(winograd, "lower", side_effect=winograd.lower) as used:
        want = engine.forward(n, 8, fast=True)
        assert used.called
        for threads, favourite in enumerate(FAVOURITES, 1):
            with absurd(favourite):
                engine.assert_same_bits(engine.forward(n, 8, fast=True, threads=threads), want, n)


@pytest.mark.parametrize(("filters", "shape"), [(64, (64, 20, 20)), (16, (16, 9, 9)), (8, (8, 13, 13)), (40, (64, 6, 30))])
def test_neither_it_nor_threads_choose_winograds_method(filters: int, shape: tuple[int, int, int]) -> None:
    n, ways = engine.net(cfg_of(f"filters={filters} size=3 pad=1", "leaky", BLOCKED), shape), []
    for favourite in FAVOURITES:
        for threads in (1, 2, 16):
            found: list[object] = []
            with absurd(favourite), mock.patch.object(winograd, "choose", noted(found)):
                engine.compiled(n, 8, fast=True, threads=threads)
            ways.append(tuple(found))
    assert len(set(ways)) == 1
    assert ways[0]


def noted(found: list[object]) -> Callable[..., object]:
    """``winograd.choose``, which puts what it returns into a list."""
    choose = winograd.choose

    def call(*arguments: Any) -> object:
        found.append(choose(*arguments))
        return found[-1]

    return call


# What does


def test_the_fastest_cover_is_chosen() -> None:
    """Of all that there are: compared with each sequence of tiles that can follow one another."""

    def least(width: int, blocks: int, of: dict[estimate.Tile, float]) -> float:
        return 0.0 if not blocks else min(
            blocks // b * sum(of[b, n] for n in pieces(width, p)) + least(width, blocks % b, of)
            for b, p in of if b <= blocks
        )  # fmt: skip

    def pieces(width: int, p: int) -> list[int]:
        tiles = -(-width // p)
        return [width // tiles + (i < width % tiles) for i in range(tiles)]

    guess = times.estimated(KERNEL, 16)
    r = random.Random(1)
    for width, blocks in [(1, 1), (13, 3), (20, 7), (52, 16)]:
        known = TileTimes(guess.taps, {t: tuple(e * r.uniform(0.5, 2) for e in es) for t, es in guess.times.items()})
        assert tiling.cover(width, blocks, 99, known)[0] == pytest.approx(least(width, blocks, times.at(known, 99)))


@pytest.mark.parametrize("registers", [4, 16, 32])
@pytest.mark.parametrize("kernel", [RowKernel(8), RowKernel(8, fma=True), RowKernel(16, embedded=True), PairKernel(16)],
                         ids=lambda k: k.kind().name)  # fmt: skip
def test_tiles_cover_rows_and_fit_registers(kernel: RowKernel, registers: int) -> None:
    known = times.estimated(kernel, registers)
    for width in (*range(1, 50), 64, 99, 100, 127, 199):
        for blocks in (*range(1, 10), 13, 19, 64):
            for t, _ in (way := tiling.cover(width, blocks, 576, known)[1]):
                assert t.wide * (t.pixels + 1) + t.narrow * t.pixels == width
                widest = t.pixels + (t.wide > 0)
                assert t.blocks * widest + min(t.blocks, widest) + (1 if kernel.fma else 2) <= registers
            assert sum(t.blocks * groups for t, groups in way) == blocks


def test_between_workloads_times_lie_on_a_line() -> None:
    known = TileTimes((10, 20, 40), {(1, 1): (1.0, 3.0, 4.0)})
    assert [times.at(known, n)[1, 1] for n in (1, 10, 15, 20, 30, 40, 999)] == [1, 1, 2, 3, 3.5, 4, 4]


def test_what_was_not_measured_is_corrected_by_what_is_like_it() -> None:
    guess = {(1, 1): (1.0,), (1, 2): (2.0,), (8, 1): (8.0,)}
    assert estimate.corrected(guess, {(1, 2): (3.0,), (8, 1): (80.0,)}) == {(1, 1): (1.5,), (1, 2): (3.0,), (8, 1): (80.0,)}


@pytest.mark.parametrize(("kernel", "registers"), [(RowKernel(8), 16), (RowKernel(16, embedded=True), 32)])
def test_the_estimate_alone_is_no_bad_choice(kernel: RowKernel, registers: int) -> None:
    """Tiles whose loads are few beside their products; not blocks alone, whose weights come from further away."""
    t = tiling.cover(60, 60, 2304, times.estimated(kernel, registers))[1][0][0]
    assert 2 <= t.blocks <= 6
    assert t.blocks * (t.pixels + (t.wide > 0)) >= registers // 2


def test_kinds_are_told_apart() -> None:
    kernels = [RowKernel(8), RowKernel(4), RowKernel(8, fma=True), RowKernel(8, taps=False), RowKernel(8, source="planar"),
               RowKernel(8, embedded=True), PairKernel(8)]  # fmt: skip
    assert len({kernel.kind() for kernel in kernels}) == len({repr(kernel.kind()) for kernel in kernels}) == len(kernels)
    assert RowKernel(8, 2, 6, stride=2, fills_blocks=True).kind() == RowKernel(8).kind()
    assert RowKernel(8, 2, 6, taps=False).kind() == RowKernel(8, taps=False, fills_blocks=True).kind()
    assert isinstance(PairKernel(8, 2, 6).kind(), PairKernel)


# The clock


@pytest.mark.parametrize("kernel", [
    RowKernel(4), RowKernel(8, fma=True), RowKernel(4, taps=False), RowKernel(4, source="planar"),
    PairKernel(8, emulated=True),
], ids=lambda k: k.kind().name)  # fmt: skip
def test_every_kind_can_be_measured(kernel: RowKernel, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a machine that is never busy; more taps take longer."""
    monkeypatch.setattr(measuring, "SAME", 1e9)
    monkeypatch.setattr(measuring, "STEADY", 1e9)
    monkeypatch.setattr(measuring, "COMPILING", 0)
    found = measuring.measure(kernel.kind(), [(1, 1), (2, 2), (1, 3), (2, 1), (3, 1), (1, 2), (3, 3)])
    assert found is not None
    assert list(found) == [(1, 1), (2, 2), (1, 3), (2, 1), (3, 1), (1, 2)], "as many as there is time for"
    for seconds in found.values():
        assert len(seconds) == len(measuring.workloads(kernel.kind()))
        assert 0 < seconds[0] < seconds[-1]


class Runs:
    """Stands for a bench: returns one number after the other, the last for ever."""

    def __init__(self, *numbers: float) -> None:
        self.numbers = list(numbers)

    def seconds(self) -> float:
        return self.numbers.pop(0) if len(self.numbers) > 1 else self.numbers[0]


def test_a_machine_with_nothing_else_to_do_is_believed() -> None:
    assert measuring._settled({(1, 1): [Runs(2.0), Runs(4.0)], (1, 2): [Runs(3.0), Runs(6.0)]}) == {
        (1, 1): (0.5, 1.0), (1, 2): (0.75, 1.5),
    }  # fmt: skip


def test_a_busy_machine_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that take long or short; a reference that takes longer beside one of the tiles; another time the next time."""
    monkeypatch.setattr(measuring, "SETTLING", 0.05)
    r = random.Random(0)
    restless = Runs()
    restless.seconds = lambda: r.uniform(1, 2)  # type: ignore[method-assign]
    assert measuring._settled({(1, 1): [Runs(1.0)], (1, 2): [restless]}) is None
    slower = Runs(*[1.0] * 16, 1.5)
    assert measuring._settled({(1, 1): [slower], (1, 2): [Runs(2.0)]}) is None
    assert not measuring._agree({(1, 1): (1.0, 2.0)}, {(1, 1): (1.0, 2.5)})
    assert measuring._agree({(1, 1): (1.0, 2.0)}, {(1, 1): (1.05, 1.9)})


# Where it is kept


def test_it_is_measured_once_and_kept(tuned: Path, told: list[list[estimate.Tile]]) -> None:
    assert follows()
    for _ in range(2):
        assert follows()
        forget()
    assert len(told) == 1
    assert set(told[0]) < set(times.estimated(KERNEL, estimate.registers(4)).times)
    assert len(list(tuned.iterdir())) == 1


@pytest.mark.parametrize("damage", [b"", b"x" * 40, None], ids=["empty", "other", "one byte"])
def test_a_damaged_file_is_measured_again(tuned: Path, told: list[list[estimate.Tile]], damage: bytes | None) -> None:
    follows()
    (file,) = tuned.iterdir()
    good = file.read_bytes()
    file.write_bytes(good[:-1] + b"!" if damage is None else damage)
    forget()
    assert follows()
    assert len(told) == 2
    assert file.read_bytes() == good


def test_other_code_and_other_processors_measure_anew(tuned: Path, told: list[list[estimate.Tile]]) -> None:
    follows()
    with mock.patch.object(object_cache, "_fingerprint", return_value=b"another"):
        forget()
        follows()
    assert len(told) == 2


def test_off_neither_measures_nor_reads(tuned: Path, told: list[object], monkeypatch: pytest.MonkeyPatch) -> None:
    assert follows()
    monkeypatch.setenv("DARKNET_PY_TUNE", "off")
    forget()
    assert not follows()
    assert len(told) == 1


def test_again_measures_again(tuned: Path, told: list[list[estimate.Tile]], monkeypatch: pytest.MonkeyPatch) -> None:
    follows()
    monkeypatch.setenv("DARKNET_PY_TUNE", "again")
    for _ in range(2):
        forget()
        follows()
    follows()
    assert len(told) == 3


@pytest.mark.parametrize("word", ["on", "Off", "0", " again"])
def test_another_word_is_told(word: str, tuned: Path, told: list[object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKNET_PY_TUNE", word)
    times._warn.cache_clear()
    with pytest.warns(DarknetWarning, match=f"DARKNET_PY_TUNE={word} is neither off nor again"):
        follows()
    forget()
    follows()  # once is enough: a second warning would fail the test
    assert told, "as if it were not set"


def test_where_nothing_can_be_kept_nothing_is_measured(tuned: Path, told: list[object], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with mock.patch.dict(os.environ, DARKNET_PY_CACHE=str(tmp_path / "file" / "below")):
        assert not follows()
    assert not told


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_reads_but_does_not_measure(tuned: Path, told: list[object]) -> None:
    def in_child() -> int:
        forget()
        if not (process := os.fork()):
            os._exit(10 * follows() + len(told))
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])

    assert in_child() == 0
    follows()
    assert in_child() == 11


def test_workers_of_multiprocessing_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    import multiprocessing.process

    assert not forks.worker()
    monkeypatch.setattr(multiprocessing.process, "parent_process", object)
    assert forks.worker()


def test_a_busy_machine_keeps_nothing_and_waits(tuned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []
    monkeypatch.setattr(measuring, "measure", lambda kind, order: tries.append(kind.name))
    now = [1e9]
    monkeypatch.setattr(times.time, "time", lambda: now[0])
    assert not follows()
    for seconds, count in [(0, 1), (10, 1), (times.WAIT - 1, 1), (times.WAIT + 1, 2), (-1e6, 3)]:
        now[0] = 1e9 + seconds
        forget()
        assert not follows()
        tiling.segments(40, 8, 64, RowKernel(4, taps=False))
        assert len(set(tries)) <= 2
        assert len(tries) == count
    monkeypatch.setenv("DARKNET_PY_TUNE", "again")
    forget()
    follows()
    assert len(tries) == 4


ONCE = """
import sys, json
from darknet_py.engine.codegen.convolution_tile import RowKernel
from darknet_py.engine.tune import measuring, times
measuring.COMPILING, measuring.SAME, measuring.STEADY = 0, 1e9, 1e9
known = times.times_of(RowKernel(4, source="planar"))
print(json.dumps([min(v[0] for v in known.times.values()) > 0, "numba" in sys.modules]))
"""


def test_two_processes_may_measure_at_once(tmp_path: Path) -> None:
    environment = processes.environment(DARKNET_PY_CACHE=str(tmp_path), DARKNET_PY_TUNE="")
    line = [sys.executable, "-c", ONCE]
    running = [subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [json.loads(process.communicate(timeout=60)[0]) for process in running] == [[True, False]] * 2
    key = f"times of {RowKernel(4, source='planar').kind()!r}"
    assert (tmp_path / object_cache.key(key)).exists()


def test_it_is_this_machine_that_is_asked() -> None:
    assert estimate.registers(host().lanes) == host().registers
