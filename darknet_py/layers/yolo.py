"""[yolo]: boxes of YOLOv3, v4, v7 and their kin.   C: yolo_layer.c, parser.c parse_yolo"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..cfg import Section
from ..shapes import Shape
from .head import NO_LOSS, DetectionHead, LossTerms, anchor_options, nms_options

__all__ = ["Yolo"]

NMS_KINDS = ("default", "greedynms", "diounms")
OBJECTNESS, CLASSES = 4, 5

TRACKING = (
    "dets_for_show", "dets_for_track", "embedding_layer", "show_details", "sim_thresh", "track_ciou_norm",
    "track_history_size",
)  # fmt: skip


@dataclass(frozen=True)
class Yolo(DetectionHead):
    """Channels of an anchor: x, y, w, h, objectness, classes.

    With ``new_coords`` the convolution before the head has applied the logistic function to all of them, and a side is
    ``(2*v)**2 * anchor``; otherwise the head applies it to all but w and h, and a side is ``exp(v) * anchor``.
    """

    kind: ClassVar[str] = "yolo"
    new_coords: bool = False
    loss: LossTerms = NO_LOSS

    @classmethod
    def parse(cls, section: Section, index: int) -> Yolo:
        """Raises CfgError when mask=, num= and anchors= do not fit."""
        section.ignore(*TRACKING)
        if "embedding_layer" in section:
            section.warn("embedding_layer= tracks objects by their looks in Darknet's demo, which is not supported; boxes "
                         "are the same, and detector demo -track numbers objects by place", "embedding_layer")  # fmt: skip
        return cls(
            (index - 1,),
            **anchor_options(section),
            **nms_options(section, NMS_KINDS),
            scale_x_y=section.number("scale_x_y", cls.scale_x_y),
            new_coords=bool(section.integer("new_coords")),
            loss=LossTerms.parse(section),
        )

    @property
    def takes(self) -> str:
        return "logistic" if self.new_coords else super().takes

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return f"yolo\n[yolo] params: {self.loss}, scale_x_y: {float(np.float32(self.scale_x_y)):2.2f}"

    def logistic_channels(self) -> tuple[tuple[int, int], ...]:
        """x and y, objectness and classes; none with ``new_coords``.   C: yolo_layer.c forward_yolo_layer"""
        return () if self.new_coords else ((0, 2), (OBJECTNESS, self.entries))

    def scaled_channels(self) -> tuple[tuple[int, int], ...]:
        """x and y."""
        return ((0, 2),)
