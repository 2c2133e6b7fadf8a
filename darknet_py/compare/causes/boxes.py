"""Other ways from the heads' inputs to the boxes."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ...boxes.decode import get_detections, get_yolo_detections
from ...boxes.geometry import FloatArray, corners, left_top, pixels
from ...boxes.suppression import as_head_says
from ...boxes.table import Boxes
from ...image import Fit, Size
from ...layers.base import Node
from ...layers.empty import Empty
from ...layers.head import DetectionHead
from ...layers.yolo import Yolo
from ..box_difference import BoxRows
from ..pipeline import Pipeline, Present, Read, Suppress
from .base import Cause, Scope, layer_is, on_layers, with_layers

__all__ = ["BOXES", "HEADS"]

BOX = 2  # the first column of a box
NMS_THRESHOLDS = (0.45, 0.4, 0.5, 0.6, 0.3, 0.65, 0.7, 0.0)  # likeliest first
THRESHOLDS = (0.25, 0.24, 0.5, 0.1, 0.005, 0.001, 0.01, 0.05, 0.2, 0.3, 0.4, 0.6, 0.7)


class ClassScores(Yolo):
    """Probabilities are those of the classes alone, of boxes whose objectness passes."""


class ObjectScores(Yolo):
    """The probability of a box's best class is its objectness."""


@get_detections.register(ClassScores)
def _class_scores(head: ClassScores, output: FloatArray, net_size: Size, thresh: float) -> Boxes:
    boxes = _objects(head, output, net_size, thresh)
    scores = boxes.probs / boxes.objectness[:, None]
    return replace(boxes, probs=np.where(scores > np.float32(thresh), scores, np.float32(0)))


@get_detections.register(ObjectScores)
def _object_scores(head: ObjectScores, output: FloatArray, net_size: Size, thresh: float) -> Boxes:
    boxes = _objects(head, output, net_size, thresh)
    probs = np.zeros_like(boxes.probs)
    probs[np.arange(len(boxes)), boxes.probs.argmax(1)] = boxes.objectness
    return replace(boxes, probs=probs)


def _objects(head: Yolo, output: FloatArray, net_size: Size, thresh: float) -> Boxes:
    """The boxes whose objectness passes, with the probabilities of all classes."""
    boxes = get_yolo_detections(head, output, net_size, -np.inf)
    return boxes.take(np.flatnonzero(boxes.objectness > np.float32(thresh)))


def _is_scaled(node: Node) -> bool:
    return isinstance(node.layer, DetectionHead) and node.layer.scale_x_y != 1


def _raw(p: Pipeline, scope: Scope) -> Pipeline | None:
    return None if scope.decodes else with_layers(p, scope, _UNREAD)


_UNREAD = on_layers(layer_is(DetectionHead), lambda head: Empty(head.sources))


def _other_coords(head: DetectionHead) -> DetectionHead:
    return replace(head, new_coords=not head.new_coords) if isinstance(head, Yolo) else head


def _read_as(head: DetectionHead, kind: type[Yolo]) -> DetectionHead:
    return kind(**vars(head)) if isinstance(head, Yolo) else head


def _reading(p: Pipeline, scope: Scope, read: Read) -> Pipeline | None:
    return replace(p, read=read) if scope.decodes and any(map(layer_is(Yolo), scope.nodes)) else None


def _agnostic(boxes: Boxes, head: DetectionHead, nms: float) -> Boxes:
    """The best class of each box only, and boxes of any class suppress each other."""
    best = boxes.probs.max(1, initial=0)
    probs = np.where(boxes.probs == best[:, None], boxes.probs, np.float32(0))
    return as_head_says(replace(boxes, objectness=best, probs=probs), head, nms, "objectness")


def _boxing(p: Pipeline, scope: Scope, **stages: Any) -> Pipeline | None:
    """The pipeline with other stages after the heads, where boxes are compared and that changes anything."""
    other = replace(p, **stages)
    return other if scope.finds_boxes and other != p else None


def _thresh(p: Pipeline, scope: Scope, thresh: float) -> Pipeline | None:
    """Above the old one and below all boxes of the reference; or below the old one, where some of them are too."""
    possible = thresh < scope.least and (thresh > p.thresh or scope.least <= p.thresh)
    return _boxing(p, scope, thresh=thresh) if possible else None


def _presented(p: Pipeline, scope: Scope, present: Present) -> Pipeline | None:
    return _boxing(p, scope, present=(*p.present, present))


def _whole_offset(rows: BoxRows, fit: Fit) -> BoxRows:
    """The free pixels of a letterbox are halved to a whole number."""
    new = np.array(fit.inner_size)
    odd = (np.array(fit.net_size) - new) % 2 / 2 / new
    return np.hstack([rows[:, :2], rows[:, 2:4] + odd, rows[:, 4:]])


def _boxed_offset(p: Pipeline, scope: Scope) -> Pipeline | None:
    return _presented(p, scope, _whole_offset) if p.letter_box else None


