"""The pictures of ``detect`` and ``detector test``, and where the results of each go."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import OutputError
from ..files.pictures import expand
from .guard import Guard
from .picture_options import PictureOptions
from .roles import check_pictures
from .targets import Targets, Written

__all__ = ["Asked", "Pictures"]


@dataclass(frozen=True)
class Asked:
    """A picture by its path, and the files that are written for it, or why they cannot be.

    ``written``: the path is that of a file which is written for an earlier picture, and is read after that; ``held``: the
    picture is to be passed over.
    """

    path: str
    targets: Targets = Targets()
    error: OutputError | None = None
    written: bool = False
    held: bool = False


class Pictures:
    """The pictures that are asked for, and the files that are written for them.

    ``words``: pictures, folders and lists of them; none: stdin.  ``read``: other files that the command reads; ``folder``:
    the one that all results go into, if there is one.
    Raises OutputError for a file that would be written over one that is read, or cannot be written; DatasetError.
    """

    def __init__(
        self, words: Sequence[str], options: PictureOptions, read: Sequence[str | Path | None], folder: Path | None
    ) -> None:
        check_pictures(words)
        self.paths = expand(words) if words else None
        known = self.paths or []
        self.guard = Guard(*read, *(words or ["/dev/stdin"]), *known)
        self.written = Written(options, self.guard, folder, known, len(words) == 1 and known == list(words))
        self.planned = deque(map(self.written.targets, known))

    def ask(self, picture: str) -> Asked:
        """The next picture, and where its results go."""
        if self.planned:
            return Asked(picture, self.planned.popleft(), held=self.written.holds(picture))
        written = self.guard.is_written(picture)
        self.guard.reads([picture])
        try:
            return Asked(picture, self.written.targets(picture), written=written, held=self.written.holds(picture))
        except OutputError as e:
            return Asked(picture, error=e)
