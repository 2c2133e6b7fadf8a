"""What a command's words mean: the network, its .data file, and the rest; see ``words`` and ``model_files``."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from .. import zoo
from ..cfg import Section
from ..errors import CfgError, DarknetError
from ..files.addresses import is_stream, shown
from ..files.data import Data
from ..files.pictures import has_pictures, holds_pictures
from ..files.roles import FILES, ROLES, is_camera, is_video, role_of
from ..model_files import cfg_of, data_of, missing
from ..store import Model, model
from ..store import cfg_of as cfg_or_sections
from ..weights import peek
from .command import Command, UsageError
from .options import NetworkOptions
from .published import wanted_weights
from .words import Words, told

__all__ = [
    "NETWORK", "OPTIONAL_NETWORK", "check_pictures", "data_and_network", "data_and_rest", "first_cfg",
    "network_and_pictures", "network_and_rest", "only_cfg", "usual_data",
]  # fmt: skip

log = logging.getLogger("darknet_py")
NETWORK = "CFG WEIGHTS|NAME"
OPTIONAL_NETWORK = f"[{NETWORK}]"
FOREIGN = {
    ".pt": "PyTorch", ".pth": "PyTorch", ".torchscript": "PyTorch", ".onnx": "ONNX", ".engine": "TensorRT",
    ".trt": "TensorRT",
    ".plan": "TensorRT", ".tflite": "TensorFlow Lite", ".pb": "TensorFlow", ".h5": "Keras", ".keras": "Keras",
    ".safetensors": "safetensors", ".mlmodel": "Core ML", ".mlpackage": "Core ML", ".caffemodel": "Caffe",
    ".prototxt": "Caffe", ".param": "ncnn", ".ckpt": "TensorFlow or PyTorch", ".yaml": "Ultralytics", ".yml": "Ultralytics",
}  # fmt: skip
OURS = "networks here are a Darknet .cfg and its .weights; get those, or a program for this format"
IMPORTED = "networks here are a Darknet .cfg and its .weights; darknet_py import {} makes them of a YOLO in it"


def network_and_rest(
    arguments: Sequence[str], command: Command, options: NetworkOptions | None = None
) -> tuple[Model, list[str]]:
    """The network that the arguments say, in any order, and those that are none of its files.

    A cfg, its weights, class names and a .data file, of which those that are not named are found (``model_files``); or the
    name of a built-in network, with other weights or its own.  Raises UsageError, DarknetError.
    """
    words = _sorted(arguments, command)
    listing = Data.read(words.data) if words.data else None
    keys = ("names",) if listing and "names" in listing else ()
    return _found(words, command, options, listing, keys if options else None), list(words.rest)


def network_and_pictures(
    arguments: Sequence[str], command: Command, options: NetworkOptions
) -> tuple[Model, list[str]]:
    """``network_and_rest``; the network that comes with the package where there are pictures and no network."""
    check_pictures(arguments)
    words = _sorted(arguments, command)
    if not words.network and words.rest and (holds_pictures(words.rest[0]) or role_of(words.rest[0]) == "picture"):
        for word in words.rest:
            if os.path.isfile(word) and (cfg := cfg_of(f"{word}.cfg")):
                log.info("%s is taken for the picture that it is, not for the network %s", word, cfg)
        return replace(model(zoo.DEFAULT, names=options.names), model=options.engine_model), list(words.rest)
    if not words.rest and os.path.isdir(words.network) and has_pictures(words.network):
        folder, cfg = words.network.rstrip("/\\"), cfg_of(words.network)
        text = f"{folder} may be the network {cfg} or a folder of pictures: write {cfg}, or {os.path.join(folder, '*.jpg')}"
        raise UsageError(text, command.name)
    return network_and_rest(arguments, command, options)


def data_and_network(
    arguments: Sequence[str], command: Command, options: NetworkOptions, keys: Sequence[str] | None = ("names",)
) -> tuple[Data, Model, list[str]]:
    """The .data file, which is given or beside the cfg, and ``network_and_rest``.

    ``keys``: its options that name the class names; None: nobody asks for names.  Raises UsageError where it is nowhere.
    """
    words = _sorted(arguments, command)
    listing = _data(words)
    if listing is None:
        raise _no_data(words, command) if words.network else _no_network(words, command)
    found = _found(words, command, options, listing, keys)
    return replace(listing, beside=found.files), found, list(words.rest)


def data_and_rest(
    arguments: Sequence[str], command: Command, options: NetworkOptions
) -> tuple[Data | None, Model, list[str]]:
    """``data_and_network`` of a command that reads nothing of the .data file but the class names, and does without."""
    words = _sorted(arguments, command)
    listing = _data(words)
    return listing, _found(words, command, options, listing, ("names",)), list(words.rest)


def usual_data(arguments: Sequence[str], command: Command) -> tuple[Data, Sequence[Section] | str | None]:
    """The .data file that the arguments name, or that lies beside the cfg that they name; and that cfg, if there is one."""
    words = _sorted(arguments, command)
    listing = _data(words)
    if not words.network:
        raise _no_network(words, command)
    command.no_more(words.rest)
    if listing is None:
        raise _no_data(words, command)
    return listing, cfg_of(words.network) or (cfg_or_sections(words.network) if words.network in zoo.NETWORKS else None)


def only_cfg(arguments: Sequence[str], command: Command) -> tuple[str, str | Sequence[Section], list[str]]:
    """What names the network, its cfg, and the rest; of a command that reads no weights."""
    words = _sorted(arguments, command)
    if not words.network:
        raise _no_network(words, command)
    cfg = cfg_or_sections(words.network)
    return cfg if isinstance(cfg, str) else words.network, cfg, list(words.rest)


def first_cfg(word: str, command: Command) -> str | Sequence[Section]:
    """The cfg that a word says, of a command whose words have their places.  Raises UsageError for another kind of file."""
    if (role := role_of(word)) in FILES[1:]:
        raise UsageError(f"{word} is {ROLES[role]}, where CFG belongs: {command.usage()}", command.name)
    return cfg_or_sections(word)


def _sorted(arguments: Sequence[str], command: Command) -> Words:
    for word in arguments:
        _check_foreign(word)
    return Words.of(arguments, command)


def _data(words: Words) -> Data | None:
    """The .data file that is given, or the one beside the cfg."""
    cfg = None if words.data else cfg_of(words.network)
    path = words.data or (data_of(cfg) if cfg else None)
    return Data.read(path) if path else None


def _found(
    words: Words, command: Command, options: NetworkOptions | None, listing: Data | None, keys: Sequence[str] | None
) -> Model:
    """The network.

    Class names are those that are given; else as a .data file says that is given, in one of ``keys``, which may be silent
    about the names of a built-in network; else as they are found, and then as a .data file says that was found.  ``keys``
    None: none are looked for.
    """
    names = _given_names(words, options, command)
    told = listing is not None and any(key in listing for key in keys or ())
    by_data = bool(words.data and keys) and not names and (told or words.network not in zoo.NETWORKS)
    found = _model(words, command, options, () if by_data or (keys is None and not names) else names, listing)
    found = replace(found, model=options.engine_model) if options else found
    if listing and keys and (by_data or (found.names is None and told)):
        return replace(found, names=replace(listing, beside=found.files).names(*keys))
    return found


def _given_names(words: Words, options: NetworkOptions | None, command: Command) -> str | None:
    flag = options.names if options else None
    if flag and words.names:
        raise UsageError(f"{words.names} and -names {flag} are both class names; one list is taken", command.name)
    return flag or words.names or None


def _model(
    words: Words, command: Command, options: NetworkOptions | None, names: str | Sequence[str] | None, listing: Data | None
) -> Model:
    if not words.network:
        raise _no_network(words, command)
    weights = words.weights if words.weights != words.network else ""
    folders = [listing.folder("backup", "backup")] if listing else []
    if options and not weights:
        wanted_weights(words.network, options.fetch)
    try:
        return model(words.network, weights or None, names, folders, options.names_encoding if options else None)
    except CfgError as e:
        raise _with_what_fits(e, words) from e


def _with_what_fits(error: CfgError, words: Words) -> CfgError:
    """The error for weights without a cfg, and the built-in networks that have their length."""
    if words.network != words.weights or not os.path.isfile(words.weights):
        return error
    from ..doctor.length import zoo_candidates

    header, size = peek(words.weights)
    fitting = [one for one in zoo_candidates(size - header.size) if one.classes]
    if not fitting:
        return error
    first = fitting[0]
    remedy = f"darknet_py new {first.network} -classes {first.classes} -o {Path(words.weights).stem}.cfg writes one"
    return CfgError(f"{error.message}; its length is that of {' or '.join(map(str, fitting))}: {remedy}")


def _no_data(words: Words, command: Command) -> UsageError:
    cfg = cfg_of(words.network)
    own = f"{Path(cfg).stem}.data, or obj.data of as many classes," if cfg else ""
    beside = f", and no {own} lies beside {cfg}" if cfg else f", which {words.network} has not"
    return UsageError(f"DATA is missing{beside}: {command.usage()}", command.name)


def _no_network(words: Words, command: Command) -> CfgError | UsageError:
    """The error for words without a network."""
    for word in words.rest:
        if not role_of(word) and not os.path.exists(word):
            return missing(word)
    what = f"{told(words)}, and a network is missing: " if words.rest else ""
    return UsageError(f"{what}{command.usage()}", command.name)


def check_pictures(words: Sequence[str]) -> None:
    """Raises DarknetError when what stands for pictures is videos or streams."""
    wrong = [word for word in words if is_stream(word) or is_video(word) or is_camera(word)]
    if wrong and len(wrong) == len(words):
        what, name = "a stream" if is_stream(wrong[0]) else "a video", shown(wrong[0])
        what = "no file, and a camera's number" if is_camera(wrong[0]) else what
        raise DarknetError(f"{name} is {what}; videos and streams: darknet_py detector demo DATA CFG WEIGHTS {name}")


def _check_foreign(path: str) -> None:
    """Raises DarknetError for another program's network, by its name, if its content does not deny it."""
    suffix = Path(path).suffix.lower()
    if suffix in FOREIGN and role_of(path) not in FILES:
        remedy = IMPORTED.format(path) if FOREIGN[suffix] in ("PyTorch", "safetensors") else OURS
        raise DarknetError(f"{path} is a file of {FOREIGN[suffix]}; {remedy}")
