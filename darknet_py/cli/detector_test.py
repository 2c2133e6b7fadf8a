"""``darknet_py detector test data cfg weights [picture ...]``.   C: detector.c test_detector"""

from __future__ import annotations

from collections.abc import Sequence

from ..files.data import names_file
from .arguments import NETWORK, network_and_rest
from .flags import Command, Flag, threshold
from .loading import load
from .picture_files import Pictures
from .pictures import PICTURE_FLAGS, run_pictures
from .roles import check_data

__all__ = ["COMMAND", "run"]

COMMAND = Command(
    "detector test",
    f"DATA {NETWORK} [PICTURE ...]",
    "Find objects in pictures, print them, draw them into predictions.jpg (several pictures: predictions_<name>.jpg).\n"
    "A folder stands for the pictures in it, a .txt file for those that it lists; without any, paths are read from stdin.\n"
    "Class names: the file that names= in DATA says.",
    "darknet_py detector test cfg/coco.data cfg/yolov4.cfg yolov4.weights dog.jpg -out result.json",
    (
        Flag("thresh", "least probability of what is shown, .25 if not given", "P", threshold("thresh"), 0.25),
        Flag("hier", "for a tree of classes (YOLO9000), without effect on other networks", "P", threshold("hier"), 0.5),
        Flag("letter_box", "keep the proportions of pictures"),
        *PICTURE_FLAGS,
    ),
    least=2,
)


def run(argv: Sequence[str]) -> int:
    """The command, without its name; the exit code.  Raises UsageError, DarknetError."""
    if (parsed := COMMAND.parse(argv)) is None:
        return 0
    (data, *arguments), flags = parsed
    check_data(data, COMMAND)
    model, words = network_and_rest(arguments, COMMAND)
    flags.names = flags.names or names_file(data)
    pictures = Pictures(words, flags, [*model.files, data, flags.names])
    return run_pictures(load(model, flags.names, flags), pictures, flags)
