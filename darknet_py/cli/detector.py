"""``darknet_py detector COMMAND data ...``: which command is meant.   C: detector.c run_detector"""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from ..errors import DarknetError
from .flags import UsageError, nearest

__all__ = ["COMMANDS", "run"]

COMMANDS = {  # each a module detector_NAME
    "test": "find objects in pictures",
    "demo": "objects in a video, a stream or a camera",
    "map": "mean average precision over a set of pictures",
    "valid": "results over a set of pictures, in the forms of COCO, VOC, ImageNet, KITTI and BDD",
    "recall": "how many objects of a set of pictures any box covers",
    "calc_anchors": "anchors for your own boxes",
}
ABSENT = {
    "train": "training is not done here, only inference",
    "draw": "it paints into a picture what the network is to see there, by training and in a window, and neither is done "
            "here; boxes are drawn by detector test",
}  # fmt: skip


def run(argv: Sequence[str]) -> int:
    """The command, without its name; the exit code.  Raises UsageError, DarknetError."""
    for i, word in enumerate(argv):
        if word in COMMANDS:
            module = importlib.import_module(f".detector_{word}", __package__)
            return int(module.run([*argv[:i], *argv[i + 1 :]]))
        if word in ABSENT:
            raise DarknetError(f"detector {word}: {ABSENT[word]}")
    if argv and argv[0].lstrip("-") in ("h", "help"):
        print(_help())
        return 0
    asked = argv[0] if argv else ""
    there = ", ".join(COMMANDS)
    problem = f"no command detector {asked}{nearest(asked, COMMANDS)}" if asked else f"detector needs a command: {there}"
    raise UsageError(problem, "detector")


def _help() -> str:
    rows = "\n".join(f"  {name:12s}  {text}" for name, text in COMMANDS.items())
    return (
        f"usage: darknet_py detector COMMAND DATA ... [flags]\n\n{rows}\n\n"
        "Each has its own help: darknet_py detector COMMAND -h\n\n"
        "example: darknet_py detector test cfg/coco.data cfg/yolov4.cfg yolov4.weights dog.jpg -out result.json"
    )
