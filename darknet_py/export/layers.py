"""The ONNX form of each kind of layer, one small function each; ``heads`` adds those of the detection layers."""

from __future__ import annotations

from functools import singledispatch

import numpy as np

from ..errors import ExportError
from ..layers.activation import ActivationLayer
from ..layers.avgpool import AvgPool
from ..layers.base import Layer
from ..layers.batchnorm import VARIANCE_EPS, BatchNorm
from ..layers.connected import Connected
from ..layers.convolutional import Convolutional
from ..layers.crop import Crop
from ..layers.implicit import Implicit
from ..layers.local import Local
from ..layers.local_avgpool import LocalAvgPool
from ..layers.maxpool import MaxPool, Pool
from ..layers.normalization import Normalization
from ..layers.reorg import Reorg, Reorg3d
from ..layers.sam import Sam
from ..layers.scale_channels import ScaleChannels
from ..layers.shortcut import Shortcut
from ..layers.softmax import Softmax
from ..layers.upsample import Upsample
from ..shapes import ChannelSlice
from .activations import activate
from .onnx_writer import Writer
from .sides import over, sides, times

__all__ = ["write"]

CHANNELS, ROWS, COLUMNS = 1, 2, 3
PIXELS_FIRST, PIXELS_LAST = (0, 3, 1, 2), (0, 2, 3, 1)
LOWEST = np.finfo(np.float32).min


@singledispatch
def write(layer: Layer, w: Writer) -> str:
    """Append the nodes of a layer, whose batch norm is folded; the tensor of its output.

    A layer that only passes on channels of its sources ([route], [dropout], ...) needs no function of its own.
    Raises ExportError for a layer without ONNX form.
    """
    slices = layer.slices(w.node.inputs)
    if not slices:
        raise ExportError(f"{w.node.label} has no ONNX form; darknet_py's own engine, native, runs it, or remove the "
                          "layer")
    return w.concat([_piece(w, piece) for piece in slices], CHANNELS)


def _piece(w: Writer, piece: ChannelSlice) -> str:
    x = w.sources[piece.source]
    whole = piece.channels == w.node.inputs[piece.source].c
    return x if whole else w.cut(x, CHANNELS, piece.first, piece.first + piece.channels)


@write.register(Convolutional)
def _convolutional(layer: Convolutional, w: Writer) -> str:
    y = w.op(
        "Conv", w.sources[0], w.param("weights"), w.param("biases"), kernel_shape=[layer.kernel_size] * 2,
        strides=list(layer.stride), pads=[layer.halo] * 4, dilations=[layer.dilation] * 2, group=layer.groups,
    )  # fmt: skip
    return activate(w, y, layer.activation)


@write.register(Local)
def _local(layer: Local, w: Writer) -> str:
    """What each pixel reads as channels of it, times the pixel's own filters, plus its own biases."""
    pixels, filters, channels, k, _ = w.params["weights"].shape
    taps = np.tile(np.eye(k * k, dtype=np.float32).reshape(k * k, 1, k, k), (channels, 1, 1, 1))
    x = w.op("Conv", w.sources[0], w.floats(taps), kernel_shape=[k] * 2, strides=[layer.stride] * 2,
             pads=[layer.padding] * 4, group=channels)  # fmt: skip
    by_pixel = w.op("Transpose", w.reshape(x, 1, channels * k * k, pixels), perm=PIXELS_FIRST)
    weights = w.array("weights", w.params["weights"].reshape(pixels, filters, -1).transpose(0, 2, 1))
    sums = w.op("MatMul", by_pixel, weights)
    y = w.reshape(w.op("Transpose", sums, perm=PIXELS_LAST), *w.node.shape)
    return activate(w, w.op("Add", y, w.array("biases", w.params["biases"].reshape(w.node.shape))), layer.activation)


@write.register(Connected)
def _connected(layer: Connected, w: Writer) -> str:
    flat = w.reshape(w.sources[0], w.node.inputs[0].size)
    if layer.batch_normalize:
        sums = w.op("Gemm", flat, w.param("weights"), transB=1)
        y = _normalized(w, w.reshape(sums, *w.node.shape))
    else:
        y = w.reshape(w.op("Gemm", flat, w.param("weights"), w.param("biases"), transB=1), *w.node.shape)
    return activate(w, y, layer.activation)


@write.register(BatchNorm)
def _batchnorm(layer: BatchNorm, w: Writer) -> str:
    return _normalized(w, w.sources[0])


def _normalized(w: Writer, x: str) -> str:
    arrays = (w.param(name) for name in ("scales", "biases", "rolling_mean", "rolling_variance"))
    return w.op("BatchNormalization", x, *arrays, epsilon=VARIANCE_EPS)


@write.register(ActivationLayer)
def _activation(layer: ActivationLayer, w: Writer) -> str:
    return activate(w, w.sources[0], layer.activation)


@write.register(MaxPool)
def _maxpool(layer: MaxPool, w: Writer) -> str:
    if layer.depth:
        return _max_of_channels(layer.depth, w)
    x, pads = w.sources[0], _pads(layer, w)
    if max(pads) >= layer.kernel_size:  # windows may lie wholly outside, which ONNX's own padding forbids
        x = w.op("Pad", x, w.ints(0, 0, *pads[:2], 0, 0, *pads[2:]), w.floats(LOWEST))
        pads = [0] * 4
    return w.op("MaxPool", x, kernel_shape=[layer.kernel_size] * 2, strides=list(layer.stride), pads=pads)


def _pads(layer: Pool, w: Writer) -> list[int]:
    """Pixels that windows reach beyond the input: top, left, bottom, right."""
    before, sides = -layer.offset, zip(w.node.inputs[0][1:], w.node.shape[1:], layer.stride, strict=True)
    after = [(out - 1) * stride + layer.kernel_size - before - size for size, out, stride in sides]
    return [before, before, *(max(0, n) for n in after)]


