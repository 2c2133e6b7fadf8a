"""Addresses that stand for pictures and videos: what is one, which file a file:// address is, how they are shown."""

from __future__ import annotations

import os
import re
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from ..errors import ImageError

__all__ = ["is_address", "is_stream", "is_web", "local_name", "local_path", "shown", "whole"]

_WEB = re.compile(r"(https?):/+", re.IGNORECASE)  # pathlib makes one / of two
_FILE = re.compile(r"file:/+", re.IGNORECASE)
_STREAM = re.compile(r"(rtsps?|rtmps?|rtp|srt|udp|tcp|ftp):/+", re.IGNORECASE)
_NO_NAME = re.compile(r'[:*?"<>|]+')  # what names of files cannot have everywhere
LONGEST, LONGEST_SUFFIX = 160, 16  # bytes of a name; most systems have 255, and there come words and numbers
_USER = re.compile(r"//[^/]*@")  # a password may have ? and # in it


def is_web(word: str) -> bool:
    """Whether a word is an http or https address."""
    return _WEB.match(word) is not None


def is_stream(word: str) -> bool:
    """Whether it is an address of what has no end, or is no file."""
    return _STREAM.match(word) is not None


def is_address(word: str) -> bool:
    """Whether it is one of these, and no path."""
    return is_web(word) or is_stream(word)


def whole(word: str) -> str:
    """An address as it was before pathlib had it; a path as it is."""
    return re.sub(":/+", "://", word, count=1) if is_address(word) else word


def local_path(word: str) -> str:
    """The path of a file:// address; all else as it is.  Raises ImageError for a file of another machine."""
    if not _FILE.match(word):
        return word
    from urllib.request import url2pathname

    parts = urlsplit(word if "://" in word and ":///" not in word else _FILE.sub("file:///", word))
    if parts.netloc not in ("", "localhost"):
        raise ImageError(f"{word}: a file of another machine, {parts.netloc}; give a path, or file:///path")
    return url2pathname(parts.path)


def shown(word: str) -> str:
    """A path or an address without user and password."""
    return _USER.sub("//", word, count=1) if "://" in word else word


def local_name(word: str) -> str:
    """What files that are written for a picture are named after: its path, or the last part of its address.

    That is made a name that every system can have and none hides, without what is not printed, of ``LONGEST`` bytes.
    """
    if not is_web(word):
        return word
    name = re.split(r"[/\\]", unquote(PurePosixPath(urlsplit(whole(word)).path).name))[-1]
    name = "".join(letter if letter.isprintable() else "_" for letter in _NO_NAME.sub("_", name))
    stem, suffix = os.path.splitext(name.strip(". "))
    return (_short(stem, LONGEST).strip(". ") or "picture") + _short(suffix, LONGEST_SUFFIX)


def _short(text: str, most: int) -> str:
    """As much of a text as ``most`` bytes hold."""
    return text.encode("utf-8", "replace")[:most].decode("utf-8", "ignore")
