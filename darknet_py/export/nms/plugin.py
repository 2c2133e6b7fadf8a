"""Suppression by TensorRT's plugin EfficientNMS_TRT, which other engines do not have: IoU in each class."""

from __future__ import annotations

from onnx import helper

from ..onnx_writer import Writer
from ..sides import floats
from .outputs import NAMES, All, Suppression, give

__all__ = ["DOMAIN", "plugin"]

DOMAIN = "TRT"
CENTRES_AND_SIDES = 1  # its box_coding; it gives corners


def plugin(w: Writer, found: All, form: Suppression) -> None:
    """The outputs by the plugin, which has their form."""
    boxes = w.op("Mul", found.boxes, floats(w, [*found.size, *found.size]))
    w.model.opset_import.add(domain=DOMAIN, version=1)
    w.graph.node.append(helper.make_node(
        "EfficientNMS_TRT", [boxes, found.scores], NAMES, "nms_EfficientNMS_TRT", domain=DOMAIN,
        plugin_version="1", score_threshold=float(form.thresh), iou_threshold=float(form.overlap),
        max_output_boxes=form.most, background_class=-1, score_activation=0, class_agnostic=0,
        box_coding=CENTRES_AND_SIDES,
    ))  # fmt: skip
    give(w, NAMES, form.most)
