"""[batchnorm]: each channel shifted and scaled.   C: batchnorm_layer.c"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..shapes import Param, Shape
from .base import Layer, batch_norm_params

__all__ = ["VARIANCE_EPS", "BatchNorm"]

VARIANCE_EPS = 0.00001  # added to a variance before its root is taken, in [convolutional] and [connected] too


@dataclass(frozen=True)
class BatchNorm(Layer):
    """(x - rolling_mean) / sqrt(rolling_variance + VARIANCE_EPS) * scales + biases.   C: blas.c normalize_cpu"""

    kind: ClassVar[str] = "batchnorm"

    def params(self, inputs: tuple[Shape, ...]) -> tuple[Param, ...]:
        """C: parser.c save_batchnorm_weights; dontloadscales means nothing here"""
        return (Param("biases", (inputs[0].c,)), *batch_norm_params(inputs[0].c, scales=False))

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return f"Batch Normalization Layer: {inputs[0]} image"
