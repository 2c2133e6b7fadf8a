"""What hank-ai's darknet.py has besides: size, version, output, classes to leave out.   C: hank-ai's darknet.cpp"""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

from ..._support.version import __version__
from ..._support.words import reason
from ...errors import DarknetError
from .networks import handle_of
from .pictures import AnyPath, path_of
from .structures import store

__all__ = [
    "add_skipped_class", "clear_skipped_classes", "del_skipped_class", "network_dimensions", "set_output_stream",
    "set_verbose", "show_version_info", "version_short", "version_string",
]  # fmt: skip

_log = logging.getLogger(__package__)


class _Output(logging.StreamHandler):  # type: ignore[type-arg]  # which Python 3.10 does not take
    """Where the module says something about itself: standard output, unless a file was named."""

    def __init__(self) -> None:
        super().__init__(sys.stdout)
        self.file: TextIO | None = None

    def open(self, path: str) -> None:
        """Write to a file from now on, or with an empty path to standard output."""
        file = open(path, "w", encoding="utf-8") if path else None  # noqa: SIM115  stays open
        self.setStream(file or sys.stdout)
        if self.file:
            self.file.close()
        self.file = file


_output = _Output()


def network_dimensions(net: Any, w: Any = None, h: Any = None, c: Any = None) -> tuple[int, int, int]:
    """(width, height, channels) of the network's input, which also go where ``w``, ``h`` and ``c`` point to."""
    options = handle_of(net).network.graph.net
    size = options.width, options.height, options.channels
    for target, value in zip((w, h, c), size, strict=True):
        store(target, value)
    return size


def version_string() -> bytes:
    """Name and version of this package."""
    return f"darknet_py {__version__}".encode()


def version_short() -> bytes:
    """The version of this package, numbers only."""
    return __version__.encode()


def show_version_info() -> None:
    """Print the version, see ``set_output_stream``."""
    print(version_string().decode(), file=_output.stream, flush=True)


def set_verbose(flag: int) -> None:
    """Whether the table of layers is shown as a network loads, see ``set_output_stream``."""
    _log.setLevel(logging.DEBUG if flag else logging.NOTSET)
    _log.propagate = not flag
    _log.handlers[:] = [_output] if flag else []


def set_output_stream(filename: AnyPath) -> None:
    """Write what the module says about itself to a file, or with an empty name to standard output again.

    Raises DarknetError when the file cannot be written.
    """
    path = path_of(filename)
    try:
        _output.open(path)
    except OSError as e:
        raise DarknetError(f"{path}: cannot be written ({reason(e)}); choose another file") from e


def add_skipped_class(net: Any, class_to_skip: int) -> None:
    """Leave a class out of all results from now on.

    hank-ai's library takes note of such classes, but its functions that darknet.py calls report them all the same.
    """
    handle = handle_of(net)
    if not 0 <= class_to_skip < handle.network.classes:
        raise DarknetError(f"class {class_to_skip} does not exist; the network's are 0 to {handle.network.classes - 1}")
    handle.skipped |= {class_to_skip}


def del_skipped_class(net: Any, class_to_include: int) -> None:
    """Report a class again."""
    handle_of(net).skipped -= {class_to_include}


def clear_skipped_classes(net: Any) -> None:
    """Report all classes again."""
    handle_of(net).skipped = frozenset()
