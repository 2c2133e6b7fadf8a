"""``darknet_py detect [cfg weights|name] [picture ...]``.   C: darknet.c main"""

from __future__ import annotations

from dataclasses import dataclass

from ..boxes.thresholds import DETECT_THRESH
from .command import Command
from .flags import group, switch, threshold, valued
from .picture_options import PictureOptions
from .pictures import DETECTOR, run_pictures
from .pointer import Pointer
from .roles import OPTIONAL_NETWORK, network_and_pictures

__all__ = ["Options", "run"]


@dataclass(frozen=True)
class Options(Command):
    name = "detect"
    arguments = f"{OPTIONAL_NETWORK} [PICTURE ...]"
    about = """
    Find objects in pictures, print them, draw them into predictions.jpg (several pictures: predictions_<name>.jpg).
    PICTURE: a file, an address (http), a folder of pictures, a quoted pattern ('photos/**/*.jpg'), a .txt list of them,
    or - for standard input: a picture's bytes, or paths; without any, paths are asked for.
    NAME: of cars.cfg, whose weights (cars.weights, cars_best, cars_final, cars_last) and class names (cars.names, obj.names)
    are found beside it; or of a built-in network, with the weights that fetch gets.  Files may stand in any order.
    Names: those beside the cfg, else the built-in COCO list for networks of 80 classes.  Without a network the one that
    comes along is used, which finds characters: 0-9 and A-Z (see darknet_py read); -model yolo-fastest-1.1 -fetch finds
    80 kinds of objects."""
    example = "darknet_py detect cfg/yolov4-tiny.cfg yolov4-tiny.weights dog.jpg -thresh .3 -ext_output"

    thresh: float = valued("least probability of what is shown, .24 if not given", "P", threshold("thresh"), DETECT_THRESH)
    letter_box: bool = switch("keep the proportions of pictures")
    pictures: PictureOptions = group(PictureOptions)


def run(arguments: list[str], options: Options) -> int:
    model, words = network_and_pictures(arguments, options, options.pictures.network)
    watching = Pointer(words, DETECTOR) if words == arguments else None  # no word is a network's
    manner = watching.watched if watching else DETECTOR
    code = run_pictures(model, words, model.files, options.pictures, options.thresh, options.letter_box or None, manner)
    if watching and not options.pictures.network.quiet:
        watching.tell(options.thresh)
    return code
