"""``darknet_py classifier valid data cfg weights``.   C: classifier.c validate_classifier_single"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

from .. import feed
from .._support.words import counted
from ..errors import CfgError, DarknetWarning, ImageError, printable
from ..evaluate import Accuracy, classes_in
from ..files.data import Data
from ..files.lists import as_written
from ..files.names import read_names
from ..image import Fit, Middle
from ..layers.class_tree import ClassTree
from ..network import Network
from ..output.evaluation import accuracy_line
from .classifiers import Seen, classifier, final_values, hierarchy, seen_by, top_of
from .command import Command
from .flags import count, group, valued
from .options import NetworkOptions, ReadingOptions
from .progress import progress
from .roles import NETWORK, data_and_network

__all__ = ["Options", "evaluate", "run"]

Truths = list[int | None]


@dataclass(frozen=True)
class Options(Command):
    name = "classifier valid"
    arguments = f"DATA {NETWORK}"
    about = """
    How often the likeliest class, and one of the top= likeliest, is right, over the pictures that valid= in DATA lists;
    after each picture a line, as Darknet prints it.  A picture's class is the first label, of the file labels=, that is part
    of its path.  Of each picture the network sees the middle.  One that cannot be read counts as wrong."""
    example = "darknet_py classifier valid cfg/imagenet1k.data cfg/darknet19.cfg darknet19.weights"

    t: int | None = valued("how many likeliest classes; top= of DATA or 1, if not given", "N", count)
    reading: ReadingOptions = group(ReadingOptions)
    network: NetworkOptions = group(NetworkOptions)


def run(arguments: list[str], options: Options) -> int:
    return evaluate(arguments, options, Middle, " TOP calculation...\n")


def evaluate(arguments: list[str], options: Options, fit: Callable[..., Fit], heading: str = "") -> int:
    """Print the figures, ``fit`` being what the network sees of a picture; the exit code."""
    listing, model, rest = data_and_network(arguments, options, options.network, keys=None)
    options.no_more(rest)
    pictures = as_written(listing.file("valid"))
    file = model.names_file or str(listing.names("labels"))
    net = classifier(replace(model, names=file), options.network)
    top = top_of(net, listing, model.label, options.t)
    truths = _truths([written for written, _ in pictures], _checked(net.names, net.classes, file))
    if heading and not options.network.quiet:
        print(heading)
    see = partial(seen_by, fit, options.reading.reading(), final_values(_tree(net, listing), only_leaves=True))
    return _evaluate(net, [path for _, path in pictures], truths, Accuracy(top), see)


def _evaluate(
    net: Network, paths: Sequence[str], truths: Truths, accuracy: Accuracy, see: Callable[[feed.Turns, str], Seen]
) -> int:
    failed = False
    with progress(len(paths)) as bar, closing(feed.each(net, paths, see)) as source:
        for seen, truth in zip(source, truths):
            if isinstance(seen, ImageError):
                bar.complain(seen)
                failed, accuracy = True, accuracy.with_picture(None, truth)
            else:
                accuracy = accuracy.with_picture(seen[0], truth)
            with bar.aside():
                print(accuracy_line(accuracy), flush=True)
            bar.step()
    return int(failed)


def _tree(net: Network, data: Data) -> ClassTree | None:
    """The tree of the network's classes, whose leaves are those that leaves= of DATA lists.

    Raises CfgError where that is given for a network without a tree.
    """
    tree = hierarchy(net)
    if "leaves" not in data:
        return tree
    if tree is None:
        message = "leaves= is of a tree of classes, which the network has none of (tree= of [softmax]); remove it"
        raise CfgError(message, data.where("leaves"), data.entries["leaves"].line)
    tree = tree.with_leaves(set(read_names(data.file("leaves"))))
    print(f"Found {len(tree.leaves or ())} leaves.", file=sys.stderr)
    return tree


def _checked(labels: list[str], classes: int, file: str) -> list[str]:
    """A label for each class.  Raises CfgError for an empty one, which would be part of every path."""
    if "" in labels[:classes]:
        where = f"{file}:{labels.index('') + 1}:"
        raise CfgError("an empty line, which is part of every path; remove it, or give that class a label", where)
    if len(labels) != classes:
        rest = "those after them are not used" if len(labels) > classes else "classes without one are never right"
        message = f"{counted(len(labels), 'label')} for {counted(classes, 'class')}; {rest}"
        warnings.warn(DarknetWarning(message, f"{file}:"), stacklevel=2)
    return labels[:classes]


def _truths(paths: Sequence[str], labels: Sequence[str]) -> Truths:
    """Each picture's class, None without a label in its path; warns of these, and of paths with several."""
    found = [classes_in(path, labels) for path in paths]
    without = [path for path, classes in zip(paths, found) if not classes]
    several = [(path, classes) for path, classes in zip(paths, found) if classes[1:]]
    if without:
        what = f"{counted(len(without), 'picture')}, as {printable(without[0])}"
        message = f"no label is part of the path of {what}; what has no class counts as wrong, as in Darknet"
        warnings.warn(DarknetWarning(message), stacklevel=2)
    if several:
        path, (first, second, *_) = several[0]
        message = (f"several labels are part of the path of {counted(len(several), 'picture')}, as {labels[first]} and "
                   f"{labels[second]} of {printable(path)}; the one that stands first in the file counts, as in Darknet")
        warnings.warn(DarknetWarning(message), stacklevel=2)
    return [classes[0] if classes else None for classes in found]
