"""Boxes → what the reference writes: text lines, JSON, label files, drawn pictures.

Every function takes ``rows``, the boxes of one picture after NMS in the reference's order: ``rows.xywh`` float32 (n, 4),
centre and size relative to the picture, and ``rows.probs`` float32 (n, classes), 0 where a class did not pass.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, TextIO

import numpy as np
from numpy.typing import NDArray

from .errors import ImageError

__all__ = [
    "JsonFrames", "Rows", "class_color", "detection_lines", "draw_detections", "frame_json", "label_lines", "label_path",
    "save_labels", "save_picture",
]  # fmt: skip

JSON_THRESH = np.float32(0.005)
JPEG_QUALITY = 95
_ROUND = np.float32(0.49999997)  # with truncation: halves away from zero, as C's round


class Rows(Protocol):
    """The boxes of one picture."""

    @property
    def xywh(self) -> NDArray[np.float32]: ...

    @property
    def probs(self) -> NDArray[np.float32]: ...


class Best(NamedTuple):
    """A box that passes: its row, its most probable class that may be shown, and the other classes that pass."""

    row: int
    class_id: int
    others: tuple[int, ...]


def detection_lines(
    rows: Rows, names: Sequence[str], thresh: float, width: int, height: int, ext_output: bool = False
) -> list[str]:
    """The lines ``dog: 93%``, boxes from left to right, in each the best class first.   C: image.c draw_detections_v3

    ``width`` and ``height`` are the picture's, in pixels; ``ext_output`` appends the box in pixels.
    """
    best = best_classes(rows, names, thresh)
    left = rows.xywh[:, 0] - rows.xywh[:, 2] / np.float32(2)
    best.sort(key=lambda b: float(left[b.row]))
    lines = []
    for b in best:
        tail = _pixels(rows.xywh[b.row], width, height) if ext_output else ""
        percents = rows.probs[b.row] * np.float32(100)
        lines += [f"{names[j]}: {float(percents[j]):.0f}%{tail}" for j in (b.class_id, *b.others)]
    return lines


def best_classes(rows: Rows, names: Sequence[str], thresh: float) -> list[Best]:
    """The boxes that have a class above ``thresh`` whose name does not start with dont_show.

    C: image.c get_actual_detections
    """
    hidden = np.array([name.startswith("dont_show") for name in names], bool)
    passes = rows.probs > np.float32(thresh)
    shown = np.where(passes & ~hidden[: passes.shape[1]], rows.probs, np.float32(0))
    found = []
    for row in np.flatnonzero(shown.any(axis=1)):
        class_id = int(shown[row].argmax())
        others = tuple(int(j) for j in np.flatnonzero(passes[row]) if j != class_id)
        found.append(Best(int(row), class_id, others))
    return found


def _pixels(box: NDArray[np.float32], width: int, height: int) -> str:
    x, y, w, h = box
    half = np.float32(2)
    values = np.array([x - w / half, y - h / half, w, h]) * np.array([width, height] * 2, np.float32)
    left, top, wide, high = (float(v) for v in np.trunc(values + np.copysign(_ROUND, values)))
    return f"\t(left_x: {left:4.0f}   top_y: {top:4.0f}   width: {wide:4.0f}   height: {high:4.0f})"


def frame_json(frame_id: int, filename: str, rows: Rows, names: Sequence[str]) -> str:
    """One picture's JSON object: every class of every box above .005.   C: network.c detection_to_json"""
    objects = ", \n".join(
        _object(j, names[j], rows.xywh[i], rows.probs[i, j])
        for i, j in np.argwhere(rows.probs > JSON_THRESH).tolist()
        if not names[j].startswith("dont_show")
    )
    return f'{{\n "frame_id":{frame_id}, \n "filename":{json.dumps(filename)}, \n "objects": [ \n{objects}\n ] \n}}'


def _object(class_id: int, name: str, box: NDArray[np.float32], prob: np.float32) -> str:
    x, y, w, h, confidence = (f"{v:.6f}" if np.isfinite(v) else "null" for v in (*box, prob))
    return (
        f'  {{"class_id":{class_id}, "name":{json.dumps(name)}, "relative_coordinates":{{"center_x":{x}, '
        f'"center_y":{y}, "width":{w}, "height":{h}}}, "confidence":{confidence}}}'
    )


class JsonFrames:
    """A JSON list of pictures, written one by one; closing it, whatever happened, leaves a valid file."""

    def __init__(self, path: str | Path) -> None:
        """Open for writing.  Raises ImageError if that cannot be."""
        self.written = 0
        try:
            self.file: TextIO = Path(path).open("w", encoding="utf-8", newline="\n")  # noqa: SIM115  close() ends it
        except OSError as e:
            raise ImageError(f"{path}: cannot be written ({e.strerror}); choose another file with -out") from e
        self.file.write("[\n")

    def add(self, frame_id: int, filename: str, rows: Rows, names: Sequence[str]) -> None:
        """Append one picture; ``frame_id`` counts from 1."""
        self.file.write((", \n" if self.written else "") + frame_json(frame_id, filename, rows, names))
        self.file.flush()
        self.written += 1

    def close(self) -> None:
        self.file.write("\n]")
        self.file.close()


def label_lines(rows: Rows, thresh: float) -> list[str]:
    """``class x y w h`` of each box that passes, by its best class.   C: detector.c test_detector"""
    best = rows.probs.argmax(axis=1) if rows.probs.size else np.zeros(0, int)
    return [
        f"{j} {x:.4f} {y:.4f} {w:.4f} {h:.4f}"
        for j, probs, (x, y, w, h) in zip(best, rows.probs, rows.xywh)
        if probs[j] > np.float32(thresh)
    ]


