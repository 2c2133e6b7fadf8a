"""What a file is for: a cfg, weights, names, a .data file, a picture, a list of pictures, a video.

Its content says it and, where that says nothing, its name: a file is what it is, wherever it stands on a command line.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from .addresses import is_address, is_stream
from .contents import BINARY, CFG, NAMES, PICTURE, Kind, beginning, kind_of
from .lists import LISTS, PICTURES
from .text import lines
from .walking import is_pattern

__all__ = ["FILES", "ROLES", "SUFFIXES", "VIDEOS", "is_camera", "is_picture", "is_video", "kind_at", "role_of"]

FILES = "cfg", "weights", "names", "data"
ROLES = {
    "cfg": "a .cfg file", "weights": "a .weights file", "data": "a .data file", "names": "a list of names",
    "picture": "a picture", "list": "a list of pictures", "folder": "a folder", "video": "a video",
}  # fmt: skip
SUFFIXES = {f".{role}": role for role in FILES}
VIDEOS = {".mp4", ".avi", ".mkv", ".mov", ".m4v", ".webm", ".wmv", ".mpg", ".mpeg", ".flv", ".3gp", ".ts", ".mjpeg", ".mjpg"}
PICTURE_BRANDS = b"avif", b"heic", b"mif1", b"heif", b"heix"  # of files that are like videos at their beginning
LOOKED_AT = 20  # lines of a text that may be a list of pictures


def role_of(path: str) -> str:
    """One of ``ROLES``; "" for what cannot be told, such as a file that is not there and whose name says nothing."""
    suffix = Path(path).suffix.lower()
    if os.path.isdir(path):
        return "folder"
    if path == "-" or (is_pattern(path) and suffix not in SUFFIXES):
        return "picture"
    if suffix in PICTURES:
        return "picture"
    if is_address(path):
        return "video" if is_stream(path) or is_video(path) else "picture"
    return "video" if suffix in VIDEOS else _role_inside(path, suffix)


def _role_inside(path: str, suffix: str) -> str:
    """By content, and by name where that leaves it open."""
    kind, named = kind_at(path), SUFFIXES.get(suffix, "")
    says = kind.role if kind else ""
    if suffix in LISTS:
        return "list" if kind is None or _names_pictures(path) else says or "list"
    if kind is NAMES:
        return named or ("" if suffix or _names_pictures(path) else "names")
    if kind is PICTURE or (kind is CFG and named == "names"):  # a class may be called [other]
        return named or "picture"
    return says or named or ("video" if is_video(path) else "")


def _names_pictures(path: str) -> bool:
    """Whether a text lists pictures: one of its first lines is such a path, or that of a file."""
    texts = [line.strip(" \t\"'") for line in lines(beginning(path).decode("utf-8-sig", "replace"))[:LOOKED_AT]]
    folder = os.path.dirname(path)
    return any(
        Path(text).suffix.lower() in PICTURES or os.path.isfile(text) or os.path.isfile(os.path.join(folder, text))
        for text in texts if text
    )  # fmt: skip


def kind_at(path: str) -> Kind | None:
    """What a file's content says, None for a file that is not there or says nothing."""
    try:
        kind = kind_of(path) if os.path.isfile(path) else BINARY
    except OSError:
        return None
    return None if kind is BINARY else kind


def is_camera(word: str) -> bool:
    """Whether a word is a camera's number."""
    return word.isdecimal() and not os.path.lexists(word)


def is_picture(path: str) -> bool:
    """Whether a file is there that is a picture by its content or, where that says nothing, by its name."""
    return os.path.isfile(path) and (kind_at(path) is PICTURE or Path(path).suffix.lower() in PICTURES)


def is_video(path: str) -> bool:
    """Whether a file is a video by its name or, having no suffix, by its first bytes."""
    suffix = Path(urlsplit(path).path if is_address(path) else path).suffix.lower()
    if suffix or not os.path.isfile(path):
        return suffix in VIDEOS
    try:
        with Path(path).open("rb") as file:
            head = file.read(16)
    except OSError:
        return False
    mp4 = head[4:8] == b"ftyp" and head[8:12] not in PICTURE_BRANDS
    avi = (head[:4], head[8:12]) == (b"RIFF", b"AVI ")
    return mp4 or avi or head.startswith((b"\x1aE\xdf\xa3", b"FLV\1", b"\0\0\1\xba"))
