"""Boxes → what the reference writes: text lines, JSON, label files, result files, drawn pictures.

Most functions take ``rows``, the boxes of one picture after NMS in the reference's order: ``rows.xywh`` float32 (n, 4),
centre and size relative to the picture, and ``rows.probs`` float32 (n, classes), 0 where a class did not pass.
"""

from __future__ import annotations

from .drawing import class_color, corners, draw_detections, draw_lines
from .files import encoded, make_folder, open_text, save_picture
from .formats import FORMATS, Format, JsonFrames, LabelFiles, frame_json, unused
from .frame import JSON_THRESH, Frame, Object, Rows
from .labels import label_lines, save_labels
from .text import Best, detection_lines

__all__ = [
    "FORMATS", "JSON_THRESH", "Best", "Format", "Frame", "JsonFrames", "LabelFiles", "Object", "Rows", "class_color",
    "corners", "detection_lines", "draw_detections", "draw_lines", "encoded", "frame_json", "label_lines", "make_folder",
    "open_text", "save_labels", "save_picture", "unused",
]  # fmt: skip
