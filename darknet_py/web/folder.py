"""A page's folder: written as a whole or not at all, over an earlier page only, nothing of the user's lost."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .. import export
from .._support import write_whole
from .._support.words import reason
from ..errors import OutputError
from .page import MODEL, NETWORK, Page, static_files

__all__ = ["Written", "check", "write"]

LISTING = "files.json"  # the files of the page, and the SHA-256 of each
STAGE = ".darknet_py."  # where they are made; a killed process leaves it


@dataclass(frozen=True)
class Written:
    """The folder, and the bytes of each of its files."""

    folder: Path
    files: Mapping[str, int]


def check(folder: str | Path) -> None:
    """Raises OutputError where ``write`` would have to."""
    _replaceable(Path(folder))


def write(folder: str | Path, page: Page, runtime: Mapping[str, bytes]) -> Written:
    """Write a page; an earlier one in ``folder`` is replaced, other files beside it stay.

    ``runtime``: see ``fetch_runtime``.  Raises OutputError where files would be lost that no export has written, and when
    something cannot be written: then the folder is what it was.
    """
    target = Path(folder)
    before = _replaceable(target)
    with _naming(target), _there(target), tempfile.TemporaryDirectory(dir=target, prefix=STAGE) as place:
        files = _make(Path(place) / "new", page, runtime)
        _check_foreign(target, set(files) - set(before))
        _exchange(target, Path(place), before, files)
    return Written(target, files)


@contextmanager
def _there(folder: Path) -> Iterator[None]:
    """A folder that is made if it is not there, and then goes again when the block fails."""
    new, done = not folder.exists(), False
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
        done = True
    finally:
        if new and not done:
            with suppress(OSError):  # something was put there meanwhile
                for path in (*sorted(folder.rglob("*"), reverse=True), folder):
                    path.rmdir()


def _make(folder: Path, page: Page, runtime: Mapping[str, bytes]) -> dict[str, int]:
    """The page in a new folder; the bytes of each file."""
    folder.mkdir()
    model = export.save(folder / MODEL, page.model)
    for name, data in {**static_files(), **runtime, **page.examples, NETWORK: page.description(model.size)}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
    listing = {name: _digest(folder / name) for name in _files(folder)}
    write_whole(folder / LISTING, json.dumps(listing, indent=1).encode())
    return {name: (folder / name).stat().st_size for name in _files(folder)}


def _files(folder: Path) -> Iterator[str]:
    return (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _replaceable(folder: Path) -> list[str]:
    """The files of an earlier page in ``folder``.  Raises OutputError for others' folders, and a page that was changed."""
    if not os.path.lexists(folder):
        return []
    if not folder.is_dir():
        raise OutputError(f"{folder}: is a file, and the page is a folder of files; choose another name")
    with _naming(folder):
        if not (folder / LISTING).is_file():
            if first := next((path for path in folder.iterdir() if not path.name.startswith(STAGE)), None):
                raise OutputError(f"{folder}: is no earlier page, but has other files ({first.name}); choose a new folder")
            return []
        listing = _listed(folder)
        for name, digest in listing.items():
            if (folder / name).is_file() and _digest(folder / name) != digest:
                raise OutputError(f"{folder / name}: was changed since it was written; move it, or choose another folder")
    return [*(name for name in listing if (folder / name).is_file()), LISTING]


def _listed(folder: Path) -> dict[str, str]:
    try:
        listing = json.loads((folder / LISTING).read_text("utf-8"))
        return {str(name): str(digest) for name, digest in listing.items() if _is_inside(name)}
    except (ValueError, AttributeError) as e:
        raise OutputError(f"{folder / LISTING}: is not the list of a page's files; choose another folder") from e


def _is_inside(name: str) -> bool:
    return ".." not in Path(name).parts and not Path(name).is_absolute()


def _check_foreign(folder: Path, names: Iterable[str]) -> None:
    """Raises OutputError for one of ``names`` that is there."""
    for name in sorted(names):
        if os.path.lexists(folder / name):
            raise OutputError(f"{folder / name}: would be written over, but is of no earlier page; choose another folder")


def _exchange(folder: Path, place: Path, before: Iterable[str], files: Iterable[str]) -> None:
    """Files of place/new into ``folder``, those of the page before away; all or none."""
    moves = [(folder / name, place / "old" / name) for name in before]
    moves += [(place / "new" / name, folder / name) for name in files]
    done: list[tuple[Path, Path]] = []
    try:
        for source, target in moves:
            _move(source, target)
            done.append((source, target))
    finally:
        for source, target in reversed(done if len(done) < len(moves) else []):
            _move(target, source)


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.rename(source, target)


@contextmanager
def _naming(folder: Path) -> Iterator[None]:
    """An OSError in the block becomes an OutputError about the folder."""
    try:
        yield
    except OSError as e:
        raise OutputError(f"{e.filename or folder}: cannot be written ({reason(e)}); check the folder and its rights") from e
