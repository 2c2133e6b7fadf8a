"""``darknet_py detector calc_anchors data``.   C: detector.c calc_anchors"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import cfg
from .._support.words import counted
from ..cfg import Section, atoi
from ..errors import PATH, DatasetError, printable
from ..evaluate import Anchors, calculate
from ..files.labels import find_labels
from ..files.lists import read_list
from ..files.samples import Sample
from ..graph import build
from ..output.anchors import anchor_text, plot_anchors
from ..output.files import encoded, save_picture, write_text
from .command import Command, UsageError
from .flags import Size, count, idle, natural, valued
from .guard import Guard
from .roles import usual_data
from .sets import with_labels
from .stopping import reporting

__all__ = ["Options", "run"]

COUNTERS, ANCHORS = "counters_per_class.txt", "anchors.txt"
SMALL = 32  # sides up to which anchors are in cells, with decimals


@dataclass(frozen=True)
class Options(Command):
    name = "detector calc_anchors"
    arguments = "DATA"
    about = """
    The anchors that fit best the labels of the pictures which train= in DATA lists: k-means by overlap, the best of
    several random starts.  Writes, into this folder, anchors.txt, counters_per_class.txt and a picture of both."""
    example = "darknet_py detector calc_anchors my.data -num_of_clusters 9 -width 416 -height 416"

    num_of_clusters: int = valued("how many anchors, 5 if not given", "N", count, 5)
    width: int | None = valued("of the network's input, in pixels; that of the cfg beside DATA, if not given", "N", count)
    height: int | None = valued("of the network's input, in pixels", "N", count)
    seed: int = valued("another number, another random start; 0 if not given", "N", natural, 0)
    plot: str = valued("the picture, cloud.png if not given", "FILE", str, "cloud.png")
    show: object = idle()
    dont_show: object = idle()


def run(arguments: list[str], options: Options) -> int:
    listing, network = usual_data(arguments, options)
    size, data = _size(options, network), listing.path
    pictures = read_list(listing.file("train"))
    guard = Guard(data, listing.file("train"), *pictures, *map(find_labels, pictures))
    for file in (COUNTERS, ANCHORS):
        guard.target("this command's", file, "call it from another folder")
    guard.target("-plot", options.plot)
    encoded(np.zeros((1, 1, 3), np.uint8), options.plot)  # an error now, not after the work, for a format that there is not
    print(f"\n num_of_clusters = {options.num_of_clusters}, width = {size[0]}, height = {size[1]} ")
    print(f" read labels from {len(pictures)} images ", flush=True)
    labelled = with_labels(pictures)
    _report_wrong(labelled)
    boxes = _boxes(labelled, size)
    loaded = f"\r loaded \t image: {len(pictures)} \t box: {len(boxes)}"
    print(f"{loaded}\n all loaded. \n\n calculating k-means++ ...", flush=True)
    if len(boxes) < options.num_of_clusters:
        raise DatasetError(f"{data}: {len(boxes)} labels are too few for -num_of_clusters {options.num_of_clusters}")
    with reporting(lambda: f"reading {counted(len(boxes), 'box')}; no file is written"):
        anchors = calculate(boxes, options.num_of_clusters, options.seed)
    print(f"\n iterations = {anchors.rounds} \n\n")
    _write(anchors, labelled, atoi(listing.get("classes", "1")), size[0])
    save_picture(options.plot, plot_anchors(boxes, anchors, size))
    return 0


def _size(options: Options, network: Sequence[Section] | str | None) -> Size:
    """Width and height of the network's input: those that the flags say, else those of the cfg beside the .data file."""
    if options.width and options.height:
        return options.width, options.height
    if network is None:
        raise UsageError("needs -width N and -height N, the size of the network's input", options.name)
    net = build(cfg.read(network)).net
    return options.width or net.width, options.height or net.height


def _report_wrong(labelled: Sequence[Sample]) -> None:
    """Labels that reach out of their picture, in the reference's words."""
    for sample in labelled:
        wrong = ((sample.labels.xywh <= 0) | (sample.labels.xywh > 1)).any(axis=1)
        for j in np.flatnonzero(wrong).tolist():
            x, y, w, h = sample.labels.xywh[j].tolist()
            path = printable(find_labels(sample.picture), PATH)
            print(f"\n\nWrong label: {path} - j = {j}, x = {x:f}, y = {y:f}, width = {w:f}, height = {h:f} ")


def _boxes(labelled: Sequence[Sample], size: Size) -> NDArray[np.float64]:
    """Width and height (n, 2) in pixels of the network's input, of all labels that have any."""
    sizes = np.concatenate([sample.labels.xywh[:, 2:] for sample in labelled]).astype(np.float64)
    return np.asarray(sizes[(sizes > 0).all(axis=1)] * size)


def _write(anchors: Anchors, labelled: Sequence[Sample], classes: int, width: int) -> None:
    labels = np.concatenate([s.labels.classes for s in labelled])
    counts = np.bincount(labels[labels >= 0], minlength=classes)
    counters = f"counters_per_class = {', '.join(map(str, counts.tolist()))}"
    write_text(COUNTERS, counters)
    print(f"{counters}\n\n avg IoU = {anchors.average_iou * 100:2.2f} % ")
    text = anchor_text(anchors, rounded=width > SMALL)
    write_text(ANCHORS, text)
    print(f"\nSaving anchors to the file: anchors.txt \nanchors = {text}")
