"""A .weights file ↔ arrays for each layer, in file order.

After the header come float32 arrays without a gap.  All of the size must be accounted for before the first array is made.
"""

from __future__ import annotations

import mmap
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from .._support import whole_file
from ..errors import DarknetWarning, WeightsError
from ..graph import Graph
from ..layers.base import Node, Param
from .header import SEEN, SHORT, VERSION, Data, Header, map_file, read_header
from .sizes import expected_size, misfit, node_bytes, stored

__all__ = ["Params", "Weights", "arrays", "load", "peek", "save"]

Array = npt.NDArray[np.float32]
Params = tuple[dict[str, Array], ...]


@dataclass(frozen=True)
class Weights:
    """The arrays of each node, named as in its layer's ``params``, and the header.

    The arrays of a loaded file are views of it, read-only, float32.
    """

    params: Params
    header: Header = field(default_factory=Header)
    file: mmap.mmap | None = field(default=None, repr=False, compare=False)

    def release(self) -> None:
        """Let the system take back the memory of the file's pages, which it reads again when they are needed."""
        if self.file is not None and hasattr(mmap, "MADV_DONTNEED"):
            self.file.madvise(mmap.MADV_DONTNEED)


def load(graph: Graph, source: str | Path | bytes) -> Weights:
    """Map a .weights file onto a network, given its path or its bytes.

    Raises WeightsError when the file is missing, empty, a directory, truncated, too long or another network's, naming
    the first layer that does not fit.  Warns (DarknetWarning) of NaN in it and of layers that dontload=1 leaves
    without weights.
    """
    weights = arrays(graph, source)
    _warn(graph, weights, _name(source))
    return weights


def arrays(graph: Graph, source: str | Path | bytes) -> Weights:
    """``load`` without a look at the numbers: no warnings."""
    data, path = source if isinstance(source, bytes) else map_file(source), _name(source)
    header = read_header(data, path, expected_size(graph, SHORT))
    if problem := misfit(graph, header, len(data)):
        raise WeightsError(f"{path}: {problem.problem}; {problem.advice}; see darknet_py check CFG WEIGHTS")
    params = tuple(dict(slices) for slices in _slices(graph, data, header))
    return Weights(params, header, data if isinstance(data, mmap.mmap) else None)


def _name(source: str | Path | bytes) -> str | Path:
    """What errors call it."""
    return "<weights>" if isinstance(source, bytes) else source


def peek(path: str | Path, graph: Graph | None = None) -> tuple[Header, int]:
    """Header and bytes of a file, of a network if that is known.  Raises WeightsError as ``load`` does."""
    with map_file(path) as data:
        return read_header(data, path, expected_size(graph, SHORT) if graph else 0), len(data)


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
        raise WeightsError(f"{path}: cannot be written ({e.strerror})") from e


def _slices(graph: Graph, data: Data, header: Header) -> Iterator[Iterator[tuple[str, Array]]]:
    """For each node (name, array) of its params, by walking once through the file."""
    offset = header.size
    for node in graph.nodes:
        yield _node_arrays(node, data, offset, header.legacy)
        offset += node_bytes(node)


def _node_arrays(node: Node, data: Data, offset: int, legacy: bool) -> Iterator[tuple[str, Array]]:
    kept = stored(node)
    for param in node.params:
        if param not in kept:
            yield param.name, np.broadcast_to(np.float32(param.initial), param.shape)
            continue
        flat = np.frombuffer(data, np.dtype("<f4"), param.size, offset)
        yield param.name, _shaped(flat, param, legacy)
        offset += 4 * param.size


def _shaped(flat: Array, param: Param, legacy: bool) -> Array:
    """C: parser.c transpose_matrix"""
    if not _is_transposed(param, legacy):
        return flat.reshape(param.shape)
    return flat.reshape(-1, param.shape[0]).T.reshape(param.shape)


def _is_transposed(param: Param, legacy: bool) -> bool:
    return param.transposed == "always" or (param.transposed == "legacy" and legacy)


def _warn(graph: Graph, weights: Weights, path: str | Path) -> None:
    """One warning for the first layer without weights and one for the first with NaN."""
    absent = [node for node in graph.nodes if node.params and not node.load]
    if absent:
        message = f"{path}: has nothing for {absent[0].label} because of dontload=1; its output will be meaningless"
        warnings.warn(message, DarknetWarning, stacklevel=3)
    for node, named in zip(graph.nodes, weights.params, strict=True):
        bad = [name for name, array in named.items() if np.isnan(np.min(array))]
        weights.release()
        if bad:
            message = f"{path}: NaN among the {bad[0]} of {node.label}; the training went wrong or the file is damaged"
            warnings.warn(message, DarknetWarning, stacklevel=3)
            return


def _write(graph: Graph, weights: Weights, file: IO[bytes]) -> None:
    header = Header(seen=weights.header.seen)
    file.write(VERSION.pack(header.major, header.minor, header.revision) + SEEN[8].pack(header.seen))
    for node, named in zip(graph.nodes, weights.params, strict=True):
        for param in stored(node):
            file.write(_flat(node, param, named.get(param.name)).tobytes())


def _flat(node: Node, param: Param, array: Array | None) -> Array:
    if array is None or array.shape != param.shape:
        found = "missing" if array is None else f"of shape {array.shape}"
        raise WeightsError(f"{node.label} {param.name} must have shape {param.shape}, but is {found}")
    values = np.asarray(array, "<f4")
    return values.reshape(param.shape[0], -1).T if _is_transposed(param, legacy=False) else values
