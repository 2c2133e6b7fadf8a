"""Files in folders and those that a pattern finds: in the order of their names, folder by folder, as they are asked for."""

from __future__ import annotations

import fnmatch
import os
import re
import warnings
from collections.abc import Collection, Iterator
from pathlib import Path

from .._support.words import reason
from ..errors import DarknetWarning, DatasetError

__all__ = ["DEEP", "base_of", "has_any", "in_folder", "is_pattern", "matching"]

_MAGIC = re.compile(r"[*?[]")
DEEP = "**"


def is_pattern(word: str) -> bool:
    """Whether a word is a pattern that no shell has taken for its own, as ``photos/**/*.jpg``, and no file or address."""
    return _MAGIC.search(word) is not None and "://" not in word and not os.path.lexists(word)


def base_of(pattern: str) -> str:
    """The folder that all lie under which a pattern finds."""
    parts = Path(os.path.expanduser(pattern)).parts
    first = next((i for i, part in enumerate(parts) if _MAGIC.search(part)), len(parts))
    return str(Path(*parts[:first]))


def in_folder(folder: str, suffixes: Collection[str], recursive: bool = False, told: bool = True) -> Iterator[str]:
    """The files in a folder that have one of these suffixes, whatever their case; ``recursive``: then those in its folders.

    Folders that are links, and those whose names begin with a dot, are not gone into.  Raises DatasetError for a folder that
    cannot be read; warns (DarknetWarning), if ``told``, of one below it.
    """
    entries = _entries(folder)
    for entry in entries:
        if Path(entry.name).suffix.lower() in suffixes and not _is_folder(entry):
            yield str(Path(folder) / entry.name)
    for entry in _below(entries) if recursive else ():
        yield from _passing_over(in_folder(os.path.join(folder, entry.name), suffixes, recursive, told), told)


def has_any(folder: str, suffixes: Collection[str], recursive: bool = False) -> bool:
    """Whether ``in_folder`` finds any, without sorting.  Raises DatasetError for a folder that cannot be read; one below it
    has none."""
    try:
        with os.scandir(folder) as entries:
            folders = []
            for entry in entries:
                if _is_folder(entry):
                    folders.append(entry)
                elif Path(entry.name).suffix.lower() in suffixes:
                    return True
    except OSError as e:
        raise _unreadable(folder, e) from e
    return recursive and any(_has_any_below(os.path.join(folder, entry.name), suffixes) for entry in _below(folders))


def _has_any_below(folder: str, suffixes: Collection[str]) -> bool:
    try:
        return has_any(folder, suffixes, recursive=True)
    except DatasetError:
        return False


def matching(pattern: str, suffixes: Collection[str], told: bool = True) -> Iterator[str]:
    """The files that a pattern finds, each once; ``**`` stands for any folders, as far as ``in_folder`` goes.

    Of a pattern whose last part leaves the suffix open those with one of ``suffixes``.
    """
    parts = Path(os.path.expanduser(pattern)).parts
    is_open = _MAGIC.search(Path(parts[-1]).suffix or "*") is not None
    seen = set[str]() if parts.count(DEEP) > 1 else None
    for path in _walked("", parts, told):
        if is_open and Path(path).suffix.lower() not in suffixes:
            continue
        if seen is None or path not in seen:
            yield path
        if seen is not None:
            seen.add(path)


def _walked(folder: str, parts: tuple[str, ...], told: bool) -> Iterator[str]:
    part, rest = parts[0], parts[1:]
    if part == DEEP:
        yield from _walked(folder, rest or ("*",), told)
        for entry in _below(_entries(folder)):
            yield from _passing_over(_walked(os.path.join(folder, entry.name), parts, told), told)
    elif not _MAGIC.search(part):
        path = os.path.join(folder, part)
        if rest and os.path.isdir(path):
            yield from _walked(path, rest, told)
        elif not rest and os.path.isfile(path):
            yield path
    else:
        for entry in _entries(folder):
            if fnmatch.fnmatch(entry.name, part) and (part[0] == "." or entry.name[0] != "."):
                path = os.path.join(folder, entry.name)
                if rest and _is_folder(entry):
                    yield from _passing_over(_walked(path, rest, told), told)
                elif not rest and not _is_folder(entry):
                    yield path


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder or ".") as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as e:
        raise _unreadable(folder or ".", e) from e


def _below(entries: list[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
    return (entry for entry in entries if entry.name[0] != "." and _is_folder(entry, links=False))


def _is_folder(entry: os.DirEntry[str], links: bool = True) -> bool:
    """``links``: or a link to one.  What nobody can tell, as of a link to itself, is none, and is told when it is read."""
    try:
        return entry.is_dir(follow_symlinks=links)
    except OSError:
        return False


def _passing_over(paths: Iterator[str], told: bool) -> Iterator[str]:
    """A folder below another one that cannot be read is told, if it is to be, and the others follow."""
    try:
        yield from paths
    except DatasetError as e:
        if told:
            warnings.warn(f"{e.message}; passed over", DarknetWarning, stacklevel=2)


def _unreadable(folder: str, e: OSError) -> DatasetError:
    return DatasetError(f"{folder}: cannot be read ({reason(e)})")
