"""Boxes of many pictures as one stream of text: json (the reference's own), jsonl, csv, yolo, coco.

Each format is a class: ``add`` writes a picture at once, ``end`` whatever makes the file whole.
"""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any, Protocol, TextIO

from .coco import category_ids, image_id, record
from .files import make_folder, write_text
from .frame import Frame, Object, pixels
from .labels import label_lines

__all__ = ["FORMATS", "Format", "JsonFrames", "LabelFiles", "frame_json", "unused"]


class Format(Protocol):
    """A stream of pictures."""

    def add(self, frame: Frame) -> None: ...

    def end(self) -> None: ...


def frame_json(frame: Frame) -> str:
    """One picture's JSON object.   C: network.c detection_to_json"""
    objects = ", \n".join(map(_object, frame.objects()))
    filename = f' "filename":{json.dumps(frame.filename)}, \n' if frame.filename else ""
    return f'{{\n "frame_id":{frame.frame_id}, \n{filename} "objects": [ \n{objects}\n ] \n}}'


def _object(o: Object) -> str:
    x, y, w, h, confidence = (f"{v:.6f}" if math.isfinite(v) else "null" for v in (*o.box, o.prob))
    track = f', "track_id":{o.track_id}' if o.track_id else ""
    return (
        f'  {{"class_id":{o.class_id}, "name":{json.dumps(o.name)}, "relative_coordinates":{{"center_x":{x}, '
        f'"center_y":{y}, "width":{w}, "height":{h}}}, "confidence":{confidence}{track}}}'
    )


class JsonFrames:
    """A JSON list of pictures, as the reference's -out and -json_file_output."""

    def __init__(self, file: TextIO) -> None:
        self.file, self.written = file, 0
        file.write("[\n")

    def add(self, frame: Frame) -> None:
        self.file.write((", \n" if self.written else "") + frame_json(frame))
        self.file.flush()
        self.written += 1

    def end(self) -> None:
        self.file.write("\n]")


class JsonLines:
    """A JSON object a line and picture, with the picture's size."""

    def __init__(self, file: TextIO) -> None:
        self.file = file

    def add(self, frame: Frame) -> None:
        facts: dict[str, Any] = {"frame_id": frame.frame_id, "filename": frame.filename}
        facts |= {"width": frame.width, "height": frame.height}
        facts["objects"] = [_facts(o) for o in frame.objects()]
        self.file.write(json.dumps(facts) + "\n")
        self.file.flush()

    def end(self) -> None:
        pass


def _facts(o: Object) -> dict[str, Any]:
    *box, confidence = (round(float(v), 6) if math.isfinite(v) else None for v in (*o.box, o.prob))
    sides = dict(zip(("center_x", "center_y", "width", "height"), box))
    return {"class_id": o.class_id, "name": o.name, "relative_coordinates": sides, "confidence": confidence}


class CsvTable:
    """A row an object; its box is relative to the picture, whose size in pixels ends the row."""

    def __init__(self, file: TextIO) -> None:
        self.file, self.table = file, csv.writer(file, lineterminator="\n")
        self.table.writerow(["frame_id", "filename", "class_id", "name", "confidence", "center_x", "center_y",
                             "width", "height", "picture_width", "picture_height"])  # fmt: skip

    def add(self, frame: Frame) -> None:
        for o in frame.objects():
            numbers = [f"{v:.6f}" for v in (o.prob, *o.box)]
            row = [frame.frame_id, frame.filename, o.class_id, o.name, *numbers, frame.width, frame.height]
            self.table.writerow(row)
        self.file.flush()

    def end(self) -> None:
        pass


class LabelBlocks:
    """For each picture ``# its path`` and its labels, ``class x y w h`` by the best class of each box."""

    def __init__(self, file: TextIO) -> None:
        self.file = file

    def add(self, frame: Frame) -> None:
        self.file.write("".join(f"{line}\n" for line in (f"# {frame.filename}", *label_lines(frame.rows, 0))))
        self.file.flush()

    def end(self) -> None:
        pass


class LabelFiles:
    """A label file for each picture in a folder, which is made; pictures of one name get numbers."""

    def __init__(self, folder: str | Path) -> None:
        self.folder, self.used = make_folder(folder), set[str]()

    def add(self, frame: Frame) -> None:
        stem = unused(Path(frame.filename).stem, self.used)
        write_text(self.folder / f"{stem}.txt", "".join(f"{line}\n" for line in label_lines(frame.rows, 0)))

    def end(self) -> None:
        pass


def unused(stem: str, used: set[str]) -> str:
    """``stem``, or ``stem_2`` … where that is taken; the answer is taken from now on.  Case makes no difference."""
    name, number = stem, 1
    while name.lower() in used:
        number += 1
        name = f"{stem}_{number}"
    used.add(name.lower())
    return name


class CocoList:
    """COCO's list of results: a box in pixels from its upper left corner, cut at the picture's edges."""

    def __init__(self, file: TextIO) -> None:
        self.file, self.written = file, 0
        file.write("[\n")

    def add(self, frame: Frame) -> None:
        categories, picture = category_ids(frame.rows.probs.shape[1]), json.dumps(image_id(frame.filename))
        for o in frame.objects():
            box = pixels(o.box, frame.width, frame.height)
            text = record(picture, categories[o.class_id], box, o.prob, frame.width, frame.height)
            self.file.write((",\n" if self.written else "") + text)
            self.written += 1
        self.file.flush()

    def end(self) -> None:
        self.file.write("\n]\n" if self.written else "]\n")


FORMATS: dict[str, type[JsonFrames | JsonLines | CsvTable | LabelBlocks | CocoList]] = {
    "json": JsonFrames,
    "jsonl": JsonLines,
    "csv": CsvTable,
    "yolo": LabelBlocks,
    "coco": CocoList,
}
