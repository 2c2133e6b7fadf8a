"""``darknet_py detect [cfg weights|name] [picture ...]``.   C: darknet.c main"""

from __future__ import annotations

from collections.abc import Sequence

from .arguments import OPTIONAL_NETWORK, network_and_pictures
from .flags import Command, Flag, threshold
from .loading import load
from .picture_files import Pictures
from .pictures import PICTURE_FLAGS, run_pictures

__all__ = ["COMMAND", "run"]

COMMAND = Command(
    "detect",
    f"{OPTIONAL_NETWORK} [PICTURE ...]",
    "Find objects in pictures, print them, draw them into predictions.jpg (several pictures: predictions_<name>.jpg).\n"
    "A folder stands for the pictures in it, a .txt file for those that it lists; without any, paths are read from stdin.\n"
    "Names: the built-in COCO list for networks of 80 classes.\n"
    "A network's NAME stands for its built-in cfg and its weights, as fetch gets them.  Without a network the one that\n"
    "comes along is used, which finds characters: 0-9 and A-Z (see darknet_py read).",
    "darknet_py detect cfg/yolov4-tiny.cfg yolov4-tiny.weights dog.jpg -thresh .3 -ext_output",
    (Flag("thresh", "least probability of what is shown, .24 if not given", "P", threshold("thresh"), 0.24), *PICTURE_FLAGS),
    least=1,
)


def run(argv: Sequence[str]) -> int:
    """The command, without its name; the exit code.  Raises UsageError, DarknetError."""
    if (parsed := COMMAND.parse(argv)) is None:
        return 0
    arguments, flags = parsed
    model, words = network_and_pictures(arguments, COMMAND)
    flags.letter_box = False
    pictures = Pictures(words, flags, [*model.files, flags.names])
    return run_pictures(load(model, flags.names, flags), pictures, flags)
