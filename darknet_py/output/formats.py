"""Boxes of many pictures as one stream of text: json (the reference's own), jsonl, csv, yolo, coco.

Each format takes a file: ``add`` writes a picture in one piece, ``end`` whatever makes the whole valid.  A picture that
could not be read is there too, without boxes and with its ``error``.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from ..results.forms.darknet_json import BEFORE, BETWEEN, END, frame_text, object_text
from .coco import CocoSet
from .detected_picture import DetectedPicture, Object
from .files import Writer
from .label_files import label_lines

__all__ = ["FORMATS", "LINES", "Format", "JsonFrames", "frame_json"]

LINES = "jsonl", "csv", "yolo"  # formats that are valid after each picture
COLUMNS = ["frame_id", "filename", "class_id", "name", "confidence", "center_x", "center_y", "width", "height",
           "picture_width", "picture_height", "error"]  # fmt: skip


class Format(Protocol):
    """A stream of pictures."""

    def add(self, frame: DetectedPicture) -> None: ...

    def end(self) -> None: ...


def frame_json(frame: DetectedPicture) -> str:
    """One picture's JSON object.   C: network.c detection_to_json"""
    objects = (object_text(o.class_id, o.name, o.box, o.prob, o.track_id) for o in frame.objects())
    return frame_text(frame.frame_id, frame.filename, objects, frame.error)


class JsonFrames:
    """A JSON list of pictures, as the reference's -out and -json_file_output; ``begun``: it has some already."""

    def __init__(self, file: Writer, begun: bool = False) -> None:
        self.file, self.before = file, BETWEEN if begun else ""
        if not begun:
            file.write(BEFORE)

    def add(self, frame: DetectedPicture) -> None:
        self.file.write(self.before + frame_json(frame))
        self.before = BETWEEN
        self.file.flush()

    def end(self) -> None:
        self.file.write(END)


class TextStream:
    """A text for each picture, after a header: valid after each of them; ``begun``: it has some already."""

    def __init__(
        self, text: Callable[[DetectedPicture], str], header: str, file: Writer, begun: bool = False
    ) -> None:
        self.text, self.file = text, file
        file.write("" if begun else header)

    def add(self, frame: DetectedPicture) -> None:
        self.file.write(self.text(frame))
        self.file.flush()

    def end(self) -> None:
        pass


def json_line(frame: DetectedPicture) -> str:
    """A JSON object with the picture's size."""
    facts: dict[str, Any] = {"frame_id": frame.frame_id} | ({"filename": frame.filename} if frame.filename else {})
    facts |= {"time": round(frame.time, 6)} if frame.time is not None else {}
    facts |= {"width": frame.width or None, "height": frame.height or None}
    facts["objects"] = [_facts(o) for o in frame.objects()]
    return json.dumps({**facts, "error": frame.error} if frame.error else facts) + "\n"


def _facts(o: Object) -> dict[str, Any]:
    *box, confidence = (round(float(v), 6) if math.isfinite(v) else None for v in (*o.box, o.prob))
    sides = dict(zip(("center_x", "center_y", "width", "height"), box))
    track = {"track_id": o.track_id} if o.track_id else {}
    return {"class_id": o.class_id, "name": o.name, "relative_coordinates": sides, "confidence": confidence, **track}


def csv_lines(frame: DetectedPicture) -> str:
    """A line an object; its box is relative to the picture, whose size in pixels follows.  A line for what went wrong."""
    if frame.error:
        return _csv([[frame.frame_id, frame.filename, *[""] * (len(COLUMNS) - 3), frame.error]])
    return _csv([[frame.frame_id, frame.filename, o.class_id, o.name, *(f"{v:.6f}" for v in (o.prob, *o.box)),
                  frame.width, frame.height, ""] for o in frame.objects()])  # fmt: skip


def _csv(table: list[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue()


def label_block(frame: DetectedPicture) -> str:
    """``# path of the picture`` and its labels, ``class x y w h`` by the best class of each box."""
    error = [f"# error: {frame.error}"] if frame.error else []
    notes = [note.replace("\n", " ").replace("\r", " ") for note in (f"# {frame.filename}", *error)]
    return "".join(f"{line}\n" for line in (*notes, *label_lines(frame.rows, 0)))


FORMATS: dict[str, Callable[..., Format]] = {
    "json": JsonFrames,
    "jsonl": partial(TextStream, json_line, ""),
    "csv": partial(TextStream, csv_lines, _csv([COLUMNS])),
    "yolo": partial(TextStream, label_block, ""),
    "coco": CocoSet,
}
