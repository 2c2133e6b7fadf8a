"""``darknet_py detector recall data cfg weights``.   C: detector.c validate_detector_recall"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from ..boxes.table import Boxes
from ..evaluate import Recall
from ..files.lists import read_list
from ..output.evaluation import recall_line
from .command import Command
from .flags import group, idle
from .loading import load
from .options import NetworkOptions, ReadingOptions
from .roles import NETWORK, data_and_network
from .sets import views, with_labels

__all__ = ["Options", "run"]

THRESH, NMS = 0.001, 0.4


@dataclass(frozen=True)
class Options(Command):
    name = "detector recall"
    arguments = f"DATA {NETWORK}"
    about = """For the pictures that valid= in DATA lists, how many labels a box of any class covers by more than one half.
    After each picture a line on stderr, as Darknet prints it: its number, labels covered, labels, boxes a picture, mean
    of the best overlaps, recall.  Pictures are never letterboxed."""
    example = "darknet_py detector recall cfg/coco.data cfg/yolov4.cfg yolov4.weights"

    thresh: object = idle("P")
    letter_box: object = idle()
    ext_output: object = idle()
    reading: ReadingOptions = group(ReadingOptions)
    network: NetworkOptions = group(NetworkOptions)


def run(arguments: list[str], options: Options) -> int:
    listing, model, rest = data_and_network(arguments, options, options.network, keys=None)
    options.no_more(rest)
    pictures = read_list(listing.file("valid"))
    net = load(model, options.network)
    labelled, recall, failed = with_labels(pictures, classes=net.classes), Recall(), False
    how, looking = options.reading.reading(), {"thresh": THRESH, "nms": NMS, "nms_kind": "objectness"}
    with views(net, pictures, how, letter_box=False, bar=False, **looking) as viewed:
        for view, sample in zip(viewed, labelled):
            failed |= view.rows is None
            recall = recall.with_picture(view.rows or Boxes.empty(), sample.labels, THRESH)
            print(recall_line(recall), file=sys.stderr, flush=True)
    return int(failed)
