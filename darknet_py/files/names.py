"""The file of class names, in UTF-8 or an encoding of its own."""

from __future__ import annotations

import codecs
import warnings
from collections.abc import Sequence
from pathlib import Path

from ..errors import CfgError, DarknetError, DarknetWarning
from .data import names_file
from .legacy import guesses
from .text import decoded, encoding, lines, read_bytes

__all__ = ["check_encoding", "class_names", "coco", "name_files", "numbered", "read_names", "scan_names"]

COCO = Path(__file__).parent.parent / "data" / "coco.names"
COCO_CLASSES = 80
KNOWN = "gbk, big5, shift_jis, euc_kr, cp1251, latin-1"


def class_names(given: str | Path | Sequence[str] | None, classes: int, names_encoding: str | None = None) -> list[str]:
    """``given`` as it is, or read from a .names file; None: COCO's for as many ``classes``, else none.

    Raises CfgError for a file that cannot be read, DarknetError for what is neither file nor list.
    """
    if given is None:
        return list(coco()) if classes == COCO_CLASSES else []
    if isinstance(given, (str, Path)):
        return read_names(given, names_encoding)
    try:
        return [str(name) for name in given]
    except TypeError as e:
        raise DarknetError(f"names={given!r} is not possible; it must be a file or a list of names") from e


def numbered(names: Sequence[str], classes: int) -> list[str]:
    """A name for each class: its number where ``names`` has none."""
    return [*names[:classes], *map(str, range(len(names), classes))]


def name_files(given: str | Path | Sequence[str] | None, *beside: str | Path) -> list[str | Path]:
    """The .names file, if it is one; the .data file and the .names file that it leads to, which may lie ``beside`` others.

    Raises CfgError.
    """
    if not isinstance(given, (str, Path)):
        return []
    return [given, names_file(given, beside=beside)] if Path(given).suffix == ".data" else [given]


def coco() -> tuple[str, ...]:
    """The 80 classes of COCO, in the order of the published weights."""
    return tuple(read_names(COCO))


def read_names(path: str | Path, names_encoding: str | None = None) -> list[str]:
    """Class names, one a line.   C: data.c get_labels_custom

    A file that is not UTF-8 is read in the encoding that fits it best, with a warning (DarknetWarning), or in
    ``names_encoding``.  Raises CfgError for a file that cannot be read so, and for an unknown encoding.
    """
    names, problem = scan_names(path, names_encoding)
    if problem:
        warnings.warn(problem, stacklevel=2)
    return names


def scan_names(path: str | Path, names_encoding: str | None = None) -> tuple[list[str], DarknetWarning | None]:
    """``read_names``, its warning in place of being shown; CfgError as there."""
    data = read_bytes(path).removeprefix(codecs.BOM_UTF8)
    if names_encoding is not None:
        return _named(_in(data, path, names_encoding)), None
    if encoding(data)[0] != "utf-8" or (line := _first_wrong(data)) == 0:
        return _named(decoded(data, path)), None
    decoded(data, path)  # raises for binary data
    fits = guesses(data)
    text = data.decode(fits[0] if fits else "utf-8", "replace")
    return _named(text), DarknetWarning(_told(data, line, fits), f"{path}:{line}:", line)


def check_encoding(name: str) -> str:
    """The name of an encoding.  Raises CfgError when Python does not know it as one of texts."""
    try:
        codecs.lookup(name)
        "".encode(name)
    except (LookupError, UnicodeError, ValueError) as e:
        raise CfgError(f"names_encoding={name} is not known; there are {KNOWN} and others") from e
    return name


def _named(text: str) -> list[str]:
    names = lines(text)
    return names[:-1] if names[-1] == "" else names


def _in(data: bytes, path: str | Path, name: str) -> str:
    try:
        return data.decode(check_encoding(name)).removeprefix("\ufeff")
    except UnicodeError as e:
        line = len(lines(data[: getattr(e, "start", 0)].decode("latin-1")))
        raise CfgError(f"not {name}; give another names_encoding, or save it as UTF-8", f"{path}:{line}:", line) from e


def _first_wrong(data: bytes) -> int:
    """The line of the first byte that is not UTF-8, 0 without any."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as e:
        return len(lines(data[: e.start].decode("utf-8")))
    return 0


def _told(data: bytes, line: int, fits: list[str]) -> str:
    if not fits:
        return "not UTF-8, and no other encoding fits for certain; save it as UTF-8, or name its encoding (names_encoding)"
    said = [f"{codec}: {lines(data.decode(codec, 'replace'))[line - 1].strip()}" for codec in fits]
    others = f" (or {'; '.join(said[1:])})" if said[1:] else ""
    return f"not UTF-8, read as {said[0]}{others}; save it as UTF-8, or name its encoding (names_encoding)"
