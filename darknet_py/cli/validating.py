"""Results over a set of pictures into files: what ``detector valid`` and ``yolo valid`` share."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import PATH, OutputError, printable
from ..files.labels import find_labels, is_label_file
from ..image import Reading
from ..network import Network
from ..output import DetectedPicture
from ..output.results import PART, ResultFiles, Results
from .guard import Guard
from .sets import views
from .stopping import finishing, reporting

__all__ = ["result_files", "write_results"]


def result_files(guard: Guard, pictures: Sequence[str]) -> ResultFiles:
    """Files of results, which replace earlier ones as in C, but neither a file that is read nor labels of a picture."""
    labels = {guard.only_name(path) for path in map(find_labels, pictures) if path.exists()}

    def check(path: Path, owner: str) -> None:
        if guard.only_name(path) in labels or is_label_file(path):
            raise OutputError(f"{path} would overwrite the labels of a picture; choose another name with -out")
        guard.writes(str(path), path, owner)

    return ResultFiles(check, pictures)


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
