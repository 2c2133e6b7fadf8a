"""The fonts of this machine, and which characters each has."""

from __future__ import annotations

import importlib.util
import mmap
import os
import struct
import sys
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from pathlib import Path

__all__ = ["covers", "files", "folders"]

SUFFIXES = ".ttf", ".otf", ".ttc"
FIRST = "dejavusans", "notosans-regular", "notosanscjk-regular", "segoeui", "arial", "helvetica", "liberationsans-regular"
LAST = ("bold", "black", "light", "thin", "italic", "oblique", "mono", "serif", "narrow", "condensed", "display", "math",
        "extra", "medium", "symbol", "emoji")  # fmt: skip
OFFERS = ("matplotlib", "mpl-data/fonts/ttf"), ("cv2", "qt/fonts")  # packages that bring fonts along
UNICODE = {(3, 10): 0, (0, 6): 1, (0, 4): 1, (3, 1): 2, (0, 3): 2}  # platform and encoding of a table: the best first


def folders() -> list[Path]:
    """Where fonts may lie: of the user, of the system, of packages."""
    home, environ = _home(), os.environ
    if sys.platform == "win32":
        local, windows = environ.get("LOCALAPPDATA", home), environ.get("WINDIR", "C:/Windows")
        found = [Path(local, "Microsoft/Windows/Fonts"), Path(windows, "Fonts")]
    elif sys.platform == "darwin":
        found = [home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")]
    else:
        own = environ.get("XDG_DATA_HOME") or home / ".local/share"
        shared = (environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
        found = [home / ".fonts", *(Path(folder, "fonts") for folder in (own, *shared))]
    return [*found, *_of_packages()]


def _home() -> Path:
    """A user without one has no fonts there."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/nonexistent")


def _of_packages() -> Iterator[Path]:
    for package, folder in OFFERS:
        spec = importlib.util.find_spec(package)
        if spec and spec.origin:
            yield Path(spec.origin).parent / folder


@cache
def files() -> tuple[Path, ...]:
    """The plainest fonts first."""
    found = {Path(at, name): None for folder in folders() for at, _, names in os.walk(folder) for name in names
             if name.lower().endswith(SUFFIXES)}  # fmt: skip
    return tuple(sorted(found, key=_rank))


def _rank(path: Path) -> tuple[int, int, str]:
    name = path.stem.lower()
    first = FIRST.index(name) if name in FIRST else len(FIRST)
    return first, sum(word in name for word in LAST), name


@cache
def _segments(path: Path) -> tuple[list[int], list[int]]:
    """First and last characters of the stretches that a font has; none of a file that is no font of outlines."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _read(data)
    except (OSError, ValueError, struct.error, IndexError):
        return [], []


def covers(path: Path, character: str) -> bool:
    first, last = _segments(path)
    at = bisect_right(first, ord(character)) - 1
    return at >= 0 and ord(character) <= last[at]


def _read(data: mmap.mmap) -> tuple[list[int], list[int]]:
    start = struct.unpack_from(">I", data, 12)[0] if data[:4] == b"ttcf" else 0
    (count,) = struct.unpack_from(">H", data, start + 4)
    tables = {tag: at for tag, _, at, _ in struct.iter_unpack(">4sIII", data[start + 12 : start + 12 + 16 * count])}
    if b"cmap" not in tables or not {b"glyf", b"CFF ", b"CFF2"} & tables.keys():
        return [], []
    cmap = tables[b"cmap"]
    (count,) = struct.unpack_from(">H", data, cmap + 2)
    records = struct.iter_unpack(">HHI", data[cmap + 4 : cmap + 4 + 8 * count])
    found = sorted((UNICODE[p, e], at) for p, e, at in records if (p, e) in UNICODE)
    return _stretches(data, cmap + found[0][1]) if found else ([], [])


def _stretches(data: mmap.mmap, at: int) -> tuple[list[int], list[int]]:
    """Of a subtable of format 4 or 12."""
    (kind,) = struct.unpack_from(">H", data, at)
    if kind == 12:
        (groups,) = struct.unpack_from(">I", data, at + 12)
        found = [(a, b) for a, b, _ in struct.iter_unpack(">III", data[at + 16 : at + 16 + 12 * groups])]
        return [a for a, _ in found], [b for _, b in found]
    if kind != 4:
        return [], []
    (twice,) = struct.unpack_from(">H", data, at + 6)
    last = struct.unpack_from(f">{twice // 2}H", data, at + 14)
    first = struct.unpack_from(f">{twice // 2}H", data, at + 16 + twice)
    return list(first), list(last)
