"""The .data file, which says where the other files of a network and its training are."""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import CfgError
from .text import read_text

__all__ = ["data_file", "names_file", "read_data"]


def read_data(path: str | Path) -> dict[str, str]:
    """A .data file: ``key = value`` lines.   C: option_list.c read_data_cfg

    Blanks are deleted as in a cfg; the first of two equal keys wins; keys without a value are left out.
    """
    options: dict[str, str] = {}
    for number, raw in enumerate(read_text(path).split("\n"), 1):
        line = re.sub(r"[ \t\r]", "", raw)
        if not line or line[0] in "#;":
            continue
        if "=" not in line:
            raise CfgError(f"{path}:{number}: not key=value: {raw.strip()[:60]!r}")
        key, value = line.split("=", 1)
        if value:
            options.setdefault(key, value)
    return options


def names_file(data: str | Path, *keys: str) -> Path:
    """The file of class names that a .data file points to with names=, or with the first of ``keys`` that is there.

    Raises CfgError when there is none of them, or its file is nowhere; see ``data_file``.
    """
    options, keys = read_data(data), keys or ("names",)
    key = next((k for k in keys if k in options), None)
    if key is None:
        raise CfgError(f"{data}: no {keys[0]}= in it, the file of class names; add it or give the names yourself")
    return data_file(data, key, "mend the path or give the names yourself")


def data_file(data: str | Path, key: str, remedy: str = "mend the path") -> Path:
    """The file that an option of a .data file points to.

    A relative path is tried from the working directory, as the reference does, then from the .data file's folder and the
    one above.  Raises CfgError when there is no such option, or its file is in none of them.
    """
    value, folder = read_data(data).get(key), Path(data).resolve().parent
    if value is None:
        raise CfgError(f"{data}: no {key}= in it; add the path of that file")
    for path in (Path(value), folder / value, folder.parent / value):
        if path.is_file():
            return path
    raise CfgError(f"{data}: {key}={value} is not there; {remedy}")
