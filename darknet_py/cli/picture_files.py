"""The pictures of ``detect`` and ``detector test``, and where the results of each go."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import image
from ..errors import OutputError
from ..files.addresses import is_web, shown
from .guard import Guard
from .picture_options import PictureOptions
from .picture_words import PictureWords
from .targets import Targets, Written

__all__ = ["Asked", "Pictures", "asked"]


@dataclass(frozen=True)
class Asked:
    """A picture by its path, as results name it, and the files that are written for it, or why they cannot be.

    ``written``: the path is that of a file which is written for an earlier picture, and is read after that; ``held``: the
    picture is to be passed over; ``given``: what is read, where that is not the path.
    """

    path: str
    targets: Targets = Targets()
    error: OutputError | None = None
    written: bool = False
    held: bool = False
    given: image.AnyPicture = None

    @property
    def picture(self) -> image.AnyPicture:
        return self.path if self.given is None else self.given


def asked(word: str, targets: Targets = Targets(), error: OutputError | None = None, **more: bool) -> Asked:  # noqa: B008
    """A picture by its path or its address, which is named without a password."""
    return Asked(shown(word), targets, error, given=word if is_web(word) else None, **more)


class Pictures:
    """The pictures that are asked for, and the files that are written for them.

    ``words``: see ``PictureWords``.  ``read``: other files that the command reads; ``folder``: the one that all results go
    into, if there is one.
    Raises OutputError for a file that would be written over one that is read, or cannot be written; DatasetError.
    """

    def __init__(
        self, words: Sequence[str], options: PictureOptions, read: Sequence[str | Path | None], folder: Path | None
    ) -> None:
        self.words = PictureWords(words, options.recursive)
        known = self.words.known
        self.guard = Guard(*read, *(["/dev/stdin"] if self.words.is_stdin else words), *known)
        self.written = Written(options, self.guard, folder, self.words)
        self.planned = deque(map(self.written.targets, known if self.words.all_known else ()))
        for picture in known:
            self.written.check_labels(picture)

    def ask(self, picture: str) -> Asked:
        """The next picture, and where its results go."""
        held = self.written.holds(shown(picture))
        if self.planned:
            return asked(picture, self.planned.popleft(), held=held)
        written = self.guard.is_written(picture)
        if self.words.is_stdin:  # of others it is known what they are without each being kept
            self.guard.reads([picture])
        try:
            return asked(picture, self.written.targets(picture), written=written, held=held)
        except OutputError as e:
            return asked(picture, error=e)
