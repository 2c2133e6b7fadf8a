"""``darknet_py detector recall data cfg weights``.   C: detector.c validate_detector_recall"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ..evaluate import Recall
from ..files.data import Data
from ..files.samples import samples
from ..layers.head import Boxes
from ..output.evaluation import recall_line
from .arguments import NETWORK, only_network
from .flags import Command, ignored
from .loading import NETWORK_FLAGS, READING, load, reading
from .roles import check_data
from .sets import picture_list, report_missing, views

__all__ = ["COMMAND", "run"]

THRESH, NMS = 0.001, 0.4

COMMAND = Command(
    "detector recall",
    f"DATA {NETWORK}",
    "For the pictures that valid= in DATA lists, how many labels a box of any class covers by more than one half.\n"
    "After each picture a line on stderr, as Darknet prints it: its number, labels covered, labels, boxes a picture, mean\n"
    "of the best overlaps, recall.  Pictures are never letterboxed.",
    "darknet_py detector recall cfg/coco.data cfg/yolov4.cfg yolov4.weights",
    (*ignored("thresh P", "letter_box", "ext_output"), *READING, *NETWORK_FLAGS),
    least=2,
)


def run(argv: Sequence[str]) -> int:
    """The command, without its name; the exit code.  Raises UsageError, DarknetError."""
    if (parsed := COMMAND.parse(argv)) is None:
        return 0
    (data, *arguments), flags = parsed
    check_data(data, COMMAND)
    model = only_network(arguments, COMMAND)
    pictures = picture_list(Data.read(data), "valid")
    net = load(model, flags.names, flags)
    listed, recall, failed = samples(pictures, classes=net.classes), Recall(), False
    report_missing(listed)
    seen = views(net, pictures, reading(flags), False, bar=False, thresh=THRESH, nms=NMS, nms_kind="objectness")
    for view, sample in zip(seen, listed):
        failed |= view.rows is None
        recall = recall.with_picture(view.rows or Boxes.empty(), sample.labels, THRESH)
        print(recall_line(recall), file=sys.stderr, flush=True)
    return int(failed)
