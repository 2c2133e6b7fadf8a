"""``darknet_py detector valid data cfg weights``.   C: detector.c validate_detector"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Sequence

from ..errors import PATH, CfgError, DarknetWarning, printable
from ..files.data import Data
from ..image import Reading
from ..network import Network
from ..output import Frame
from ..output.results import PART, RESULTS, ResultFiles, Results, open_results
from .arguments import NETWORK, only_network
from .facts import head_lines
from .flags import Command, Flag, ignored
from .guard import Guard
from .loading import NETWORK_FLAGS, READING, class_names, load, reading
from .roles import check_data
from .sets import picture_list, views
from .stopping import finishing, reporting

__all__ = ["COMMAND", "run"]

THRESH, NMS = 0.001, 0.6

COMMAND = Command(
    "detector valid",
    f"DATA {NETWORK}",
    "Write the boxes of the pictures that valid= in DATA lists, in the form that eval= there asks for: coco, voc (without\n"
    "eval=), imagenet, kitti or bdd, into the folder results=, which is made.",
    "darknet_py detector valid cfg/coco.data cfg/yolov4.cfg yolov4.weights",
    (
        Flag("out", "name of the file without suffix (voc: how the files' names begin), Darknet's own if not given", "NAME"),
        *ignored("thresh P", "letter_box", "ext_output"),
        *READING,
        *NETWORK_FLAGS,
    ),
    least=2,
)


def run(argv: Sequence[str]) -> int:
    """The command, without its name; the exit code.  Raises UsageError, DarknetError."""
    if (parsed := COMMAND.parse(argv)) is None:
        return 0
    (data, *arguments), flags = parsed
    check_data(data, COMMAND)
    model = only_network(arguments, COMMAND)
    options = Data.read(data)
    pictures = picture_list(options, "valid")
    if "map" in options:
        message = "map= (classes of YOLO9000 in the order of another set) is not supported"
        raise CfgError(message, options.where("map"), options.entries["map"].line)
    kind = options.get("eval", "voc")
    if kind not in RESULTS:
        message = f"eval={kind} is none of {', '.join(RESULTS)}; voc is used"
        warnings.warn(DarknetWarning(message, options.where("eval"), options.entries["eval"].line), stacklevel=2)
    given = flags.names or options.names()
    guard = Guard(*model.files, data, given, options.file("valid"), *pictures)
    folder = options.folder("results", "results")
    guard.folder(folder)
    net = load(model, given, flags)
    if not flags.quiet:
        print(*head_lines(net.heads), sep="\n", flush=True)
    files = ResultFiles(lambda path, owner: guard.writes(str(path), path, owner), pictures)
    names = class_names(net, given)
    results = open_results(kind, folder, flags.out, names, files)
    with reporting(files=lambda: [f"{results.where}{PART}"] if files.files else [str(results.where)]):
        return _written(net, names, pictures, results, files, reading(flags))


def _written(
    net: Network, names: Sequence[str], pictures: Sequence[str], results: Results, files: ResultFiles, how: Reading
) -> int:
    """The exit code."""
    complete = False
    try:
        code = _write(net, names, pictures, results, how)
        complete = True
    finally:
        with finishing():
            results.end()
            files.close(complete)
    print(f"darknet_py: written: {printable(results.where, PATH)}", file=sys.stderr)
    return code


def _write(net: Network, names: Sequence[str], pictures: Sequence[str], results: Results, how: Reading) -> int:
    start, failed = time.monotonic(), False
    for number, view in enumerate(views(net, pictures, how, pixels=True, thresh=THRESH, nms=NMS), 1):
        if view.rows is None or view.size is None:
            failed = True
        else:
            results.add(Frame(number, view.path, *view.size, view.rows, names))
    print(f"Total Detection Time: {time.monotonic() - start:f} Seconds", file=sys.stderr)
    return int(failed)
