"""Every failure that a user can cause.

    DarknetError
     ├─ CfgError       a .cfg (or .data, .names) file cannot be understood
     ├─ ShapeError     layers of a network do not fit together
     ├─ WeightsError   a .weights file does not belong to the network
     ├─ ImageError     a picture cannot be read or has an unusable form
     ├─ VideoError     a video, camera or stream cannot be read
     ├─ DatasetError   a list of pictures or a file of labels cannot be used
     ├─ OutputError    results cannot be written into a file, or sent from a port
     ├─ ExportError    a network cannot be written in another format
     ├─ CheckpointError  a file of PyTorch, safetensors or ONNX cannot be read or converted
     ├─ FetchError     published weights cannot be downloaded
     ├─ CompareError   a file is no reference to compare a network's run with
     └─ KernelError    this machine cannot compile or run the kernels

The message of each is one line: where (file, line, layer), what is wrong, and what fixes it.
Conditions that do not stop the work are warnings of the class ``DarknetWarning``.  Neither holds a character that a
terminal would obey, whatever was in a file, a path or a server's answer: see ``printable``.
"""

from __future__ import annotations

import re

__all__ = [
    "CfgError", "CheckpointError", "CompareError", "DarknetError", "DarknetWarning", "DatasetError", "ExportError",
    "FetchError", "ImageError", "KernelError", "OutputError", "ShapeError", "PATH", "VideoError", "WeightsError",
    "one_line", "printable",
]  # fmt: skip

MOST = 300      # characters of a text that is not ours
LONGEST = 1000  # of a message
PATH = 4096     # of a path, where it stands alone

# C0 but the tab, C1, what turns the direction of text, what ends a line, and what has no width
_OBEYED = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]")
_LONG_WORD = re.compile(rf"\S{{{MOST + 1},}}")


def printable(text: object, most: int = MOST) -> str:
    """Text from a file, a path or a server as it may be shown: control characters are escaped (``\\x1b``), and of more
    than ``most`` characters those in the middle are left out.  Bytes of a path that are no text stay what they are."""
    shown = _OBEYED.sub(lambda found: found[0].encode("unicode_escape").decode(), str(text))
    if len(shown) <= most:
        return shown
    end = most // 3
    return f"{shown[: most - end - 1]}…{shown[-end:]}"


def one_line(message: object, most: int = LONGEST) -> str:
    """A message that may hold others' texts: in one line, ``printable``, and so are words of a length that no word has."""
    text = _LONG_WORD.sub(lambda word: printable(word[0]), str(message).replace("\n", " "))
    return printable(text, most)


class DarknetError(Exception):
    """Base of all errors raised on purpose by darknet_py.

    Its text is ``where`` (``file:line: [section]``, or empty) and ``message``; ``line`` is that of the file, 0 if unknown.
    """

    def __init__(self, message: str, where: str = "", line: int = 0) -> None:
        super().__init__(one_line(f"{where} {message}" if where else message))
        self.message, self.where, self.line = one_line(message), one_line(where), line


class CfgError(DarknetError):
    """A text file of the network (.cfg, .data, .names) is missing, empty, binary or has a wrong value."""


class ShapeError(DarknetError):
    """A layer does not fit the layers it reads from, or the array passed does not fit the network."""


class WeightsError(DarknetError):
    """A .weights file is missing, truncated, too long or made for another network."""


class ImageError(DarknetError):
    """A picture is missing, unreadable, empty or of an unusable type."""


class VideoError(DarknetError):
    """A video, camera or stream cannot be opened, or is lost."""


class DatasetError(DarknetError):
    """A list or folder of pictures is missing or empty, or a label file does not belong to the network."""


class OutputError(DarknetError):
    """A file of results (text, JSON, labels, a drawn picture or video) cannot be written, or a port not be used."""


class ExportError(DarknetError):
    """A network cannot be written in another format."""


class CheckpointError(DarknetError):
    """A file of PyTorch, safetensors or ONNX cannot be read, wants to run something, or fits no Darknet network."""


class FetchError(DarknetError):
    """Published weights cannot be downloaded, or are not what was published."""


class CompareError(DarknetError):
    """A file is no reference to compare a network's run with."""


class KernelError(DarknetError):
    """A kernel cannot be compiled or run on this machine."""


class DarknetWarning(UserWarning):
    """Something suspicious in a user's file that does not stop the work; ``where`` and ``line`` as of a DarknetError."""

    def __init__(self, message: str, where: str = "", line: int = 0) -> None:
        super().__init__(one_line(f"{where} {message}" if where else message))
        self.message, self.where, self.line = one_line(message), one_line(where), line
