"""What a command reads and what it writes: never the same file, and nothing twice, and both known before the work begins."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ..errors import OutputError
from ..output.files import make_folder, naming

__all__ = ["Guard"]

Identity = tuple[int, int] | str
ANOTHER = "choose another file"
OPEN = re.compile(r"/dev/(stdin|stdout|stderr|fd/\d+)|/proc/(self|\d+)/fd/\d+")  # other names of what is open already


class Guard:
    """Files that are read, and those that are to be written.

    Two paths are one file when the system says so: links, ``./a`` and ``a``, ``A`` and ``a`` where case is nothing.
    """

    def __init__(self, *read: str | Path | None) -> None:
        self.folders: dict[str, str] = {}
        self.read: dict[Identity, str] = {}
        self.written: dict[Identity, tuple[str, str]] = {}
        self.reads(read)

    def reads(self, paths: Iterable[str | Path | None]) -> None:
        """More files that are read, or folders of them; None and what is no path is passed over."""
        for path in paths:
            if path is not None and (identity := _open_file(path) or self._identity(path)):
                self.read.setdefault(identity, str(path))

    def target(self, what: str, path: str | Path | None, remedy: str = ANOTHER) -> None:
        """``writes`` for the file of a flag, such as ``-out``; it must also be possible to write it.

        None: the flag is not given.  Raises OutputError.
        """
        if path is None:
            return
        shown = f"{what} {path}"
        self.writes(shown, path, what, remedy)
        if identity := self._identity(path):
            self._claim(identity, what, shown, remedy)
        with naming(path):
            _check_writable(path)

    def new(self, what: str, path: str | Path, force: bool) -> None:
        """``target`` for a file that is not there yet, or may be written over by ``force``.  Raises OutputError."""
        self.target(what, path)
        if Path(path).is_file() and not force:
            raise OutputError(f"{path}: is there already; choose another name, or say -force to write over it")

    def folder(self, path: str | Path) -> None:
        """A folder that files are to be written into, which is made.  Raises OutputError where that cannot be."""
        with naming(path), tempfile.TemporaryFile(dir=make_folder(path)):
            pass

    def writes(self, shown: str, path: str | Path, owner: str, remedy: str = ANOTHER) -> None:
        """A file is to be written for ``owner``, a flag or a picture.  Raises OutputError when it is read, or another's."""
        if (identity := self._identity(path)) is None:
            return
        if identity in self.read:
            raise OutputError(f"{shown} would overwrite {self.read[identity]}, which is read; {remedy}")
        self._claim(identity if isinstance(identity, str) else self.only_name(path), owner, shown, remedy)

    def knows(self, path: str | Path) -> bool:
        """Whether a file is one that is read, or is to be written."""
        return self._identity(path) in self.read or self.is_written(path)

    def is_written(self, path: str | Path) -> bool:
        """Whether that was said of a file, by this path or another of its name."""
        return "\0" not in str(path) and self.only_name(path) in self.written

    def _claim(self, identity: Identity, owner: str, shown: str, remedy: str) -> None:
        other, said = self.written.setdefault(identity, (owner, shown))
        if other != owner:
            raise OutputError(f"{shown} and {said} are one file, for {owner} and {other}; {remedy}")

    def numbered(self, what: str, prefix: str, suffix: str) -> None:
        """Files such as ``prefix_00000001.jpg`` are to be written, nobody knows how many.  Raises OutputError."""
        first = Path(f"{prefix}_{1:08d}{suffix}")
        self.target(what, first)
        form = re.compile(rf"{re.escape(first.name.removesuffix(f'{1:08d}{suffix}'))}\d+{re.escape(suffix)}", re.IGNORECASE)
        for path in first.parent.iterdir():
            if form.fullmatch(path.name):
                self.writes(f"{what} {prefix}: {path}", path, what)

    def sequence(self, pattern: str) -> None:
        """Numbered pictures that are read as a video, such as ``img_%04d.jpg``."""
        folder, name = os.path.split(pattern)
        form = re.compile(re.sub(r"%0?\d*d", r"\\d+", re.escape(name).replace("\\%", "%")))
        if "%" in name and Path(folder or ".").is_dir():
            self.reads(path for path in Path(folder or ".").iterdir() if form.fullmatch(path.name))

    def _identity(self, path: str | Path) -> Identity | None:
        """What tells a file from all others; None for pipes and devices, which hold nothing that could be lost."""
        text = os.fspath(path)
        if (text.startswith("/") and OPEN.fullmatch(text)) or "\0" in text:
            return None
        try:
            return _regular(os.stat(text))
        except OSError:
            return self.only_name(text)

    def only_name(self, path: str | Path) -> str:
        """A path's only spelling.  A file gets another number whenever it is replaced, but keeps its name."""
        if os.path.islink(path):
            return os.path.normcase(os.path.realpath(path))
        folder, name = os.path.split(path)
        if folder not in self.folders:
            self.folders[folder] = os.path.realpath(folder)
        return os.path.normcase(os.path.join(self.folders[folder], name))


def _regular(status: os.stat_result) -> Identity | None:
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def _open_file(path: str | Path) -> Identity | None:
    """The file that is read as ``/dev/stdin`` and the like; None for other paths, pipes and devices."""
    text = os.fspath(path)
    if text.startswith("/") and OPEN.fullmatch(text):
        with suppress(OSError):  # it is not open
            return _regular(os.stat(text))
    return None


def _check_writable(path: str | Path) -> None:
    """Raises OutputError where a file cannot be written: said before the work, which may take hours."""
    target = Path(path)
    if OPEN.fullmatch(str(path)) or (target.exists() and not target.is_file() and not target.is_dir()):
        return
    if target.is_dir() or str(path).endswith(("/", os.sep)):
        raise OutputError(f"{path}: cannot be written (it is a folder; name a file in it)")
    folder = Path(os.path.realpath(target)).parent
    if not folder.is_dir():
        there = folder if target.is_symlink() else target.parent
        raise OutputError(f"{path}: cannot be written; there is no folder {there}; make it or choose another one")
    with target.open("ab") if target.exists() else tempfile.TemporaryFile(dir=folder):
        pass
