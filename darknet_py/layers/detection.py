"""[detection]: boxes of YOLOv1.   C: detection_layer.c, parser.c parse_detection"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..cfg import Section
from ..errors import ShapeError
from ..shapes import Shape
from .head import MAX_ANCHORS, DetectionHead

__all__ = ["Detection"]

TRAINING = (
    "class_scale", "coord_scale", "forced", "jitter", "max", "noobject_scale", "object_scale", "random", "reorg", "rescore",
    "resize",
)  # fmt: skip


@dataclass(frozen=True)
class Detection(DetectionHead):
    """``side`` by ``side`` cells, each with its classes' probabilities and ``len(mask)`` boxes, which start from no anchor.

    The output is flat, its shape the input's in name only: the classes of each cell, the objectness of each box of each
    cell, x, y, w, h of each box.  ``sqrt``: sides are squares of w and h.  ``softmax``: forward applies it to the classes.
    """

    kind: ClassVar[str] = "detection"
    side: int = 7
    sqrt: bool = False
    softmax: bool = False

    @property
    def cells(self) -> int:
        return self.side * self.side

    @property
    def values(self) -> int:
        """Numbers of the output."""
        return self.cells * (self.entries * len(self.mask) + self.classes)

    @property
    def entries(self) -> int:
        """Numbers of a box, which shares its classes with the others of its cell."""
        return self.coords + 1

    @classmethod
    def parse(cls, section: Section, index: int) -> Detection:
        """Raises CfgError when coords= is not 4: the reference reads four numbers a box whatever it says."""
        section.ignore(*TRAINING)
        if "coords" not in section:
            raise section.error("needs coords=4, the numbers that place a box; without it Darknet takes 1 and reads others")
        section.integer("coords", cls.coords, cls.coords, cls.coords)
        num = section.integer("num", 1, least=1, most=MAX_ANCHORS)
        return cls(
            (index - 1,),
            classes=section.integer("classes", 1, least=1),
            anchors=(),
            mask=tuple(range(num)),
            side=section.integer("side", cls.side, least=1),
            sqrt=bool(section.integer("sqrt")),
            softmax=bool(section.integer("softmax")),
        )

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The input's shape.  Raises ShapeError when it has not the numbers that the cells need."""
        if inputs[0].size != self.values:
            num = len(self.mask)
            raise ShapeError(
                f"the layer before has {inputs[0].size} values, but side={self.side}, num={num} and classes={self.classes} "
                f"need {self.side}*{self.side}*({self.entries}*{num}+{self.classes})={self.values}; a [connected] before it "
                f"has output={self.values}"
            )
        return inputs[0]

    def boxes(self, output: Shape) -> int:
        return self.cells * len(self.mask)

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return "Detection Layer"

    def logistic_channels(self) -> tuple[tuple[int, int], ...]:
        return ()

    def scaled_channels(self) -> tuple[tuple[int, int], ...]:
        return ()
