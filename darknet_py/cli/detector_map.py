"""``darknet_py detector map data cfg weights``.   C: detector.c validate_detector_map"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..boxes.table import Boxes
from ..boxes.thresholds import NMS
from ..errors import DarknetWarning
from ..evaluate import Found, coco_score, score
from ..files.lists import read_list
from ..files.samples import Sample, samples
from ..network import Network
from ..output.evaluation import coco_lines, map_lines
from .command import Command
from .flags import IDLE, group, idle, share, switch, threshold, valued
from .loading import class_names, head_lines, load
from .options import NetworkOptions, ReadingOptions
from .roles import NETWORK, data_and_network
from .sets import report_missing, views

__all__ = ["Options", "run"]

THRESH = 0.005
COCO_IOUS = np.linspace(0.5, 0.95, 10).tolist()


def _points(text: str) -> int:
    if not text.isdecimal() or int(text) == 1:
        raise ValueError("neither 0 nor a whole number from 2")
    return int(text)


@dataclass(frozen=True)
class Options(Command):
    name = "detector map"
    arguments = f"DATA {NETWORK}"
    about = """
    Average precision of each class and their mean over the pictures that valid= in DATA lists, as Darknet computes it.
    Labels lie beside the pictures, or in labels/ in place of JPEGImages/ or images/; difficult= lists, line by line,
    where objects are that neither count nor are held against a box.  A picture that cannot be read has its labels missed."""
    example = "darknet_py detector map cfg/coco.data cfg/yolov4.cfg yolov4.weights -iou_thresh .75 -coco"

    iou_thresh: float = valued("least overlap of a right box, .5 if not given", "IOU", share, 0.5)
    points: int = valued("0 (if not given): area under the curve; 11: VOC 2007; 101: COCO", "N", _points, 0)
    thresh: float = valued("least probability of what TP, FP and FN count, .25 if not given", "P", threshold("thresh"), 0.25)
    coco: bool = switch("COCO's AP as well, by pycocotools: pip install \"darknet-runtime[coco]\"")
    letter_box: bool = switch(f"{IDLE}: letter_box= in [net] decides")
    ext_output: object = idle()
    reading: ReadingOptions = group(ReadingOptions)
    network: NetworkOptions = group(NetworkOptions)


def run(arguments: list[str], options: Options) -> int:
    listing, model, rest = data_and_network(arguments, options, options.network)
    options.no_more(rest)
    pictures = read_list(listing.file("valid"))
    difficult = read_list(listing.file("difficult")) if "difficult" in listing else []
    net = load(model, options.network)
    net.names = class_names(net, model.names_file)
    if not options.network.quiet:
        print("\n calculation mAP (mean average precision)...", *head_lines(net.heads), sep="\n")
    labelled = samples(pictures, difficult, net.classes)
    report_missing(labelled)
    return _evaluate(net, labelled, options)


def _evaluate(net: Network, labelled: Sequence[Sample], options: Options) -> int:
    """Run the network over the pictures, print the figures; the exit code."""
    if options.letter_box and not net.letter_box:
        message = "-letter_box has no effect here, as in Darknet; for that, put letter_box=1 into [net]"
        warnings.warn(message, DarknetWarning, stacklevel=2)
    start, found, sizes, failed = time.monotonic(), [], [], False
    with views(net, [s.picture for s in labelled], options.reading.reading(), thresh=THRESH, nms=NMS) as viewed:
        for view in viewed:
            found.append(Found.of(view.rows or Boxes.empty(net.classes)))
            sizes.append(view.size or (net.width, net.height))
            failed |= view.rows is None
    darknet = score(found, labelled, net.classes, options.iou_thresh, options.points, options.thresh)
    *figures, hint = map_lines(darknet, net.names)
    print(*figures, sep="\n", flush=True)
    print(f"Total Detection Time: {int(time.monotonic() - start)} Seconds", file=sys.stderr)
    print(hint)
    if options.coco:
        by_iou = [score(found, labelled, net.classes, iou, options.points, options.thresh) for iou in COCO_IOUS]
        print(*coco_lines(coco_score(found, labelled, sizes), by_iou), sep="\n")
    return int(failed)
