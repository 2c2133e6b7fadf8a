"""What the arguments of a command mean; those in another one's place are told by name and content before they are read."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from .. import zoo
from ..errors import DarknetError
from ..files.contents import BINARY, PICTURE, Kind, kind_of
from ..files.lists import holds_pictures
from ..store import Model, is_name, model
from .command import Command, UsageError

__all__ = [
    "NETWORK", "OPTIONAL_NETWORK", "check_data", "check_network", "check_pictures", "data_and_network", "is_video",
    "network_and_pictures", "network_and_rest",
]  # fmt: skip

NETWORK = "CFG WEIGHTS|NAME"
OPTIONAL_NETWORK = f"[{NETWORK}]"
SUFFIXES = {".cfg": "cfg", ".weights": "weights", ".data": "data", ".names": "names"}
ROLES = {"cfg": "a .cfg file", "weights": "a .weights file", "data": "a .data file", "names": "a list of names"}
FOREIGN = {
    ".pt": "PyTorch", ".pth": "PyTorch", ".torchscript": "PyTorch", ".onnx": "ONNX", ".engine": "TensorRT",
    ".trt": "TensorRT",
    ".plan": "TensorRT", ".tflite": "TensorFlow Lite", ".pb": "TensorFlow", ".h5": "Keras", ".keras": "Keras",
    ".safetensors": "safetensors", ".mlmodel": "Core ML", ".mlpackage": "Core ML", ".caffemodel": "Caffe",
    ".prototxt": "Caffe", ".param": "ncnn", ".ckpt": "TensorFlow or PyTorch", ".yaml": "Ultralytics", ".yml": "Ultralytics",
}  # fmt: skip
VIDEOS = {".mp4", ".avi", ".mkv", ".mov", ".m4v", ".webm", ".wmv", ".mpg", ".mpeg", ".flv", ".3gp", ".ts", ".mjpeg"}
ADDRESS = re.compile(r"(rtsp|rtmp|https?|udp|tcp|ftp)://", re.IGNORECASE)
PICTURE_BRANDS = b"avif", b"heic", b"mif1", b"heif", b"heix"  # of files that are like videos at their beginning
OURS = "networks here are a Darknet .cfg and its .weights; get those, or a program for this format"
IMPORTED = "networks here are a Darknet .cfg and its .weights; darknet_py import {} makes them of a YOLO in it"


def network_and_rest(arguments: Sequence[str], command: Command) -> tuple[Model, list[str]]:
    """The network that the first arguments say, and the arguments after it.

    CFG WEIGHTS: two files.  NAME: a built-in cfg, and its weights where they were fetched to.  NAME x.weights: others.
    Raises UsageError for a CFG without WEIGHTS, CfgError for an unknown name, WeightsError for weights not fetched.
    """
    check_network(arguments, command)
    first, *rest = arguments
    if is_name(first) and not (rest and rest[0].endswith(".weights")):
        return model(first), rest
    if not rest:
        raise command.wrong_usage()
    return model(first, rest[0]), rest[1:]


def network_and_pictures(arguments: Sequence[str], command: Command) -> tuple[Model, list[str]]:
    """``network_and_rest``; the network that comes with the package when the first argument already is a picture."""
    check_pictures(arguments)
    weights_follow = arguments[1:] and arguments[1].endswith(".weights")
    if holds_pictures(arguments[0]) and not weights_follow:
        return model(zoo.DEFAULT), list(arguments)
    return network_and_rest(arguments, command)


def data_and_network(arguments: Sequence[str], command: Command) -> tuple[str, Model, list[str]]:
    """The .data file that the first argument says, and ``network_and_rest`` of those after it."""
    data, *rest = arguments
    check_data(data, command)
    return data, *network_and_rest(rest, command)


def check_data(path: str, command: Command) -> None:
    """Raises UsageError when what stands where DATA belongs is a cfg or weights."""
    role = _role(path)
    what = ROLES[role] if role in ("cfg", "weights") else "a network's name" if path in zoo.NETWORKS else ""
    if what and not (path in zoo.NETWORKS and Path(path).is_file()):
        raise UsageError(f"{path} is {what}, where DATA belongs, which is missing: {command.usage()}", command.name)


def check_network(arguments: Sequence[str], command: Command) -> None:
    """Raises UsageError, DarknetError when the first two arguments are not what CFG WEIGHTS may be."""
    first, second = (*arguments, "")[:2]
    roles = _role(first), _role(second)
    if roles[0] == "data":
        where = "one more than belongs here" if "DATA" in command.arguments else "which only detector commands take"
        raise UsageError(f"{first} is a .data file, {where}: {command.usage()}", command.name)
    if roles == ("weights", "cfg"):
        raise UsageError(f"{first} and {second} stand in each other's place: CFG first, then WEIGHTS", command.name)
    if roles[0] == "weights":
        raise UsageError(f"{first} is a .weights file, where CFG belongs: {command.usage()}", command.name)
    if roles[1] in ("cfg", "data", "names"):
        raise UsageError(f"{second} is {ROLES[roles[1]]}, where WEIGHTS belong: {command.usage()}", command.name)
    if roles[0] == "cfg" and _kind(second) is PICTURE:
        raise UsageError(f"{second} is a picture, where WEIGHTS belong, which are missing: {command.usage()}", command.name)
    for path in (first, second):
        _check_foreign(path)


def check_pictures(words: Sequence[str]) -> None:
    """Raises DarknetError when what stands for pictures is videos or streams."""
    wrong = [word for word in words if ADDRESS.match(word) or is_video(word)]
    if wrong and len(wrong) == len(words):
        what = "an address, and pictures are read from files" if ADDRESS.match(wrong[0]) else "a video"
        raise DarknetError(f"{wrong[0]} is {what}; videos and streams: darknet_py detector demo DATA CFG WEIGHTS {wrong[0]}")


def is_video(path: str) -> bool:
    """Whether a file is a video by its name or, having no suffix, by its first bytes."""
    suffix = Path(path).suffix.lower()
    if suffix or not os.path.isfile(path):
        return suffix in VIDEOS
    try:
        with Path(path).open("rb") as file:
            head = file.read(16)
    except OSError:
        return False
    mp4 = head[4:8] == b"ftyp" and head[8:12] not in PICTURE_BRANDS
    avi = (head[:4], head[8:12]) == (b"RIFF", b"AVI ")
    return mp4 or avi or head.startswith((b"\x1aE\xdf\xa3", b"FLV\1", b"\0\0\1\xba"))


def _role(path: str) -> str:
    """The role that a file's name says and, if it is there, its content does not deny; "" if it says none."""
    role = SUFFIXES.get(Path(path).suffix.lower(), "")
    kind = _kind(path)
    return role if kind is None or kind.role in (role, "") else ""


def _check_foreign(path: str) -> None:
    """Raises DarknetError for another program's network, by its content or its name."""
    kind, suffix = _kind(path), Path(path).suffix.lower()
    if suffix in FOREIGN and (kind is None or kind.role not in ("cfg", "weights")):
        remedy = IMPORTED.format(path) if FOREIGN[suffix] in ("PyTorch", "safetensors") else OURS
        raise DarknetError(f"{path} is a file of {FOREIGN[suffix]}; {remedy}")


def _kind(path: str) -> Kind | None:
    """What a file's content says, None for a file that is not there or says nothing."""
    try:
        kind = kind_of(path) if os.path.isfile(path) else BINARY
    except OSError:
        return None
    return None if kind is BINARY else kind
