"""The files of results that ``detector valid`` writes, one form for each eval= of a .data file.

Boxes are in pixels of their picture.   C: detector.c validate_detector
"""

from __future__ import annotations

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .._support import put
from ..boxes.geometry import print_cocos_corners
from ..cfg import atoi
from ..errors import OutputError
from ..files.filenames import distinct_names
from .coco import CATEGORIES, image_id, record, sides
from .detected_picture import DetectedPicture
from .files import Records, Writer, make_folder, naming, write_text

__all__ = ["PART", "RESULTS", "ResultFiles", "Results", "coco_categories", "coco_image", "open_results"]

PART = ".part"

KITTI = ("car", "pedestrian", "cyclist")
BDD = ("bike", "bus", "car", "motor", "person", "rider", "traffic light", "traffic sign", "train", "truck")
IMAGENET = 200  # classes


class Results(ABC):
    """Result files: ``add`` takes a picture whose rows are in pixels; ``where`` says what is written."""

    where: Path

    @abstractmethod
    def add(self, frame: DetectedPicture) -> None:
        """Write a picture's boxes."""

    def end(self) -> None:  # noqa: B027  most have nothing left to write
        """After the last picture."""


class ResultFiles:
    """Files whose names end in .part until all pictures are in them, so that nobody takes a part for the whole.

    ``check``: called with a path, and what it is for, before a file of that name is written.  ``pictures``: all to come.
    """

    def __init__(self, check: Callable[[Path, str], object], pictures: Sequence[str] = ()) -> None:
        self.check, self.pictures = check, pictures
        self.files: list[tuple[Records, Path]] = []

    def open(self, path: Path) -> Writer:
        """A new text file.  Raises OutputError."""
        self.check(path, "results")
        file = Records(path.with_name(path.name + PART), atomic=False)
        self.files.append((file, path))
        return file

    def write(self, path: Path, text: str, picture: str) -> None:
        """A file of a picture's own, whole at once.  Raises OutputError."""
        self.check(path, picture)
        write_text(path, text)

    def close(self, complete: bool) -> None:
        """End the files; ``complete`` ones get their names.  Raises OutputError."""
        for file, path in self.files:
            file.close()
            if complete:
                with naming(path):
                    put(file.path, path)
                with suppress(OSError):
                    Path(file.path).unlink(missing_ok=True)


def open_results(kind: str, folder: str, out: str | None, names: Sequence[str], files: ResultFiles) -> Results:
    """The files of a form in ``folder``, which is made.  ``out``: a name in place of the usual one.

    A kind that is none of ``RESULTS`` is "voc", as in the reference.  Raises OutputError.
    """
    return RESULTS.get(kind, Voc)(make_folder(folder), out, names, files)


class JsonList(Results):
    """A JSON list of all boxes, written picture by picture."""

    def __init__(self, file: Writer) -> None:
        self.file, self.before = file, ""
        self.file.write("[\n")

    def add(self, frame: DetectedPicture) -> None:
        if items := self.items(frame):
            self.file.write(self.before + ",\n".join(items))
            self.before = ",\n"

    @abstractmethod
    def items(self, frame: DetectedPicture) -> list[str]:
        """Those of a picture's boxes, as JSON."""

    def end(self) -> None:
        self.file.write("\n]\n" if self.before else "]\n")


class Coco(JsonList):
    """COCO's list of boxes."""

    def __init__(self, folder: Path, out: str | None, names: Sequence[str], files: ResultFiles) -> None:
        self.where = folder / f"{out or 'coco_results'}.json"
        super().__init__(files.open(self.where))
        self.categories = coco_categories(len(names))

    def items(self, frame: DetectedPicture) -> list[str]:
        picture = json.dumps(coco_image(frame.filename))
        bbox = cache(lambda i: sides(frame.rows.xywh[i], frame.size))  # a row has many classes
        return [record(picture, self.categories[j], bbox(i), prob) for i, j, prob in _classes(frame)]


class Bdd(JsonList):
    """Berkeley DeepDrive's list of boxes."""

    def __init__(self, folder: Path, out: str | None, names: Sequence[str], files: ResultFiles) -> None:
        _at_most(len(BDD), names, "bdd")
        self.where = folder / f"{out or 'bdd_results'}.json"
        super().__init__(files.open(self.where))

    def items(self, frame: DetectedPicture) -> list[str]:
        name = json.dumps(Path(frame.filename).name.replace(".jpg", "", 1))
        return [
            f'\t{{\n\t\t"name":{name},\n\t\t"category":"{BDD[class_id]}",\n\t\t"bbox":[{_sides(box, frame, ", ")}],\n'
            f'\t\t"score":{prob:f}\n\t}}'
            for class_id, box, prob in _entries(frame)
        ]


