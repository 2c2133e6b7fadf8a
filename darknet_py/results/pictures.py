"""Detections in their picture: drawn, saved, shown, cut out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from .._support import same_file
from ..boxes.detection import HIDDEN, Detection
from ..boxes.geometry import corners, covered_pixels, pixels
from ..drawing import Mark, Style, draw
from ..drawing.marks import Colors, Form, Labels
from ..errors import DarknetError, ImageError, OutputError
from ..image import MAX_PIXELS, AnyPicture, Picture, Reading, file_of, from_any, name_of, window, writing
from . import notebook
from .choosing import Choosing

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["InPicture", "Look"]


class Look(TypedDict, total=False):
    """How detections are drawn; see ``drawing.Style``."""

    line_width: float | None
    labels: Labels
    colors: Colors
    form: Form


class InPicture(Choosing):
    """Whatever needs pixels takes those of ``picture``, where that is given, as ``detect`` takes it; else its own."""

    @property
    def picture(self) -> Picture:
        """The pixels, (h, w, 3) BGR uint8: of the array that was detected in, or of the file, which is read each time.

        Raises ImageError where nobody kept them, as of the arrays of ``detect_many``, and where the file is gone or
        another one.
        """
        return self._pixels(None)

    def plot(self, *, picture: AnyPicture = None, **look: Unpack[Look]) -> Picture:
        """A new picture (h, w, 3), BGR uint8, with boxes and labels, ``dog 93%, cat`` where two classes have one box.

        Classes whose names start with dont_show are not drawn.

        Raises ImageError as ``picture`` does, DarknetError for another look than ``drawing.Style`` knows.
        """
        return draw(self._pixels(picture), self._marks(), Style(**look))

    def save(self, path: str | os.PathLike[str], *, picture: AnyPicture = None, **look: Unpack[Look]) -> Path:
        """Write ``plot`` into a file, in the format of its suffix, and return its path.

        Raises OutputError where it cannot be written and where the picture itself is, which stays as it is.
        """
        target = Path(path)
        for own in (file_of(self.source), self.file, file_of(picture)):
            if own is not None and same_file(target, own):
                raise OutputError(f"{target}: is the picture itself; choose another name for the drawn one")
        writing.save_picture(target, self.plot(picture=picture, **look))
        return target

    def show(self, *, picture: AnyPicture = None, **look: Unpack[Look]) -> None:
        """Show ``plot``: in a notebook below its cell; else in a window, until a key is pressed or it is closed.

        Raises DarknetError where no window can be opened.
        """
        drawn = self.plot(picture=picture, **look)
        if notebook.is_running():
            notebook.display(notebook.png(drawn))
        elif window.available():
            window.show(drawn, self._title())
        else:
            raise DarknetError("no window can be opened here (no display, or OpenCV without windows); "
                               ".save('drawn.jpg') writes the picture")  # fmt: skip

    def crops(self, *, picture: AnyPicture = None) -> list[Picture]:
        """What is in each box, (h, w, 3) BGR uint8, of its own memory: the pixels that the box has a part of.

        A box is cut off at the picture's edges; one beyond them has no pixels: an array without elements.
        """
        whole = self._pixels(picture)
        places = covered_pixels(pixels(corners(self._boxes()), self.size), self.size)
        return [whole[top:bottom, left:right].copy() for left, top, right, bottom in places.tolist()]

    def _repr_png_(self) -> bytes | None:
        """For notebooks."""
        drawn = self._drawn()
        return None if drawn is None else notebook.png(drawn)

    def _repr_html_(self) -> str:
        """For notebooks: the picture, where it can be had, and a table."""
        return notebook.html(self, self._title(), self._drawn())

    def _marks(self) -> list[Mark]:
        boxes: dict[object, list[Detection]] = {}
        for d in self:
            if not d.name.startswith(HIDDEN):
                boxes.setdefault(tuple(d.box), []).append(d)
        marks = []
        for found in boxes.values():
            best = max(found, key=lambda d: d.prob)
            also = "".join(f", {d.name}" for d in found if d is not best)
            marks.append(Mark(best.xyxy, best.class_id, best.name, best.prob, also))
        return marks

    def _drawn(self) -> Picture | None:
        try:
            return self.plot()
        except ImageError:
            return None

    def _title(self) -> str:
        return "darknet_py" if isinstance(self.source, int) else name_of(self.source)

    def _pixels(self, given: AnyPicture) -> Picture:
        if given is None:
            given = self._picture if self._picture is not None else None if isinstance(self.source, int) else self.source
        if given is None:
            raise ImageError("the pixels were not kept: give them, as in .plot(picture=frame); detect keeps its array, "
                             "detect_many and pickles do not")  # fmt: skip
        found = from_any(given, Reading(self.exif, max(self.width * self.height, MAX_PIXELS)))[..., :3]
        if found.shape[:2] != (self.height, self.width):
            raise ImageError("{}: is {} x {} pixels; the detections are of a picture of {} x {}".format(
                name_of(given), found.shape[1], found.shape[0], *self.size))  # fmt: skip
        return np.ascontiguousarray(found)
