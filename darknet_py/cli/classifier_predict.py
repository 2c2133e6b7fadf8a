"""``darknet_py classifier predict data cfg weights [picture ...]``.   C: classifier.c predict_classifier"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import numpy as np

from .. import feed
from ..cfg import atoi
from ..errors import PATH, CfgError, DarknetError, DarknetWarning, ImageError, printable
from ..files.data import Data
from ..files.lists import expand
from ..image import Middle, Planes, Reading, enough_memory
from ..network import Network
from .asking import answers
from .command import Command
from .flags import count, group, valued
from .loading import load
from .options import NetworkOptions, ReadingOptions
from .picture_files import Asked
from .progress import progress
from .roles import NETWORK, data_and_network

__all__ = ["Options", "run"]

COUNTED = "softmax", "cost"  # last layers that must have as many values as there are classes


@dataclass(frozen=True)
class Options(Command):
    name = "classifier predict"
    arguments = f"DATA {NETWORK} [PICTURE ...]"
    about = """
    The most probable classes of pictures, of whose middle the network sees as much as fits.  A folder stands for the
    pictures in it, a .txt file for those that it lists; without any, paths are read from stdin.  DATA: classes=, top=,
    and names= or labels=, the file of class names."""
    example = "darknet_py classifier predict cfg/imagenet1k.data cfg/darknet19.cfg darknet19.weights dog.jpg -t 5"
    least = 2

    t: int | None = valued("how many classes; top= of DATA or 1, if not given", "N", count)
    reading: ReadingOptions = group(ReadingOptions)
    network: NetworkOptions = group(NetworkOptions)


def run(arguments: list[str], options: Options) -> int:
    data, model, pictures = data_and_network(arguments, options)
    listing = Data.read(data, model.files)
    names = options.network.names or listing.names("names", "labels")
    net = load(model, options.network, names, detector=False)
    if net.heads:
        raise DarknetError(f"{model.label}: a detector, for darknet_py detector test; this command is for classifiers")
    return _predict(net, pictures, _top(net, listing, model.label, options), options)


def _top(net: Network, data: Data, label: str, options: Options) -> int:
    """How many classes to print.  Raises CfgError when DATA has another number of classes than the network."""
    last = net.graph.nodes[-1]
    classes = atoi(data.get("classes", "2"))
    if not options.network.quiet:
        print(f" classes = {classes}, output in cfg = {0 if last.layer.kind == 'cost' else last.inputs[0].c} ")
    if net.classes != classes and last.layer.kind in COUNTED:
        where = data.where("classes") if "classes" in data else f"{data.path}:"
        raise CfgError(f"classes={classes}, but {label} ends in {net.classes} values; fix the one that is wrong", where)
    return min(options.t or atoi(data.get("top", "1")), classes, net.classes)


def _predict(net: Network, words: Sequence[str], top: int, options: Options) -> int:
    """Print the ``top`` classes of each picture; the exit code."""
    paths, names, failed = expand(words), _names(net), False
    quiet, see = options.network.quiet, partial(_seen, options.reading.reading())
    source = answers(net, paths if words else None, Asked, see, quiet)
    with progress(len(paths)) as bar, closing(source):
        for asked, seen in source:
            if isinstance(seen, ImageError):
                bar.complain(seen)
                failed = True
            else:
                with bar.aside():
                    _print(net, asked.path, *seen, names, top, quiet)
            bar.step()
    return int(failed)


def _seen(how: Reading, turns: feed.Turns, asked: Asked) -> tuple[Planes, float] | ImageError:
    """A value for each class, and the seconds that they took."""
    net = turns.net
    try:
        with enough_memory(asked.path):
            loaded = feed.load(net, asked.path, partial(Middle, net_size=(net.width, net.height)), how)
            outputs, seconds = turns.timed(net.predict, loaded.x)
            return outputs[-1].ravel(), seconds
    except ImageError as e:
        return e


def _print(
    net: Network, path: str, scores: Planes, seconds: float, names: Sequence[str], top: int, quiet: bool
) -> None:
    if not quiet:
        print(f"{net.width} {net.height}")
    print(f"{printable(path, PATH)}: Predicted in {seconds * 1000:f} milli-seconds.")
    for j in np.argsort(-scores, kind="stable")[:top].tolist():
        print(f"{printable(names[j])}: {scores[j]:f}", flush=True)


def _names(net: Network) -> list[str]:
    """A name for each value of the output: its number where the list of names is too short."""
    given = len(net.names)
    if given < net.classes:
        message = f"{given} class names for {net.classes} classes; classes without a name are shown by number"
        warnings.warn(message, DarknetWarning, stacklevel=2)
    return [*net.names, *(str(j) for j in range(given, net.classes))]
