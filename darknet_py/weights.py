"""A .weights file ↔ arrays for each layer, in file order.   C: parser.c load_weights_upto, save_weights_upto

The file is a header of three int32 (major, minor, revision) and the number of pictures seen in training, then float32
arrays without a gap.  All of its size must be accounted for before the first array is made.
"""

from __future__ import annotations

import mmap
import os
import struct
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from .errors import DarknetWarning, WeightsError
from .graph import Graph
from .layers.base import Node, Param

__all__ = ["Header", "Params", "Weights", "expected_size", "load", "save"]

Array = npt.NDArray[np.float32]
Params = tuple[dict[str, Array], ...]

VERSION = struct.Struct("<iii")
SEEN = {8: struct.Struct("<Q"), 4: struct.Struct("<I")}
LEGACY = 1000  # versions above mark transposed [connected] weights
NO_PADDING = 4


@dataclass(frozen=True)
class Header:
    """What stands before the arrays; ``size`` in bytes, 20 or 16 as ``seen`` takes 8 or 4."""

    major: int = 0
    minor: int = 2
    revision: int = 5
    seen: int = 0
    size: int = 20

    @property
    def legacy(self) -> bool:
        """Whether [connected] weights are transposed."""
        return self.major > LEGACY or self.minor > LEGACY


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


def load(graph: Graph, path: str | Path) -> Weights:
    """Map a .weights file onto a network.

    Raises WeightsError when the file is missing, empty, a directory, truncated, too long or another network's, naming
    the first layer that does not fit.  Warns (DarknetWarning) of NaN in it and of layers that dontload=1 leaves
    without weights.
    """
    data = _map(path)
    header = _header(graph, data, path)
    _check_size(graph, header, len(data), path)
    params = tuple(dict(arrays) for arrays in _slices(graph, data, header))
    weights = Weights(params, header, data)
    _warn(graph, weights, path)
    return weights


def save(graph: Graph, weights: Weights, path: str | Path) -> None:
    """Write a file that the reference and ``load`` read back, all at once or not at all.

    ``graph`` and ``weights`` as loaded, before batch norm is folded.  The header is version 0.2.5, the reference's own.
    Raises WeightsError when arrays do not fit the network or the file cannot be written.
    """
    target = Path(path)
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            temporary = Path(file.name)
        try:
            with temporary.open("wb") as file:
                _write(graph, weights, file)
            temporary.chmod(0o666 & ~_umask())
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as e:
        raise WeightsError(f"{path}: cannot be written ({e.strerror})") from e


def expected_size(graph: Graph, header_size: int = 20) -> int:
    """Bytes of a network's .weights file."""
    return header_size + sum(_bytes(node) for node in graph.nodes)


def _map(path: str | Path) -> mmap.mmap:
    try:
        with Path(path).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < VERSION.size + NO_PADDING:
                raise WeightsError(f"{path}: {size} bytes are too few for a .weights file; get the file again")
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as e:
        reason = e.strerror if isinstance(e, OSError) else str(e)
        raise WeightsError(f"{path}: cannot be read ({reason})") from e


def _header(graph: Graph, data: mmap.mmap, path: str | Path) -> Header:
    """C: load_weights_upto.  Legacy versions were written with ``seen`` of either size, so the file's size decides."""
    major, minor, revision = VERSION.unpack_from(data)
    width = 8 if major * 10 + minor >= 2 else 4
    if max(major, minor) > LEGACY and len(data) == expected_size(graph, VERSION.size + 4):
        width = 4
    if len(data) < VERSION.size + width:
        raise WeightsError(f"{path}: {len(data)} bytes are too few for a .weights file; get the file again")
    (seen,) = SEEN[width].unpack_from(data, VERSION.size)
    return Header(major, minor, revision, seen, VERSION.size + width)


def _stored(node: Node) -> tuple[Param, ...]:
    """The arrays that the file has for a layer."""
    if not node.load:
        return ()
    return tuple(p for p in node.params if node.load_scales or not p.scales)


def _bytes(node: Node) -> int:
    return 4 * sum(param.size for param in _stored(node))


