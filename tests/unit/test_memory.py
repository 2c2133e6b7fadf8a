"""The arena: no two living buffers overlap, memory is used again, tensors read and write where they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet_py.engine import memory
from darknet_py.engine.memory import Buffer, Tensor
from darknet_py.shapes import Shape

lives = st.tuples(st.integers(1, 300), st.integers(0, 20), st.integers(0, 20))


def buffers(rows: list[tuple[int, int, int]]) -> list[Buffer]:
    return [Buffer(size, min(a, b), max(a, b)) for size, a, b in rows]


@settings(max_examples=200, deadline=None)
@given(st.lists(lives, max_size=25))
def test_living_buffers_never_overlap(rows: list[tuple[int, int, int]]) -> None:
    placed = buffers(rows)
    size = memory.allocate(placed)
    for i, a in enumerate(placed):
        assert a.offset >= 0
        assert a.offset % memory.LINE == 0
        assert a.offset + a.size <= size
        for b in placed[:i]:
            apart = a.offset + a.size <= b.offset or b.offset + b.size <= a.offset
            assert apart or a.last < b.first or b.last < a.first


@settings(max_examples=100, deadline=None)
@given(st.lists(lives, min_size=1, max_size=25))
def test_the_arena_is_no_larger_than_all_buffers(rows: list[tuple[int, int, int]]) -> None:
    placed = buffers(rows)
    assert memory.allocate(placed) <= sum(-(-b.size // memory.LINE) * memory.LINE for b in placed)


def test_lives_that_do_not_meet_share_memory() -> None:
    chain = [Buffer(100, i, i + 1) for i in range(10)]
    assert memory.allocate(chain) == 112 + 100
    assert memory.allocate([Buffer(100, i, i) for i in range(10)]) == 100
    assert memory.allocate([]) == 0


def test_a_step_that_ends_one_life_and_begins_another_has_both() -> None:
    a, b = Buffer(16, 0, 3), Buffer(16, 3, 5)
    memory.allocate([a, b])
    assert a.offset != b.offset


def test_touch_widens_a_life() -> None:
    buffer = Buffer(1)
    for step in (7, 3, 5):
        buffer.touch(step)
    assert (buffer.first, buffer.last) == (3, 7)


def stored(tensor: Tensor, x: np.ndarray) -> np.ndarray:
    """An arena with x in it, written element by element, NaN elsewhere."""
    arena = np.full(memory.allocate([tensor.buffer]), np.nan, np.float32)
    for c, r, i in np.ndindex(x.shape):
        block, lane = divmod(c, tensor.lanes)
        arena[tensor.start + block * tensor.block + r * tensor.row + i * tensor.lanes + lane] = x[c, r, i]
    return arena


@pytest.mark.parametrize("halo", [0, 1, 3])
@pytest.mark.parametrize("lanes", [1, 4, 16])
@pytest.mark.parametrize("shape", [(1, 1, 1), (9, 40, 20), (3, 4, 5), (16, 2, 3), (21, 3, 1)])
def test_read_gives_what_was_written(shape: tuple[int, int, int], lanes: int, halo: int) -> None:
    x = np.random.RandomState(0).rand(*shape).astype(np.float32)
    tensor = memory.place(Shape(*shape), lanes, halo)
    arena = stored(tensor, x)
    assert np.array_equal(tensor.read(arena), x)
    c, h, w = shape
    block = lanes * (h + 2 * halo) * (w + 2 * halo)
    assert tensor.buffer.size == -(-c // lanes) * (block if lanes == 1 else memory.spread(block))
    assert np.isfinite(arena).sum() == x.size
    assert not np.shares_memory(tensor.read(arena), arena)
    for first in range(0, c, lanes):
        assert np.array_equal(tensor.channels(first, c - first).read(arena), x[first:])


def test_large_blocks_lie_an_odd_number_of_cache_lines_apart() -> None:
    assert [memory.spread(n) for n in (8, 1000, 1023)] == [8, 1000, 1023]
    assert [memory.spread(n) / memory.LINE for n in (1024, 1040, 1041, 4096)] == [65, 65, 67, 257]
    assert memory.place(Shape(64, 32, 32), 8, 0).block == 1024 * 8 + memory.LINE


def test_views() -> None:
    x = np.random.RandomState(0).rand(12, 5, 6).astype(np.float32)
    tensor = memory.place(Shape(*x.shape), 4, 2)
    arena = stored(tensor, x)
    assert np.array_equal(tensor.channels(4, 5).channels(4, 1).read(arena), x[8:9])
    assert tensor.channels(4, 5).blocks == 2
    corner = tensor.shifted(-2, -2)
    assert corner.start == 0
    assert arena[tensor.shifted(1, 2).start] == x[0, 1, 2]
    planar = memory.place(Shape(*x.shape), 1, 0)
    assert np.array_equal(planar.flat().read(stored(planar, x)).ravel(), x.ravel())


@pytest.mark.parametrize("floats", [1, 15, 16, 1000])
def test_arrays_begin_on_a_cache_line(floats: int) -> None:
    array = memory.aligned_empty(floats)
    assert array.size == floats
    assert array.dtype == np.float32
    assert array.ctypes.data % 64 == 0