class Imagenet(Results):
    """A text file of ``picture class probability left top right bottom``, pictures and classes counted from 1."""

    def __init__(self, folder: Path, out: str | None, names: Sequence[str], files: ResultFiles) -> None:
        self.where = folder / f"{out or 'imagenet-detection'}.txt"
        self.file = files.open(self.where)

    def add(self, frame: DetectedPicture) -> None:
        lines = (
            f"{frame.frame_id} {class_id + 1} {prob:f} {_sides(box, frame)}\n"
            for class_id, box, prob in _entries(frame) if class_id < IMAGENET
        )  # fmt: skip
        self.file.write("".join(lines))


class Kitti(Results):
    """A text file for each picture in the folder data."""

    def __init__(self, folder: Path, out: str | None, names: Sequence[str], files: ResultFiles) -> None:
        _at_most(len(KITTI), names, "kitti")
        self.where, self.files = make_folder(folder / (out or "kitti_results") / "data"), files
        for picture in files.pictures:
            files.check(self._path(picture), picture)

    def add(self, frame: DetectedPicture) -> None:
        text = "".join(
            f"{KITTI[class_id]} -1 -1 -10 {_sides(box, frame)} -1 -1 -1 -1000 -1000 -1000 -10 {prob:f}\n"
            for class_id, box, prob in _entries(frame)
        )
        self.files.write(self._path(frame.filename), text, frame.filename)

    def _path(self, picture: str) -> Path:
        return self.where / f"{basecfg(picture)}.txt"


class Voc(Results):
    """A text file for each class: ``picture probability left top right bottom``, pixels counted from ``first``."""

    first = 1

    def __init__(self, folder: Path, out: str | None, names: Sequence[str], files: ResultFiles) -> None:
        inside, stem = os.path.split(out or "comp4_det_test_")
        self.where = folder / inside / f"{stem}*.txt"
        paths = [folder / inside / name for name in distinct_names(names, stem, ".txt")]
        for path in paths:
            files.check(path, "results")
        self.files = [files.open(path) for path in paths]

    def add(self, frame: DetectedPicture) -> None:
        picture, texts = basecfg(frame.filename), dict[int, str]()
        for class_id, box, prob in _entries(frame):
            line = f"{picture} {prob:f} {_sides(box, frame, shift=self.first)}\n"
            texts[class_id] = texts.get(class_id, "") + line
        for class_id, text in texts.items():
            self.files[class_id].write(text)


class VocOfYolo(Voc):
    """The same of YOLOv1, pixels counted from 0.   C: yolo.c print_yolo_detections"""

    first = 0


RESULTS: dict[str, Callable[..., Results]] = {"coco": Coco, "voc": Voc, "imagenet": Imagenet, "bdd": Bdd, "kitti": Kitti}


def coco_image(path: str) -> int | str:
    """The image_id of a picture in the results."""
    stem = basecfg(path)
    return atoi(stem) if stem[:1].isdecimal() else image_id(path)


def coco_categories(classes: int) -> Sequence[int]:
    """The category_id of each class in the results: COCO's, also of other sets of up to 80 classes, as in the reference."""
    return CATEGORIES if classes <= len(CATEGORIES) else range(classes)


def basecfg(path: str) -> str:
    """The name of a file up to its first dot.   C: utils.c basecfg"""
    return path.replace("\\", "/").rpartition("/")[2].partition(".")[0]


def _classes(frame: DetectedPicture) -> Iterator[tuple[int, int, float]]:
    """(row, class, probability) of every class of every row, in the reference's order."""
    rows, classes = np.nonzero(frame.rows.probs > 0)
    yield from zip(rows.tolist(), classes.tolist(), frame.rows.probs[rows, classes].tolist())


def _entries(frame: DetectedPicture) -> Iterator[tuple[int, NDArray[np.float32], float]]:
    """(class, box, probability) of every class of every row, in the reference's order."""
    for i, j, prob in _classes(frame):
        yield j, frame.rows.xywh[i], prob


def _sides(box: NDArray[np.float32], frame: DetectedPicture, between: str = " ", shift: int = 0) -> str:
    return between.join(f"{v:f}" for v in print_cocos_corners(box, frame.size, shift))


def _at_most(classes: int, names: Sequence[str], kind: str) -> None:
    if len(names) > classes:
        raise OutputError(f"eval={kind} has {classes} classes, the network {len(names)}; choose another eval= in DATA")
