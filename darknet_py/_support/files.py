"""Files that are written whole or not at all.

    with whole_file("yolo.weights") as file:
        file.write(data)

What is written lies beside ``yolo.weights`` under another name, and takes its place when the block ends.  Whatever is
raised in the block, ``yolo.weights`` is as it was before, or is not there; a killed process leaves the other file,
``.darknet_py.….part``.  Where a file goes, who may read it and what a link means is as ``open(path, "wb")`` has it.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

__all__ = ["new_file", "put", "same_file", "sweep", "whole_file", "whole_files", "write_whole"]

TEMPORARY = re.compile(r"\.darknet_py\.[0-9a-f]{16}\.part")
OLD = 24 * 60 * 60  # seconds
IN_THE_WAY = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV)  # of replacing, not of writing


@contextmanager
def whole_file(path: str | Path) -> Iterator[IO[bytes]]:
    """A new binary file that takes the place of ``path`` when the block ends; raises OSError as ``open`` does.

    What a link points to is written, the link stays.  A file that was there lends its rights, and must be writable.
    Pipes, devices and what standard output goes to have no place to take: they are written at once.
    """
    if (stream := _stream(path)) is not None:
        with stream:
            yield stream
        return
    target = Path(os.path.realpath(path))
    file = _new_file(target)
    try:
        with file:
            yield file
        put(file.name, target)
    finally:
        Path(file.name).unlink(missing_ok=True)


@contextmanager
def whole_files(*paths: str | Path) -> Iterator[list[Path]]:
    """New files that take the places of ``paths``, all of one folder, when the block ends; it writes them under the paths
    that it is given.  Whatever is raised, none of the files that were not there before is there.  Raises OSError.
    """
    targets = [Path(path) for path in paths]
    new = [target for target in targets if not target.exists()]
    with tempfile.TemporaryDirectory(dir=targets[0].parent, prefix=".darknet_py.") as folder:
        files = [Path(folder) / target.name for target in targets]
        yield files
        try:
            for file, target in zip(files, targets, strict=True):
                put(file, target)
        except OSError:
            for target in new:
                target.unlink(missing_ok=True)
            raise


def write_whole(path: str | Path, data: bytes) -> None:
    """Write a file at once, whole or not at all.  Raises OSError."""
    with whole_file(path) as file:
        file.write(data)


def put(source: str | Path, target: str | Path) -> None:
    """Move a file to where ``target`` is or points to, with the owner and rights of the file that was there.

    One that cannot be replaced but be written, as another user's or one that is mounted into a container, is written
    over.  Raises OSError.
    """
    real = os.path.realpath(target)
    if (before := _status(real)) is None:
        os.replace(source, real)
        return
    _check_writable(real)
    try:
        _lend_rights(source, before)
        os.replace(source, real)
    except OSError as e:
        if e.errno not in IN_THE_WAY:
            raise
        shutil.copyfile(source, real)


def same_file(path: str | Path, other: str | Path) -> bool:
    """Whether two paths, by whatever names, are one file, which is there."""
    try:
        return os.path.samefile(path, other)
    except (OSError, ValueError):  # ValueError: a NUL in a path
        return False


@contextmanager
def new_file(path: Path, rights: int) -> Iterator[IO[bytes]]:
    """A new binary file that is given the name ``path`` when the block ends, whatever had that name, a link too.

    ``rights``: as of ``os.open``.  Raises OSError.
    """
    temporary = path.with_name(_temporary_name())
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), rights)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what killed processes left of files that they were writing, a day and more ago.  Raises OSError."""
    for name in os.listdir(folder):
        if TEMPORARY.fullmatch(name):
            with suppress(OSError):  # another process was faster, or it is another user's
                status = (folder / name).lstat()
                if stat.S_ISREG(status.st_mode) and time.time() - status.st_mtime > OLD:
                    (folder / name).unlink()


def _temporary_name() -> str:
    return f".darknet_py.{os.urandom(8).hex()}.part"


def _new_file(target: Path) -> IO[bytes]:
    """An empty file beside ``target``; elsewhere, where the folder takes no new file but has one that can be written."""
    if exists := target.exists():
        _check_writable(target)
    try:
        return (target.parent / _temporary_name()).open("xb")
    except OSError as e:
        if e.errno not in IN_THE_WAY or not exists:
            raise
        return tempfile.NamedTemporaryFile(delete=False)


def _check_writable(path: str | Path) -> None:
    """Raises the error of ``open`` for a file that must not be written, which replacing it would go round."""
    with Path(path).open("ab"):
        pass


def _lend_rights(path: str | Path, before: os.stat_result) -> None:
    """Give a file the owner, group and rights of another one.  Raises OSError where this process may not."""
    now = Path(path).stat()
    if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        os.chown(path, before.st_uid, before.st_gid)
    if now.st_mode != before.st_mode:
        Path(path).chmod(stat.S_IMODE(before.st_mode))


def _stream(path: str | Path) -> IO[bytes] | None:
    """What is written at once: a pipe, a device, or the file that is standard output or error already."""
    status = _status(path)
    if status is None or stat.S_ISDIR(status.st_mode):
        return None
    for descriptor in (1, 2):
        with suppress(OSError):
            if os.path.samestat(status, os.fstat(descriptor)):
                return os.fdopen(os.dup(descriptor), "wb")
    return None if stat.S_ISREG(status.st_mode) else Path(path).open("wb")


def _status(path: str | Path) -> os.stat_result | None:
    try:
        return Path(path).stat()
    except FileNotFoundError:
        return None
    except ValueError as e:  # a NUL in the path
        raise OSError(errno.EINVAL, str(e), str(path)) from e
