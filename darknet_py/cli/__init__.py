"""The command ``darknet_py``: turns every outcome into an exit code.

Exit codes: 0 done, 1 something failed (one line on stderr), 2 wrong usage, 141 reader of stdout gone, and 128 plus the
signal's number for what was stopped: 130 by Ctrl-C, 143 by SIGTERM, 129 with its terminal.
Subcommands are imported when they are called, so that help and usage errors come at once.
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TextIO

from ..errors import DarknetError, DarknetWarning, one_line
from . import dispatch, stopping, streams
from .command import UsageError
from .hints import here

__all__ = ["command", "main"]

FAILURE, USAGE, STOPPED, BROKEN_PIPE = 1, 2, 128, 141


def command() -> int:
    """``main`` for a process of its own, which ends at once when it was stopped."""
    if sys.argv[1:2] == ["run"]:  # a script's signals are its own
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
        with nullcontext() if arguments[:1] == ["run"] else stopping.handled():  # a script's signals are its own
            return _guarded(arguments)


def _guarded(arguments: list[str]) -> int:
    try:
        code = dispatch.run(arguments)
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


def _complain(problem: object, code: int) -> int:
    streams.say(f"darknet_py: error: {here(one_line(problem))}")
    return code


def _show_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int,
    file: TextIO | None = None, line: str | None = None,
) -> None:  # fmt: skip
    text = here(one_line(message))
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
        return here(one_line(super().formatMessage(record)))


def _accept_any_path(stream: object) -> None:
    """Paths that are not valid text in the terminal's encoding must not end the program."""
    if reconfigure := getattr(stream, "reconfigure", None):
        utf8 = str(getattr(stream, "encoding", "")).lower().replace("-", "") == "utf8"
        reconfigure(errors="surrogateescape" if utf8 else "backslashreplace")
