"""Bytes of a text file → text → lines: the one way in which every text is read, be it cfg, names, data, list or labels."""

from __future__ import annotations

import codecs
import os
import re
import stat
import sys
import time
from io import BufferedReader, FileIO
from pathlib import Path

from .._support.words import reason
from ..errors import CfgError, DarknetError
from .characters import CONTROL
from .legacy import guesses

__all__ = ["WIDTH", "decoded", "encoding", "lines", "read_bytes", "read_text"]

MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
WIDTH = {"utf-16-le": (2, 0), "utf-16-be": (2, 1), "utf-32-le": (4, 0), "utf-32-be": (4, 3)}  # bytes; where ASCII stands
HEAD = 65536
MOST = 1 << 26  # bytes of what is no file
PATIENCE = 0.5  # seconds that a pipe's writer may need to begin
PLAIN = re.compile(rb"[\t\n\f\r -~]+")


def read_text(path: str | Path, error: type[DarknetError] = CfgError, paths: bool = False) -> str:
    """The text of a file, see ``decoded``.  Raises ``error`` too when it is missing, a directory or may not be read."""
    return decoded(read_bytes(path, error), path, error, paths)


def read_bytes(path: str | Path, error: type[DarknetError] = CfgError) -> bytes:
    """The bytes of a file or, as shells give them, of a pipe.

    Raises ``error`` when it is missing, a directory or may not be read, does not end, as devices do not, or is a pipe that
    nothing writes into, for which nobody wants to wait.
    """
    try:
        with open(path, "rb", buffering=0, opener=_without_waiting) as file:
            mode = os.fstat(file.fileno()).st_mode
            if stat.S_ISREG(mode):
                return file.readall()
            data = _of_stream(file, stat.S_ISFIFO(mode) and os.path.exists(os.path.realpath(path)))
    except (OSError, ValueError) as e:  # ValueError: a NUL in the path
        raise error(f"{path}: cannot be read ({reason(e)})") from e
    if len(data) > MOST:
        raise error(f"{path}: goes on after {MOST} bytes and is no file; give a text")
    return data


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _of_stream(file: FileIO, is_named: bool) -> bytes:
    """What comes out of a pipe or a device, ``MOST`` bytes and one more at most.

    Raises ValueError for a pipe with a name into which nothing is written, nor soon will be.
    """
    start = file.read(HEAD) if is_named else None
    end = time.monotonic() + PATIENCE
    while start == b"":  # None where there is a writer that is not ready
        if time.monotonic() > end:
            raise ValueError("it is a pipe that nothing writes into; give a text")
        time.sleep(0.01)
        start = file.read(HEAD)
    if hasattr(os, "O_NONBLOCK"):
        os.set_blocking(file.fileno(), True)
    return (start or b"") + BufferedReader(file).read(MOST + 1)


def decoded(data: bytes, path: str | Path, error: type[DarknetError] = CfgError, paths: bool = False) -> str:
    """The text of a file's bytes: UTF-8, with its mark or without; UTF-16 or UTF-32 with its mark, or plain ASCII in it.

    What is not UTF-8 is read as the older encoding that fits, or as cp1252, or in ``paths`` as the system reads such
    names of files.  ``path`` names the file in the ``error`` for binary data.
    """
    codec, mark = encoding(data)
    if codec in WIDTH:
        return _wide(data[mark:], codec, path, error)
    if b"\0" in data:
        raise error(_complaint(data, path))
    if paths and not mark:
        return data.decode(sys.getfilesystemencoding(), "surrogateescape")
    data = data[mark:]
    try:
        return data.decode("utf-8", "surrogateescape" if paths else "strict")
    except UnicodeDecodeError:
        return data.decode((guesses(data) or ["cp1252"])[0], "replace")


def encoding(data: bytes) -> tuple[str, int]:
    """The encoding of a text by its mark, and how long that is; without one UTF-16 and UTF-32 of plain ASCII, or UTF-8."""
    for mark, codec in MARKS:
        if data.startswith(mark):
            return codec, len(mark)
    return next((codec for codec in WIDTH if b"\0" in data[:4] and _is_ascii_in(codec, data)), "utf-8"), 0


def lines(text: str) -> list[str]:
    """The lines of a text; what stands behind the last end of line is one too, though empty.

    They end in LF, CR LF or CR, or in CR CR LF, as some programs write it.
    """
    parts = text.split("\n")
    if "\r" not in text:
        return parts
    whole = [part.rstrip("\r") for part in parts[:-1]]
    return [line for part in (*whole, parts[-1]) for line in part.split("\r")]


def _is_ascii_in(codec: str, data: bytes) -> bool:
    width, at = WIDTH[codec]
    if len(data) % width or not PLAIN.fullmatch(data[at:HEAD:width]):
        return False
    zeros = (data[i::width] for i in range(width) if i != at)
    return all(part.count(0) == len(part) for part in zeros) and PLAIN.fullmatch(data[at::width]) is not None


def _wide(data: bytes, codec: str, path: str | Path, error: type[DarknetError]) -> str:
    name = codec[:6].upper()
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as e:
        raise error(f"{path}: marked as {name}, but not so at byte {e.start}; save it as UTF-8") from e
    if "\0" in text:
        raise error(_binary(path))
    return text


def _binary(path: str | Path) -> str:
    return f"{path}: binary data, not a text file; were the arguments given in the wrong order?"


def _complaint(data: bytes, path: str | Path) -> str:
    """What is wrong with data that has zeros in it."""
    start = data.rfind(b"\n", 0, data.index(b"\0")) + 1
    appended = data[start:].removeprefix(codecs.BOM_UTF16_LE)
    if start and encoding(appended[: len(appended) // 2 * 2])[0] == "utf-16-le":
        number = data.count(b"\n", 0, start) + 1
        return f"{path}:{number}: from here on UTF-16, as >> of PowerShell appends it; save the file as UTF-8"
    codec = next((codec for codec in WIDTH if _looks_like(codec, data[:HEAD])), "")
    return f"{path}: looks like {codec[:6].upper()} without its mark; save it as UTF-8" if codec else _binary(path)


def _looks_like(codec: str, head: bytes) -> bool:
    """Whether zeros stand where that encoding has them: in all of its letters, or in some of a text beyond ASCII."""
    width, at = WIDTH[codec]
    zeros = [head[i::width].count(0) for i in range(width)]
    if zeros[at] or not all(count for i, count in enumerate(zeros) if i != at):
        return False
    text = head[: len(head) // width * width].decode(codec, "replace")
    letters = not head.isascii() or sum(zeros) == len(text) * (width - 1)
    return letters and not CONTROL.search(text) and "\ufffd" not in text[:-1]
