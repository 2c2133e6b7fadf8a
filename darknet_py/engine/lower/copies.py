"""How values are moved: pixels repeated, squares of pixels to channels, the middle cut out."""

from __future__ import annotations

import numpy as np

from ...layers.crop import Crop
from ...layers.implicit import Implicit
from ...layers.reorg import Reorg, Reorg3d
from ...layers.upsample import Upsample
from ...shapes import Shape
from ..kernels import copies, elementwise
from ..steps import Builder
from .base import lower

__all__ = []


@lower.register(Upsample)
def _upsample(layer: Upsample, b: Builder) -> None:
    """C: upsample_layer.c forward_upsample_layer"""
    x, y = b.blocked(0), b.output()
    if layer.reverse:
        b.step(copies.add_squares, y.blocks, x=x, y=y, stride=layer.stride, scale=float(np.float32(layer.scale)))
        return
    b.step(copies.upsample, y.blocks, x=x, y=y, stride=layer.stride)
    if layer.scale != 1:
        b.rows(elementwise.affine, y, factor=float(layer.scale), shift=-0.0)


@lower.register(Reorg)
def _reorg(layer: Reorg, b: Builder) -> None:
    """C: reorg_old_layer.c forward_reorg_old_layer"""
    _reorganized(layer, b, b.node.inputs[0])


@lower.register(Reorg3d)
def _reorg3d(layer: Reorg3d, b: Builder) -> None:
    """C: reorg_layer.c forward_reorg_layer"""
    _reorganized(layer, b, b.node.shape)


def _reorganized(layer: Reorg, b: Builder, shape: Shape) -> None:
    """``shape``: (c, h, w) as C passes it to reorg_cpu.   C: blas.c reorg_cpu"""
    x, y, (c, h, w) = b.planar(0), b.planar_output(), shape
    b.step(copies.reorg, c, x=x, y=y, channels=c, height=h, width=w, stride=layer.stride, forward=int(layer.reverse))
    b.store_output(y)


@lower.register(Implicit)
def _implicit(layer: Implicit, b: Builder) -> None:
    """C: representation_layer.c forward_implicit_layer"""
    y = b.planar_output()
    b.step(copies.copy_rows, 1, x=b.params["weights"], y=y, rows=y.shape.h)
    b.store_output(y)


@lower.register(Crop)
def _crop(layer: Crop, b: Builder) -> None:
    """C: crop_layer.c forward_crop_layer"""
    x, y = b.blocked(0), b.output()
    corner = x.shifted((x.shape.h - layer.height) // 2, (x.shape.w - layer.width) // 2)
    b.step(copies.copy_blocks, y.blocks, x=corner, y=y)
    if layer.adjust:
        b.rows(elementwise.affine, y, factor=2.0, shift=-1.0)