_FOLDERS = (
    ("images{s}train2017", "labels{s}train2017"), ("images{s}val2017", "labels{s}val2017"),
    ("images{s}train2014", "labels{s}train2014"), ("images{s}val2014", "labels{s}val2014"),
    ("JPEGImages", "labels"),
)  # fmt: skip


def label_path(picture: str) -> Path:
    """Where a picture's labels belong: beside it, or in the data set's labels folder.   C: utils.c replace_image_to_label

    Other than in C, any suffix is replaced, so that no picture is overwritten by its own labels.
    """
    path = picture.strip(" \t")
    for sep in "/\\":
        for images, labels in _FOLDERS:
            path = path.replace(sep + images.format(s=sep) + sep, sep + labels.format(s=sep) + sep, 1)
    return Path(path).with_suffix(".txt")


def save_labels(picture: str, rows: Rows, thresh: float) -> None:
    """Write a picture's label file.  Raises ImageError if that cannot be."""
    path = label_path(picture)
    if path == Path(picture):
        raise ImageError(f"{picture}: its labels would overwrite it; rename the picture")
    _write(path, "".join(f"{line}\n" for line in label_lines(rows, thresh)).encode())


def class_color(class_id: int, classes: int) -> tuple[int, int, int]:
    """The (blue, green, red) of a class, 0 to 255.   C: image.c get_color"""
    ratio = np.float32(class_id * 123457 % classes) / np.float32(classes) * np.float32(5)
    low, part = int(ratio), ratio - np.float32(int(ratio))
    high = low + 1 if part > 0 else low
    mixed = [(np.float32(1) - part) * a + part * b for a, b in zip(_COLORS[low], _COLORS[high])]
    blue, green, red = (int(np.float32(255) * v) for v in mixed)
    return blue, green, red


_COLORS = tuple(np.array(c, np.float32) for c in ((1, 0, 1), (0, 0, 1), (0, 1, 1), (0, 1, 0), (1, 1, 0), (1, 0, 0)))


def draw_detections(picture: NDArray[np.uint8], rows: Rows, names: Sequence[str], thresh: float) -> NDArray[np.uint8]:
    """A copy of the BGR picture (h, w, 3) with boxes and labels, the most probable on top.

    C: image.c draw_detections_v3; the letters are OpenCV's.
    """
    out = np.ascontiguousarray(picture).copy()
    best = best_classes(rows, names, thresh)
    for b in sorted(best, key=lambda b: float(rows.probs[b.row, b.class_id])):
        color = class_color(b.class_id, rows.probs.shape[1])
        left, top, *_ = corners = _corners(rows.xywh[b.row], out.shape[1], out.shape[0])
        _box(out, corners, color)
        text = ", ".join([f"{names[b.class_id]}: {rows.probs[b.row, b.class_id]:.2f}", *(names[j] for j in b.others)])
        _label(out, text, left, top, color)
    return out


def _corners(box: NDArray[np.float32], width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right, bottom pixel, inside the picture."""
    x, y, w, h = (float(v) for v in box)
    edges = ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
    left, top, right, bottom = (
        int(min(max(0.0, e), limit - 1)) for e, limit in zip(edges, (width, height, width, height))
    )
    return left, top, right, bottom


def _box(out: NDArray[np.uint8], corners: tuple[int, int, int, int], color: tuple[int, int, int]) -> None:
    import cv2

    left, top, right, bottom = corners
    for i in range(_thickness(out)):
        cv2.rectangle(out, (left + i, top + i), (right - i, bottom - i), color, 1)


def _thickness(out: NDArray[np.uint8]) -> int:
    return max(int(out.shape[0] * 0.002), 1)


def _label(out: NDArray[np.uint8], text: str, left: int, top: int, color: tuple[int, int, int]) -> None:
    """Text on a filled ground above the box, or just inside it where there is no room above."""
    import cv2

    font, height, width = cv2.FONT_HERSHEY_SIMPLEX, *out.shape[:2]
    scale = max(height * 0.0011, 0.45)
    thick = max(round(scale * 1.6), 1)
    (wide, _), _ = cv2.getTextSize(text, font, scale, thick)
    scale *= min(1.0, (width - 4) / max(wide, 1))
    (wide, high), base = cv2.getTextSize(text, font, scale, thick)
    x = max(min(left, width - wide - 4), 0)
    y = top - high - base - 2 if top - high - base - 2 >= 0 else min(top + _thickness(out), height - high - base - 2)
    cv2.rectangle(out, (x, y), (x + wide + 3, y + high + base + 1), color, cv2.FILLED)
    bright = 0.114 * color[0] + 0.587 * color[1] + 0.299 * color[2] > 110
    ink = (0, 0, 0) if bright else (255, 255, 255)
    cv2.putText(out, text, (x + 2, y + high + base // 2), font, scale, ink, thick, cv2.LINE_AA)


def save_picture(path: str | Path, picture: NDArray[np.uint8]) -> None:
    """Write a BGR picture in the format of its suffix.  Raises ImageError if that cannot be."""
    import cv2

    try:
        done, data = cv2.imencode(Path(path).suffix, picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    except cv2.error as e:
        raise ImageError(f"{path}: no such picture format; use .jpg or .png") from e
    if not done:
        raise ImageError(f"{path}: the picture cannot be encoded; use .jpg or .png")
    _write(Path(path), data.tobytes())


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as e:
        raise ImageError(f"{path}: cannot be written ({e.strerror}); check the folder and its rights") from e
