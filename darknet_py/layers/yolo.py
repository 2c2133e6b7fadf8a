"""[yolo]: boxes of YOLOv3, v4, v7 and their kin.   C: yolo_layer.c, parser.c parse_yolo"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..cfg import Section
from ..errors import ShapeError
from ..shapes import Shape
from .base import Node, absolute
from .head import NO_LOSS, DetectionHead, LossTerms, anchor_options, nms_options

__all__ = ["Tracking", "Yolo"]

NMS_KINDS = ("default", "greedynms", "diounms")
OBJECTNESS, CLASSES = 4, 5


@dataclass(frozen=True)
class Tracking:
    """How the demo numbers objects by their embeddings.   C: http_stream.cpp set_track_id

    Boxes of the last ``history`` frames are compared: alike are those whose similarity, ``overlap_share`` of which is their
    overlap, is above ``least``.  An object has a number after ``frames_to_track`` frames, and is shown after
    ``frames_to_show``.
    """

    history: int = 5
    least: float = 0.8
    overlap_share: float = 0.01
    frames_to_track: int = 1
    frames_to_show: int = 1

    @classmethod
    def parse(cls, section: Section) -> Tracking:
        return cls(
            section.integer("track_history_size", cls.history, least=0),
            section.number("sim_thresh", cls.least),
            section.number("track_ciou_norm", cls.overlap_share),
            section.integer("dets_for_track", cls.frames_to_track),
            section.integer("dets_for_show", cls.frames_to_show),
        )


@dataclass(frozen=True)
class Yolo(DetectionHead):
    """Channels of an anchor: x, y, w, h, objectness, classes.

    With ``new_coords`` the convolution before the head has applied the logistic function to all of them, and a side is
    ``(2*v)**2 * anchor``; otherwise the head applies it to all but w and h, and a side is ``exp(v) * anchor``.
    ``embedding_layer``: the number of the layer that has an embedding for each box, in ``embedding_size`` channels for each
    anchor.
    """

    kind: ClassVar[str] = "yolo"
    new_coords: bool = False
    loss: LossTerms = NO_LOSS
    embedding_layer: int | None = None
    embedding_size: int = 0
    tracking: Tracking = Tracking()

    @classmethod
    def parse(cls, section: Section, index: int) -> Yolo:
        """Raises CfgError when mask=, num= and anchors= do not fit, or embedding_layer= names no layer before it."""
        section.ignore("show_details")
        embedding = section.integer("embedding_layer") if "embedding_layer" in section else None
        return cls(
            (index - 1,),
            **anchor_options(section),
            **nms_options(section, NMS_KINDS),
            scale_x_y=section.number("scale_x_y", cls.scale_x_y),
            new_coords=bool(section.integer("new_coords")),
            loss=LossTerms.parse(section),
            embedding_layer=None if embedding is None else absolute(section, "embedding_layer", embedding, index),
            tracking=Tracking.parse(section),
        )

    @property
    def takes(self) -> str:
        return "logistic" if self.new_coords else super().takes

    @property
    def mentioned(self) -> tuple[int, ...]:
        return () if self.embedding_layer is None else (self.embedding_layer,)

    def settled(self, inputs: tuple[Shape, ...], output: Shape, mentioned: tuple[Node, ...]) -> Yolo:
        """Raises ShapeError when the layer with the embeddings has not as many cells, or fewer channels than anchors."""
        for node in mentioned:
            if node.shape[1:] != output[1:] or node.shape.c < len(self.mask):
                raise ShapeError(f"embedding_layer= names {node.label}, whose output is {node.shape}; it must be "
                                 f"{output.w} x {output.h} as this one's, with channels for each of {len(self.mask)} "
                                 "anchors")  # fmt: skip
        return replace(self, embedding_size=mentioned[0].shape.c // len(self.mask))

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return f"yolo\n[yolo] params: {self.loss}, scale_x_y: {float(np.float32(self.scale_x_y)):2.2f}"

    def logistic_channels(self) -> tuple[tuple[int, int], ...]:
        """x and y, objectness and classes; none with ``new_coords``.   C: yolo_layer.c forward_yolo_layer"""
        return () if self.new_coords else ((0, 2), (OBJECTNESS, self.entries))

    def scaled_channels(self) -> tuple[tuple[int, int], ...]:
        """x and y."""
        return ((0, 2),)
