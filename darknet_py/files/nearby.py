"""Files that others name by paths which held elsewhere: from Darknet's folder, say, as data/9k.tree does."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from ..errors import PATH, printable
from .paths import find, meant

__all__ = ["nearby", "sought"]


def nearby(
    text: str, *beside: str | Path, is_there: Callable[[str], bool] = os.path.isfile, option: bool = False
) -> str | None:
    """The file that a path means in one of ``folders``, spelt as in ``paths.find``; else one of its own name beside those
    that name it.  None when there is none.
    """
    folders = _folders(*beside)
    name = os.path.basename(meant(text).replace("\\", "/"))
    return find(text, folders, is_there, option) or find(name, [_folder(file) for file in beside], is_there, option)


def sought(*beside: str | Path) -> str:
    """Where ``nearby`` looks, for messages."""
    others = (folder for folder in _folders(*beside)[1:] if folder != os.getcwd())
    return ", ".join(["the working folder", *(printable(folder, PATH) for folder in others)])


def _folders(*beside: str | Path) -> tuple[str, ...]:
    """The working folder, and of each file its own, the one above it, and data/ in both."""
    own = [Path(_folder(file)) for file in beside]
    near = [place for folder in own for place in (folder, folder.parent, folder / "data", folder.parent / "data")]
    return "", *dict.fromkeys(map(str, near))


def _folder(file: str | Path) -> str:
    return str(Path(file).resolve().parent)
