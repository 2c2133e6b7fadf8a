"""The commands: the one list by which they are found and explained, here, in the README and in docs/."""

from __future__ import annotations

import importlib
import keyword
from typing import Any

from .flags import Flag

__all__ = ["COMMANDS", "FAMILIES", "WORDS", "about", "flags", "module"]

COMMANDS = {
    "detect": "find objects in pictures: cfg, weights, pictures, or one name for the network's files",
    "detector test": "find objects in pictures",
    "detector demo": "objects in a video, a stream or a camera",
    "detector map": "mean average precision over a set of pictures",
    "detector valid": "results over a set of pictures, in the forms of COCO, VOC, ImageNet, KITTI and BDD",
    "detector recall": "how many objects of a set of pictures any box covers",
    "detector calc_anchors": "anchors for your own boxes",
    "classifier predict": "the most probable classes of pictures",
    "classifier valid": "how often a classifier is right over a set of pictures",
    "classifier valid10": "the same, with ten looks at each picture",
    "yolo test": "find objects in pictures with a network of YOLOv1",
    "yolo valid": "results of a network of YOLOv1 over a set of pictures, in the form of VOC",
    "read": "read characters in pictures, line by line, with the network that comes along",
    "serve": "models as a service behind a port, with a page to look at",
    "export": "write a network as an ONNX model",
    "import": "write a trained YOLO of PyTorch as a cfg, weights and names",
    "fetch": "download published weights, or list them",
    "summary": "the layers of a network, what they cost, and its graph as a picture",
    "new": "write a cfg for your own classes",
    "check": "look for everything that is wrong with a cfg, its weights and its names, and say how to fix it",
    "doctor": "what this installation is made of, what is wrong with it, and a report for those who help",
    "compare": "where two runs of a network first differ, and why",
    "partial": "write the weights of a network's first layers, to start a training from",
    "average": "write the mean of several weights of one network",
    "rgbgr": "write weights for pictures whose red and blue are exchanged",
    "statistics": "figures of a network's weights",
    "visualize": "the kernels of a network's convolutions as pictures",
    "run": "run a Python program written for darknet.py",
    "completion": "make bash, zsh or fish complete commands, flags and files",
}
ABOUT_FAMILIES = {
    "detector": "work with any detector and its .data file",
    "classifier": "work with any classifier and its .data file",
    "yolo": "work with networks of YOLOv1",
}
# First words, in the order of the help text
WORDS = (
    "detect", "read", "serve", "detector", "classifier", "yolo", "fetch", "import", "export", "compare", "summary", "new",
    "check", "doctor", "partial", "average", "rgbgr", "statistics", "visualize", "run",
    "completion",
)  # fmt: skip
FAMILIES = {
    family: {name.split()[1]: about for name, about in COMMANDS.items() if name.startswith(f"{family} ")}
    for family in ABOUT_FAMILIES
}  # fmt: skip


def about(word: str) -> str:
    """What a first word is for."""
    return COMMANDS.get(word) or f"{ABOUT_FAMILIES[word]}: {', '.join(FAMILIES[word])}"


def module(name: str) -> Any:
    """A command's, imported when it is needed: Options, and ``run``.

    ``run`` takes the arguments and options that they parse, and returns the exit code.  Raises UsageError, DarknetError.
    """
    word = f"{name}_" if keyword.iskeyword(name) else name.replace(" ", "_")
    return importlib.import_module(f".{word}", __package__)


def flags(name: str) -> dict[str, Flag]:
    """The flags of a command, by name."""
    return dict(module(name).Options.flags())
