"""[Gaussian_yolo]: YOLOv3 boxes with an uncertainty each.   C: gaussian_yolo_layer.c, parser.c parse_gaussian_yolo"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..cfg import Section
from ..shapes import Shape
from .head import NO_LOSS, DetectionHead, LossTerms, anchor_options, nms_options

__all__ = ["GaussianYolo"]

NMS_KINDS = ("default", "greedynms", "diounms", "cornersnms")
MEANS, SIGMAS = [0, 2, 4, 6], [1, 3, 5, 7]
OBJECTNESS, CLASSES = 8, 9

# What x, y of a cell are the place of: (number in the layer table, half sides from there to the centre)
POINTS = {"center": (1, 0), "left_top": (2, 1), "right_bottom": (4, -1)}


@dataclass(frozen=True)
class GaussianYolo(DetectionHead):
    """Channels of an anchor: mean and sigma of x, of y, of w, of h, then objectness and classes.

    ``yolo_point`` says which point of a box x and y are: center, left_top or right_bottom.
    """

    kind: ClassVar[str] = "Gaussian_yolo"
    coords: ClassVar[int] = 8
    yolo_point: str = "center"
    loss: LossTerms = NO_LOSS

    @classmethod
    def parse(cls, section: Section, index: int) -> GaussianYolo:
        """Raises CfgError when mask=, num= and anchors= do not fit.  An unknown yolo_point is center, as in C."""
        section.ignore("uc_normalizer")
        point = section.text("yolo_point", cls.yolo_point)
        return cls(
            (index - 1,),
            **anchor_options(section),
            **nms_options(section, NMS_KINDS),
            scale_x_y=section.number("scale_x_y", cls.scale_x_y),
            yolo_point=point if point in POINTS else cls.yolo_point,
            loss=LossTerms.parse(section),
        )

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        scale = float(np.float32(self.scale_x_y))
        return f"[Gaussian_yolo] {self.loss}, scale: {scale:2.2f}, point: {POINTS[self.yolo_point][0]}"

    def logistic_channels(self) -> tuple[tuple[int, int], ...]:
        """All but the means of w and h.   C: gaussian_yolo_layer.c forward_gaussian_yolo_layer"""
        return (0, 4), (5, 6), (7, self.entries)

    def scaled_channels(self) -> tuple[tuple[int, int], ...]:
        """The means of x and y."""
        return (0, 1), (2, 3)
