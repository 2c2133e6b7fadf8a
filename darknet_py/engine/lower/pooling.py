"""How windows of pixels become one: their largest value, or their mean."""

from __future__ import annotations

from ...layers.avgpool import AvgPool
from ...layers.local_avgpool import LocalAvgPool
from ...layers.maxpool import MaxPool
from ...shapes import Shape
from ..kernels import pooling
from ..steps import Argument, Builder
from .base import lower

__all__ = []


@lower.register(MaxPool)
def _maxpool(layer: MaxPool, b: Builder) -> None:
    """C: maxpool_layer.c forward_maxpool_layer"""
    if layer.depth:
        _max_of_channels(layer.depth, b)
        return
    x, y, (stride_y, stride_x) = b.blocked(0), b.output(), layer.stride
    window: dict[str, Argument] = {"x": x, "y": y, "size": layer.kernel_size, "offset": layer.offset}
    if b.options.avx_maxpool and stride_y == stride_x:
        vector, vectors = layer.avx_vectors(y.shape.w)
        b.step(pooling.max_pool_avx, y.blocks * y.shape.h, stride=stride_x, vector=vector, vectors=vectors, **window)
    else:
        columns = b.scratch(Shape(1, y.blocks, x.shape.w * y.lanes))
        b.step(pooling.max_pool, y.blocks, stride_y=stride_y, stride_x=stride_x, columns=columns, **window)


def _max_of_channels(depth: int, b: Builder) -> None:
    """The largest of all channels that are equal modulo ``depth``."""
    x, y = b.planar(0), b.scratch(b.node.shape)
    b.step(pooling.max_pool_depth, depth, x=x, y=y)
    b.copy(y, 0, b.output(), 0, depth)


@lower.register(LocalAvgPool)
def _local_avgpool(layer: LocalAvgPool, b: Builder) -> None:
    """C: maxpool_layer.c forward_local_avgpool_layer"""
    x, y, (stride_y, stride_x) = b.blocked(0), b.output(), layer.stride
    b.step(pooling.local_average_pool, y.blocks * y.shape.h, x=x, y=y, size=layer.kernel_size,
           stride_y=stride_y, stride_x=stride_x, offset=layer.offset)  # fmt: skip


@lower.register(AvgPool)
def _avgpool(layer: AvgPool, b: Builder) -> None:
    """C: avgpool_layer.c forward_avgpool_layer"""
    x, y = b.blocked(0), b.output()
    b.step(pooling.average_pool, y.blocks, x=x, y=y)
