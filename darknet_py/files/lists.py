"""Lists of pictures, one path a line: in a file, or on a stream.   C: data.c get_paths"""

from __future__ import annotations

import os
import stat
import warnings
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, TextIO

from .._support.words import reason
from ..errors import DarknetWarning, DatasetError
from .characters import bare
from .paths import find, meant, respelt
from .text import decoded, encoding, lines, read_bytes, read_text

__all__ = ["LISTS", "PICTURES", "as_written", "at_hand", "check_list", "listed", "raw_lines", "read_list", "streamed"]

PICTURES = {".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tga", ".tif", ".tiff", ".webp"}
LISTS = {".txt", ".list"}


def read_list(path: str | Path) -> list[str]:
    """The paths in a text file, one a line; those that are not there are looked for from the file's folder too.

    They may be spelt as in ``paths.find``.  Empty lines are passed over.  Warns (DarknetWarning) of backslashes that are
    taken for /.  Raises DatasetError when nothing is left.   C: data.c get_paths
    """
    return [path for _, path in as_written(path)]


def as_written(path: str | Path) -> list[tuple[str, str]]:
    """``read_list``, each path behind what the file says, which may hold a class."""
    named = [(number, line) for number, line in enumerate(lines(read_text(path, DatasetError, paths=True)), 1) if bare(line)]
    if not named:
        raise _empty(path)
    folders = "", os.path.dirname(path)
    paths = [find(line, folders) or meant(line) for _, line in named]
    turned = [number for (number, line), path in zip(named, paths) if respelt(line, path)]
    if turned:
        more = f" (and in {len(turned) - 1} more lines)" if turned[1:] else ""
        message = f"read with / in place of \\{more}; Darknet does not read it so"
        warnings.warn(DarknetWarning(message, f"{path}:{turned[0]}:", turned[0]), stacklevel=2)
    return [(meant(line), path) for (_, line), path in zip(named, paths)]


def listed(path: str | Path) -> Iterator[str]:
    """``read_list``, a line when it is asked for; the warning does not say of how many lines it is true."""
    folders, found, told = ("", os.path.dirname(path)), False, False
    for number, line in enumerate(_lines_of(path), 1):
        if not bare(line):
            continue
        found, picture = True, find(line, folders) or meant(line)
        if not told and (told := respelt(line, picture)):
            message = "read with / in place of \\; Darknet does not read it so"
            warnings.warn(DarknetWarning(message, f"{path}:{number}:", number), stacklevel=2)
        yield picture
    if not found:
        raise _empty(path)


def check_list(path: str | Path) -> None:
    """What ``listed`` would raise at its first line; of a pipe, which can be read but once, nothing."""
    if os.path.isfile(path) or not os.path.exists(path):
        with closing(_lines_of(path)) as texts:
            if not any(map(bare, texts)):
                raise _empty(path)


def raw_lines(source: BinaryIO) -> Iterator[bytes]:
    """The lines of a list as they are, in UTF-8 where they are in UTF-16 or UTF-32; quick, and for a look at them."""
    head = source.readline()
    if b"\0" in head or encoding(head)[0] != "utf-8":
        text = decoded(head + source.read(), "a list", DatasetError, paths=True)
        yield from (line.encode("utf-8", "surrogateescape") for line in lines(text))
    else:
        yield head
        yield from source


def at_hand(stream: TextIO) -> bool:
    """Whether all that will come on a stream is there already: it is a file."""
    with suppress(OSError, ValueError):  # it has no number, or is closed
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    return False


def streamed(stream: TextIO, head: bytes = b"") -> Iterator[str]:
    """The paths on a stream as they come, one a line, spelt as in ``paths.find``; empty lines are empty paths.

    ``head``: the first line, where that was read already.  Raises DatasetError for binary data.
    """
    source = getattr(stream, "buffer", None)
    for text in iter(stream.readline, "") if source is None else _texts(source, head=head):
        *whole, last = lines(text)
        for line in [*whole, last] if last else whole:
            yield find(line) or meant(line) if bare(line) else ""


def _empty(path: str | Path) -> DatasetError:
    return DatasetError(f"{path}: an empty list; it names pictures, one a line")


def _lines_of(path: str | Path) -> Generator[str, None, None]:
    """The lines of a list as they are read; of one that is no file, but a pipe, when all has come."""
    try:
        regular = stat.S_ISREG(os.stat(path).st_mode)
        source = Path(path).open("rb") if regular else BytesIO(read_bytes(path, DatasetError))  # noqa: SIM115
    except (OSError, ValueError) as e:  # ValueError: a NUL in the path
        raise DatasetError(f"{path}: cannot be read ({reason(e)})") from e
    with source:
        for text in _texts(source, path):
            *whole, last = lines(text)
            yield from [*whole, last] if last else whole


def _texts(source: BinaryIO, name: str | Path = "standard input", head: bytes = b"") -> Iterator[str]:
    """The lines of a stream of bytes as they come; all at once of one in UTF-16, whose lines end otherwise."""
    data = head or source.readline()
    if b"\0" in data or encoding(data)[0] != "utf-8":
        data += source.read()
    while data:
        yield decoded(data, name, DatasetError, paths=True)
        data = source.readline()
