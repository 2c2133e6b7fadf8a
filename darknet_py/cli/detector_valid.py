"""``darknet_py detector valid data cfg weights``.   C: detector.c validate_detector"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..errors import DarknetError, DarknetWarning, DatasetError
from ..evaluate import coco_results, needs_pycocotools, read_annotations
from ..files.lists import read_list
from ..layers.class_tree import read_map
from ..output.results import RESULTS, coco_categories, coco_image, open_results
from .command import Command
from .flags import choice, group, idle, threshold, valued
from .guard import Guard
from .loading import class_names, head_lines, load
from .options import NetworkOptions, ReadingOptions
from .roles import NETWORK, data_and_network
from .stopping import reporting
from .validating import result_files, write_results

__all__ = ["Options", "run"]

THRESH, NMS = 0.001, 0.6


@dataclass(frozen=True)
class Options(Command):
    name = "detector valid"
    arguments = f"DATA {NETWORK}"
    about = """
    Write the boxes of the pictures that valid= in DATA lists, in the form that eval= there asks for: coco, voc (without
    eval=), imagenet, kitti or bdd, into the folder results=, which is made.  map= there: the classes of a tree
    (YOLO9000) that are those of another set, in its order."""
    example = "darknet_py detector valid coco.data yolov4 -annotations annotations/instances_val2017.json"

    out: str | None = valued(
        "name of the file without suffix (voc: how the files' names begin), Darknet's own if not given", "NAME", str
    )
    annotations: str | None = valued(
        "COCO's AP of the results, by pycocotools, after them: the pictures of COCO's file of annotations", "FILE.json", str
    )
    nms: float = valued(f"largest overlap of two boxes of a class, {NMS} if not given", "IOU", threshold("nms"), NMS)
    fit: Literal["letterbox", "stretch"] | None = valued(
        "whether pictures keep their proportions; as letter_box= in [net] says if not given", "letterbox|stretch",
        choice("letterbox", "stretch"),
    )  # fmt: skip
    thresh: object = idle("P")
    letter_box: object = idle()
    ext_output: object = idle()
    reading: ReadingOptions = group(ReadingOptions)
    network: NetworkOptions = group(NetworkOptions)


def run(arguments: list[str], options: Options) -> int:
    listing, model, rest = data_and_network(arguments, options, options.network)
    options.no_more(rest)
    pictures = read_list(listing.file("valid"))
    mapped = listing.file("map") if "map" in listing else None
    kind = listing.get("eval", "voc")
    if kind not in RESULTS:
        message = f"eval={kind} is none of {', '.join(RESULTS)}; voc is used"
        warnings.warn(DarknetWarning(message, listing.where("eval"), listing.entries["eval"].line), stacklevel=2)
    if options.annotations:
        _check_annotations(options.annotations, kind, listing.path, pictures)
    guard = Guard(*model.files, listing.path, mapped, listing.file("valid"), options.annotations, *pictures)
    folder = listing.folder("results", "results")
    guard.folder(folder)
    net = load(model, options.network)
    if mapped:
        net.map_classes(read_map(mapped, net.classes))
    if not options.network.quiet:
        print(*(f"{line}\n" for line in head_lines(net.heads)), sep="", end="", flush=True)
    files = result_files(guard, pictures)
    names = class_names(net, model.names_file)
    results = open_results(kind, folder, options.out, names, files)
    looking = {"thresh": THRESH, "nms": options.nms}
    letter_box = options.fit and options.fit == "letterbox"
    code = write_results(net, names, pictures, results, files, options.reading.reading(), letter_box, **looking)
    if options.annotations:
        numbers = dict(zip(coco_categories(len(names)), names))
        with reporting(files=lambda: [str(results.where)]):
            _, lines = coco_results(options.annotations, results.where, {coco_image(p): p for p in pictures}, numbers)
        print(*lines, sep="\n")
    return code


def _check_annotations(path: str, kind: str, data: str, pictures: Sequence[str]) -> None:
    """Raises DarknetError for what would fail after hours."""
    needs_pycocotools()
    if kind != "coco":
        raise DarknetError(f"{data}: -annotations needs results in COCO's form; write eval=coco")
    if not os.path.isfile(path):
        raise DatasetError(f"{path}: there is no such file; -annotations takes COCO's, such as instances_val2017.json")
    read_annotations(path)
    first: dict[int | str, str] = {}
    for picture in pictures:
        number = coco_image(picture)
        if number in first:
            message = f"{picture}: has the image_id {number} of {first[number]}, by its name; for -annotations rename one"
            raise DatasetError(message)
        first[number] = picture
