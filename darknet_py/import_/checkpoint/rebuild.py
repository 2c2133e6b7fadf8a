"""All that a checkpoint may ask for by name: a table of functions of our own, which put together tensors and containers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from .faults import Malformed, Refused, Unsupported
from .tensors import QUANTISED, Storage
from .values import Array, Record, Reference, key

__all__ = ["BUILDERS", "STATES", "dtype_of_storage"]

STORAGES = {
    "DoubleStorage": "float64", "FloatStorage": "float32", "HalfStorage": "float16", "BFloat16Storage": "bfloat16",
    "LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8", "ByteStorage": "uint8",
    "BoolStorage": "bool", "ComplexFloatStorage": "complex64", "ComplexDoubleStorage": "complex128",
    "UntypedStorage": "uint8",
}  # fmt: skip
NUMBERS = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248]|c8|c16|[SU][1-9]\d{0,5})")  # NumPy's types without objects
LONGEST_NAME = 1000
T = TypeVar("T")


class NumpyShell:
    """A NumPy array of which only the class is known yet."""


def dtype_of_storage(kind: object) -> str:
    """The type of numbers of a class of storages, in PyTorch's words.  Raises Malformed, Unsupported."""
    if not isinstance(kind, Reference):
        raise Malformed("a storage of no class")
    if kind.name.startswith("Q"):
        raise Unsupported(QUANTISED.format(f"of the type {kind.kind}"))
    if kind.name not in STORAGES:
        raise Malformed(f"a storage of the type {kind.kind}")
    return STORAGES[kind.name]


def _storage(storage: object) -> Storage:
    if not isinstance(storage, Storage):
        raise Malformed("a tensor without a storage")
    return storage


def _rebuild_tensor(
    storage: object, offset: int, size: object, stride: object, _grad: object = False, _hooks: object = None,
    metadata: object = None,
) -> Array:  # fmt: skip
    """Without requires_grad and hooks.  ``metadata`` says whether the numbers are still to be negated or conjugated."""
    if isinstance(metadata, dict) and (metadata.get("neg") or metadata.get("conj")):
        raise Unsupported("holds tensors that are still to be negated or conjugated; save them after resolve_neg()")
    return _storage(storage).tensor(offset, _values(size), _values(stride))


def _rebuild_tensor_v3(
    storage: object, offset: int, size: object, stride: object, _grad: object, _hooks: object, dtype: Reference,
    *_rest: object,
) -> Array:  # fmt: skip
    return _storage(storage).tensor(offset, _values(size), _values(stride), dtype.name)


def _first(value: T, *_rest: object) -> T:
    return value


def _quantised(*_args: object) -> None:
    raise Unsupported(QUANTISED.format("torch._utils._rebuild_qtensor"))


def _no_numbers(*_args: object) -> None:
    raise Unsupported("holds tensors without numbers (of the device meta, or sparse); save the model where it has them")


def _from_numpy(values: Array, *_rest: object) -> Array:
    return values


def _from_type(function: Reference, _kind: object, args: tuple[Any, ...], *_state: object) -> Any:
    """A tensor with attributes of its own, which are left out."""
    if function.kind not in TENSORS:
        raise Refused(function.kind)
    return TENSORS[function.kind](*args)


def _values(values: object = ()) -> tuple[Any, ...]:
    """Those of a container whose size the file has paid for."""
    if not isinstance(values, (tuple, list, set, frozenset)):
        raise TypeError("no list of values")
    return tuple(values)


def _ordered(pairs: object = ()) -> dict[Any, Any]:
    pairs = pairs.items() if isinstance(pairs, dict) else _values(pairs)
    return {key(k): v for k, v in pairs}


def _members(values: object = ()) -> list[Any]:
    return [key(value) for value in _values(values)]


def _attribute(owner: object, name: str) -> Reference:
    """What ``getattr`` would be asked for, such as a module's other ``forward``; only its name is kept."""
    kind = owner.kind if isinstance(owner, (Record, Reference)) else type(owner).__name__
    if len(kind) + len(name) > LONGEST_NAME:
        raise ValueError("a name that is too long")
    return Reference(".".join((kind, name)))


def _reconstructor(kind: Reference, _base: object, _state: object) -> Record:
    return Record(kind.kind)


def _path(*parts: str) -> str:
    return "/".join(parts).replace("//", "/")


def _encoded(text: str, encoding: str = "latin1") -> bytes:
    """How pickles of protocol 2 write bytes."""
    if encoding not in ("latin1", "latin-1", "utf-8", "ascii"):
        raise ValueError(f"the encoding {encoding}")
    return text.encode(encoding)


def _plain(kind: str) -> Callable[..., Record]:
    return lambda *args: Record(kind, None, args)


def _bytes(data: object = b"", encoding: str = "latin1") -> bytes:
    """Of bytes, of a text, or of a list of numbers; not zeros by their count."""
    if isinstance(data, str):
        return _encoded(data, encoding)
    if isinstance(data, (bytes, list, tuple)):
        return bytes(data)
    raise TypeError("neither bytes nor a text")


