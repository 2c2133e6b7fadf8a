"""Files as ``torch.save`` writes them, without PyTorch: pickles written operation by operation, hostile ones too."""

from __future__ import annotations

import io
import pickle
import struct
import tarfile
import warnings
import zipfile
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "MAGIC", "Call", "Global", "New", "Stored", "conv", "legacy_bytes", "module", "parameter", "pickled", "tar_bytes",
    "tensor", "zip_bytes",
]  # fmt: skip

MAGIC = 0x1950A86A20F9469CFC6C
STORAGES = {
    "f4": "FloatStorage", "f8": "DoubleStorage", "f2": "HalfStorage", "i8": "LongStorage", "i4": "IntStorage",
    "i2": "ShortStorage", "i1": "CharStorage", "u1": "ByteStorage", "b1": "BoolStorage", "u2": "BFloat16Storage",
    "c8": "ComplexFloatStorage", "c16": "ComplexDoubleStorage",
}  # fmt: skip


@dataclass(frozen=True)
class Global:
    """A class or function by its name."""

    name: str


@dataclass(frozen=True)
class Call:
    """What a name gives when it is called; ``state`` is set afterwards."""

    name: str
    args: tuple[Any, ...] = ()
    state: Any = None


@dataclass(frozen=True)
class New:
    """An instance of a class, which is not called."""

    name: str
    state: Any = None
    args: tuple[Any, ...] = ()


@dataclass(eq=False)
class Stored:
    """Numbers that tensors share; ``count``: how many the pickle says there are."""

    numbers: npt.NDArray[Any]
    key: str = "0"
    kind: str = ""
    count: int | None = None
    view: tuple[Any, ...] | None = field(default=None)

    def identity(self, legacy: bool) -> tuple[Any, ...]:
        kind = self.kind or f"torch.{STORAGES[self.numbers.dtype.str[1:]]}"
        count = self.numbers.size if self.count is None else self.count
        return ("storage", Global(kind), self.key, "cpu", count, *([self.view] if legacy else []))