def _slices(graph: Graph, data: mmap.mmap, header: Header) -> Iterator[Iterator[tuple[str, Array]]]:
    """For each node (name, array) of its params, by walking once through the file."""
    offset = header.size
    for node in graph.nodes:
        yield _node_arrays(node, data, offset, header.legacy)
        offset += _bytes(node)


def _node_arrays(node: Node, data: mmap.mmap, offset: int, legacy: bool) -> Iterator[tuple[str, Array]]:
    stored = _stored(node)
    for param in node.params:
        if param not in stored:
            yield param.name, np.full(param.shape, param.initial, np.float32)
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


def _check_size(graph: Graph, header: Header, found: int, path: str | Path) -> None:
    expected = expected_size(graph, header.size)
    if found == expected:
        return
    sizes = f"{expected} bytes expected, {found} found"
    problem = _too_long(graph, found - expected) if found > expected else _truncated(graph, header, found)
    raise WeightsError(f"{path}: {problem} ({sizes}); {_advice(graph, header, found)}")


def _too_long(graph: Graph, surplus: int) -> str:
    last = max((n for n in graph.nodes if _bytes(n)), key=lambda n: n.index, default=graph.nodes[-1])
    return f"{surplus} bytes are left over after {last.label}, the last with weights"


def _truncated(graph: Graph, header: Header, found: int) -> str:
    offset = header.size
    for node in graph.nodes:
        needed = _bytes(node)
        if offset + needed > found:
            return f"ends inside {node.label}: it needs {needed} bytes and {max(0, found - offset)} are left"
        offset += needed
    return "ends before its last layer"


def _advice(graph: Graph, header: Header, found: int) -> str:
    """What is probably wrong with a file of ``found`` bytes."""
    other = 36 - header.size
    if found == expected_size(graph, other):
        return (f"it would fit with a header of {other} bytes: its version {header.major}.{header.minor} is damaged "
                "or the file was converted wrongly")  # fmt: skip
    if not (0 <= header.major < 10**6 and 0 <= header.minor < 10**6):
        return "its first bytes are not a version: this is not a .weights file"
    whole = _whole_layers(graph, found - header.size)
    if whole:
        return f"it holds the first {whole} layers: a start for training, like yolov4.conv.137, not a whole network"
    return "the file is another network's or damaged: use the .weights that was trained with this cfg"


def _whole_layers(graph: Graph, count: int) -> int:
    """The number of layers whose weights fill ``count`` bytes exactly, 0 if there is none."""
    for node in graph.nodes:
        count -= _bytes(node)
        if count <= 0:
            return node.index + 1 if count == 0 else 0
    return 0


def _warn(graph: Graph, weights: Weights, path: str | Path) -> None:
    """One warning for the first layer without weights and one for the first with NaN."""
    absent = [node for node in graph.nodes if node.params and not node.load]
    if absent:
        message = f"{path}: has nothing for {absent[0].label} because of dontload=1; its output will be meaningless"
        warnings.warn(message, DarknetWarning, stacklevel=3)
    for node, arrays in zip(graph.nodes, weights.params, strict=True):
        bad = [name for name, array in arrays.items() if np.isnan(np.min(array))]
        weights.release()
        if bad:
            message = f"{path}: NaN among the {bad[0]} of {node.label}; the training went wrong or the file is damaged"
            warnings.warn(message, DarknetWarning, stacklevel=3)
            return


def _write(graph: Graph, weights: Weights, file: IO[bytes]) -> None:
    header = Header(seen=weights.header.seen)
    file.write(VERSION.pack(header.major, header.minor, header.revision) + SEEN[8].pack(header.seen))
    for node, arrays in zip(graph.nodes, weights.params, strict=True):
        for param in _stored(node):
            file.write(_flat(node, param, arrays.get(param.name)).tobytes())


def _flat(node: Node, param: Param, array: Array | None) -> Array:
    if array is None or array.shape != param.shape:
        found = "missing" if array is None else f"of shape {array.shape}"
        raise WeightsError(f"{node.label} {param.name} must have shape {param.shape}, but is {found}")
    values = np.asarray(array, "<f4")
    return values.reshape(param.shape[0], -1).T if _is_transposed(param, legacy=False) else values


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
