"""[yolo]: boxes of YOLOv3, v4, v7 and their kin.   C: yolo_layer.c, parser.c parse_yolo"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..cfg import Section
from ..shapes import Shape
from .head import (
    NO_LOSS,
    Boxes,
    DetectionHead,
    FloatArray,
    LossTerms,
    anchor_options,
    class_probabilities,
    nms_options,
    sizes,
)

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
            scale_x_y=section.number("scale_x_y", 1.0),
            new_coords=bool(section.integer("new_coords")),
            loss=LossTerms.parse(section),
        )

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return f"yolo\n[yolo] params: {self.loss}, scale_x_y: {float(np.float32(self.scale_x_y)):2.2f}"

    def logistic_channels(self) -> tuple[tuple[int, int], ...]:
        """x and y, objectness and classes; none with ``new_coords``.   C: yolo_layer.c forward_yolo_layer"""
        return () if self.new_coords else ((0, 2), (OBJECTNESS, self.entries))

    def scaled_channels(self) -> tuple[tuple[int, int], ...]:
        """x and y."""
        return ((0, 2),)

    def _decode(self, output: FloatArray, net_size: tuple[int, int], thresh: float) -> Boxes:
        """Boxes whose objectness is above ``thresh``.   C: yolo_layer.c get_yolo_detections

        ``output`` (c, h, w) float32 after forward; ``net_size`` (width, height) in pixels.
        """
        rows, cells, used = self.above(output, OBJECTNESS, thresh)
        height, width = output.shape[1:]
        objectness = rows[:, OBJECTNESS]
        xy = (cells + rows[:, :2]) / np.array((width, height), np.float32)
        wh = self._sides(rows[:, 2:4], self.masked_anchors[used], net_size)
        probs = class_probabilities(objectness, rows[:, CLASSES:], thresh)
        return Boxes(np.concatenate([xy, wh], 1), objectness, probs, np.zeros((len(rows), 4), np.float32))

    def _sides(self, values: FloatArray, anchors: FloatArray, net_size: tuple[int, int]) -> FloatArray:
        """Widths and heights (n, 2) relative to the net input.   C: yolo_layer.c get_yolo_box"""
        if self.new_coords:
            net: FloatArray = np.array(net_size, np.float32)
            return values * values * np.float32(4) * anchors / net
        return sizes(values, anchors, net_size)