def tensor(stored: Stored, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> Call:
    return Call("torch._utils._rebuild_tensor_v2", (stored, offset, size, stride, False, Call("collections.OrderedDict")))


def whole(stored: Stored) -> Call:
    """A tensor of all of a storage in its array's shape."""
    strides = np.empty(stored.numbers.shape, np.int8).strides
    return tensor(stored, 0, stored.numbers.shape, strides)


def parameter(numbers: npt.NDArray[Any], key: str) -> Call:
    return Call("torch._utils._rebuild_parameter", (whole(Stored(numbers, key)), True, Call("collections.OrderedDict")))


def module(name: str, modules: dict[str, Any] | None = None, parameters: dict[str, Any] | None = None,
           buffers: dict[str, Any] | None = None, **attributes: Any) -> New:  # fmt: skip
    """An instance of a torch.nn.Module."""
    return New(name, {"training": False, "_parameters": parameters or {}, "_buffers": buffers or {},
                      "_modules": modules or {}, **attributes})  # fmt: skip


def conv(key: str, *shape: int) -> New:
    """A convolution of shape (filters, channels, k, k) at stride 2, of ones in storage ``key``, with its attributes."""
    filters, channels, k, _ = shape
    weight = whole(Stored(np.ones(shape, np.float32), key))
    return module("torch.nn.modules.conv.Conv2d", parameters={"weight": weight, "bias": None}, in_channels=channels,
                  out_channels=filters, kernel_size=(k, k), stride=(2, 2), padding=(k // 2, k // 2), dilation=(1, 1),
                  groups=1, padding_mode="zeros")  # fmt: skip


def pickled(value: object, legacy: bool = False, stop: bool = True) -> bytes:
    """A pickle of protocol 2."""
    out = bytearray(b"\x80\2")
    _write(out, value, legacy)
    return bytes(out) + (b"." if stop else b"")


def _write(out: bytearray, value: Any, legacy: bool) -> None:
    def several(values: Any) -> None:
        for each in values:
            _write(out, each, legacy)

    match value:
        case None | bool():
            out += {None: b"N", True: b"\x88", False: b"\x89"}[value]
        case int() if -(1 << 31) <= value < 1 << 31:
            out += b"J" + struct.pack("<i", value)
        case int():
            data = pickle.encode_long(value)
            out += b"\x8a" + bytes((len(data),)) + data
        case float():
            out += b"G" + struct.pack(">d", value)
        case str():
            out += b"X" + struct.pack("<I", len(value.encode())) + value.encode()
        case bytes():
            out += b"B" + struct.pack("<I", len(value)) + value
        case tuple():
            out += b"("
            several(value)
            out += b"t"
        case list():
            out += b"]("
            several(value)
            out += b"e"
        case dict():
            out += b"}("
            several(part for item in value.items() for part in item)
            out += b"u"
        case Global():
            part, _, name = value.name.rpartition(".")
            out += f"c{part}\n{name}\n".encode()
        case Stored():
            _write(out, value.identity(legacy), legacy)
            out += b"Q"
        case Call() | New():
            _write(out, Global(value.name), legacy)
            _write(out, value.args, legacy)
            out += b"R" if isinstance(value, Call) else b"\x81"
            if value.state is not None:
                _write(out, value.state, legacy)
                out += b"b"
        case _:
            raise TypeError(type(value))


def stored_in(value: object) -> dict[str, Stored]:
    """All storages of a value, by key."""
    found: dict[str, Stored] = {}
    waiting = [value]
    while waiting:
        match waiting.pop():
            case Stored() as stored:
                found.setdefault(stored.key, stored)
            case tuple() | list() as several:
                waiting += several
            case dict() as items:
                waiting += [*items, *items.values()]
            case Call(_, args, state) | New(_, state, args):
                waiting += [args, state]
    return dict(sorted(found.items()))


def zip_bytes(value: object, folder: str = "archive", order: str | None = "little", *, compression: int = zipfile.ZIP_STORED,
              pickle_: bytes | None = None, more: dict[str, bytes] | None = None) -> bytes:  # fmt: skip
    """A file of PyTorch 1.6 and newer; ``more``: other members, below no folder."""
    members = {"data.pkl": pickled(value) if pickle_ is None else pickle_, "version": b"3\n"}
    members |= {} if order is None else {"byteorder": order.encode()}
    for key, stored in stored_in(value).items():
        numbers = stored.numbers
        members[f"data/{key}"] = (numbers.astype(numbers.dtype.newbyteorder(">")) if order == "big" else numbers).tobytes()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of two members of one name
        for name, data in [*((f"{folder}/{n}", d) for n, d in members.items()), *(more or {}).items()]:
            file.writestr(zipfile.ZipInfo(name), data, compression)  # dated 1980: the same bytes whenever it is made
    return made.getvalue()


def legacy_bytes(value: object, magic: int = MAGIC, protocol: int = 1001) -> bytes:
    """A file of PyTorch before 1.6."""
    stored = stored_in(value)
    system = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    out = pickled(magic) + pickled(protocol) + pickled(system) + pickled(value, legacy=True) + pickled([*stored])
    for each in stored.values():
        out += struct.pack("<q", each.numbers.size) + each.numbers.tobytes()
    return out


def tar_bytes(storages: list[npt.NDArray[Any]], tensors: list[tuple[int, int, tuple[int, ...], tuple[int, ...]]],
              pickle_: bytes) -> bytes:  # fmt: skip
    """A file of PyTorch 0.1.  ``tensors``: (number of the storage, offset, size, stride); keys of tensors begin at 100."""
    parts = bytearray(pickled(len(storages)))
    for i, numbers in enumerate(storages):
        kind = Global(f"torch.{STORAGES[numbers.dtype.str[1:]]}")
        parts += pickled((i, "cpu", kind)) + struct.pack("<q", numbers.size) + numbers.tobytes()
    views = bytearray(pickled(len(tensors)))
    for i, (storage, offset, size, stride) in enumerate(tensors):
        views += pickled((100 + i, storage, Global("torch.FloatTensor")))
        views += struct.pack(f"<ii{len(size)}q{len(size)}qq", len(size), 0, *size, *stride, offset)
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as file:
        for name, data in (("sys_info", pickled({})), ("pickle", pickle_), ("tensors", bytes(views)),
                           ("storages", bytes(parts + pickled([])))):  # fmt: skip
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return made.getvalue()
