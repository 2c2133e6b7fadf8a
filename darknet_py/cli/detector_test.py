"""``darknet_py detector test data cfg weights [picture ...]``.   C: detector.c test_detector"""

from __future__ import annotations

from dataclasses import dataclass

from .command import Command
from .flags import group, switch, threshold, valued
from .picture_options import PictureOptions
from .pictures import run_pictures
from .roles import NETWORK, data_and_rest

__all__ = ["Options", "run"]


@dataclass(frozen=True)
class Options(Command):
    name = "detector test"
    arguments = f"[DATA] {NETWORK} [PICTURE ...]"
    about = """
    Find objects in pictures, print them, draw them into predictions.jpg (several pictures: predictions_<name>.jpg).
    PICTURE: a file, an address (http), a folder of pictures, a quoted pattern ('photos/**/*.jpg'), a .txt list of them,
    or - for standard input: a picture's bytes, or paths; without any, paths are asked for.
    Class names: the file that names= in DATA says; without DATA those beside the cfg."""
    example = "darknet_py detector test cfg/coco.data cfg/yolov4.cfg yolov4.weights dog.jpg -out result.json"

    thresh: float = valued("least probability of what is shown, .25 if not given", "P", threshold("thresh"), 0.25)
    hier: float = valued("no effect, as in Darknet: .5 in a tree of classes (YOLO9000)", "P", threshold("hier"), 0.5)
    letter_box: bool = switch("keep the proportions of pictures")
    pictures: PictureOptions = group(PictureOptions)


def run(arguments: list[str], options: Options) -> int:
    data, model, words = data_and_rest(arguments, options, options.pictures.network)
    read = [*model.files, data.path if data else None]
    return run_pictures(model, words, read, options.pictures, options.thresh, options.letter_box or None)
