"""How a depthwise convolution is computed: tiles along the rows, jobs of whole blocks."""

from __future__ import annotations

from ..codegen.depthwise_tile import DepthwiseKernel
from ..kernels import convolution, depthwise
from ..native.executor import JOBS_PER_THREAD
from ..steps import Builder
from ..tune.estimate import registers
from .tiling import pack_bias, pack_weights, split
from .window import Part, Window

__all__ = ["lower", "most_pixels"]

WRITTEN_OUT = (3,)  # taps across; with more of them, registers lack


def lower(window: Window, b: Builder, part: Part, finish: convolution.Finish) -> None:
    """Append the step."""
    x, y = part.x, part.y
    _, _, height, width = part.weights.shape
    chunk, rows, strips = _jobs(y.blocks, y.shape.h, b.options.threads)
    b.step(
        depthwise.convolve_depthwise, -(-y.blocks // chunk) * strips, tiles=_tiles(window, b, y.shape.w, width),
        taps=convolution.Taps(1, height, width, *window.stride, window.dilation), x=x.shifted(-window.halo, -window.halo),
        w=pack_weights(part.weights, 1, y.lanes), bias=pack_bias(part.biases, y.lanes), y=y, z=part.z or y,
        pairs=part.rounded or y, finish=finish,
        share=convolution.Share(y.blocks, chunk, rows, strips, 0),
    )  # fmt: skip


def _tiles(window: Window, b: Builder, row: int, width: int) -> depthwise.Row:
    """Rows of ``row`` pixels in as few tiles as the registers allow.

    Fused taps are written out, as loads limit them; rounded products and sums are slower than loads, and with stride 2
    fewer taps share a pixel.
    """
    lanes, fma = b.options.lanes, b.options.fma
    across = width if fma and width in WRITTEN_OUT and window.dilation == window.stride[1] == 1 else 0
    pixels, wide, narrow = split(row, most_pixels(lanes, across))
    kernel = DepthwiseKernel(lanes, pixels, wide > 0, window.stride[1], fma, across)
    return depthwise.Row(kernel.address(), wide, narrow)


def most_pixels(lanes: int, across: int = 0) -> int:
    """Of a tile: the sums share the registers with a weight, the slope and a product, or with more weights and a pixel."""
    return max(1, registers(lanes) - 3 - across)


def _jobs(blocks: int, height: int, threads: int) -> tuple[int, int, int]:
    """(blocks a job, rows a job, jobs a block): whole blocks, unless these are too few for the threads."""
    wanted = 1 if threads == 1 else threads * JOBS_PER_THREAD
    chunk = -(-blocks // wanted)
    rows = -(-height // min(height, -(-wanted * chunk // blocks)))
    return chunk, rows, -(-height // rows)
