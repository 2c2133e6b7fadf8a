"""What detection heads share: anchors, the shape check, and the table of boxes that they decode to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..cfg import Section
from ..engine.kernels import heads
from ..engine.kernels.activations import FUNCTIONS
from ..errors import ShapeError, printable
from ..shapes import Shape
from .base import Layer

if TYPE_CHECKING:
    from ..engine.steps import Builder

__all__ = [
    "LOSS_OPTIONS", "NO_LOSS", "Boxes", "DetectionHead", "FloatArray", "LossTerms", "anchor_options",
    "class_probabilities", "nms_options", "sizes",
]  # fmt: skip

FloatArray = npt.NDArray[np.float32]

DEFAULT_ANCHOR = 0.5
MAX_ANCHORS = 1000  # so that an absurd number is an error at once
IOU_LOSSES = {"iou": 0, "giou": 1, "mse": 2, "diou": 3, "ciou": 4}
LOSS_OPTIONS = (
    "counters_per_class", "focal_loss", "ignore_thresh", "iou_thresh", "iou_thresh_kind", "jitter", "label_smooth_eps",
    "map", "max", "max_delta", "objectness_smooth", "random", "resize", "truth_thresh",
)  # fmt: skip


@dataclass(frozen=True)
class Boxes:
    """Rows of candidate boxes in the reference's order.   C: darknet.h detection

    ``xywh`` (n, 4): centre x, y, width, height, relative to the net input until ``detection.correct_boxes`` relates
    them to the picture.  ``objectness`` (n,).  ``probs`` (n, classes): 0 where not above the threshold.
    ``uncertainty`` (n, 4) of x, y, w, h: 0 but for Gaussian heads.  All float32.
    """

    xywh: FloatArray
    objectness: FloatArray
    probs: FloatArray
    uncertainty: FloatArray

    def __len__(self) -> int:
        return len(self.objectness)

    @property
    def classes(self) -> int:
        return int(self.probs.shape[1])

    def take(self, rows: npt.NDArray[np.intp]) -> Boxes:
        """The rows of these numbers, in their order."""
        return Boxes(*(getattr(self, f.name)[rows] for f in fields(self)))

    def widened(self, classes: int) -> Boxes:
        """The same with ``classes`` columns of probabilities, new ones 0."""
        if classes == self.classes:
            return self
        probs = np.zeros((len(self), classes), np.float32)
        probs[:, : self.classes] = self.probs
        return Boxes(self.xywh, self.objectness, probs, self.uncertainty)

    @classmethod
    def empty(cls, classes: int = 0) -> Boxes:
        """No rows."""
        shapes = (0, 4), (0,), (0, classes), (0, 4)
        return cls(*(np.zeros(shape, np.float32) for shape in shapes))

    @classmethod
    def concat(cls, parts: Sequence[Boxes]) -> Boxes:
        """All rows in order; parts with fewer classes get zeros for the others."""
        if len(parts) < 2:
            return parts[0] if parts else cls.empty()
        classes = max(part.classes for part in parts)
        wide = [part.widened(classes) for part in parts]
        return cls(*(np.concatenate([getattr(part, f.name) for part in wide]) for f in fields(cls)))


@dataclass(frozen=True)
class DetectionHead(Layer):
    """A layer whose output is boxes: ``len(mask)`` of them a cell, each of ``entries`` channels.

    ``anchors`` are (width, height) of all anchors, ``mask`` the numbers of those that this head uses.
    ``coords`` channels describe the box, one the objectness, ``classes`` the classes.
    ``direct_scale`` picks one of two roundings of the letterbox inverse, see ``detection.correct_boxes``.
    """

    planar: ClassVar[bool] = True
    coords: ClassVar[int] = 4
    direct_scale: ClassVar[bool] = False
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

    @property
    def masked_anchors(self) -> FloatArray:
        """(width, height) of the anchors that this head uses: (len(mask), 2) float32."""
        return np.array([self.anchors[m] for m in self.mask], np.float32)

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The input's shape.  Raises ShapeError when its channels are not ``entries`` for each anchor used."""
        c, need = inputs[0].c, self.entries * len(self.mask)
        if c != need:
            raise ShapeError(
                f"filters={c} before [{self.kind}], but classes={self.classes} and {len(self.mask)} anchors need "
                f"filters=({self.classes}+{self.coords + 1})*{len(self.mask)}={need}"
            )
        return inputs[0]

    def logistic_channels(self) -> tuple[tuple[int, int], ...]:
        """Ranges [start, stop) of each anchor's channels that forward puts through the logistic function."""
        raise NotImplementedError(self.kind)

    def scaled_channels(self) -> tuple[tuple[int, int], ...]:
        """Ranges [start, stop) of each anchor's channels that forward then maps to
        ``v*scale_x_y - .5*(scale_x_y - 1)``, both factors as float32."""
        raise NotImplementedError(self.kind)

    def lower(self, b: Builder) -> None:
        """The logistic function, then scale_x_y.   C: yolo_layer.c forward_yolo_layer"""
        y = b.planar_output()
        plane, anchor = y.shape.h * y.shape.w, self.entries * y.shape.h * y.shape.w
        b.copy(b.source(0), 0, y, 0, y.shape.c)
        for start, stop in self.logistic_channels():
            b.step(heads.logistic_planes, len(self.mask), y=y, anchor=anchor, first=start * plane,
                   count=(stop - start) * plane, logistic=FUNCTIONS["logistic"].address())  # fmt: skip
        factor = float(np.float32(self.scale_x_y))
        for start, stop in self.scaled_channels():
            b.step(heads.scale_planes, len(self.mask), y=y, anchor=anchor, first=start * plane,
                   count=(stop - start) * plane, factor=factor, shift=-0.5 * (factor - 1))  # fmt: skip
        b.publish(y)

    def above(
        self, output: FloatArray, entry: int, thresh: float
    ) -> tuple[FloatArray, FloatArray, npt.NDArray[np.intp]]:
        """The boxes of ``output`` (c, h, w) whose channel ``entry`` is above ``thresh``: cells row-major, then anchors.

        Returns their channels (n, entries), the column and row of their cells (n, 2), their place in the mask (n,).
        """
        width = output.shape[2]
        grid = output.reshape(len(self.mask), self.entries, -1)
        cell, used = np.nonzero(grid[:, entry].T > np.float32(thresh))
        cells = np.stack([cell % width, cell // width], 1).astype(np.float32)
        return grid[used, :, cell], cells, used

    def decode(self, output: FloatArray, net_size: tuple[int, int], thresh: float) -> Boxes:
        """The boxes in ``output`` (c, h, w), which is the C program's l.output after its forward function.

        ``net_size`` is (width, height) of the net input in pixels.  Rows: cells row-major, then anchors.
        What is NaN or beyond float32 makes the boxes that it makes in C, without a word of numpy's.
        """
        with np.errstate(all="ignore"):
            return self._decode(output, net_size, thresh)

    def _decode(self, output: FloatArray, net_size: tuple[int, int], thresh: float) -> Boxes:
        """``decode`` of this kind of head."""
        raise NotImplementedError(self.kind)


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
    listed = section.integers("mask") if masked else None
    mask = tuple(range(num)) if listed is None else tuple(listed)
    key, values = "anchors" if listed is None else "mask", section.numbers("anchors") or []
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
    """``nms_kind`` and ``beta_nms``; a kind that the head does not know is "default", with a warning."""
    kind = section.text("nms_kind", "default")
    if kind not in kinds:
        section.warn(f"nms_kind={kind} is none of {', '.join(kinds)}; default is used", "nms_kind")
        kind = "default"
    return {"nms_kind": kind, "beta_nms": section.number("beta_nms", 0.6)}


def sizes(logs: FloatArray, anchors: FloatArray, extent: Sequence[int]) -> FloatArray:
    """``exp(logs)*anchors/extent`` in double, then float32: widths and heights (n, 2).   C: exp of math.h"""
    scaled = np.exp(logs.astype(np.float64)) * anchors / np.array(extent, np.float64)
    return scaled.astype(np.float32)


def class_probabilities(objectness: FloatArray, scores: FloatArray, thresh: float) -> FloatArray:
    """``objectness*score`` where that is above ``thresh``, else 0: (n, classes)."""
    probs = objectness[:, None] * scores
    return np.where(probs > np.float32(thresh), probs, np.float32(0))
