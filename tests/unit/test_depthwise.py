"""Depthwise convolutions against their naive twin: widths and strides that need other tiles, jobs, what ends a row."""

from __future__ import annotations

import re
from unittest import mock

import engine
import numpy as np
import pytest
from convolutions import BLOCKED, cfg_of
from engine import LANES

from darknet_py.engine.codegen.depthwise_tile import DepthwiseKernel
from darknet_py.engine.kernels.depthwise import convolve_depthwise
from darknet_py.engine.lower import depthwise
from darknet_py.engine.native.host import host

SUM = "[shortcut]\nfrom=-2\nactivation=linear\n"


def dw(channels: int, options: str, activation: str = "leaky") -> str:
    return cfg_of(f"filters={channels} groups={channels} {options}", activation)


@pytest.mark.parametrize("lanes", LANES)
def test_every_width(lanes: int) -> None:
    """Rows are covered by wide and narrow tiles without a gap or an overlap."""
    for width in (*range(1, 17), 27, 40, 53, 61):
        engine.assert_exact(engine.net(BLOCKED + dw(3, "size=3 pad=1"), (3, 2, width)), lanes)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("options", [
    "size=3 pad=1 stride=2", "size=5 pad=1", "size=5 pad=1 stride=2", "size=3 stride_x=3 stride_y=1",
    "size=3 stride_x=1 stride_y=2 pad=1", "size=2", "size=1", "size=3 pad=1 dilation=2", "size=4 padding=3", "size=7 pad=1",
])  # fmt: skip
def test_windows(options: str, lanes: int) -> None:
    """Rows of wide and of narrow tiles at once for each width of vectors."""
    for width in (43, 61):
        engine.assert_exact(engine.net(BLOCKED + dw(lanes + 1, options), (lanes + 1, 9, width)), lanes)


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
@pytest.mark.parametrize(("channels", "height"), [(5, 1), (5, 40), (70, 3), (70, 40), (8 * 33, 2)])
def test_any_number_of_threads(channels: int, height: int, threads: int) -> None:
    """Few blocks are shared as strips of rows, many as whole blocks."""
    n = engine.net(BLOCKED + dw(channels, "size=3 pad=1"), (channels, height, 6))
    engine.assert_exact(n, 8, threads=threads)


@pytest.mark.parametrize("blocks", [1, 2, 7, 15, 16, 17, 100])
@pytest.mark.parametrize("height", [1, 3, 10, 160])
@pytest.mark.parametrize("threads", [1, 2, 6, 64])
def test_jobs_do_every_row_once(blocks: int, height: int, threads: int) -> None:
    chunk, rows, strips = depthwise._jobs(blocks, height, threads)
    assert (strips - 1) * rows < height <= strips * rows
    assert 1 <= chunk <= blocks
    assert threads > 1 or (chunk, strips) == (blocks, 1)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("activation", ["linear", "leaky", "relu", "relu6"])
def test_a_sum_after_the_activation(activation: str, lanes: int) -> None:
    n = engine.net(BLOCKED + dw(19, "size=3 pad=1", activation) + SUM, (19, 5, 23))
    outputs = [n.layers[-1]]
    assert len([s for s in engine.compiled(n, lanes, outputs).steps if s.address == convolve_depthwise.address()]) == 1
    engine.assert_same_bits(engine.forward(n, lanes, outputs), engine.expected(n), n)


@pytest.mark.parametrize("lanes", LANES)
def test_of_a_negative_number_too_small_to_be_scaled_the_sign_stays(lanes: int) -> None:
    """Leaky of the largest negative float is -0, as the reference has it, in dense layers and in depthwise ones."""
    for options in (f"filters={lanes + 1} size=1", "filters=3 groups=3 size=1"):
        n = engine.net(BLOCKED + cfg_of(options, "leaky"), (3, 4, 30))
        n.params[1]["weights"][:] = 0
        n.params[1]["biases"][:] = np.float32(-1e-45)
        engine.assert_exact(n, lanes)
        assert np.signbit(engine.forward(n, lanes)[1]).all()


@pytest.mark.skipif("x86" not in host().triple, reason="reads x86's words")
@pytest.mark.parametrize("fma", [False, True])
@pytest.mark.parametrize(("stride", "wide"), [(1, False), (1, True), (2, True)])
def test_the_largest_tile_stays_in_registers(stride: int, wide: bool, fma: bool) -> None:
    lanes, pixels = host().lanes, depthwise.most_pixels(host().lanes) - wide
    code = host().machine().emit_assembly(DepthwiseKernel(lanes, pixels, wide, stride, fma).module())
    assert re.search(r"mm\d+, -?\d*\(%rsp\)", code) is None


@pytest.mark.skipif(not host().fma, reason="written out are fused taps alone")
@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("options", ["pad=1", "padding=2", "stride_x=1 stride_y=2", "pad=1 dilation=2"])
def test_taps_written_out_give_the_bits_of_a_loop(options: str, lanes: int) -> None:
    for width in (3, 10, 23, 31):
        n = engine.net(BLOCKED + dw(lanes + 1, f"size=3 {options}"), (lanes + 1, 7, width))
        with mock.patch.object(depthwise, "WRITTEN_OUT", ()):
            want = engine.forward(n, lanes, fast=True)
        got = engine.forward(n, lanes, fast=True)
        np.testing.assert_array_equal(got[1].view(np.uint32), want[1].view(np.uint32))
        np.testing.assert_allclose(got[1], engine.expected(n)[1], atol=1e-5)
