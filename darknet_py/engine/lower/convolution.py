"""How a convolution is computed: tiles, packed weights and steps for dense, depthwise and grouped layers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...errors import KernelError
from ...layers.connected import Connected
from ...layers.convolutional import Convolutional
from ...shapes import Shape
from ..codegen.bfloat_tile import PairKernel
from ..codegen.convolution_tile import RowKernel
from ..fuse import ConvolutionWithSum, adds
from ..kernels import convolution, copies, elementwise, leaky_tail
from ..layout import is_depthwise, unfolds
from ..memory import Tensor
from ..native.executor import JOBS_PER_THREAD
from ..native.host import host
from ..options import ELEMENT
from ..steps import Builder
from . import bfloat, depthwise, winograd
from .activation import activate, address, tail_length
from .base import lower
from .elementwise import normalize
from .tiling import pack_bias, pack_weights, segments, tiles_of
from .window import Part, Window

__all__ = []

SLOPES = {"linear": 1.0, "leaky": 0.1, "revleaky": 0.1}


@lower.register(ConvolutionWithSum)
def _convolution_with_sum(layer: ConvolutionWithSum, b: Builder) -> None:
    _convolutional(layer.convolution, b, b.tensor(layer.addend))


@lower.register(Convolutional)
def _convolutional(layer: Convolutional, b: Builder, addend: Tensor | None = None) -> None:
    """C: convolutional_layer.c forward_convolutional_layer

    ``addend``: what is added to the output after the activation.  Raises KernelError where that cannot be.
    """
    if addend and not adds(layer, b.node.inputs):
        raise KernelError(f"{b.node.label} cannot add a layer's output to its own: its channels are not written at once")
    window, pairs = Window.of(layer), b.node.index in b.storage.readers
    x, y, biases = b.pairs(0) if pairs else b.source(0), b.output(), b.params["biases"]
    weights = bfloat.pairs_of(b.params["weights"]) if pairs else b.params["weights"]
    if unfolds(layer, b.node.inputs):
        x, weights = _unfolded(window, b, layer.kernel_size), weights.reshape(len(weights), -1, 1, 1)
        window = Window(window.groups, activation=window.activation)
    z = addend if addend is None or addend.lanes == y.lanes else _copied(b, addend, y.lanes, 0)
    rounded = b.pairs_output() if adds(layer, b.node.inputs) else None
    if is_depthwise(layer, b.node.inputs):
        x = x if x.lanes == y.lanes else _copied(b, x, y.lanes, window.halo)
        part = Part(x, weights, biases, y, 0, z, rounded=rounded)
        depthwise.lower(window, b, part, _finish(window, b, part))
    elif window.groups == 1:
        _dense(window, b, Part(x, weights, biases, y, 0, z, pairs, rounded))
    else:
        _grouped(window, b, Part(_copied(b, x, 1, window.halo), weights, biases, y, 0))
    if window.activation in NORMALIZERS:
        softmax, shift = NORMALIZERS[window.activation]
        b.step(elementwise.normalize_channels, y.shape.h, y=y, softmax=softmax, shift=shift)


NORMALIZERS = {
    "normalize_channels": (0, 0),
    "normalize_channels_softmax": (1, 0),
    "normalize_channels_softmax_maxval": (1, 1),
}


@lower.register(Connected)
def _connected(layer: Connected, b: Builder) -> None:
    """A 1 x 1 convolution of the flat input.   C: connected_layer.c forward_connected_layer"""
    y, p = b.output(), b.params
    if layer.batch_normalize:
        sums = b.scratch(y.shape, y.lanes)  # no border: the values of all blocks lie one after the other
        _product(b, b.planar(0).flat(), p["weights"], np.zeros(layer.outputs, np.float32), sums)
        normalize(b, sums, sums)
        b.copy(sums, 0, y, 0, layer.outputs)
    else:
        _product(b, b.planar(0).flat(), p["weights"], p["biases"], y)
    activate(b, y, layer.activation)


def _product(b: Builder, x: Tensor, weights: np.ndarray, biases: np.ndarray, y: Tensor) -> None:
    """weights (n, c) times x (c, 1, 1) plus biases (n,), to y (n, 1, 1)."""
    taps = weights.reshape(*weights.shape, 1, 1)
    _dense(Window(), b, Part(x, taps, biases, y, 0))


def _unfolded(window: Window, b: Builder, size: int) -> Tensor:
    """What each output pixel reads as channels of it, (c · size · size, h, w).   C: im2col.c im2col_cpu_ext"""
    x, y = b.planar(0), b.output()
    u, (stride_y, stride_x) = b.scratch(Shape(x.shape.c * size**2, y.shape.h, y.shape.w)), window.stride
    b.step(copies.unfold, u.shape.c, x=x, y=u, size=size, stride_y=stride_y, stride_x=stride_x, padding=window.halo,
           dilation=window.dilation)  # fmt: skip
    return u


def _copied(b: Builder, x: Tensor, lanes: int, halo: int) -> Tensor:
    """x in another layout."""
    copy = b.scratch(x.shape, lanes, halo)
    b.copy(x, 0, copy, 0, x.shape.c)
    return copy


def _grouped(window: Window, b: Builder, whole: Part) -> None:
    """Each group a convolution of its own, on planes, so that groups may begin at any channel."""
    x, y, lanes = whole.x, whole.y, whole.y.lanes
    taken, made = x.shape.c // window.groups, y.shape.c // window.groups
    for group in range(window.groups):
        own = slice(group * made, (group + 1) * made)
        aligned = made % lanes == 0
        out = y.channels(own.start, made) if aligned else b.scratch(Shape(made, y.shape.h, y.shape.w), lanes)
        part = Part(x.channels(group * taken, taken), whole.weights[own], whole.biases[own], out, own.start)
        _dense(window, b, part)
        if not aligned:
            b.copy(out, 0, y, own.start, made)


def _dense(window: Window, b: Builder, part: Part) -> None:
    """By Winograd's method, or as segments of equal tiles that together cover the output's blocks."""
    if not part.pairs and (tile := winograd.choose(window, b, part)):
        winograd.lower(b, part, tile, _finish(window, b, part))
        return
    lanes, kernel = part.y.lanes, _row_kernel(window, b, part)
    for tiling, first, groups in segments(part.y.shape.w, part.y.blocks, part.weights[0].size, kernel):
        channels = slice(first * lanes, (first + groups * tiling.blocks) * lanes)
        count = min(channels.stop, part.y.shape.c) - channels.start
        y, z = part.y.channels(channels.start, count), part.z and part.z.channels(channels.start, count)
        rounded = part.rounded and part.rounded.channels(channels.start // 2, -(-count // 2))
        segment = replace(part, weights=part.weights[channels], biases=part.biases[channels], y=y,
                          first=part.first + channels.start, z=z, rounded=rounded)  # fmt: skip
        _segment(window, b, segment, tiles_of(tiling, kernel), groups)


def _row_kernel(window: Window, b: Builder, part: Part) -> RowKernel:
    """What sums a row of the part's output, whatever its tiles."""
    lanes, (_, channels, height, width) = part.y.lanes, part.weights.shape
    taps = height * width > 1
    if part.pairs:
        return PairKernel(lanes, stride=window.stride[1], taps=taps, fills_blocks=channels % part.x.lanes == 0,
                          embedded=not b.options.emulated, emulated=b.options.emulated)  # fmt: skip
    source = "planar" if part.x.lanes == 1 else "blocked"
    return RowKernel(lanes, stride=window.stride[1], taps=taps, source=source, fma=b.options.fma,
                     fills_blocks=channels % lanes == 0, embedded=b.options.embedded)  # fmt: skip


