"""Paths as they stand in texts: with blanks, quotes, backslashes or ``~``, which may or may not belong to them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from .characters import BLANK, QUOTES, bare, trimmed

__all__ = ["expanded", "find", "meant", "respelt"]

_QUOTED = re.compile(f"[{QUOTES}](.+)[{QUOTES}]")
_BLANKS = re.compile(r"\\ |[^\S\n]")
_REMARK = re.compile(f"(?:{BLANK.pattern})[#;].*")


def find(
    text: str, folders: Sequence[str] = ("",), is_there: Callable[[str], bool] = os.path.lexists, option: bool = False
) -> str | None:
    """The file that a path in a text means, looked for from each of the folders; None when there is none.

    The text as it is comes first, then without blanks around it, without quotes, with ``~`` for the home folder, with / in
    place of backslashes, with plain blanks in place of others and of ``\\ `` as shells have it.  An ``option``'s value is
    tried too without a remark behind it and, as in C, without blanks.
    """
    for spelt in chain([text], _others(text, option)):
        for path in (os.path.join(folder, spelt) if folder else spelt for folder in folders):
            if is_there(path):
                return path
    return None


def meant(text: str) -> str:
    """A path in a text that is nowhere, as it would be shown: without blanks and quotes around it."""
    text = trimmed(text)
    match = _QUOTED.fullmatch(text)
    return match[1] if match else text


def expanded(text: str) -> str:
    """``meant``, with the home folder in place of ``~``: a path that is to be made."""
    return os.path.expanduser(meant(text))


def respelt(text: str, path: str) -> bool:
    """Whether a path was found by taking backslashes for /."""
    return os.sep != "\\" and "\\" in text.replace("\\ ", " ") and "\\" not in path


def _others(text: str, option: bool) -> Iterator[str]:
    """Other spellings than the text itself; what they take to be found is not done where the text is a file's path."""
    plain = [text, trimmed(text), meant(text)]
    if option:
        plain += [meant(_REMARK.sub("", text))]
    home = [os.path.expanduser(path) for path in plain]
    slashes = [path.replace("\\", "/") for path in home]
    blanks = [_BLANKS.sub(" ", path) for path in home]
    without = [bare(path) for path in plain] if option else []
    yield from dict.fromkeys(path for path in (*plain, *home, *slashes, *blanks, *without) if path != text and path)
