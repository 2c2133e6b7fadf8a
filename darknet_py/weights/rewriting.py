"""Weights made of others, as the reference's tools make them.   C: darknet.c partial, average, rgbgr_net

What each gives, a graph and weights, ``save`` writes as the reference's file, to the byte.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import DarknetWarning, WeightsError
from ..graph import Graph
from ..layers.base import Layer, Node
from ..layers.connected import Connected
from ..layers.convolutional import Convolutional
from .file import Array, Arrays, Changed, FileParams, Weights, warn_of_numbers
from .header import SHORT, Header, read_header
from .sizes import expected_size, misfit
from .source import opened

__all__ = ["Written", "average", "partial", "rgbgr"]

Written = tuple[Graph, Weights]
AVERAGED: dict[type[Layer], tuple[str, ...]] = {
    Convolutional: ("biases", "weights", "scales", "rolling_mean", "rolling_variance"),
    Connected: ("biases", "weights"),
}
COLOURS = 3


def partial(graph: Graph, source: str | Path | bytes, layers: int) -> Written:
    """The first ``layers`` layers of a network, to start a training from, as yolov4.conv.137.

    ``source``: a file of weights that begins with these, whatever follows: the whole network's, another's that differs
    behind them only, or one that such a call has written.  The pictures seen are 0.

    Raises WeightsError for a number of layers that the network has not, a file that is too short, and for one of another
    length that has impossible numbers in these layers; warns (DarknetWarning) of another length.
    """
    if not 1 <= layers <= len(graph.nodes):
        raise WeightsError(f"{layers} layers are not possible; the network has {len(graph.nodes)}, so say 1 to that")
    first, file = replace(graph, nodes=graph.nodes[:layers]), opened(source)
    header = read_header(file, expected_size(graph, SHORT))
    if file.size < expected_size(first, header.size) and (problem := misfit(first, header, file.size)):
        raise WeightsError(f"{file.name}: {problem.problem}; {problem.advice}")
    written, params = _all_arrays(first), FileParams(first, file, header)
    if (problem := misfit(graph, header, file.size)) and not problem.layers:
        _check_variances(first, params, file.name)
        message = f"{file.name}: {problem.problem}; right if it is of a network that has the same first {layers} layers"
        warnings.warn(message, DarknetWarning, stacklevel=2)
    warn_of_numbers(first, Weights(params), file)
    return written, Weights(params)


def average(graph: Graph, files: Sequence[Weights], every_array: bool = False) -> Written:
    """The mean of the arrays of several files, as after a training that has kept some.

    Summed in the order of ``files`` in float32, then times the rounded reciprocal of their number.  The reference leaves
    some as they are in the first file: [batchnorm], [shortcut], the batch norm of [connected], of which a warning
    (DarknetWarning) tells; ``every_array`` takes the mean of these too.  Pictures seen are the first file's.
    """
    if not files:
        raise WeightsError("nothing to average; give one file of weights or more")
    first, share = files[0], np.float32(1 / len(files))

    def mean(i: int, arrays: Arrays) -> Arrays:
        others = [weights.params[i] for weights in files[1:]]
        names = list(arrays) if every_array else _averaged(graph.nodes[i])
        means = {name: _mean([arrays[name], *(other[name] for other in others)], share) for name in names}
        return {**arrays, **means}

    if files[1:] and not every_array:
        _tell_of_those_left(graph)
    return _all_arrays(graph), Weights(Changed(first.params, len(graph.nodes), mean), _whole_batches(graph, first.header))


def rgbgr(graph: Graph, weights: Weights) -> Written:
    """Weights for pictures whose red and blue are exchanged: so are the channels that the first [convolutional] reads.

    Raises WeightsError when that does not read three channels.
    """
    node = next((node for node in graph.nodes if isinstance(node.layer, Convolutional)), None)
    shapes = {param.name: param.shape for param in node.params} if node else {}
    if not node or "weights" not in shapes or shapes["weights"][1] != COLOURS:
        where = f"{node.label}, the first of its kind, does not read {COLOURS} channels" if node else "no [convolutional]"
        raise WeightsError(f"{where}; there is no red and blue to exchange")

    def exchanged(i: int, arrays: Arrays) -> Arrays:
        return {**arrays, "weights": arrays["weights"][:, ::-1]} if i == node.index else arrays

    changed = Changed(weights.params, len(graph.nodes), exchanged)
    return _all_arrays(graph), Weights(changed, _whole_batches(graph, weights.header))


def _averaged(node: Node) -> list[str]:
    """The arrays of a layer that the reference takes the mean of."""
    names = AVERAGED.get(type(node.layer), ())
    return [param.name for param in node.params if param.name in names]


def _mean(arrays: Sequence[Array], share: np.float32) -> Array:
    total = np.array(arrays[0])
    with np.errstate(all="ignore"):
        for array in arrays[1:]:
            total += array
        total *= share
    return total


def _tell_of_those_left(graph: Graph) -> None:
    left = [(node, param.name) for node in graph.nodes for param in node.params if param.name not in _averaged(node)]
    if left:
        node, name = left[0]
        message = f"{node.label}: its {name} stay the first file's, as Darknet leaves them; every_array averages them too"
        warnings.warn(message, DarknetWarning, stacklevel=3)


def _all_arrays(graph: Graph) -> Graph:
    """The graph whose file has all arrays, as the reference writes it even where it does not read them.

    Raises WeightsError for layers that are not read: it gives them random weights.
    """
    if absent := next((node for node in graph.nodes if node.params and not node.load), None):
        raise WeightsError(f"{absent.label}: dontload=1 leaves it without weights to write; remove that from the cfg")
    return replace(graph, nodes=tuple(replace(node, load_scales=True) for node in graph.nodes))


def _whole_batches(graph: Graph, header: Header) -> Header:
    """Pictures seen in batches that are whole.   C: parser.c save_weights_upto, network.c get_current_batch"""
    batch = graph.net.batch * graph.net.subdivisions
    return Header(seen=header.seen // batch * batch)


def _check_variances(graph: Graph, params: FileParams, name: str) -> None:
    """Raises WeightsError where a variance is below zero: other numbers stand there."""
    for node in graph.nodes:
        if any(param.name == "rolling_variance" for param in node.params):
            with np.errstate(all="ignore"):
                impossible = params[node.index]["rolling_variance"] < 0
            if impossible.any():
                raise WeightsError(f"{name}: variances below zero in {node.label}: these are another network's weights; "
                                   "give a cfg that begins as theirs does")  # fmt: skip
