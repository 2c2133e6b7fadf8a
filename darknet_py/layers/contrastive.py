"""[contrastive]: the loss that trains embeddings, nothing at inference.   C: softmax_layer.c forward_contrastive_layer"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..cfg import Section
from ..shapes import Shape
from .base import PassThrough, absolute, dims

__all__ = ["Contrastive"]


@dataclass(frozen=True)
class Contrastive(PassThrough):
    """Its input, unchanged; the reference leaves its output unwritten.

    Its line of the table has no embedding's size and no classes: they are those of the [yolo] that it trains.
    """

    kind: ClassVar[str] = "contrastive"

    @classmethod
    def parse(cls, section: Section, index: int) -> Contrastive:
        """Raises CfgError when yolo_layer= names no layer before it."""
        section.ignore("classes", "cls_normalizer", "contrastive_neg_max", "max_delta", "temperature")
        if yolo_layer := section.integer("yolo_layer"):
            absolute(section, "yolo_layer", yolo_layer, index)
        return cls((index - 1,))

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return f"contrastive                            {dims(inputs[0])}"
