"""``darknet_py yolo valid cfg weights [list]``.   C: yolo.c validate_yolo"""

from __future__ import annotations

from dataclasses import dataclass

from ..boxes.suppression import IN_PLACE
from ..files.lists import read_list
from ..output import make_folder
from ..output.results import VocOfYolo
from .command import Command
from .flags import group, idle, valued
from .guard import Guard
from .loading import class_names, load
from .options import NetworkOptions, ReadingOptions
from .roles import NETWORK, network_and_rest
from .validating import result_files, write_results
from .yolov1 import checked

__all__ = ["Options", "run"]

LIST, FOLDER = "data/voc/2007_test.txt", "results"
LOOKING = {"thresh": 0.001, "nms": 0.5, "nms_kind": IN_PLACE}


@dataclass(frozen=True)
class Options(Command):
    name = "yolo valid"
    arguments = f"{NETWORK} [LIST]"
    about = f"""
    Write the boxes that a network of YOLOv1 finds in the pictures of a list, {LIST} if none is given, a text file for each
    class into the folder {FOLDER}, as PascalVOC wants them."""
    example = "darknet_py yolo valid cfg/yolov1/tiny-yolo.cfg tiny-yolo.weights data/voc/2007_test.txt"

    out: str | None = valued("how the files' names begin, comp4_det_test_ if not given", "NAME", str)
    thresh: object = idle("P")
    reading: ReadingOptions = group(ReadingOptions)
    network: NetworkOptions = group(NetworkOptions)


def run(arguments: list[str], options: Options) -> int:
    model, rest = network_and_rest(arguments, options, options.network)
    options.no_more(rest[1:])
    listing = (*rest, LIST)[0]
    pictures = read_list(listing)
    guard = Guard(*model.files, listing, *pictures)
    guard.folder(FOLDER)
    net = load(checked(model), options.network, as_training=True)
    names = class_names(net, model.names_file)
    files = result_files(guard, pictures)
    results = VocOfYolo(make_folder(FOLDER), options.out, names, files)
    return write_results(net, names, pictures, results, files, options.reading.reading(), False, **LOOKING)
