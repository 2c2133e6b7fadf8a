"""What kind of file a file is, by its first bytes: the usual wrong ones, with how to get the right one."""

from __future__ import annotations

import functools
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .._support.kinds import check_lasting
from ..errors import CfgError
from .characters import COMMENT, option_line
from .text import WIDTH, decoded, encoding, lines

__all__ = ["BINARY", "CFG", "DATA", "NAMES", "PICTURE", "WEIGHTS", "Kind", "beginning", "kind_of"]

HEAD = 65536
CFG_BEGINS = "net", "network"
TAB = 9
VERSION = struct.Struct("<iii")
DOWNLOAD = "download the file itself, not the page about it (on GitHub: the raw file), and look at its size"
ANOTHER = "Darknet networks are a .cfg and a .weights file; get those, or a program for this format"
IMPORT = "darknet_py import makes a .cfg and a .weights file of it, if its model is a YOLO that Darknet can have"
UNPACK = "unpack it and give the .weights file in it"


@dataclass(frozen=True)
class Kind:
    """``name``: as in "x is …".  ``role``: the argument that it is for, if it is one of Darknet's own files."""

    name: str
    advice: str = ""
    role: str = ""


CFG = Kind("a Darknet .cfg file", role="cfg")
WEIGHTS = Kind("a .weights file", role="weights")
DATA = Kind("a .data file", role="data")
NAMES = Kind("a text without sections and options, such as a list of names", role="names")
PICTURE = Kind("a picture", "pictures are for darknet_py detect")
BINARY = Kind("binary data of an unknown kind", "get the file again, or the one that belongs here")


def _starts(*prefixes: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(prefixes)


def _is_page(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html", b"<head"))


def _is_torch(head: bytes) -> bool:
    return head.startswith(b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19") or (
        head.startswith(b"PK\x03\x04") and b"/data.pkl" in head[:512]
    )


def _is_onnx(head: bytes) -> bool:
    """A protobuf message whose first fields are the version of the format and the producer, or the graph."""
    return len(head) > 2 and head[0] == 0x08 and 1 <= head[1] < 32 and head[2] in (0x12, 0x3A, 0x42)


def _is_weights(head: bytes) -> bool:
    if len(head) < VERSION.size or b"\0" not in head[: VERSION.size]:
        return False
    return all(0 <= number <= 10**4 for number in VERSION.unpack_from(head))


def _is_wide(head: bytes) -> bool:
    """Whether it would be such a text, were it not for something that makes it doubtful; see ``files.text``."""
    if b"\0" not in head and encoding(head)[0] not in WIDTH:
        return False
    try:
        decoded(head, "")
    except CfgError as e:
        return "UTF" in e.message
    return False


@functools.lru_cache(maxsize=1)
def _text(head: bytes) -> str:
    """The lines that say something, without blanks."""
    texts = (option_line(line)[0] for line in lines(head.decode("utf-8-sig", "replace")))
    return "\n".join(line for line in texts if line and line[0] not in COMMENT)


def _has_line(pattern: str) -> Callable[[bytes], bool]:
    return lambda head: re.search(f"^{pattern}", _text(head), re.MULTILINE) is not None


def _is_data(head: bytes) -> bool:
    """Options that .data files have, and not even one section but a stray one that is none of a cfg's."""
    text = _text(head)
    sections = re.findall(r"^\[(\w+)", text, re.MULTILINE)
    stray = len(sections) == 1 and sections[0] not in CFG_BEGINS
    options = re.search(r"^(names|classes|train|valid|backup|eval)=", text, re.MULTILINE)
    return options is not None and (not sections or stray)


KINDS: tuple[tuple[Kind, Callable[[bytes], bool]], ...] = (
    (Kind("empty", "get the file again"), lambda head: not head.strip(b"\0")),
    (Kind("a git-lfs pointer, a few lines that stand for the file",
          "fetch the file itself: git lfs install, then git lfs pull in that repository"), _starts(b"version https://git-lfs")),
    (Kind("a web page, saved in place of the file", DOWNLOAD), _is_page),
    (Kind("an XML document, such as a server's error message", DOWNLOAD), _starts(b"<?xml", b"\xef\xbb\xbf<?xml")),
    (Kind("a JSON document, such as a server's error message", DOWNLOAD), lambda head: head.lstrip()[:2] in (b'{"', b"{\n")),
    (Kind("a PyTorch file", IMPORT), _is_torch),
    (Kind("a zip archive", UNPACK), _starts(b"PK\x03\x04")),
    (Kind("compressed with gzip", UNPACK), _starts(b"\x1f\x8b")),
    (Kind("compressed with bzip2", UNPACK), _starts(b"BZh")),
    (Kind("compressed with xz", UNPACK), _starts(b"\xfd7zXZ\0")),
    (Kind("compressed with zstd", UNPACK), _starts(b"\x28\xb5\x2f\xfd")),
    (Kind("a 7z archive", UNPACK), _starts(b"7z\xbc\xaf\x27\x1c")),
    (Kind("a rar archive", UNPACK), _starts(b"Rar!")),
    (Kind("a tar archive", UNPACK), lambda head: head[257:262] == b"ustar"),
    (Kind("an HDF5 (Keras) file", ANOTHER), _starts(b"\x89HDF\r\n\x1a\n")),
    (Kind("a TensorFlow Lite model", ANOTHER), lambda head: head[4:8] == b"TFL3"),
    (Kind("a safetensors file", IMPORT), lambda head: head[8:10] == b'{"'),
    (Kind("a NumPy array", ANOTHER), _starts(b"\x93NUMPY")),
    (Kind("an ncnn .param file", ANOTHER), _starts(b"7767517")),
    (PICTURE, _starts(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")),
    (Kind("an ONNX model", ANOTHER), _is_onnx),
    (WEIGHTS, _is_weights),
    (Kind("a text in UTF-16 or UTF-32, without its mark or broken", "save it as UTF-8"), _is_wide),
    (BINARY, lambda head: min(head) < TAB),
    (DATA, _is_data),
    (CFG, _has_line(r"\[\w+\]?")),
    (Kind("a YAML file", ANOTHER), _has_line("(names|nc|train|val|backbone|depth_multiple):")),
    (Kind("a label file, boxes of one picture", "give the file that belongs here"),
     lambda head: re.match(rb"\s*\d+( [0-9.]+){4}\s", head) is not None),
    (NAMES, lambda head: True),
)  # fmt: skip


def _as_utf8(head: bytes) -> bytes:
    """The beginning of a text in UTF-16 or UTF-32 in UTF-8, and of any other file as it is."""
    codec, mark = encoding(head)
    if codec not in WIDTH:
        return head
    width, end = WIDTH[codec][0], len(head)
    try:
        text = head[mark : end - (end - mark) % width if end == HEAD else end].decode(codec)
    except UnicodeDecodeError:
        return head
    return head if "\0" in text else text.encode()


def beginning(path: str) -> bytes:
    """The first bytes of a file, of a text in UTF-8.  Raises OSError when it cannot be read, or only once, as a pipe."""
    check_lasting(path)
    with Path(path).open("rb") as file:
        return _as_utf8(file.read(HEAD))


def kind_of(path: str) -> Kind:
    """The kind of a file.  Raises OSError as ``beginning`` does."""
    head = beginning(path)
    return next(kind for kind, test in KINDS if test(head))
