"""``darknet_py detector map data cfg weights``.   C: detector.c validate_detector_map"""

from __future__ import annotations

import io
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import nullcontext, redirect_stdout
from dataclasses import dataclass, replace

import numpy as np

from ..boxes.table import Boxes
from ..boxes.thresholds import NMS
from ..errors import DarknetWarning
from ..evaluate import LEAST, Evaluation, Found, coco_score, evaluation, score, worst
from ..files.labels import find_labels
from ..files.lists import read_list
from ..files.samples import Sample
from ..image import Size
from ..network import Network
from ..output.evaluation import coco_lines, map_lines
from ..report import Drawn, drawn
from .command import Command
from .flags import IDLE, group, idle, share, switch, threshold, valued
from .guard import Guard
from .loading import class_names, head_lines, load
from .metrics import MetricsOptions, write_metrics
from .options import NetworkOptions, ReadingOptions
from .roles import NETWORK, data_and_network
from .sets import views, with_labels

__all__ = ["Options", "run"]

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
    metrics: MetricsOptions = group(MetricsOptions)
    ext_output: object = idle()
    reading: ReadingOptions = group(ReadingOptions)
    network: NetworkOptions = group(NetworkOptions)


def run(arguments: list[str], options: Options) -> int:
    listing, model, rest = data_and_network(arguments, options, options.network)
    options.no_more(rest)
    pictures = read_list(listing.file("valid"))
    difficult = read_list(listing.file("difficult")) if "difficult" in listing else []
    if options.metrics.wanted:
        lists = (listing.file(key) for key in ("valid", "difficult") if key in listing)
        labels = map(find_labels, (*pictures, *difficult))
        options.metrics.check(Guard(*model.files, listing.path, *lists, *pictures, *labels))
    with redirect_stdout(io.StringIO()) if options.metrics.on_stdout else nullcontext():
        net = load(model, options.network)
        net.names = class_names(net, model.names_file)
        if not options.network.quiet:
            print("\n calculation mAP (mean average precision)...", *head_lines(net.heads), sep="\n")
        labelled = with_labels(pictures, difficult, net.classes)
        seen = _seen(net, labelled, options)
        figures = _figures(net, seen, labelled, options)
    if options.metrics.wanted:
        about = {"network": model.label, "weights": model.weights, "data": listing.path, "size": [net.width, net.height]}
        write_metrics(figures, options.metrics, about, lambda: _worst(seen, labelled, net.names, options))
    return int(seen.failed)


@dataclass(frozen=True)
class _Seen:
    """What was found in each picture, their sizes, whether one could not be read, and the seconds that it took."""

    found: list[Found]
    sizes: list[Size]
    failed: bool
    seconds: float


def _seen(net: Network, labelled: Sequence[Sample], options: Options) -> _Seen:
    """Run the network over the pictures."""
    if options.letter_box and not net.letter_box:
        message = "-letter_box has no effect here, as in Darknet; for that, put letter_box=1 into [net]"
        warnings.warn(message, DarknetWarning, stacklevel=2)
    start, found, sizes, failed = time.monotonic(), [], [], False
    with views(net, [s.picture for s in labelled], options.reading.reading(), thresh=LEAST, nms=NMS) as viewed:
        for view in viewed:
            found.append(Found.of(view.rows or Boxes.empty(net.classes)))
            sizes.append(view.size or (net.width, net.height))
            failed |= view.rows is None
    return _Seen(found, sizes, failed, time.monotonic() - start)


def _figures(net: Network, seen: _Seen, labelled: Sequence[Sample], options: Options) -> Evaluation:
    """The figures, which are printed."""
    how = options.points, options.thresh
    figures = evaluation(seen.found, labelled, net.names[: net.classes], options.iou_thresh, *how)
    *lines, hint = map_lines(figures.score, net.names)
    print(*lines, sep="\n", flush=True)
    print(f"Total Detection Time: {int(seen.seconds)} Seconds", file=sys.stderr)
    print(hint)
    if not options.coco:
        return figures
    coco = coco_score(seen.found, labelled, seen.sizes)
    by_iou = [score(seen.found, labelled, net.classes, iou, *how) for iou in COCO_IOUS]
    print(*coco_lines(coco, by_iou), sep="\n")
    return replace(figures, coco=coco)


def _worst(seen: _Seen, labelled: Sequence[Sample], names: Sequence[str], options: Options) -> Iterator[Drawn]:
    """The pictures in which the network is wrong most, drawn."""
    mistakes = worst(seen.found, labelled, iou_thresh=options.iou_thresh, conf_thresh=options.thresh)
    return drawn(mistakes, seen.found, labelled, names, options.reading.reading())
