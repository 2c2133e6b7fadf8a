"""``darknet_py yolo test cfg weights [picture ...]``.   C: yolo.c test_yolo"""

from __future__ import annotations

from dataclasses import dataclass

from .. import output
from ..boxes.suppression import IN_PLACE
from .command import Command
from .flags import group, threshold, valued
from .picture_options import PictureOptions
from .pictures import Manner, run_pictures
from .roles import NETWORK, check_pictures, network_and_rest
from .yolov1 import checked

__all__ = ["Options", "run"]

THRESH, NMS = 0.2, 0.4
MANNER = Manner(NMS, IN_PLACE, lambda seconds: f"{seconds:f} seconds", output.best_lines, as_training=True)


@dataclass(frozen=True)
class Options(Command):
    name = "yolo test"
    arguments = f"{NETWORK} [PICTURE ...]"
    about = """
    Find objects in pictures with a network of YOLOv1, one that ends in [detection], print them cell by cell, and draw them.
    The boxes are those of detect but for the thresholds; pictures are never letterboxed.
    Names: those of PascalVOC, for networks of 80 classes COCO's."""
    example = "darknet_py yolo test cfg/yolov1/tiny-yolo.cfg tiny-yolo.weights dog.jpg -thresh .2"

    thresh: float = valued(f"least probability of what is shown, {THRESH} if not given", "P", threshold("thresh"), THRESH)
    hier: object = valued("without effect", "P", threshold("hier"))
    pictures: PictureOptions = group(PictureOptions)


def run(arguments: list[str], options: Options) -> int:
    model, words = network_and_rest(arguments, options, options.pictures.network)
    check_pictures(words)
    return run_pictures(checked(model), words, model.files, options.pictures, options.thresh, False, MANNER)
