"""Published weights → a file in a folder, verified, all at once or not at all."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .._support.words import reason
from ..errors import FetchError
from .download import Report, download
from .manifest import Published
from .needs import need
from .partial_file import PartialFile
from .reply import MIRROR
from .sources import at_mirror
from .verify import fault

__all__ = ["Fetched", "fetch", "locked", "silent"]

log = logging.getLogger("darknet_py")


@dataclass(frozen=True)
class Fetched:
    """The file, and whether it is new or was there already."""

    path: Path
    new: bool


def silent(done: int, size: int) -> None:
    """For those who do not watch."""


def fetch(
    published: Published, folder: Path, mirror: str | None = None, report: Report = silent, elsewhere: str = MIRROR
) -> Fetched:
    """Have published weights in ``folder``: download them unless they are there, go on with what came earlier.

    ``mirror``: a folder, or an http, https or file address of one, that has the file in place of the published address.
    ``report`` is told bytes that are there, and of all; ``elsewhere``: how the user takes another source.
    A file of that name which is not the published one is left as it is.  Raises FetchError.
    """
    need("requests", "filelock")
    target = folder / published.file
    try:
        if target.exists():
            return _present(published, target)
        folder.mkdir(parents=True, exist_ok=True)
        with locked(target):
            if target.exists():  # another process was faster
                return _present(published, target)
            _bring(published, target, mirror, report, elsewhere)
            return Fetched(target, True)
    except OSError as e:
        remedy = "fix that or choose another folder with -o or DARKNET_PY_WEIGHTS; what has come so far is kept"
        raise FetchError(f"{e.filename or target}: {reason(e)}; {remedy}") from e


def _present(published: Published, target: Path) -> Fetched:
    if problem := fault(published, target):
        raise FetchError(f"{target}: is there already, but is not the published file: {problem}; move it away, or choose "
                         "another folder with -o")  # fmt: skip
    return Fetched(target, False)


def _bring(published: Published, target: Path, mirror: str | None, report: Report, elsewhere: str) -> None:
    part = PartialFile(target)
    address = at_mirror(mirror, published.file) if mirror else published.address
    download(address, part, published.size, report, elsewhere)
    if problem := fault(published, part.path):
        part.discard()
        raise FetchError(f"{address}: not the published file: {problem}; fetch it again, or from elsewhere {elsewhere}")
    part.finish()


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """Keep other processes from fetching the same file into the same folder."""
    import filelock

    path = target.with_name(f".{target.name}.lock")
    lock = filelock.FileLock(path)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        log.info("%s: another process is fetching it; waiting", target)
        lock.acquire()
    try:
        yield
    finally:
        with suppress(OSError):  # Windows keeps it until the lock is released, and then removes it
            path.unlink()
        lock.release()
