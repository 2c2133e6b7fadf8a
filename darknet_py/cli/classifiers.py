"""Classifiers: what predict and valid share.   C: classifier.c"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from .. import feed, image
from ..cfg import atoi
from ..errors import CfgError, DarknetError, ImageError
from ..files.data import Data
from ..layers.class_tree import ClassTree, hierarchy_predictions
from ..layers.softmax import Softmax
from ..network import Network
from ..store import Model
from .loading import load
from .options import NetworkOptions

__all__ = ["Seen", "classes_of", "classifier", "final_values", "hierarchy", "seen_by", "top_of"]

COUNTED = "softmax", "cost"  # last layers that must have as many values as there are classes
Seen: TypeAlias = tuple[image.Planes, float] | ImageError


def classifier(model: Model, options: NetworkOptions) -> Network:
    """The network as the flags want it.  Raises DarknetError for a detector."""
    net = load(model, options, detector=False)
    if net.heads:
        raise DarknetError(f"{model.label}: a detector, for darknet_py detector test; this command is for classifiers")
    return net


def classes_of(data: Data) -> int:
    return atoi(data.get("classes", "2"))


def top_of(net: Network, data: Data, label: str, wanted: int | None) -> int:
    """How many classes count as the likeliest: ``wanted``, or top= of DATA.

    Raises CfgError when DATA has another number of classes than the network.
    """
    classes = classes_of(data)
    if net.classes != classes and net.graph.nodes[-1].layer.kind in COUNTED:
        where = data.where("classes") if "classes" in data else f"{data.path}:"
        raise CfgError(f"classes={classes}, but {label} ends in {net.classes} values; fix the one that is wrong", where)
    return min(wanted or atoi(data.get("top", "1")), classes, net.classes)


def hierarchy(net: Network) -> ClassTree | None:
    """The tree of the last [softmax], if it has one.   C: network.h network.hierarchy"""
    layers = (node.layer for node in reversed(net.graph.nodes))
    return next((layer.tree for layer in layers if isinstance(layer, Softmax)), None)


def final_values(tree: ClassTree | None, only_leaves: bool = False) -> Callable[[image.Planes], image.Planes]:
    """What becomes of a network's values (n, classes): within a tree they are given the parent, and then given nothing."""
    return partial(hierarchy_predictions, tree, only_leaves=only_leaves) if tree else lambda values: values


def seen_by(
    fit: Callable[..., image.Fit], how: image.Reading, final: Callable[[image.Planes], image.Planes], turns: feed.Turns,
    picture: image.AnyPicture,
) -> Seen:  # fmt: skip
    """A value for each class, the sum of those of all inputs that ``fit`` makes of a picture, and the seconds they took.

    ``final`` makes them of what the network says, both (inputs, classes).
    """
    net = turns.net
    try:
        with image.enough_memory(image.name_of(picture)):
            loaded = feed.load(net, picture, partial(fit, net_size=(net.width, net.height)), how)
            outputs, seconds = turns.timed(net.predict, loaded.x)
            values = final(outputs[-1].reshape(-1, net.classes))  # (inputs, classes)
            return values.cumsum(axis=0)[-1], seconds
    except ImageError as e:
        return e