def _max_of_channels(depth: int, w: Writer) -> str:
    """The largest of all channels that are equal modulo ``depth``."""
    c = w.node.inputs[0].c
    missing = -c % depth
    x = w.padded(w.sources[0], CHANNELS, missing, LOWEST)
    groups = w.reshape(x, (c + missing) // depth, depth, *sides(w, x, w.node.inputs[0]))
    return w.op("ReduceMax", groups, w.ints(1), keepdims=0)


@write.register(LocalAvgPool)
def _local_avgpool(layer: LocalAvgPool, w: Writer) -> str:
    window = {"kernel_shape": [layer.kernel_size] * 2, "strides": list(layer.stride), "pads": _pads(layer, w)}
    return w.op("AveragePool", w.sources[0], count_include_pad=0, **window)


@write.register(AvgPool)
def _avgpool(layer: AvgPool, w: Writer) -> str:
    return w.op("GlobalAveragePool", w.sources[0])


@write.register(Shortcut)
def _shortcut(layer: Shortcut, w: Writer) -> str:
    weights = w.params.get("weights")
    channels = w.node.shape.c
    total = ""
    for i, (x, shape) in enumerate(zip(w.sources, w.node.inputs, strict=True)):
        common = min(shape.c, channels)
        x = x if common == shape.c else w.cut(x, CHANNELS, 0, common)
        if weights is not None:
            x = w.op("Mul", x, w.array(f"weights_{i}", weights[i].reshape(-1, 1, 1)[:common]))
        x = w.padded(x, CHANNELS, channels - common)
        total = w.op("Add", total, x) if total else x
    return activate(w, total, layer.activation)


@write.register(Sam)
def _sam(layer: Sam, w: Writer) -> str:
    return activate(w, w.op("Mul", *w.sources), layer.activation)


@write.register(ScaleChannels)
def _scale_channels(layer: ScaleChannels, w: Writer) -> str:
    factors, values = w.sources
    return activate(w, w.op("Mul", values, factors), layer.activation)


@write.register(Upsample)
def _upsample(layer: Upsample, w: Writer) -> str:
    if layer.reverse:
        squares = w.op("AveragePool", w.sources[0], kernel_shape=[layer.stride] * 2, strides=[layer.stride] * 2)
        return w.op("Mul", squares, w.floats(layer.scale * layer.stride**2))
    scales = w.floats([1, 1, layer.stride, layer.stride])
    nearest = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    y = w.op("Resize", w.sources[0], "", scales, **nearest)
    return y if layer.scale == 1 else w.op("Mul", y, w.floats(layer.scale))


@write.register(Reorg)
def _reorg(layer: Reorg, w: Writer) -> str:
    if layer.reverse:
        return w.op("DepthToSpace", w.sources[0], blocksize=layer.stride, mode="DCR")
    x, s = w.sources[0], layer.stride
    given = sides(w, x, w.node.inputs[0])
    enlarged = w.reshape(x, w.node.inputs[0].c // s**2, *(times(w, side, s) for side in given))
    return w.reshape(w.op("SpaceToDepth", enlarged, blocksize=s), w.node.shape.c, *(over(w, side, s) for side in given))


@write.register(Reorg3d)
def _reorg3d(layer: Reorg3d, w: Writer) -> str:
    if not layer.reverse:
        return w.op("SpaceToDepth", w.sources[0], blocksize=layer.stride)
    (c, *_), x = w.node.shape, w.sources[0]
    made = [times(w, side, layer.stride) for side in sides(w, x, w.node.inputs[0])]
    enlarged = w.reshape(x, c, *made)
    return w.reshape(w.op("DepthToSpace", enlarged, blocksize=layer.stride, mode="DCR"), c, *made)


@write.register(Softmax)
def _softmax(layer: Softmax, w: Writer) -> str:
    x = w.sources[0]
    if layer.temperature != 1:
        x = w.op("Div", x, w.floats(layer.temperature))
    size = w.node.shape.size
    if layer.tree:
        flat = w.split(w.reshape(x, size), CHANNELS, [stop - start for start, stop in layer.runs(size)])
        return w.reshape(w.concat([w.op("Softmax", run, axis=-1) for run in flat], CHANNELS), *w.node.shape)
    runs = w.reshape(x, layer.groups, size // layer.groups)
    return w.reshape(w.op("Softmax", runs, axis=-1), *w.node.shape)


@write.register(Implicit)
def _implicit(layer: Implicit, w: Writer) -> str:
    return w.spread(w.param("weights"), *w.node.shape)


@write.register(Normalization)
def _normalization(layer: Normalization, w: Writer) -> str:
    x = w.sources[0]
    counts = w.array("squares", (layer.alpha * layer.counts(w.node.shape.c)).astype(np.float32)[:, :, None, None])
    norms = w.op("Add", w.op("Conv", w.op("Mul", x, x), counts, kernel_shape=[1, 1]), w.floats(layer.kappa))
    return w.op("Mul", x, w.op("Pow", norms, w.floats(-layer.beta)))


@write.register(Crop)
def _crop(layer: Crop, w: Writer) -> str:
    _, height, width = w.node.inputs[0]
    top, left = (height - layer.height) // 2, (width - layer.width) // 2
    bottom, right = top + layer.height, left + layer.width
    y = w.op("Slice", w.sources[0], w.ints(top, left), w.ints(bottom, right), w.ints(ROWS, COLUMNS))
    return w.op("Sub", w.op("Mul", y, w.floats(2)), w.floats(1)) if layer.adjust else y
