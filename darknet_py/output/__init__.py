"""Boxes → what the reference writes: text lines, JSON, label files, result files, drawn pictures.

Most functions take ``rows``, the boxes of one picture after NMS in the reference's order: ``rows.xywh`` float32 (n, 4),
centre and size relative to the picture, and ``rows.probs`` float32 (n, classes), 0 where a class did not pass.
"""

from __future__ import annotations

from .crops import crops
from .detected_picture import JSON_THRESH, DetectedPicture, Object
from .drawn import draw_detections, draw_heat, draw_lines, marks_of
from .files import Records, encoded, make_folder, save_picture, write, write_text
from .formats import FORMATS, LINES, Format, JsonFrames, frame_json
from .kernels import kernel_picture
from .label_files import LabelFiles, LabelsThereError, label_lines, save_labels, unused
from .printed_lines import Best, best_lines, detection_lines
from .text_lines import line_data

__all__ = [
    "FORMATS", "JSON_THRESH", "LINES", "Best", "Format", "DetectedPicture", "JsonFrames", "LabelFiles", "LabelsThereError",
    "Object", "Records",
    "best_lines", "crops", "detection_lines", "draw_detections", "draw_heat", "draw_lines", "encoded", "frame_json",
    "kernel_picture", "label_lines", "line_data", "make_folder", "marks_of", "save_labels", "save_picture", "unused",
    "write", "write_text",
]  # fmt: skip
