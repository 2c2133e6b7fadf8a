"""``darknet_py detector map data cfg weights``.   C: detector.c validate_detector_map"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np

from ..errors import DarknetWarning
from ..evaluate import Found, coco_score, score
from ..files.data import Data
from ..files.samples import Sample, samples
from ..layers.head import Boxes
from ..network import Network
from ..output.evaluation import coco_lines, map_lines
from .arguments import NETWORK, only_network
from .facts import head_lines
from .flags import Command, Flag, ignored, share, threshold
from .loading import NETWORK_FLAGS, READING, class_names, load, reading
from .roles import check_data
from .sets import difficult_list, picture_list, report_missing, views

__all__ = ["COMMAND", "run"]

THRESH, NMS = 0.005, 0.45
COCO_IOUS = np.linspace(0.5, 0.95, 10).tolist()


def _points(text: str) -> int:
    if not text.isdecimal() or int(text) == 1:
        raise ValueError("neither 0 nor a whole number from 2")
    return int(text)


COMMAND = Command(
    "detector map",
    f"DATA {NETWORK}",
    "Average precision of each class and their mean over the pictures that valid= in DATA lists, as Darknet computes it.\n"
    "Labels lie beside the pictures, or in labels/ in place of JPEGImages/ or images/; difficult= lists, line by line,\n"
    "where objects are that neither count nor are held against a box.  A picture that cannot be read has its labels missed.",
    "darknet_py detector map cfg/coco.data cfg/yolov4.cfg yolov4.weights -iou_thresh .75 -coco",
    (
        Flag("iou_thresh", "least overlap of a right box, .5 if not given", "IOU", share, 0.5),
        Flag("points", "0 (if not given): area under the curve; 11: VOC 2007; 101: COCO", "N", _points, 0),
        Flag("thresh", "least probability of what TP, FP and FN count, .25 if not given", "P", threshold("thresh"), 0.25),
        Flag("coco", "COCO's AP as well, by pycocotools: pip install darknet-runtime[coco]"),
        Flag("letter_box", "accepted for Darknet's sake: letter_box= in [net] decides"),
        *ignored("ext_output"),
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
    pictures, difficult = picture_list(options, "valid"), difficult_list(options)
    names = flags.names or options.names()
    net = load(model, names, flags)
    net.names = class_names(net, names)
    if not flags.quiet:
        print("\n calculation mAP (mean average precision)...", *head_lines(net.heads), sep="\n")
    listed = samples(pictures, difficult, net.classes)
    report_missing(listed)
    return _evaluate(net, listed, flags)


def _evaluate(net: Network, listed: Sequence[Sample], flags: SimpleNamespace) -> int:
    """Run the network over the pictures, print the figures; the exit code."""
    if flags.letter_box and not net.letter_box:
        message = "-letter_box has no effect here, as in Darknet; for that, put letter_box=1 into [net]"
        warnings.warn(message, DarknetWarning, stacklevel=2)
    start, found, sizes, failed = time.monotonic(), [], [], False
    for view in views(net, [s.picture for s in listed], reading(flags), thresh=THRESH, nms=NMS):
        found.append(Found.of(view.rows or Boxes.empty(net.classes)))
        sizes.append(view.size or (net.width, net.height))
        failed |= view.rows is None
    darknet = score(found, listed, net.classes, flags.iou_thresh, flags.points, flags.thresh)
    *figures, hint = map_lines(darknet, net.names)
    print(*figures, sep="\n", flush=True)
    print(f"Total Detection Time: {int(time.monotonic() - start)} Seconds", file=sys.stderr)
    print(hint)
    if flags.coco:
        by_iou = [score(found, listed, net.classes, iou, flags.points, flags.thresh) for iou in COCO_IOUS]
        print(*coco_lines(coco_score(found, listed, sizes), by_iou), sep="\n")
    return int(failed)
