"""Names of drawn pictures: none is written over a picture that is read, be it named by the command line or still to come."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import OutputError
from ..files.addresses import local_name
from ..files.roles import is_picture
from ..output import unused
from .guard import Guard
from .picture_words import PictureWords

__all__ = ["Drawings", "check_no_picture"]

REMEDY = "choose another folder with -save_dir"


def check_no_picture(shown: str, path: str | Path, remedy: str) -> None:
    """Raises OutputError where what is no picture would be written over one, whichever it is."""
    if is_picture(os.fspath(path)):
        raise OutputError(f"{shown} would overwrite {path}, which is a picture; {remedy}")


class Drawings:
    """predictions.jpg for a single picture, else predictions_<name>.jpg, never one twice; ``alike``: named as the pictures.

    Files that are there are drawn over, unless a picture is read from them: one that is named on the line, or one that a
    folder, pattern or list has, which is told when it would be written.  Where nobody knows what is still to come, as
    through a pipe, no file is drawn over that another command has left.
    """

    def __init__(self, folder: Path, words: PictureWords, guard: Guard, suffix: str = ".jpg", alike: bool = False) -> None:
        self.folder, self.words, self.guard, self.suffix, self.alike = folder, words, guard, suffix, alike
        self.used = set[str]()
        self.made = set[str]()

    def next(self, picture: str) -> Path:
        """The file for the next picture.  Raises OutputError where that is one that is read."""
        own = Path(local_name(picture)).stem
        return self.another(own if self.alike else "predictions" if self.words.single else f"predictions_{own}",
                            os.path.abspath(picture))  # fmt: skip

    def another(self, stem: str, owner: str = "") -> Path:
        """``next`` by a name of its own, which gets a number where another picture has it."""
        path = self._unused(stem)
        while self.words.unforeseen and os.path.lexists(path) and not self.guard.knows(path):
            path = self._unused(stem)
        self.guard.writes(str(path), path, owner or os.path.abspath(path), REMEDY)
        return path

    def check(self, path: Path | None) -> None:
        """To be called before a file is written.  Raises OutputError where it may be a picture that is still to come."""
        if path is None or self.is_made(str(path)):
            return
        if os.path.lexists(path) and self.words.may_come(str(path)):
            raise OutputError(f"{path} would overwrite {path}, which may be one of the pictures; {REMEDY}")
        self.made.add(self.guard.only_name(path))

    def is_made(self, path: str) -> bool:
        """Whether a file was drawn by this command, so that it is not read where a folder or pattern finds it."""
        return self.guard.only_name(path) in self.made

    def _unused(self, stem: str) -> Path:
        return self.folder / f"{unused(stem, self.used)}{self.suffix}"
