"""References as NumPy's .npz: reading those of anybody, writing our own.

Accepted names: ``input``; for the output of layer 12 ``12``, ``layer_12``, ``out12`` or ``maxpool_12`` (its kind); ``in12``
for what layer 12 reads; ``boxes`` (n, 6): class, probability, centre x, centre y, width, height relative to the picture;
``about``, a text.  Any may be missing.
"""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from .._support import whole_file
from .._support.words import reason
from ..errors import CompareError, DarknetWarning
from ..graph import Graph
from .box_difference import BoxRows
from .pipeline import Array
from .reference import Reference, ReferenceBoxes, check_shape, layer_number, shaped
from .runner import INPUT, Loader

__all__ = ["read", "save"]

BOXES, ABOUT = "boxes", "about"
DAMAGED = (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error)
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
NUMBERS = "biuf"  # kinds of dtypes


def read(path: str | Path, graph: Graph) -> Reference:
    """The arrays of a file, which are loaded when they are looked at; their shapes are checked now.

    Raises CompareError when the file is damaged, has nothing of the network, or is of another one; warns
    (DarknetWarning) of names that mean nothing.
    """
    shapes = _shapes(path)
    layers: dict[int, Loader] = {}
    strange = []
    for name in sorted(shapes, key=lambda name: name.startswith("in") and name != "input"):
        number = layer_number(name, graph)
        if number is not None:
            check_shape(shapes[name], number, graph, f"{path}: {name}")
            layers.setdefault(number, partial(_load_layer, path, name, number, graph))
        elif name not in (BOXES, ABOUT):
            strange.append(name)
    if not layers and BOXES not in shapes:
        raise CompareError(f"{path}: no array of this network in it (found: {', '.join(strange[:5]) or 'none'}); "
                           "names are input, layer_12 or 12, in12, boxes")  # fmt: skip
    if strange:
        warnings.warn(f"{path}: {', '.join(strange)}: no layer has this name; not compared", DarknetWarning, stacklevel=2)
    boxes = ReferenceBoxes(_boxes(path)) if BOXES in shapes else None
    about = f"{len(layers)} arrays of layers" + (f", written by {_load(path, ABOUT)}" if ABOUT in shapes else "")
    return Reference(about, dict(sorted(layers.items())), boxes)


def save(path: str | Path, outputs: Mapping[int, Array], boxes: BoxRows | None, about: str) -> None:
    """Write outputs by layer number, or INPUT, and boxes, all at once or not at all.  Raises CompareError."""
    arrays: dict[str, Any] = {"input" if i == INPUT else f"layer_{i}": y for i, y in sorted(outputs.items())}
    if boxes is not None:
        arrays[BOXES] = boxes
    arrays[ABOUT] = np.array(about)
    try:
        with whole_file(path) as file:
            np.savez(file, **arrays)
    except OSError as e:
        raise CompareError(f"{path}: cannot be written ({reason(e)})") from e


def _shapes(path: str | Path) -> dict[str, tuple[int, ...]]:
    """{name: shape} of the file's arrays, read from their headers."""
    shapes = {}
    try:
        with zipfile.ZipFile(path) as file:
            for member in file.namelist():
                with file.open(member) as data:
                    shapes[member.removesuffix(".npy")] = _header(data, f"{path}: {member}")
    except DAMAGED as e:
        raise CompareError(f"{path}: damaged, not a whole .npz file ({e}); write or copy it again") from e
    return shapes


def _header(data: IO[bytes], where: str) -> tuple[int, ...]:
    version = np.lib.format.read_magic(data)
    shape, _, dtype = HEADERS[version](data)
    if dtype.kind not in NUMBERS + "U":
        raise CompareError(f"{where} is an array of {dtype}, not of numbers")
    return tuple(shape)


def _load_layer(path: str | Path, name: str, number: int, graph: Graph) -> Array:
    return shaped(_load(path, name), number, graph, f"{path}: {name}")


def _load(path: str | Path, name: str) -> npt.NDArray[Any]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return np.asarray(arrays[name])
    except DAMAGED as e:
        raise CompareError(f"{path}: damaged, {name} cannot be read ({e}); write or copy the file again") from e


def _boxes(path: str | Path) -> BoxRows:
    rows = _load(path, BOXES).astype(np.float64)
    if rows.ndim != 2 or (rows.shape[1] != 6 and rows.size):
        raise CompareError(f"{path}: boxes has the shape {rows.shape}, not (n, 6): class, probability, centre x, centre y, "
                           "width, height")  # fmt: skip
    return rows.reshape(-1, 6)
