"""The command ``darknet_py``: finds the subcommand, and turns every outcome into an exit code.

Exit codes: 0 done, 1 something failed (one line on stderr), 2 wrong usage, 141 reader of stdout gone, and 128 plus the
signal's number for what was stopped: 130 by Ctrl-C, 143 by SIGTERM, 129 with its terminal.
Subcommands are imported when they are called, so that help and usage errors come at once.
"""

from __future__ import annotations

import importlib
import logging
import sys
import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TextIO

from .._support.version import __version__
from ..errors import DarknetError, DarknetWarning, one_line
from . import stopping, streams
from .flags import UsageError, nearest

__all__ = ["COMMANDS", "command", "main"]

COMMANDS = {
    "detect": "find objects in pictures with a COCO network: cfg, weights, pictures",
    "read": "read characters in pictures, line by line, with the network that comes along",
    "detector": "work with any detector and its .data file: test, demo, map, valid, recall, calc_anchors",
    "classifier": "the most probable classes of pictures: predict",
    "fetch": "download published weights, or list them",
    "export": "write a network as an ONNX model",
    "compare": "where two runs of a network first differ, and why",
    "summary": "the layers of a network, what they cost, and its graph as a picture",
    "new": "write a cfg for your own classes",
    "check": "look for everything that is wrong with a cfg, its weights and its names, and say how to mend it",
    "run": "run a Python program written for darknet.py",
}
FAILURE, USAGE, STOPPED, BROKEN_PIPE = 1, 2, 128, 141


def command() -> int:
    """``main`` for a process of its own, which ends at once when it was stopped."""
    if _named(sys.argv[1:]) == "run":  # a script's signals are its own
        return main()
    try:
        with stopping.handled():
            if (code := main()) >= STOPPED:
                stopping.end_process(code)
            return code
    except KeyboardInterrupt as e:
        stopping.end_process(stopping.Stopped.of(e).code)
        raise


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv`` (without the program's name; None: sys.argv) and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    streams.opened()
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        _accept_any_path(stream)
    _show_progress()
    with warnings.catch_warnings():
        warnings.simplefilter("always", DarknetWarning)
        warnings.showwarning = _show_warning
        with nullcontext() if _named(arguments) == "run" else stopping.handled():  # a script's signals are its own
            return _guarded(arguments)


def _guarded(arguments: list[str]) -> int:
    try:
        code = _dispatch(arguments)
        streams.flush()
        return code
    except UsageError as e:
        return _complain(e, USAGE)
    except BrokenPipeError:
        streams.drop(sys.stdout)
        return BROKEN_PIPE
    except (DarknetError, OSError) as e:
        return _complain(streams.finish(e), FAILURE)
    except MemoryError:
        return _complain("not enough memory for this network and picture", FAILURE)
    except KeyboardInterrupt as e:
        stopped = stopping.Stopped.of(e)
        streams.say(f"darknet_py: {one_line(stopped)}")
        return stopped.code


def _named(arguments: list[str]) -> str | None:
    """The first argument that names a command."""
    return next((argument for argument in arguments if argument in COMMANDS), None)


def _dispatch(arguments: list[str]) -> int:
    """Call the command with all other arguments."""
    if name := _named(arguments):
        if arguments[0] == "help":
            arguments = [*arguments[1:], "-h"]
        i = arguments.index(name)
        return int(importlib.import_module(f".{name}", __name__).run(arguments[:i] + arguments[i + 1 :]))
    if not arguments:
        raise UsageError(f"no command given; there are {', '.join(COMMANDS)}", "")
    if arguments[0].lstrip("-") in ("h", "help"):
        print(_help())
        return 0
    if arguments[0] == "-V" or arguments[0].lstrip("-") == "version":
        print(f"darknet_py {__version__}")
        return 0
    from .detector import COMMANDS as DETECTOR
    from .others import about_command

    answer = about_command(arguments[0], DETECTOR)
    raise UsageError(f"no command {arguments[0]}{f': {answer}' if answer else nearest(arguments[0], COMMANDS)}", "")


def _help() -> str:
    commands = "\n".join(f"  {name:10s} {text}" for name, text in COMMANDS.items())
    return (
        "usage: darknet_py COMMAND ... [flags]\n\nDarknet .cfg/.weights networks in Python.\n\n"
        f"{commands}\n\n  -h, --help  this text, or after a command the command's\n  --version   the version\n\n"
        "example: darknet_py detect cfg/yolov4-tiny.cfg yolov4-tiny.weights dog.jpg"
    )


def _complain(problem: object, code: int) -> int:
    streams.say(f"darknet_py: error: {one_line(problem)}")
    return code


def _show_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int,
    file: TextIO | None = None, line: str | None = None,
) -> None:  # fmt: skip
    text = one_line(message)
    if not issubclass(category, DarknetWarning):
        text = f"{text} ({category.__name__}, {filename}:{lineno})"
    streams.say(f"darknet_py: warning: {text}")


def _show_progress() -> None:
    """What the package logs, such as that kernels are being compiled, one line each on stderr."""
    log = logging.getLogger("darknet_py")
    if not log.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(_OneLine("darknet_py: %(message)s"))
        log.addHandler(handler)
        log.setLevel(logging.INFO)
    for known in log.handlers:
        if isinstance(known, logging.StreamHandler) and isinstance(known.formatter, _OneLine):
            known.stream = sys.stderr  # which may be another one since the last call


class _OneLine(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's name
        return one_line(super().formatMessage(record))


def _accept_any_path(stream: object) -> None:
    """Paths that are not valid text in the terminal's encoding must not end the program."""
    if reconfigure := getattr(stream, "reconfigure", None):
        utf8 = str(getattr(stream, "encoding", "")).lower().replace("-", "") == "utf8"
        reconfigure(errors="surrogateescape" if utf8 else "backslashreplace")
