"""``darknet_py detector valid data cfg weights``.   C: detector.c validate_detector"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from ..errors import DarknetWarning
from ..files.lists import read_list
from ..layers.class_tree import read_map
from ..output.results import RESULTS, ResultFiles, open_results
from .command import Command
from .flags import group, idle, valued
from .guard import Guard
from .loading import class_names, head_lines, load
from .options import NetworkOptions, ReadingOptions
from .roles import NETWORK, data_and_network
from .validating import write_results

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
    example = "darknet_py detector valid cfg/coco.data cfg/yolov4.cfg yolov4.weights"

    out: str | None = valued(
        "name of the file without suffix (voc: how the files' names begin), Darknet's own if not given", "NAME", str
    )
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
    guard = Guard(*model.files, listing.path, mapped, listing.file("valid"), *pictures)
    folder = listing.folder("results", "results")
    guard.folder(folder)
    net = load(model, options.network)
    if mapped:
        net.map_classes(read_map(mapped, net.classes))
    if not options.network.quiet:
        print(*(f"{line}\n" for line in head_lines(net.heads)), sep="", end="", flush=True)
    files = ResultFiles(lambda path, owner: guard.writes(str(path), path, owner), pictures)
    names = class_names(net, model.names_file)
    results = open_results(kind, folder, options.out, names, files)
    looking = {"thresh": THRESH, "nms": NMS}
    return write_results(net, names, pictures, results, files, options.reading.reading(), None, **looking)
