"""What detection heads share: anchors, the shape check, and which channels forward changes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..cfg import Section
from ..errors import ShapeError, printable
from ..shapes import Shape
from .base import Layer

__all__ = ["LOSS_OPTIONS", "MAX_ANCHORS", "NO_LOSS", "DetectionHead", "LossTerms", "anchor_options", "nms_options"]

DEFAULT_ANCHOR = 0.5
MAX_ANCHORS = 1000  # so that an absurd number is an error at once
IOU_LOSSES = {"iou": 0, "giou": 1, "mse": 2, "diou": 3, "ciou": 4}
LOSS_OPTIONS = (
    "counters_per_class", "focal_loss", "ignore_thresh", "iou_thresh", "iou_thresh_kind", "jitter", "label_smooth_eps",
    "map", "max", "max_delta", "objectness_smooth", "random", "resize", "truth_thresh",
)  # fmt: skip


@dataclass(frozen=True)
class DetectionHead(Layer, ABC):
    """A layer whose output is boxes: ``len(mask)`` of them a cell, each of ``entries`` channels.

    ``anchors`` are (width, height) of all anchors, () where boxes start from none; ``mask`` the numbers of those that this
    head uses.
    ``coords`` channels describe the box, one the objectness, ``classes`` the classes.
    """

    coords: ClassVar[int] = 4
    classes: int
    anchors: tuple[tuple[float, float], ...]
    mask: tuple[int, ...]
    nms_kind: str = "default"
    beta_nms: float = 0.6
    scale_x_y: float = 1.0

    @property
    def entries(self) -> int:
        """Channels of one anchor's box."""
        return self.coords + 1 + self.classes

    def boxes(self, output: Shape) -> int:
        """How many boxes an output of that shape has."""
        return output.size // self.entries

    @property
    def takes(self) -> str:
        """The activation of the convolution before it."""
        return "linear"

    @property
    def masked_anchors(self) -> npt.NDArray[np.float32]:
        """(width, height) of the anchors that this head uses: (len(mask), 2) float32."""
        used = self.mask if self.anchors else ()
        return np.array([self.anchors[m] for m in used], np.float32).reshape(-1, 2)

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The input's shape.  Raises ShapeError when its channels are not ``entries`` for each anchor used."""
        c, need = inputs[0].c, self.entries * len(self.mask)
        if c != need:
            raise ShapeError(
                f"filters={c} before [{self.kind}], but classes={self.classes} and {len(self.mask)} anchors need "
                f"filters=({self.classes}+{self.coords + 1})*{len(self.mask)}={need}"
            )
        return inputs[0]

    @abstractmethod
    def logistic_channels(self) -> tuple[tuple[int, int], ...]:
        """Ranges [start, stop) of each anchor's channels that forward puts through the logistic function."""

    def softmax_groups(self) -> tuple[tuple[int, int], ...]:
        """Ranges [start, stop) of each anchor's channels over which forward takes a softmax, one by one."""
        return ()

    @abstractmethod
    def scaled_channels(self) -> tuple[tuple[int, int], ...]:
        """Ranges [start, stop) of each anchor's channels that forward then maps to
        ``v*scale_x_y - .5*(scale_x_y - 1)``, both factors as float32."""



@dataclass(frozen=True)
class LossTerms:
    """The training options that Darknet's layer table shows: kind of IoU loss, and the four weights of the terms."""

    iou_loss: str = "mse"
    normalizers: tuple[float, float, float, float] = (0.75, 1.0, 1.0, 1.0)

    @classmethod
    def parse(cls, section: Section) -> LossTerms:
        section.ignore(*LOSS_OPTIONS)
        names = "iou_normalizer", "obj_normalizer", "cls_normalizer", "delta_normalizer"
        iou, obj, cls_, delta = (section.number(n, d) for n, d in zip(names, cls.normalizers, strict=True))
        return cls(section.text("iou_loss", cls.iou_loss), (iou, obj, cls_, delta))

    def __str__(self) -> str:
        iou, obj, cls_, delta = (float(np.float32(v)) for v in self.normalizers)
        return (f"iou loss: {printable(self.iou_loss)} ({IOU_LOSSES.get(self.iou_loss, 0)}), iou_norm: {iou:2.2f}, "
                f"obj_norm: {obj:2.2f}, cls_norm: {cls_:2.2f}, delta_norm: {delta:2.2f}")  # fmt: skip


NO_LOSS = LossTerms()


def anchor_options(section: Section, masked: bool = True) -> dict[str, Any]:
    """``classes``, ``anchors`` and ``mask`` of a section; without ``masked`` the first num= anchors are used.

    Anchors below num= that are not given are .5 by .5, as in C, which is worth a warning; those given beyond num= may be
    used too, where C reads past its array.  Raises CfgError when the mask names an anchor that is neither.
    """
    num = section.integer("num", 1, least=1, most=MAX_ANCHORS)
    written = section.integers("mask") if masked else None
    mask = tuple(range(num)) if written is None else tuple(written)
    key, values = "anchors" if written is None else "mask", section.numbers("anchors") or []
    flat = values + [DEFAULT_ANCHOR] * (2 * num - len(values))
    anchors = tuple(zip(flat[::2], flat[1::2], strict=False))
    if not 0 <= min(mask) <= max(mask) < len(anchors):
        raise section.error(f"mask={','.join(map(str, mask))} names an anchor that does not exist; "
                            f"there are {len(anchors)}, numbered from 0", key)  # fmt: skip
    if values and max(mask) >= len(values) // 2:
        section.warn(f"uses anchor {max(mask)} of num={num}, but the {len(values)} numbers of anchors= are "
                     f"{len(values) // 2} pairs; absent ones are .5 by .5, write all of them", key)  # fmt: skip
    return {"classes": section.integer("classes", 20, least=1), "anchors": anchors, "mask": mask}


def nms_options(section: Section, kinds: Sequence[str]) -> dict[str, Any]:
    """``nms_kind`` and ``beta_nms``; a kind that the head does not know is the default, with a warning."""
    default = DetectionHead.nms_kind
    kind = section.text("nms_kind", default)
    if kind not in kinds:
        section.warn(f"nms_kind={kind} is none of {', '.join(kinds)}; {default} is used", "nms_kind")
        kind = default
    return {"nms_kind": kind, "beta_nms": section.number("beta_nms", DetectionHead.beta_nms)}