def _finish(window: Window, b: Builder, part: Part) -> convolution.Finish:
    """What is done to a row once its sums are there."""
    needed = window.activation not in SLOPES and window.activation not in NORMALIZERS
    activation = address(window.activation, b.options) if needed else 0
    add = convolution.add_row.address() if part.z else 0
    rounding = b.rounding() if part.rounded else 0
    return convolution.Finish(SLOPES.get(window.activation, 1.0), _tail(window, b, part), activation, add, rounding)


def _tail(window: Window, b: Builder, part: Part) -> int:
    """The part's first element that the reference activates in double precision."""
    size = b.node.shape.size
    if not (count := tail_length(b, window.activation, size)):
        return leaky_tail.NOWHERE
    return max(0, size - count - part.first * part.y.shape.h * part.y.shape.w)


def _segment(window: Window, b: Builder, part: Part, tiles: convolution.Tiles, groups: int) -> None:
    x, y = part.x, part.y
    _, channels, height, width = part.weights.shape
    w = pack_weights(part.weights, tiles.blocks, y.lanes)
    chunk, rows, strips = _jobs(y.shape.h, groups, w[0].nbytes, ELEMENT.itemsize * x.shape.size, b.options.threads)
    jobs = -(-groups // chunk) * strips
    if b.is_floatless:
        y = b.scratch(Shape(tiles.blocks * y.lanes, jobs, y.shape.w), y.lanes)
    b.step(
        convolution.convolve, jobs, tiles=tiles, x=x.shifted(-window.halo, -window.halo), w=w,
        taps=convolution.Taps(channels, height, width, *window.stride, window.dilation),
        bias=pack_bias(part.biases, tiles.blocks * y.lanes), y=y, z=part.z or y, pairs=part.rounded or y,
        finish=_finish(window, b, part),
        share=convolution.Share(groups, chunk, rows, strips, int(b.is_floatless)),
    )  # fmt: skip


def _jobs(height: int, groups: int, group_bytes: int, input_bytes: int, threads: int) -> tuple[int, int, int]:
    """(groups a job, rows a job, jobs a chunk of groups) for ``height`` rows of output.

    Either a chunk's weights stay in half of the second-level cache and the input goes by once for each chunk; or all
    weights go by for every row, where that is less to read.  Jobs are enough for the threads to end together, and share
    rows evenly.
    """
    chunk = min(groups, max(1, host().level2 // 2 // group_bytes))
    chunks = -(-groups // chunk)
    if chunks * input_bytes > height * groups * group_bytes:
        chunks = 1
    chunk = -(-groups // chunks)
    wanted = 1 if threads == 1 else -(-threads * JOBS_PER_THREAD // chunks)
    rows = -(-height // min(height, wanted))
    return chunk, rows, -(-height // rows)
