"""``darknet_py run script.py``: a program written for darknet.py, unmodified, on darknet_py."""

from __future__ import annotations

import functools
import runpy
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from ..errors import DarknetError
from .flags import NAMES_ENCODING, SIZE, Command, Flag, choice, count

__all__ = ["COMMAND", "run"]

INTERRUPTED = 130

COMMAND = Command(
    "run",
    "SCRIPT [ARGUMENT ...]",
    "Run a Python program that was written for Darknet's darknet.py, such as darknet_images.py and darknet_video.py:\n"
    "its \"import darknet\" finds darknet_py.compat.darknet, and no compiled library is needed.  All after SCRIPT is the\n"
    "program's.  Without a display its windows are not shown, and it goes on as if no key were pressed.",
    "darknet_py run darknet_images.py --input dog.jpg --config_file yolov4.cfg --weights yolov4.weights --dont_show",
    (
        Flag("numerics", "exact (default): Darknet's own bits; fast: equal within rounding", "exact|fast",
             choice("exact", "fast"), "exact"),
        Flag("threads", "how many threads, all cores if not given", "N", count),
        SIZE,
        NAMES_ENCODING,
        Flag("avx_maxpool", "repeat the wrong max pool of Darknet's AVX build"),
        Flag("dont_show", "show no windows even if there is a display"),
    ),
    least=1,
    passes_on=True,
)  # fmt: skip


def run(argv: Sequence[str]) -> int:
    """The command, without its name; the exit code.  Raises UsageError, DarknetError and what the script raises.

    This process is the script's from here on: sys.modules, sys.argv, sys.path and OpenCV's windows stay changed.
    """
    if (parsed := COMMAND.parse(argv)) is None:
        return 0
    (script, *rest), flags = parsed
    if not Path(script).is_file():
        raise DarknetError(f"{script}: no such script")
    from ..compat import darknet, display
    from ..compat.darknet import networks

    kept = "numerics", "threads", "size", "avx_maxpool", "names_encoding"
    networks.OPTIONS.update({name: getattr(flags, name) for name in kept})
    if flags.dont_show or not display.available():
        display.without_windows(_tell)
    sys.modules["darknet"] = darknet
    sys.argv[:] = [script, *rest]
    sys.path.insert(0, str(Path(script).resolve().parent))
    sys.excepthook = functools.partial(_show_error, script)
    return _run(script)


def _run(script: str) -> int:
    """Run it as Python would.  An OSError and Ctrl-C are the script's own, and its author needs the traceback."""
    try:
        runpy.run_path(script, run_name="__main__")
    except BrokenPipeError:
        raise
    except OSError as e:
        _show_error(script, type(e), e, e.__traceback__)
        return 1
    except KeyboardInterrupt as e:
        _show_error(script, type(e), e, e.__traceback__)
        return INTERRUPTED
    return 0


def _show_error(script: str, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A traceback as Python prints it, from the script on."""
    while trace and trace.tb_frame.f_code.co_filename != script:
        trace = trace.tb_next
    traceback.print_exception(kind, error, trace)


def _tell() -> None:
    print("darknet_py: windows are not shown (there is no display, or -dont_show)", file=sys.stderr)
