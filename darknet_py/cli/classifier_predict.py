"""``darknet_py classifier predict data cfg weights [picture ...]``.   C: classifier.c predict_classifier"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from .. import feed
from ..errors import PATH, DarknetWarning, ImageError, printable
from ..evaluate import top_k
from ..image import Middle, Planes
from ..layers.class_tree import ClassTree
from ..network import Network
from .asking import answers
from .classifiers import Seen, classes_of, classifier, final_values, hierarchy, seen_by, top_of
from .command import Command
from .flags import count, group, valued
from .options import NetworkOptions, ReadingOptions, recursive_flag
from .picture_files import Asked, asked
from .picture_words import PictureWords
from .progress import progress
from .roles import NETWORK, data_and_network

__all__ = ["Options", "run"]


@dataclass(frozen=True)
class Options(Command):
    name = "classifier predict"
    arguments = f"DATA {NETWORK} [PICTURE ...]"
    about = """
    The most probable classes of pictures, of whose middle the network sees as much as fits.  PICTURE: a
    file, an address, a folder, a pattern, a list or -, as of detect; without any, it asks for paths.  DATA: classes=, top=,
    and names= or labels=, the file of class names."""
    example = "darknet_py classifier predict cfg/imagenet1k.data cfg/darknet19.cfg darknet19.weights dog.jpg -t 5"

    t: int | None = valued("how many classes; top= of DATA or 1, if not given", "N", count)
    recursive: bool = recursive_flag()
    reading: ReadingOptions = group(ReadingOptions)
    network: NetworkOptions = group(NetworkOptions)


def run(arguments: list[str], options: Options) -> int:
    listing, model, pictures = data_and_network(arguments, options, options.network, ("names", "labels"))
    net = classifier(model, options.network)
    if not options.network.quiet:
        last = net.graph.nodes[-1]
        values = 0 if last.layer.kind == "cost" else last.inputs[0].c
        print(f" classes = {classes_of(listing)}, output in cfg = {values} ")
    return _predict(net, pictures, top_of(net, listing, model.label, options.t), options)


def _predict(net: Network, words: Sequence[str], top: int, options: Options) -> int:
    """Print the ``top`` classes of each picture; the exit code."""
    pictures, names, failed = PictureWords(words, options.recursive), _names(net), False
    quiet, how, tree = options.network.quiet, options.reading.reading(), hierarchy(net)

    def see(turns: feed.Turns, one: Asked) -> Seen:
        return seen_by(Middle, how, final_values(tree), turns, one.picture)

    source = answers(net, pictures, asked, see, quiet)
    with progress(pictures.total, count=pictures.count) as bar, closing(source):
        for one, seen in source:
            if isinstance(seen, ImageError):
                bar.complain(seen)
                failed = True
            else:
                with bar.aside():
                    _print_head(net, one.path, seen[1], quiet)
                    _print_classes(seen[0], top, names, tree)
            bar.step()
    return int(failed)


def _print_head(net: Network, path: str, seconds: float, quiet: bool) -> None:
    if not quiet:
        print(f"{net.width} {net.height}")
    print(f"{printable(path, PATH)}: Predicted in {seconds * 1000:f} milli-seconds.")


def _print_classes(scores: Planes, top: int, names: Sequence[str], tree: ClassTree | None) -> None:
    """The likeliest classes; in a tree with their numbers and parents."""
    for j in top_k(scores, top):
        if tree is None:
            print(f"{printable(names[j])}: {scores[j]:f}", flush=True)
        else:
            parent = names[tree.parents[j]] if tree.parents[j] >= 0 else "Root"
            print(f"{j}, {printable(names[j])}: {scores[j]:f}, parent: {printable(parent)} ", flush=True)


def _names(net: Network) -> list[str]:
    """A name for each value of the output: its number where the list of names is too short."""
    given = len(net.names)
    if given < net.classes:
        message = f"{given} class names for {net.classes} classes; classes without a name are shown by number"
        warnings.warn(message, DarknetWarning, stacklevel=2)
    return [*net.names, *(str(j) for j in range(given, net.classes))]
