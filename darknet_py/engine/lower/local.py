"""How a locally connected layer is computed: a tile of one pixel, with weights of its own, after the other."""

from __future__ import annotations

import numpy as np

from ...layers.local import Local
from ..codegen.convolution_tile import RowKernel
from ..kernels import convolution, local
from ..memory import Tensor
from ..steps import Builder
from .activation import activate
from .base import lower
from .tiling import Segment, pack_bias, pack_weights, segments, tiles_of

__all__ = []


@lower.register(Local)
def _local(layer: Local, b: Builder) -> None:
    """C: local_layer.c forward_local_layer"""
    x, y = b.source(0), b.output()
    source, lanes = "planar" if x.lanes == 1 else "blocked", b.options.lanes
    kernel = RowKernel(lanes, taps=layer.kernel_size > 1, source=source, fma=b.options.fma,
                       fills_blocks=x.shape.c % lanes == 0, embedded=b.options.embedded, adds=True)  # fmt: skip
    for segment in segments(1, y.blocks, b.params["weights"][0, 0].size, kernel):
        _segment(layer, b, x.shifted(-layer.padding, -layer.padding), y, segment, kernel)
    activate(b, y, layer.activation)


def _segment(layer: Local, b: Builder, x: Tensor, y: Tensor, segment: Segment, kernel: RowKernel) -> None:
    """The output channels of a segment, at all pixels."""
    wide, pixels = segment.tiling.blocks * y.lanes, y.shape.h * y.shape.w
    first, size = segment.first * y.lanes, layer.kernel_size
    own = slice(first, min(first + segment.groups * wide, y.shape.c))
    weights = b.params["weights"][:, own]
    biases = b.params["biases"].reshape(y.shape.c, pixels)[own]
    packed = np.empty((pixels, segment.groups, x.shape.c, size, size, wide), np.float32)
    for pixel in range(pixels):
        packed[pixel] = pack_weights(weights[pixel], segment.tiling.blocks, y.lanes)
    b.step(
        local.sum_pixel, pixels * segment.groups, tiles=tiles_of(segment.tiling, kernel),
        taps=convolution.Taps(x.shape.c, size, size, layer.stride, layer.stride, 1), x=x, w=packed,
        bias=np.concatenate([pack_bias(pixel, wide) for pixel in biases.T]), zero=np.full(wide, -0.0, np.float32),
        y=y.channels(first, own.stop - first), groups=segment.groups,
    )  # fmt: skip
