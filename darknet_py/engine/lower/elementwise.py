"""How layers are added, multiplied, shifted and scaled, value by value."""

from __future__ import annotations

import numpy as np

from ...layers.batchnorm import VARIANCE_EPS, BatchNorm
from ...layers.normalization import Normalization
from ...layers.sam import Sam
from ...layers.scale_channels import ScaleChannels
from ...layers.shortcut import Shortcut
from ..kernels import elementwise
from ..memory import Tensor
from ..steps import Builder
from .activation import activate, exact_leaky_tail
from .base import lower

__all__ = ["normalize"]


@lower.register(Shortcut)
def _shortcut(layer: Shortcut, b: Builder) -> None:
    """C: shortcut_layer.c forward_shortcut_layer"""
    if layer.weights_type == "none":
        _sum(layer, b)
    else:
        _weighted_sum(layer, b)
    with exact_leaky_tail(b, b.output(), layer.activation):
        activate(b, b.output(), layer.activation)


def _sum(layer: Shortcut, b: Builder) -> None:
    x, y = b.blocked(0), b.output()
    for i in range(1, len(layer.sources)):
        b.rows(elementwise.add, y, x=x, z=b.blocked(i))
        x = y


def _weighted_sum(layer: Shortcut, b: Builder) -> None:
    y, weights = b.scratch(b.node.shape), b.params["weights"]
    for i in range(len(layer.sources)):
        w = np.array(weights[i], np.float32, ndmin=1)
        b.step(elementwise.scaled_sum, y.shape.c, x=b.planar(i), y=y, w=w, w_step=int(w.size > 1), first=int(i == 0))
    b.store_output(y)


@lower.register(Sam)
def _sam(layer: Sam, b: Builder) -> None:
    """C: sam_layer.c forward_sam_layer"""
    y = b.output()
    b.rows(elementwise.multiply, y, x=b.blocked(0), z=b.blocked(1))
    activate(b, y, layer.activation)


@lower.register(ScaleChannels)
def _scale_channels(layer: ScaleChannels, b: Builder) -> None:
    """C: scale_channels_layer.c forward_scale_channels_layer"""
    z, x, y = b.blocked(0), b.blocked(1), b.output()
    b.rows(elementwise.multiply_pixels if layer.per_pixel else elementwise.multiply_channels, y, x=x, z=z)
    activate(b, y, layer.activation)


@lower.register(BatchNorm)
def _batchnorm(layer: BatchNorm, b: Builder) -> None:
    """C: batchnorm_layer.c forward_batchnorm_layer"""
    x, y = b.planar(0), b.planar_output()
    normalize(b, x, y)
    b.store_output(y)


@lower.register(Normalization)
def _normalization(layer: Normalization, b: Builder) -> None:
    """C: normalization_layer.c forward_normalization_layer"""
    y, numbers = b.output(), (float(np.float32(v)) for v in (layer.alpha, layer.beta, layer.kappa))
    alpha, beta, kappa = numbers
    b.step(elementwise.normalize_locally, y.shape.h, x=b.blocked(0), y=y, size=layer.kernel_size, alpha=alpha, beta=beta,
           kappa=kappa)  # fmt: skip


def normalize(b: Builder, x: Tensor, y: Tensor) -> None:
    """Batch norm that is not folded, of contiguous x, by the layer's arrays."""
    p = b.params
    b.step(elementwise.normalize, y.shape.c, x=x, y=y, mean=p["rolling_mean"], variance=p["rolling_variance"],
           scales=p["scales"], biases=p["biases"], plane=y.shape.h * y.shape.w, epsilon=VARIANCE_EPS)  # fmt: skip