# NumPy's


def _dtype(code: str, *_rest: object) -> object:
    """A type of numbers or texts; of others, such as "O8", the name alone."""
    return np.dtype(code) if NUMBERS.fullmatch(code) else Record(f"numpy.dtype.{code}")


def _dtype_state(kind: np.dtype[Any], state: tuple[Any, ...]) -> np.dtype[Any]:
    return kind.newbyteorder(state[1]) if state[1] in ("<", ">") else kind


def _array(shell: NumpyShell, state: tuple[Any, ...]) -> object:
    """The array, (shape); a list of what is no number."""
    _version, shape, kind, fortran, data = state
    if not isinstance(kind, np.dtype) or not isinstance(data, (bytes, bytearray)):
        return data
    values = np.frombuffer(data, kind)
    return values.reshape(shape, order="F" if fortran else "C").astype(kind.newbyteorder("="), copy=False)


def _scalar(kind: object, data: object = b"") -> object:
    if not isinstance(kind, np.dtype) or not isinstance(data, bytes) or len(data) != kind.itemsize:
        return data
    return np.frombuffer(data, kind)[0].item()


def _from_buffer(data: bytes, kind: object, shape: tuple[int, ...], order: str) -> object:
    return _array(NumpyShell(), (1, shape, kind, order == "F", bytes(data)))


def _record_state(record: Record, state: Any) -> Record:
    """``(dict, slots)`` is one dict."""
    if isinstance(state, tuple) and len(state) == 2 and isinstance(state[1], dict):
        state = {**(state[0] or {}), **state[1]}
    record.state = state
    return record


TENSORS: Mapping[str, Callable[..., Any]] = {
    "torch._utils._rebuild_tensor": _rebuild_tensor, "torch._utils._rebuild_tensor_v2": _rebuild_tensor,
    "torch._utils._rebuild_tensor_v3": _rebuild_tensor_v3, "torch._utils._rebuild_parameter": _first,
    "torch._utils._rebuild_parameter_with_state": _first, "torch._utils._rebuild_qtensor": _quantised,
    "torch._utils._rebuild_meta_tensor_no_storage": _no_numbers, "torch._utils._rebuild_sparse_tensor": _no_numbers,
    "torch._utils._rebuild_device_tensor_from_numpy": _from_numpy,
    "torch._utils._rebuild_device_tensor_from_cpu_tensor": _from_numpy, "torch._utils._rebuild_xla_tensor": _from_numpy,
}  # fmt: skip
BUILDERS: Mapping[str, Callable[..., Any]] = {
    **TENSORS,
    "torch._tensor._rebuild_from_type_v2": _from_type, "torch._tensor._rebuild_from_type": _from_type,
    "torch.Size": _values, "torch.device": _plain("torch.device"),
    "torch.serialization._get_layout": lambda name: _attribute(Reference("torch"), name),
    "collections.OrderedDict": _ordered, "collections.defaultdict": lambda *_factory: {}, "collections.Counter": _ordered,
    "collections.deque": lambda values=(), *_most: list(_values(values)),
    "builtins.set": lambda *args: set(_members(*args)), "builtins.frozenset": lambda *args: frozenset(_members(*args)),
    "builtins.list": lambda *args: list(_values(*args)), "builtins.tuple": _values, "builtins.dict": _ordered,
    "builtins.complex": complex, "builtins.slice": slice, "builtins.bytearray": _bytes, "builtins.bytes": _bytes,
    "builtins.range": lambda *args: Record("range", None, args),
    "builtins.getattr": _attribute, "builtins.object": _plain("builtins.object"),
    "copyreg._reconstructor": _reconstructor, "_codecs.encode": _encoded, "codecs.encode": _encoded,
    "argparse.Namespace": _plain("argparse.Namespace"), "types.SimpleNamespace": _plain("types.SimpleNamespace"),
    **{name: _plain(name) for name in ("ultralytics.utils.IterableSimpleNamespace",
                                       "ultralytics.yolo.utils.IterableSimpleNamespace")},
    "functools.partial": _plain("functools.partial"),
    **{f"{module}.{name}": _path for module in ("pathlib", "pathlib._local")
       for name in ("PosixPath", "WindowsPath", "Path", "PurePath", "PurePosixPath", "PureWindowsPath")},
    **{f"datetime.{name}": _plain(f"datetime.{name}") for name in ("datetime", "date", "time", "timedelta", "timezone")},
    "uuid.UUID": _plain("uuid.UUID"), "decimal.Decimal": _plain("decimal.Decimal"),
    "numpy.dtype": _dtype, "numpy.core.multiarray._reconstruct": lambda *_args: NumpyShell(),
    "numpy.core.multiarray.scalar": _scalar, "numpy.core.numeric._frombuffer": _from_buffer,
}  # fmt: skip
STATES: Mapping[type, Callable[..., Any]] = {
    Record: _record_state, NumpyShell: _array, np.dtype: _dtype_state, dict: lambda value, _state: value,
}  # fmt: skip

