"""A .weights file ↔ arrays for each layer, in file order.

After the header come float32 arrays without a gap.  All of the size must be accounted for before the first array is made.
"""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path
from typing import IO, overload

import numpy as np
import numpy.typing as npt

from .._support import whole_file
from .._support.installation import program
from .._support.words import reason
from ..errors import DarknetWarning, WeightsError
from ..graph import Graph
from ..layers.base import Node
from ..shapes import Param
from .header import SEEN, SHORT, VERSION, Header, read_header
from .sizes import expected_size, misfit, node_bytes, stored
from .source import Source, opened

__all__ = ["Changed", "FileParams", "Params", "Weights", "arrays", "load", "peek", "save", "warn_of_numbers"]

Array = npt.NDArray[np.float32]
Arrays = dict[str, Array]
Params = Sequence[Arrays]

NUMBER = np.dtype("<f4")
PIECE = 1 << 19  # bytes


@dataclass(frozen=True)
class Weights:
    """The arrays of each node, named as in its layer's ``params``, and the header.

    The arrays of a file are read from it when a node's are asked for: read-only, float32.
    """

    params: Params
    header: Header = field(default_factory=Header)

    def is_from(self, path: str | Path) -> bool:
        """Whether the arrays are read from this file."""
        return isinstance(self.params, FileParams) and self.params.source.is_at(path)

    @property
    def source(self) -> Source | None:
        """The file or bytes that the arrays are read from; None for those that were made."""
        return self.params.source if isinstance(self.params, FileParams) else None


class _Lazy(Sequence[Arrays]):
    """{name: array} for each node, made when it is asked for."""

    @abstractmethod
    def node(self, i: int) -> Arrays:
        """The arrays of node ``i``, from 0."""

    @overload
    def __getitem__(self, i: int) -> Arrays: ...

    @overload
    def __getitem__(self, i: slice) -> list[Arrays]: ...

    def __getitem__(self, i: int | slice) -> Arrays | list[Arrays]:
        wanted = range(len(self))[i]
        return self.node(wanted) if isinstance(wanted, int) else [self.node(j) for j in wanted]


class FileParams(_Lazy):
    """The arrays in a file, which are read anew each time."""

    def __init__(self, graph: Graph, source: Source, header: Header) -> None:
        self.nodes, self.source, self.legacy = graph.nodes, source, header.legacy
        ends = accumulate((node_bytes(node) for node in graph.nodes), initial=header.size)
        self.places = list(pairwise(ends))

    def __len__(self) -> int:
        return len(self.nodes)

    def node(self, i: int) -> Arrays:
        """Raises WeightsError when the file was written to since it was opened."""
        start, end = self.places[i]
        return _node_arrays(self.nodes[i], np.frombuffer(self.source.read(start, end - start), NUMBER), self.legacy)


class Changed(_Lazy):
    """The arrays of the first ``size`` nodes of ``params`` after ``change(number of the node, arrays)``."""

    def __init__(self, params: Params, size: int, change: Callable[[int, Arrays], Arrays]) -> None:
        self.params, self.size, self.change = params, size, change

    def __len__(self) -> int:
        return self.size

    def node(self, i: int) -> Arrays:
        return self.change(i, self.params[i])


def load(graph: Graph, source: str | Path | bytes) -> Weights:
    """Open a .weights file for a network, given its path or its bytes.

    Raises WeightsError when the file is missing, empty, a directory, truncated, too long or another network's, naming
    the first layer that does not fit.  Warns (DarknetWarning) of NaN and infinity in it and of layers that dontload=1
    leaves without weights.
    """
    file = opened(source)
    weights = _arrays(graph, file)
    warn_of_numbers(graph, weights, file)
    return weights


def arrays(graph: Graph, source: str | Path | bytes) -> Weights:
    """``load`` without a look at the numbers: no warnings."""
    return _arrays(graph, opened(source))


def _arrays(graph: Graph, file: Source) -> Weights:
    header = read_header(file, expected_size(graph, SHORT))
    if problem := misfit(graph, header, file.size):
        raise WeightsError(f"{file.name}: {problem.problem}; {problem.advice}; see {program()} check CFG WEIGHTS")
    return Weights(FileParams(graph, file, header), header)


