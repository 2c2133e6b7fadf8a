"""[contrastive]: the loss that trains embeddings, nothing at inference.   C: softmax_layer.c forward_contrastive_layer"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from ..cfg import Section
from ..shapes import Shape
from .base import Node, PassThrough, absolute
from .head import DetectionHead

__all__ = ["Contrastive"]


@dataclass(frozen=True)
class Contrastive(PassThrough):
    """Its input, unchanged; the reference leaves its output unwritten.

    ``classes``, and ``anchors`` that its embeddings are of, are for the table: those of ``head``, the [yolo] that it trains.
    """

    kind: ClassVar[str] = "contrastive"
    classes: int = 1000
    head: int | None = None
    anchors: int = 1

    @classmethod
    def parse(cls, section: Section, index: int) -> Contrastive:
        """Raises CfgError when yolo_layer= names no layer before it."""
        section.ignore("cls_normalizer", "contrastive_neg_max", "max_delta", "temperature")
        number = section.integer("yolo_layer")
        head = absolute(section, "yolo_layer", number, index) if number else None
        return cls((index - 1,), section.integer("classes", cls.classes), head)

    @property
    def mentioned(self) -> tuple[int, ...]:
        return () if self.head is None else (self.head,)

    def settled(self, inputs: tuple[Shape, ...], output: Shape, mentioned: tuple[Node, ...]) -> Contrastive:
        heads = [node.layer for node in mentioned if isinstance(node.layer, DetectionHead)]
        return replace(self, classes=heads[0].classes, anchors=len(heads[0].mask)) if heads else self

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        (c, h, w), detection = inputs[0], "" if self.head is None else "\ndetection "
        size, step = c // self.anchors, self.anchors * h * w
        return (f"contrastive {w:4d} x{h:4d} x{self.anchors:4d} x emb_size {size:4d} x batch:    1  "
                f"classes = {self.classes:4d}, step = {step:4d} {detection}")  # fmt: skip
