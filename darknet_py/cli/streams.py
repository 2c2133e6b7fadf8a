"""Standard input, output and error that are closed, or take nothing."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from .._support.words import reason
from ..errors import OutputError

__all__ = ["drop", "finish", "flush", "opened", "say"]

TAKES_NOTHING = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


class _Lost(io.TextIOWrapper):
    """In place of a closed standard output: remembers that something should have been printed."""

    used = False

    def write(self, text: str) -> int:
        self.used = self.used or bool(text)
        return super().write(text)


def opened() -> None:
    """Put something in place of standard streams that were closed when the program began.

    Their numbers are taken first, which a file of the program would get otherwise, and what C libraries print with it.
    """
    if None not in (sys.stdin, sys.stdout, sys.stderr):
        return
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # gets the least number that is free
    null = Path(os.devnull)
    sys.stdin = sys.stdin or null.open(encoding="utf-8")
    sys.stdout = sys.stdout or _Lost(null.open("wb"), "utf-8")
    sys.stderr = sys.stderr or null.open("w", encoding="utf-8")


def flush() -> None:
    """Raises OutputError where standard output did not take what was printed, BrokenPipeError where its reader has gone."""
    if sys.stdout.closed:  # by a script that was run
        return
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as e:
        drop(sys.stdout)
        raise _not_whole(e) from e
    if isinstance(sys.stdout, _Lost) and sys.stdout.used:
        sys.stdout.used = False
        raise OutputError("standard output is closed, what was printed is lost; send it to a file, or to /dev/null")


def finish(problem: Exception) -> Exception:
    """Print what there is to print before an error is told; the error to tell, as standard output may be its cause.

    Nothing is left in it that Python would try to write at its end.
    """
    try:
        flush()
    except BrokenPipeError:
        drop(sys.stdout)
    except OutputError as e:
        return e if isinstance(problem, OSError) else problem
    if isinstance(problem, OSError) and problem.filename is None and problem.errno in TAKES_NOTHING:
        return _not_whole(problem)  # where Python keeps nothing back (PYTHONUNBUFFERED)
    return problem


def _not_whole(e: OSError) -> OutputError:
    return OutputError(f"standard output: cannot be written ({reason(e)}); what was printed is not whole")


def say(text: str) -> None:
    """Print a line on standard error, if that can be."""
    try:
        print(text, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        drop(sys.stderr)


def drop(stream: TextIO) -> None:
    """Let a stream that can no longer be written take all and lose it."""
    with suppress(OSError, ValueError):  # it has no number, or is closed
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
