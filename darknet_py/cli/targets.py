"""The files that are written for pictures: where each goes, and that none is written over one that is read."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .. import output
from ..errors import DarknetWarning, OutputError
from ..files.addresses import is_web, local_name, shown
from ..files.filenames import file_name
from ..files.labels import label_path
from ..output.continued import NOTHING, held
from ..output.files import naming
from .drawings import Drawings, check_no_picture
from .guard import Guard
from .options import STDOUT
from .picture_options import FolderOptions, OutOptions, PictureOptions
from .picture_words import PictureWords
from .stopping import finishing

__all__ = ["Out", "Targets", "Written", "format_of", "project"]

SUFFIXES = {
    ".json": ("json", "coco"), ".jsonl": ("jsonl",), ".ndjson": ("jsonl",), ".csv": ("csv",), ".txt": ("json", "yolo"),
}  # fmt: skip
ANOTHER = "choose another folder with -out"


def format_of(options: OutOptions) -> str:
    """The format that -format says or, without it, the suffix of -out; else Darknet's JSON.

    Warns (DarknetWarning) when the two contradict each other, and of a suffix that no format has.
    """
    suffix = Path(options.out or "").suffix.lower()
    fitting = SUFFIXES.get(suffix, ())
    written = str(options.format or next(iter(fitting), "json"))
    if suffix and written not in fitting and not _is_label_folder(str(options.out), options.format):
        why = "as -format says" if options.format else f"-format says another of {', '.join(output.FORMATS)}"
        warnings.warn(f"-out {options.out}: {written} is written, {why}", DarknetWarning, stacklevel=2)
    return written


def _is_label_folder(out: str, form: str | None) -> bool:
    """Whether -out is a folder for label files."""
    return form == "yolo" and (out.endswith("/") or os.path.isdir(out))


@contextmanager
def project(options: FolderOptions) -> Iterator[Path | None]:
    """The new folder of -project, if there is to be one: ``runs/detect``, ``runs/detect2`` …, the first that is not there.

    It goes again if nothing comes into it.  Raises OutputError.
    """
    if not options.parent:
        yield None
        return
    folder = _new_folder(options.parent, options.run_name or "detect")
    try:
        yield folder
    finally:
        with suppress(OSError):  # it is not empty
            folder.rmdir()


def _new_folder(parent: str, name: str) -> Path:
    output.make_folder(parent)
    number, folder = 1, Path(parent, name)
    with naming(folder):
        while True:
            try:
                folder.mkdir()
                return folder
            except FileExistsError:
                number += 1
                folder = Path(parent, f"{name}{number}")


@dataclass(frozen=True)
class Out:
    """A format, and the file that it goes into; ``name``: what to call that, if it is one."""

    format: output.Format
    file: output.Records | None = None
    name: str = ""

    def whole(self) -> AbstractContextManager[None]:
        """What is done within for a picture is done to its end, as long as no pipe is waited for."""
        return finishing() if self.name else nullcontext()

    def end(self) -> None:
        """Make it whole, whatever comes in between.  Raises OutputError."""
        with finishing():
            self.format.end()
            if self.file:
                self.file.close()


@dataclass(frozen=True)
class Targets:
    """Files that are written for one picture, besides -out; ``crops``: and one for each of its boxes."""

    drawn: Path | None = None
    labels: Path | None = None
    crops: bool = False


class Written:
    """Where everything that the flags ask for goes, of the pictures that ``words`` name.

    ``first``: the number of the first picture, 1 but where -out goes on.  ``folder``: the run's own, if there is one, in
    which -out is where -project is given.
    Raises OutputError for a file that would be written over one that is read, or cannot be written.
    """

    def __init__(
        self, options: PictureOptions, guard: Guard, folder: Path | None, words: PictureWords
    ) -> None:
        self.options, self.guard, self.words, self.folder = options.folders, guard, words, folder
        inside = folder or Path(options.folders.save_dir or ".")
        self.drawings = Drawings(inside, words, guard, f".{options.folders.drawn}", folder is not None)
        self.label_files = output.LabelFiles(inside / "labels", words.folders, self._check_labels, "-save_dir") \
            if options.folders.save_txt else None
        self._out = _Out(options.out, folder if options.folders.project else None, guard, words)
        self.first = self._out.held.last + 1
        if options.folders.save_dir and not self._draws_nothing:
            guard.folder(options.folders.save_dir)

    @property
    def _draws_nothing(self) -> bool:
        return self.options.dont_draw and not self.options.save_txt and not self.options.save_crop

    def out(self) -> Out | None:
        """What -out and -format ask for, opened."""
        return self._out.opened()

    def targets(self, picture: str) -> Targets:
        """Where the results of the next picture go.  Raises OutputError."""
        drawn = None if self.options.dont_draw else self.drawings.next(picture)
        labels = self._own_labels(picture) if self.options.save_labels else None
        if self.words.is_stdin:
            self.check_labels(picture)
        return Targets(drawn, labels, self.options.save_crop)

    def check_labels(self, picture: str) -> None:
        """Raises OutputError for label files of a picture that cannot be written."""
        if self.options.save_labels:
            self._own_labels(picture)
        for files in (self.label_files, self._out.labels):
            if files:
                files.path(picture)

    def _own_labels(self, picture: str) -> Path:
        """Where a picture's labels belong; those of an address or of bytes on standard input, whose place is chance, are
        written over nothing but what this command, or one that it goes on with, has written."""
        path, name = label_path(local_name(picture)), shown(picture)
        own = self.guard.is_written(path) or self._out.held.knows(name)
        if (is_web(picture) or self.words.data is not None) and os.path.lexists(path) and not own:
            raise OutputError(f"{name}: its labels {path} would overwrite a file that is there; move that away, or have "
                              "labels in a folder with -save_txt")  # fmt: skip
        self._check_labels(path, picture)
        return path

    def _check_labels(self, path: Path, picture: str) -> None:
        check_no_picture(f"the labels {path}", path, "rename one of them")
        self.guard.writes(f"the labels {path}", path, os.path.abspath(picture), "rename one of them")

    def holds(self, picture: str) -> bool:
        """Whether the next picture is in -out already, and is to be passed over."""
        return self._out.holds(picture)

    def is_numbered(self, frame: output.DetectedPicture, passed: int) -> bool:
        """Whether a picture that leaves nothing in -out comes before some that are there, of which so many are passed over:
        those have numbers behind its own."""
        return passed < self._out.passing and not any(True for _ in frame.objects()) and not frame.error

    def crop(self, name: str, picture: str) -> Path:
        """Where the next box of a class of this name goes, in a folder that is made.  Raises OutputError."""
        path = self.drawings.another(f"crops/{file_name(name)}/{Path(local_name(picture)).stem}")
        self.drawings.check(path)
        output.make_folder(path.parent)
        return path


class _Out:
    """-out and -format; ``folder``: what -out is in, where that is a new one."""

    def __init__(self, options: OutOptions, folder: Path | None, guard: Guard, words: PictureWords) -> None:
        self.options, self.guard, self.words = options, guard, words
        self.path = "" if options.out in (None, STDOUT) else os.path.join(folder or "", str(options.out))
        is_folder = _is_label_folder(self.path, options.format)
        self.labels = output.LabelFiles(self.path, words.folders, self._check_labels) if is_folder else None
        self.held, self.passing = NOTHING, 0
        if self.labels:
            guard.folder(self.path)
        elif self.path:
            self._check(folder)

    def _check(self, folder: Path | None) -> None:
        if folder:
            output.make_folder(Path(self.path).parent)
        self.guard.target("-out", self.path)
        check_no_picture(f"-out {self.path}", self.path, "choose another file")
        if self.options.continues and os.path.exists(self.path):
            self.held = held(self.path, self.form, self.words.more_often if self.options.resume else None)
            self.passing = self.held.pictures.total() if self.options.resume and self.form == "csv" else 0

    @cached_property
    def form(self) -> str:
        """What is written into a file, or on stdout."""
        return format_of(self.options)

    def opened(self) -> Out | None:
        """Raises OutputError."""
        if self.labels:
            return Out(self.labels, name=self.path)
        if not self.options.out and not self.options.format:
            return None
        more: dict[str, Any] = {"expected": self.words.names} if self.form == "coco" else {}
        if not self.path:
            return Out(output.FORMATS[self.form](sys.stdout, **more))
        file = output.Records(self.path, self.form not in output.LINES, self.held.size)
        if self.held.size:
            file.write(self.held.glue)
            more["begun"] = True
        return Out(output.FORMATS[self.form](file, **more), file, self.path)

    def holds(self, picture: str) -> bool:
        """Whether a picture is in -out already, and is to be passed over; as often as it is there."""
        if not self.options.resume:
            return False
        return self.labels.path(picture).exists() if self.labels else self.held.take(picture)

    def _check_labels(self, path: Path, picture: str) -> None:
        check_no_picture(str(path), path, ANOTHER)
        self.guard.writes(str(path), path, os.path.abspath(picture), ANOTHER)
