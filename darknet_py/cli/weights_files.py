"""Files of weights that are written: what partial, average and rgbgr share."""

from __future__ import annotations

from .. import weights
from ..errors import PATH, printable
from ..files.roles import role_of
from ..store import Model
from .command import Command
from .flags import switch
from .roles import network_and_rest

__all__ = ["force_flag", "source_of", "write"]


def force_flag() -> bool:
    return switch("write over a file that is there")


def source_of(words: list[str], command: Command) -> Model:
    """The network of a command whose last words are what it writes.

    The weights of a cfg must be named here, so that none is written over that was meant to be read.
    """
    if len(words) == 1 and role_of(words[0]) == "cfg":
        raise command.wrong_usage()
    source, rest = network_and_rest(words, command)
    command.no_more(rest)
    return source


def write(path: str, written: weights.Written, what: str) -> int:
    """Write them and say so; the exit code."""
    weights.save(*written, path)
    print(f"{printable(path, PATH)}: {what}, {weights.expected_size(written[0])} bytes")
    return 0
