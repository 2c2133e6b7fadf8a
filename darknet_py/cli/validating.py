"""Results over a set of pictures into files: what ``detector valid`` and ``yolo valid`` share."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any

from ..errors import PATH, printable
from ..image import Reading
from ..network import Network
from ..output import DetectedPicture
from ..output.results import PART, ResultFiles, Results
from .sets import views
from .stopping import finishing, reporting

__all__ = ["write_results"]


def write_results(
    net: Network, names: Sequence[str], pictures: Sequence[str], results: Results, files: ResultFiles, how: Reading,
    letter_box: bool | None, **looking: Any,
) -> int:  # fmt: skip
    """The exit code.  ``looking``: of ``Network.rows``."""
    complete = False
    with reporting(files=lambda: [f"{results.where}{PART}"] if files.files else [str(results.where)]):
        try:
            code = _write(net, names, pictures, results, how, letter_box, **looking)
            complete = True
        finally:
            with finishing():
                results.end()
                files.close(complete)
        print(f"darknet_py: written: {printable(results.where, PATH)}", file=sys.stderr)
        return code


def _write(
    net: Network, names: Sequence[str], pictures: Sequence[str], results: Results, how: Reading, letter_box: bool | None,
    **looking: Any,
) -> int:  # fmt: skip
    start, failed = time.monotonic(), False
    with views(net, pictures, how, letter_box, pixels=True, **looking) as viewed:
        for number, view in enumerate(viewed, 1):
            if view.rows is None or view.size is None:
                failed = True
            else:
                results.add(DetectedPicture(number, view.path, *view.size, view.rows, names))
    print(f"Total Detection Time: {time.monotonic() - start:f} Seconds", file=sys.stderr)
    return int(failed)
