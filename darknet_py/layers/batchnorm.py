"""[batchnorm]: each channel shifted and scaled.   C: batchnorm_layer.c"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..engine.kernels import elementwise
from ..shapes import Param, Shape
from .base import Layer, batch_norm_params

if TYPE_CHECKING:
    from ..engine.steps import Builder

__all__ = ["BatchNorm"]


@dataclass(frozen=True)
class BatchNorm(Layer):
    """(x - rolling_mean) / sqrt(rolling_variance + .00001) * scales + biases.   C: blas.c normalize_cpu"""

    kind: ClassVar[str] = "batchnorm"

    def params(self, inputs: tuple[Shape, ...]) -> tuple[Param, ...]:
        """C: parser.c save_batchnorm_weights; dontloadscales means nothing here"""
        return (Param("biases", (inputs[0].c,)), *batch_norm_params(inputs[0].c, scales=False))

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return f"Batch Normalization Layer: {inputs[0]} image"

    def lower(self, b: Builder) -> None:
        """C: forward_batchnorm_layer"""
        x, y, p = b.planar(0), b.planar_output(), b.params
        b.step(elementwise.normalize, y.shape.c, x=x, y=y, mean=p["rolling_mean"], variance=p["rolling_variance"],
               scales=p["scales"], biases=p["biases"], plane=y.shape.h * y.shape.w)  # fmt: skip
        b.publish(y)
