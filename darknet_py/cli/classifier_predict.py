"""``darknet_py classifier predict data cfg weights [picture ...]``.   C: classifier.c predict_classifier"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from .. import feed
from ..errors import PATH, DarknetWarning, ImageError, printable
from ..evaluate import top_k
from ..files.data import Data
from ..files.lists import expand
from ..image import Middle, Planes
from ..network import Network
from .asking import answers
from .classifiers import Seen, classes_of, classifier, seen_by, top_of
from .command import Command
from .flags import count, group, valued
from .options import NetworkOptions, ReadingOptions
from .picture_files import Asked
from .progress import progress
from .roles import NETWORK, data_and_network

__all__ = ["Options", "run"]


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
    net = classifier(model, options.network, options.network.names or listing.names("names", "labels"))
    if not options.network.quiet:
        last = net.graph.nodes[-1]
        values = 0 if last.layer.kind == "cost" else last.inputs[0].c
        print(f" classes = {classes_of(listing)}, output in cfg = {values} ")
    return _predict(net, pictures, top_of(net, listing, model.label, options.t), options)


def _predict(net: Network, words: Sequence[str], top: int, options: Options) -> int:
    """Print the ``top`` classes of each picture; the exit code."""
    paths, names, failed = expand(words), _names(net), False
    quiet, how = options.network.quiet, options.reading.reading()

    def see(turns: feed.Turns, asked: Asked) -> Seen:
        return seen_by(Middle, how, turns, asked.path)

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


def _print(
    net: Network, path: str, scores: Planes, seconds: float, names: Sequence[str], top: int, quiet: bool
) -> None:
    if not quiet:
        print(f"{net.width} {net.height}")
    print(f"{printable(path, PATH)}: Predicted in {seconds * 1000:f} milli-seconds.")
    for j in top_k(scores, top):
        print(f"{printable(names[j])}: {scores[j]:f}", flush=True)


def _names(net: Network) -> list[str]:
    """A name for each value of the output: its number where the list of names is too short."""
    given = len(net.names)
    if given < net.classes:
        message = f"{given} class names for {net.classes} classes; classes without a name are shown by number"
        warnings.warn(message, DarknetWarning, stacklevel=2)
    return [*net.names, *(str(j) for j in range(given, net.classes))]
