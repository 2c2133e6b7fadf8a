"""The files of PyTorch before 1.6, which ``_use_new_zipfile_serialization=False`` still writes: five pickles, then the
numbers of each storage, always in little-endian order."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .faults import Malformed, Unsupported
from .machine import Machine
from .operations import load
from .rebuild import BUILDERS, STATES, dtype_of_storage
from .tensors import Part, Storage, element
from .values import Array

__all__ = ["MAGIC", "read"]

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
SIZE = struct.Struct("<q")
NO_CHECKPOINT = "is a pickle, but none that torch.save wrote; give the .pt file of the model"

Places = dict[str, tuple[str, int]]  # storage: its type and how many numbers it has


def read(data: bytes, _path: Path) -> Any:
    """What ``torch.save`` was given.  Raises Malformed, Refused, Unsupported."""
    view = memoryview(data)
    magic, at = _plain(view, 0)
    if magic != MAGIC:
        raise Unsupported(NO_CHECKPOINT)
    protocol, at = _plain(view, at)
    if protocol != PROTOCOL:
        raise Unsupported("is of a version of PyTorch's format that is not known; save it anew with torch.save(model, FILE)")
    _system, start = _plain(view, at)
    places: Places = {}
    _, end = _run(view, start, _noting(places))
    value, _ = _run(view, start, _taking(_storages(view, end, places)))
    return value


def _plain(data: memoryview, start: int) -> tuple[Any, int]:
    """A pickle without storages, and where the next one begins."""
    return _run(data, start, _none)


def _run(data: memoryview, start: int, persistent: Callable[[Any], Any]) -> tuple[Any, int]:
    machine = Machine(data, start, BUILDERS, STATES, persistent)
    return load(machine), machine.at


def _none(_identity: Any) -> Any:
    raise Malformed("a storage outside of the model")


def _storage_of(identity: Any) -> tuple[str, str, int, Any] | None:
    """(key, type, count, view) of ("storage", class, key, device, count, view); None for the source of a class."""
    match identity:
        case ("storage", kind, str(key), _, int(count), *view):
            return key, dtype_of_storage(kind), count, view[0] if view else None
        case ("module", *_):
            return None
    raise Malformed("a persistent id that is no storage's")


class Blank(Storage):
    """One whose numbers are not known yet."""

    def tensor(self, offset: int, size: Sequence[int], stride: Sequence[int], dtype: str = "") -> Array:
        return np.empty(0, np.float32)


def _noting(places: Places) -> Callable[[Any], Any]:
    """The first pass: which storages there are, as their numbers come behind the pickle.  All are without numbers."""

    def persistent(identity: Any) -> Any:
        if (found := _storage_of(identity)) is None:
            return identity[1] if len(identity) > 1 else None
        key, dtype, count, _ = found
        places[key] = dtype, count
        return Blank(key, memoryview(b""), dtype)

    return persistent


def _taking(storages: dict[str, Storage]) -> Callable[[Any], Any]:
    """The second pass: the storages themselves."""

    def persistent(identity: Any) -> Any:
        if (found := _storage_of(identity)) is None:
            return identity[1] if len(identity) > 1 else None
        key, _, _, view = found
        if key not in storages:
            raise Malformed(f"the numbers of storage {key} are not in it")
        return _view(storages[key], view) if view is not None else storages[key]

    return persistent


def _view(storage: Storage, view: Any) -> Storage:
    """A part of a storage: (its key, offset, count)."""
    match view:
        case (_, int(offset), int(count)) if 0 <= offset and 0 <= count:
            return Part(storage, offset, count)
    raise Malformed(f"a part of storage {storage.name} that is none")


def _storages(data: memoryview, at: int, places: Places) -> dict[str, Storage]:
    keys, at = _plain(data, at)
    if not isinstance(keys, list):
        raise Malformed("has no list of its storages")
    found = {}
    for key in keys:
        if not isinstance(key, str) or key not in places:
            raise Malformed("lists a storage that the model does not have")
        dtype, count = places[key]
        (there,) = SIZE.unpack(_part(data, at, SIZE.size, key))
        size = count * element(dtype).itemsize
        if there != count:
            raise Malformed(f"storage {key} has {there} numbers, but {count} are to be in it")
        found[key] = Storage(key, _part(data, at + SIZE.size, size, key), dtype)
        at += SIZE.size + size
    return found


def _part(data: memoryview, start: int, size: int, key: str) -> memoryview:
    if not 0 <= size <= len(data) - start:
        raise Malformed(f"ends within storage {key}")
    return data[start : start + size]