def peek(path: str | Path, graph: Graph | None = None) -> tuple[Header, int]:
    """Header and bytes of a file, of a network if that is known.  Raises WeightsError as ``load`` does."""
    file = opened(path)
    return read_header(file, expected_size(graph, SHORT) if graph else 0), file.size


def save(graph: Graph, weights: Weights, path: str | Path) -> None:
    """Write a file that the reference and ``load`` read back, all at once or not at all.

    ``graph`` and ``weights`` as loaded, before batch norm is folded.  A link stays, what it points to is written; a pipe
    is written at once.  The header is version 0.2.5, the reference's own.
    Raises WeightsError when arrays do not fit the network or the file cannot be written.
    """
    try:
        with whole_file(path) as file:
            _write(graph, weights, file)
    except OSError as e:
        raise WeightsError(f"{path}: cannot be written ({reason(e)})") from e


def _node_arrays(node: Node, numbers: Array, legacy: bool) -> Arrays:
    """A node's params; ``numbers``: all that the file has for it."""
    kept, named, first = stored(node), {}, 0
    for param in node.params:
        if param in kept:
            named[param.name] = _shaped(numbers[first : first + param.size], param, legacy)
            first += param.size
        else:
            named[param.name] = np.broadcast_to(np.float32(param.initial), param.shape)
    return named


def _shaped(flat: Array, param: Param, legacy: bool) -> Array:
    """C: parser.c transpose_matrix"""
    if not _is_transposed(param, legacy):
        return flat.reshape(param.shape)
    return flat.reshape(-1, param.shape[0]).T.reshape(param.shape)


def _is_transposed(param: Param, legacy: bool) -> bool:
    return param.transposed == "always" or (param.transposed == "legacy" and legacy)


def warn_of_numbers(graph: Graph, weights: Weights, file: Source) -> None:
    """One warning for the first layer without weights and one for the first with NaN or infinity."""
    absent = [node for node in graph.nodes if node.params and not node.load]
    if absent:
        message = f"{file.name}: has nothing for {absent[0].label} because of dontload=1; its output will be meaningless"
        warnings.warn(message, DarknetWarning, stacklevel=3)
    if _is_finite(file, weights.header.size):
        return
    for node, named in zip(graph.nodes, weights.params, strict=True):
        bad = [(name, text) for name, array in named.items() if (text := _no_numbers(array))]
        if bad:
            name, text = bad[0]
            message = f"{file.name}: {text} among the {name} of {node.label}; the training went wrong or the file is damaged"
            warnings.warn(message, DarknetWarning, stacklevel=3)
            return


def _is_finite(file: Source, offset: int) -> bool:
    """Whether all numbers from ``offset`` on are, looked at in pieces that a cache holds."""
    for start in range(offset, file.size, PIECE):
        numbers = np.frombuffer(file.read(start, min(PIECE, file.size - start)), NUMBER)
        with np.errstate(all="ignore"):
            if not (np.isfinite(numbers.min()) and np.isfinite(numbers.max())):
                return False
    return True


def _no_numbers(array: Array) -> str:
    """What of NaN and infinity an array has, as a text; empty for none."""
    with np.errstate(all="ignore"):
        kinds = {"NaN": np.isnan(array).any(), "infinity": np.isinf(array).any()}
    return " and ".join(text for text, there in kinds.items() if there)


def _write(graph: Graph, weights: Weights, file: IO[bytes]) -> None:
    header = Header(seen=weights.header.seen)
    file.write(VERSION.pack(header.major, header.minor, header.revision) + SEEN[8].pack(header.seen))
    for node, named in zip(graph.nodes, weights.params, strict=True):
        for param in stored(node):
            file.write(_flat(node, param, named.get(param.name)).tobytes())


def _flat(node: Node, param: Param, array: Array | None) -> Array:
    if array is None or array.shape != param.shape:
        actual = "missing" if array is None else f"of shape {array.shape}"
        raise WeightsError(f"{node.label} {param.name} must have shape {param.shape}, but is {actual}")
    values = np.asarray(array, "<f4")
    return values.reshape(param.shape[0], -1).T if _is_transposed(param, legacy=False) else values
