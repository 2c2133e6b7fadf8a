"""``darknet_py run script.py``: a program written for darknet.py, unmodified, on darknet_py."""

from __future__ import annotations

import functools
import runpy
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from ..engine_api.options import NumericsName
from ..errors import DarknetError
from .command import Command
from .flags import Size, switch
from .options import encoding_flag, engine_flag, maxpool_flag, numerics_flag, size_flag, threads_flag

__all__ = ["Options", "run"]

INTERRUPTED = 130


@dataclass(frozen=True)
class Options(Command):
    name = "run"
    arguments = "SCRIPT [ARGUMENT ...]"
    about = """
    Run a Python program that was written for Darknet's darknet.py, such as darknet_images.py and darknet_video.py:
    its "import darknet" finds darknet_py.compat.darknet, and no compiled library is needed.  All after SCRIPT is the
    program's.  Without a display its windows are not shown, and it goes on as if no key were pressed."""
    example = (
        "darknet_py run darknet_images.py --input dog.jpg --config_file yolov4.cfg --weights yolov4.weights --dont_show"
    )
    passes_on = True

    numerics: NumericsName = numerics_flag()
    engine: str = engine_flag()
    threads: int | None = threads_flag()
    size: Size | None = size_flag()
    names_encoding: str | None = encoding_flag()
    avx_maxpool: bool = maxpool_flag()
    dont_show: bool = switch("show no windows even if there is a display")


def run(arguments: list[str], options: Options) -> int:
    """The exit code.  Raises DarknetError and what the script raises.

    This process is the script's from here on: sys.modules, sys.argv, sys.path and OpenCV's windows stay changed.
    """
    script, *rest = arguments
    if not Path(script).is_file():
        raise DarknetError(f"{script}: no such script")
    from ..compat import darknet, display
    from ..compat.darknet import networks

    how = options.numerics, options.threads, options.size, options.avx_maxpool, options.names_encoding, options.engine
    networks.choose(networks.LoadOptions(*how))
    if options.dont_show or not display.available():
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
