"""Folders and files that nobody else can have changed, so that what is in them may be run as code.

As in ssh's strict modes, each folder and each link on the way must belong to this user or to root, and no folder may be
written by others, but for those like /tmp (sticky) on the way, where others cannot move what is not theirs.  Then nobody
else can change what has been looked at.  Where users have no numbers (Windows) what can be read is trusted.
"""

from __future__ import annotations

import errno
import functools
import os
import stat
from contextlib import suppress
from pathlib import Path

__all__ = ["Distrusted", "read_trusted", "trusted_folder"]

POSIX = hasattr(os, "geteuid")
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
MOST_LINKS = 40  # as on Linux
AS_IT_IS = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK"))  # no link's target, no wait for a pipe


class Distrusted(Exception):
    """Somebody else can have changed what is at a path; the text says why, ``remedy`` what fixes it, if anything does."""

    def __init__(self, path: str | Path, problem: str, remedy: str = "") -> None:
        super().__init__(f"{path} {problem}")
        self.remedy = remedy


def trusted_folder(path: Path, make: bool = False) -> Path:
    """The folder that an absolute path leads to, without links; ``make`` those that lack, for this user alone.

    Raises Distrusted, and OSError for what is missing, is no folder or cannot be made.
    """
    if not POSIX:
        if make:
            path.mkdir(parents=True, exist_ok=True)
        return path
    real, steps, links = "", [*reversed(path.parts)], 0
    while steps:
        step = steps.pop()
        entry = os.path.dirname(real) if step == ".." else os.path.join(real, step)  # a step "/" leads back to the root
        status = _status(entry, make)
        _check_owner(entry, status, not steps)
        if stat.S_ISLNK(status.st_mode):
            links += 1
            steps += reversed(_target(entry, links))
        else:
            _check_folder(entry, status, not steps)
            real = entry
    return Path(real)


def read_trusted(path: Path) -> bytes:
    """The bytes of a file in a trusted folder.  Raises Distrusted, and OSError for what cannot be read."""
    with open(path, "rb", opener=_opened_as_it_is) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Distrusted(path, "is no regular file")
        if POSIX:
            _check_owner(str(path), status, True)
            if status.st_mode & OTHERS_WRITE:
                raise Distrusted(path, f"may be written by others (rights {stat.S_IMODE(status.st_mode):04o})")
        return file.read()


def _opened_as_it_is(path: str, flags: int) -> int:
    try:
        return os.open(path, flags | AS_IT_IS)
    except OSError as e:
        if e.errno == errno.ELOOP:
            raise Distrusted(path, "is a link") from e
        raise


def _status(path: str, make: bool) -> os.stat_result:
    with suppress(FileNotFoundError):
        return os.lstat(path)
    if make:
        with suppress(FileExistsError):  # another process was faster
            os.mkdir(path, 0o700)
    return os.lstat(path)


def _target(link: str, links: int) -> tuple[str, ...]:
    """The steps that a link leads through."""
    if links > MOST_LINKS:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), link)
    return Path(os.readlink(link)).parts


def _check_owner(path: str, status: os.stat_result, last: bool) -> None:
    trusted = status.st_uid in (0, os.geteuid()) or (not last and status.st_uid == _outsiders())
    if not trusted:
        raise Distrusted(path, f"belongs to user {status.st_uid}")


def _check_folder(path: str, status: os.stat_result, last: bool) -> None:
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
    if status.st_mode & OTHERS_WRITE and (last or not status.st_mode & stat.S_ISVTX):
        rights = f"{stat.S_IMODE(status.st_mode):04o}"
        raise Distrusted(path, f"may be written by others (rights {rights})", f"chmod go-w {path}")


@functools.cache
def _outsiders() -> int | None:
    """The owner, in a container without root, of what belongs to root and others outside; None where it may be a user."""
    try:
        overflow = int(Path("/proc/sys/kernel/overflowuid").read_text("utf-8"))
        maps = Path("/proc/self/uid_map").read_text("utf-8").splitlines()
        ranges = [[int(number) for number in line.split()] for line in maps]
    except (OSError, ValueError):
        return None
    return None if any(first <= overflow < first + size for first, _, size in ranges) else overflow
