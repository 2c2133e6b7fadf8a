"""The files of PyTorch 0.1: a tar archive of storages, tensors and a pickle."""

from __future__ import annotations

import io
import struct
import tarfile
from pathlib import Path
from typing import Any

from .faults import Malformed
from .machine import Machine
from .operations import load
from .rebuild import BUILDERS, STATES, dtype_of_storage
from .tensors import Part, Storage, element
from .values import Array

__all__ = ["read"]

SIZE = struct.Struct("<q")
DIMENSIONS = struct.Struct("<i4x")
MOST_DIMENSIONS = 32
BROKEN = (tarfile.TarError, ValueError, EOFError, OverflowError, struct.error)


def read(data: bytes, _path: Path) -> Any:
    """What ``torch.save`` was given.  Raises Malformed, Refused, Unsupported."""
    members = _members(data)
    storages = _storages(Reader(members["storages"]))
    known = {**storages, **_tensors(Reader(members["tensors"]), storages)}

    def persistent(identity: Any) -> Any:
        if isinstance(identity, tuple) and identity:
            return identity[0]  # a class, with its source
        if _key(identity) not in known:
            raise Malformed("a storage or tensor that is not in it")
        return known[_key(identity)]

    return Reader(members["pickle"], persistent).pickle()


class Reader:
    """A member, read from its beginning to its end: pickles and numbers."""

    def __init__(self, data: memoryview, persistent: Any = None) -> None:
        self.machine = Machine(data, 0, BUILDERS, STATES, persistent or _none)

    def pickle(self) -> Any:
        return load(self.machine)

    def count(self) -> int:
        """A pickled number of things to come."""
        value = self.pickle()
        if not isinstance(value, int):
            raise Malformed("a count that is no number")
        return value

    def number(self, form: struct.Struct) -> int:
        return int(self.machine.number(form))

    def numbers(self, count: int) -> tuple[int, ...]:
        return tuple(self.number(SIZE) for _ in range(count))

    def take(self, size: int) -> memoryview:
        return self.machine.take(size)


def _none(_identity: Any) -> Any:
    raise Malformed("a storage outside of the model")


def _key(value: object) -> str:
    """What storages and tensors are called, a number or its text."""
    if not isinstance(value, (int, str)):
        raise Malformed("a storage or tensor that has no number")
    return str(value)


def _members(data: bytes) -> dict[str, memoryview]:
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as file:
            found = {m.name: m for m in file if m.isreg() and not m.sparse}
    except BROKEN as e:
        raise Malformed(f"a tar archive that is not whole ({e})") from e
    if missing := {"storages", "tensors", "pickle"} - found.keys():
        raise Malformed(f"a tar archive without {' and '.join(sorted(missing))}, which is no model of PyTorch")
    view = memoryview(data)
    parts = {name: view[max(0, m.offset_data) : max(0, m.offset_data) + max(0, m.size)] for name, m in found.items()}
    return {name: part for name, part in parts.items() if name in ("storages", "tensors", "pickle")}


def _storages(reader: Reader) -> dict[str, Storage]:
    found: dict[str, Storage] = {}
    for _ in range(reader.count()):
        match reader.pickle():
            case (key, _, kind):
                dtype = dtype_of_storage(kind)
            case _:
                raise Malformed("a storage without a type")
        count = reader.number(SIZE)
        found[_key(key)] = Storage(_key(key), reader.take(count * element(dtype).itemsize), dtype)
    views = reader.pickle()
    for view in views if isinstance(views, (list, tuple)) else ():
        match view:
            case (key, root, int(offset), int(count)) if _key(root) in found and min(offset, count) >= 0:
                found[_key(key)] = Part(found[_key(root)], offset, count)
            case _:
                raise Malformed("a part of a storage that is none")
    return found


def _tensors(reader: Reader, storages: dict[str, Storage]) -> dict[str, Array]:
    found = {}
    for _ in range(reader.count()):
        match reader.pickle():
            case (key, storage, _) if _key(storage) in storages:
                dimensions = reader.number(DIMENSIONS)
            case _:
                raise Malformed("a tensor without a storage")
        if not 0 <= dimensions <= MOST_DIMENSIONS:
            raise Malformed(f"a tensor of {dimensions} dimensions")
        sizes, strides, offset = reader.numbers(dimensions), reader.numbers(dimensions), reader.number(SIZE)
        found[_key(key)] = storages[_key(storage)].tensor(offset, sizes, strides)
    return found
