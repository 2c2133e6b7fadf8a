"""Names of files that come from other texts, such as the names of classes."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Sequence

__all__ = ["distinct_names", "file_name"]

MOST = 240  # bytes; systems have 255, of which some are left for a number and for what a file is called while it is written
NO_NAME = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')  # what names of files cannot have everywhere
DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)\s*(\..*)?", re.IGNORECASE)  # what Windows takes for something else


def file_name(text: str, before: str = "", after: str = "") -> str:
    """``before``, a text and ``after`` as the name of a file that every system can have; usual names stay as they are.

    One that is too long is cut, and ends with a digest of the text, so that two of them stay different.
    """
    name = before + NO_NAME.sub("_", text)
    if not after:
        name = name.strip(". ") or "_"
    if DEVICE.fullmatch(name + after):
        name = f"_{name}"
    if len(os.fsencode(name + after)) > MOST:
        end = f"_{hashlib.sha256(os.fsencode(text)).hexdigest()[:8]}{after}"
        return os.fsencode(name)[: MOST - len(os.fsencode(end))].decode("utf-8", "ignore") + end
    return name + after


def distinct_names(texts: Sequence[str], before: str = "", after: str = "") -> list[str]:
    """``file_name`` of each, no two the same: the later one gets a number, and rather one that did not stay as it is."""
    names, used = [file_name(text, before, after) for text in texts], set[str]()
    for i in sorted(range(len(names)), key=lambda i: names[i] != before + texts[i] + after):
        stem, number = names[i].removesuffix(after), 1
        while _key(names[i]) in used:
            number += 1
            names[i] = f"{stem}_{number}{after}"
        used.add(_key(names[i]))
    return names


def _key(name: str) -> str:
    """What is the same for two names of one file."""
    return name.lower() if sys.platform in ("win32", "darwin") else name
