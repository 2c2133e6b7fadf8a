"""What a word that is not known may have meant."""

from __future__ import annotations

from collections.abc import Iterable

from .._support.spelling import meant

__all__ = ["nearest"]

LEAST = 3  # characters of a word that can be like another one


def nearest(word: str, known: Iterable[str], dash: str = "") -> str:
    """``; did you mean -thresh?``, where a word is only a slip of the hand away or the beginning of one; else nothing."""
    asked, names = _plain(word), {_plain(name): name for name in known}
    if len(asked) < LEAST:
        return ""
    begun = sorted((name for name in names if name.startswith(asked)), key=len)
    found = begun[0] if begun else meant(asked, names)
    return f"; did you mean {dash}{names[found]}?" if found else ""


def _plain(word: str) -> str:
    return word.lstrip("-").lower().replace("_", "").replace("-", "")
