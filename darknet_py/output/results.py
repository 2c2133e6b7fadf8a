"""The files of results that ``detector valid`` writes, one form for each eval= of a .data file.

Boxes are in pixels of their picture.   C: detector.c validate_detector
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..cfg import atoi
from ..errors import OutputError
from .coco import CATEGORIES, edges, image_id, record
from .files import make_folder, open_text
from .frame import Frame

__all__ = ["RESULTS", "Results", "open_results"]

KITTI = ("car", "pedestrian", "cyclist")
BDD = ("bike", "bus", "car", "motor", "person", "rider", "traffic light", "traffic sign", "train", "truck")
IMAGENET = 200  # classes


class Results(Protocol):
    """Result files: ``add`` takes a picture whose rows are in pixels; ``where`` says what is written."""

    where: Path

    def add(self, frame: Frame) -> None: ...


def open_results(kind: str, folder: str, out: str | None, names: Sequence[str], stack: ExitStack) -> Results:
    """The files of a form in ``folder``, which is made; ``stack`` closes them.  ``out``: a name in place of the usual one.

    A kind that is none of ``RESULTS`` is "voc", as in the reference.  Raises OutputError.
    """
    return RESULTS.get(kind, Voc)(make_folder(folder), out, names, stack)


class Coco:
    """A JSON list of all boxes."""

    def __init__(self, folder: Path, out: str | None, names: Sequence[str], stack: ExitStack) -> None:
        self.where = folder / f"{out or 'coco_results'}.json"
        self.list = _JsonList(self.where, stack)
        self.categories = CATEGORIES if len(names) <= len(CATEGORIES) else range(len(names))

    def add(self, frame: Frame) -> None:
        stem = basecfg(frame.filename)
        picture = json.dumps(atoi(stem) if stem[:1].isdecimal() else image_id(frame.filename))
        for class_id, box, prob in _entries(frame):
            self.list.add(record(picture, self.categories[class_id], box, prob, frame.width, frame.height))


class Bdd:
    """Berkeley DeepDrive's list of boxes."""

    def __init__(self, folder: Path, out: str | None, names: Sequence[str], stack: ExitStack) -> None:
        _at_most(len(BDD), names, "bdd")
        self.where = folder / f"{out or 'bdd_results'}.json"
        self.list = _JsonList(self.where, stack)

    def add(self, frame: Frame) -> None:
        name = json.dumps(Path(frame.filename).name.replace(".jpg", "", 1))
        for class_id, box, prob in _entries(frame):
            sides = ", ".join(f"{v:f}" for v in edges(box, frame.width, frame.height))
            self.list.add(
                f'\t{{\n\t\t"name":{name},\n\t\t"category":"{BDD[class_id]}",\n\t\t"bbox":[{sides}],\n'
                f'\t\t"score":{prob:f}\n\t}}'
            )


class Imagenet:
    """A text file of ``picture class probability left top right bottom``, pictures and classes counted from 1."""

    def __init__(self, folder: Path, out: str | None, names: Sequence[str], stack: ExitStack) -> None:
        self.where = folder / f"{out or 'imagenet-detection'}.txt"
        self.file = stack.enter_context(open_text(self.where))

    def add(self, frame: Frame) -> None:
        for class_id, box, prob in _entries(frame):
            if class_id < IMAGENET:
                sides = " ".join(f"{v:f}" for v in edges(box, frame.width, frame.height))
                self.file.write(f"{frame.frame_id} {class_id + 1} {prob:f} {sides}\n")


class Kitti:
    """A text file for each picture in the folder data."""

    def __init__(self, folder: Path, out: str | None, names: Sequence[str], stack: ExitStack) -> None:
        _at_most(len(KITTI), names, "kitti")
        self.where = make_folder(folder / (out or "kitti_results") / "data")

    def add(self, frame: Frame) -> None:
        with open_text(self.where / f"{basecfg(frame.filename)}.txt") as file:
            for class_id, box, prob in _entries(frame):
                sides = " ".join(f"{v:f}" for v in edges(box, frame.width, frame.height))
                file.write(f"{KITTI[class_id]} -1 -1 -10 {sides} -1 -1 -1 -1000 -1000 -1000 -10 {prob:f}\n")


class Voc:
    """A text file for each class: ``picture probability left top right bottom``, pixels counted from 1."""

    def __init__(self, folder: Path, out: str | None, names: Sequence[str], stack: ExitStack) -> None:
        stem = out or "comp4_det_test_"
        self.where = folder / f"{stem}*.txt"
        self.files = [stack.enter_context(open_text(folder / f"{stem}{name}.txt")) for name in names]

    def add(self, frame: Frame) -> None:
        picture = basecfg(frame.filename)
        for class_id, box, prob in _entries(frame):
            sides = " ".join(f"{v:f}" for v in edges(box, frame.width, frame.height, shift=1))
            self.files[class_id].write(f"{picture} {prob:f} {sides}\n")


RESULTS: dict[str, type[Coco | Voc | Imagenet | Bdd | Kitti]] = {
    "coco": Coco,
    "voc": Voc,
    "imagenet": Imagenet,
    "bdd": Bdd,
    "kitti": Kitti,
}


class _JsonList:
    """A JSON list that is whole whenever it is closed."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self.file, self.written = stack.enter_context(open_text(path)), 0
        self.file.write("[\n")
        stack.callback(self._end)

    def add(self, item: str) -> None:
        self.file.write((",\n" if self.written else "") + item)
        self.written += 1

    def _end(self) -> None:
        self.file.write("\n]\n" if self.written else "]\n")


def basecfg(path: str) -> str:
    """The name of a file up to its first dot.   C: utils.c basecfg"""
    return path.replace("\\", "/").rpartition("/")[2].partition(".")[0]


def _entries(frame: Frame) -> Iterator[tuple[int, NDArray[np.float32], float]]:
    """(class, box, probability) of every class of every row, in the reference's order."""
    probs = frame.rows.probs
    for i, j in np.argwhere(probs > 0).tolist():
        yield j, frame.rows.xywh[i], float(probs[i, j])


def _at_most(classes: int, names: Sequence[str], kind: str) -> None:
    if len(names) > classes:
        raise OutputError(f"eval={kind} has {classes} classes, the network {len(names)}; choose another eval= in DATA")