FORMS: dict[str, Callable[[BoxRows], BoxRows]] = {  # of boxes (n, 4) by their centre
    "centre x, y, width, height": lambda xywh: xywh,
    "left, top, right, bottom": corners,
    "left, top, width, height": left_top,
}
UNITS: dict[str, Callable[[BoxRows, Fit], BoxRows]] = {
    "parts of the picture": lambda boxes, fit: boxes,
    "pixels of the picture": lambda boxes, fit: pixels(boxes, fit.picture_size),
    "pixels of the network's input": lambda boxes, fit: pixels(boxes, fit.net_size),
}


def _suppression(name: str, what: str, suppress: Suppress) -> Cause:
    return Cause(name, "nms_kind", what, "set nms_kind= in the last detection layer of both sides alike",
                 partial(_boxing, suppress=suppress))  # fmt: skip


def _nms_cause(nms: float) -> Cause:
    name = f"NMS threshold {nms:g}" if nms else "no NMS"
    what = f"suppresses boxes that overlap by more than {nms:g}" if nms else "suppresses no boxes"
    return Cause(name, "nms threshold", what, "use Darknet's 0.45 there", partial(_boxing, nms=nms))


def _thresh_cause(thresh: float) -> Cause:
    return Cause(f"thresh {thresh:g}", "thresh", f"leaves out boxes of a probability up to {thresh:g}",
                 "give both sides the same -thresh", partial(_thresh, thresh=thresh))  # fmt: skip


def _form_cause(form: str, unit: str) -> Cause:
    """Boxes as other numbers."""
    name = f"{form} in {unit}"

    def present(rows: BoxRows, fit: Fit) -> BoxRows:
        return np.hstack([rows[:, :BOX], UNITS[unit](FORMS[form](rows[:, BOX:]), fit)])

    remedy = "boxes are compared as centre x, y, width, height relative to the picture; convert them"
    return Cause(name, "form", f"has boxes as {name}", remedy, partial(_presented, present=present))


def _decoding(name: str, aspect: str, what: str, remedy: str, read: Read) -> Cause:
    return Cause(name, aspect, what, remedy, partial(_reading, read=read))


def _kind(name: str, what: str) -> Cause:
    return _suppression(f"nms_kind={name}", what, partial(as_head_says, kind=name))


_SAME_CFG = "use a version there that knows the option, or a cfg without it on both sides"
_SCORE = "multiply objectness by the class's probability there"

HEADS = (
    Cause("scale_x_y", "scale_x_y", "ignores scale_x_y=", _SAME_CFG,
          partial(with_layers, change=on_layers(_is_scaled, lambda head: replace(head, scale_x_y=1.0)))),
    Cause("new_coords", "new_coords", "takes new_coords= otherwise, for values and for sides of boxes", _SAME_CFG,
          partial(with_layers, change=on_layers(layer_is(Yolo), _other_coords))),
    Cause("raw head", "raw", "gives what the detection layer reads, before the logistic",
          "apply the logistic there, or compare the layer before", _raw),
)  # fmt: skip

BOXES = (
    _kind("default", "suppresses boxes by IoU, as darknet.py does whatever the cfg says"),
    _kind("greedynms", "suppresses boxes by DIoU with exponent 0.6"),
    _kind("diounms", "suppresses boxes by DIoU with beta_nms"),
    _suppression("NMS by objectness", "suppresses all classes of a box by objectness (do_nms_obj)",
                 partial(as_head_says, kind="objectness")),
    _suppression("NMS over all classes",
                 "lets boxes of one class suppress those of others (cv2.dnn.NMSBoxes without classes)", _agnostic),
    *map(_nms_cause, NMS_THRESHOLDS),
    *map(_thresh_cause, THRESHOLDS),
    Cause("boxes left in the letterbox", "correction", "has boxes relative to the letterboxed input, not to the picture",
          "bring them back there, as correct_yolo_boxes does with letter_box", partial(_boxing, letter_box=False)),
    Cause("boxes taken out of a letterbox", "correction", "brings boxes back from a letterbox that the picture was not in",
          "leave letter_box out of correct_yolo_boxes there", partial(_boxing, letter_box=True)),
    Cause("half pixel of the letterbox", "offset",
          "brings boxes back by a whole number of pixels, where Darknet takes half of an odd border",
          "nothing is wrong; use the exact half there for Darknet's own numbers", _boxed_offset),
    _decoding("new_coords decode", "new_coords", "computes the sides of boxes by the other rule of new_coords=", _SAME_CFG,
              _other_coords),
    _decoding("class scores", "score", "takes the class's probability alone for the box's", _SCORE,
              partial(_read_as, kind=ClassScores)),
    _decoding("objectness scores", "score", "takes the objectness alone for the box's probability", _SCORE,
              partial(_read_as, kind=ObjectScores)),
    *itertools.starmap(_form_cause, [*itertools.product(FORMS, UNITS)][1:]),
)  # fmt: skip
