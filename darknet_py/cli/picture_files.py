"""The files of ``detect`` and ``detector test``: what they read, what they write, and in which format."""

from __future__ import annotations

import os
import sys
import warnings
from collections import deque
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import output
from ..errors import DarknetWarning, OutputError
from ..files.labels import label_path
from ..files.lists import expand
from .guard import Guard
from .options import STDOUT, PictureOptions
from .roles import check_pictures
from .stopping import finishing

__all__ = ["Asked", "Out", "Pictures", "Predictions", "Targets", "format_of"]

SUFFIXES = {
    ".json": ("json", "coco"), ".jsonl": ("jsonl",), ".ndjson": ("jsonl",), ".csv": ("csv",), ".txt": ("json", "yolo"),
}  # fmt: skip


def format_of(options: PictureOptions) -> str:
    """The format that -format says or, without it, the suffix of -out; else Darknet's JSON.

    Warns (DarknetWarning) when the two contradict each other, and of a suffix that no format has.
    """
    suffix = Path(options.out or "").suffix.lower()
    fitting = SUFFIXES.get(suffix, ())
    written = str(options.format or next(iter(fitting), "json"))
    if suffix and written not in fitting and not _label_folder(options):
        why = "as -format says" if options.format else f"-format says another of {', '.join(output.FORMATS)}"
        warnings.warn(f"-out {options.out}: {written} is written, {why}", DarknetWarning, stacklevel=2)
    return written


def _label_folder(options: PictureOptions) -> str | None:
    """The value of -out, where that is a folder for label files."""
    out = options.out
    return out if out and options.format == "yolo" and (out.endswith("/") or Path(out).is_dir()) else None


@dataclass
class Predictions:
    """File names for drawn pictures: predictions.jpg for a single one, else predictions_<name>.jpg, never one twice."""

    single: bool
    used: set[str] = field(default_factory=set)

    def name(self, picture: str) -> str:
        stem = "predictions" if self.single else f"predictions_{Path(picture).stem}"
        return f"{output.unused(stem, self.used)}.jpg"


@dataclass(frozen=True)
class Out:
    """A format, and the file that it goes into; ``name``: what to call that, if it is one."""

    format: output.Format
    file: output.Records | None = None
    name: str = ""

    def add(self, frame: output.DetectedPicture) -> None:
        """Write a picture.  Raises OutputError."""
        with finishing() if self.file else nullcontext():  # a pipe may take its time
            self.format.add(frame)

    def end(self) -> None:
        """Make it whole, whatever comes in between.  Raises OutputError."""
        with finishing():
            self.format.end()
            if self.file:
                self.file.close()


@dataclass(frozen=True)
class Targets:
    """Files that are written for one picture, besides -out."""

    drawn: Path | None = None
    labels: Path | None = None


@dataclass(frozen=True)
class Asked:
    """A picture by its path, and the files that are written for it, or why they cannot be.

    ``written``: the path is that of a file which is written for an earlier picture, and is read after that.
    """

    path: str
    targets: Targets = Targets()
    error: OutputError | None = None
    written: bool = False


class Pictures:
    """The pictures that are asked for, and the files that are written for them.

    ``words``: pictures, folders and lists of them; none: stdin.  ``read``: other files that the command reads.
    Raises OutputError for a file that would be written over one that is read, or cannot be written; DatasetError.
    """

    def __init__(self, words: Sequence[str], options: PictureOptions, read: Sequence[str | Path | None]) -> None:
        self.options = options
        check_pictures(words)
        self.paths = expand(words) if words else None
        known = self.paths or []
        self.guard = Guard(*read, *(words or ["/dev/stdin"]), *known)
        self.predictions = Predictions(len(words) == 1 and known == list(words))
        folder = _label_folder(options)
        self.label_files = output.LabelFiles(folder, known) if folder else None
        self._check_options(folder)
        self.planned = deque(map(self._planned, known))

    def ask(self, picture: str) -> Asked:
        """The next picture, and where its results go."""
        if self.planned:
            return Asked(picture, self.planned.popleft())
        written = self.guard.is_written(picture)
        self.guard.reads([picture])
        try:
            return Asked(picture, self._planned(picture), written=written)
        except OutputError as e:
            return Asked(picture, error=e)

    def out(self) -> Out | None:
        """What -out and -format ask for, opened."""
        target = self.options.out
        if self.label_files:
            return Out(self.label_files, name=str(self.label_files.folder))
        if not target and not self.options.format:
            return None
        form = format_of(self.options)
        more: dict[str, Any] = {"expected": self.paths or []} if form == "coco" else {}
        if not target or target == STDOUT:
            return Out(output.FORMATS[form](sys.stdout, **more))
        file = output.Records(target, atomic=form not in output.LINES)
        return Out(output.FORMATS[form](file, **more), file, target)

    def _check_options(self, label_folder: str | None) -> None:
        if label_folder:
            self.guard.folder(label_folder)
        elif self.options.out != STDOUT:
            self.guard.target("-out", self.options.out)
        if self.options.save_dir and not self.options.dont_draw:
            self.guard.folder(self.options.save_dir)

    def _planned(self, picture: str) -> Targets:
        drawn, labels, owner = None, None, os.path.abspath(picture)
        if not self.options.dont_draw:
            drawn = Path(self.options.save_dir or ".") / self.predictions.name(picture)
            self.guard.writes(str(drawn), drawn, owner, "choose another folder with -save_dir, or say -dont_draw")
        if self.options.save_labels:
            labels = label_path(picture)
            self.guard.writes(f"the labels {labels}", labels, owner, "rename one of them")
        if self.label_files:
            path = self.label_files.path(picture)
            self.guard.writes(str(path), path, owner, "choose another folder with -out")
        return Targets(drawn, labels)
