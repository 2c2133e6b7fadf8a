"""Files of safetensors: a header of JSON, then the numbers of all tensors without a gap."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from typing import Any

from .faults import Malformed, Unsupported
from .tensors import QUANTISED, Storage
from .values import Array

__all__ = ["is_safetensors", "read"]

SIZE = struct.Struct("<Q")
LONGEST = 100_000_000  # bytes of a header, as safetensors itself has it
METADATA = "__metadata__"
DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32", "I16": "int16",
    "I8": "int8", "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool", "C64": "complex64",
}  # fmt: skip


def is_safetensors(head: bytes) -> bool:
    return len(head) > SIZE.size and head[8:9] == b"{" and 2 <= SIZE.unpack_from(head)[0] <= LONGEST


def read(data: bytes, _path: Path) -> dict[str, Array]:
    """The tensors by name, those with the first numbers first.  Raises Malformed, Unsupported."""
    view = memoryview(data)
    (size,) = SIZE.unpack_from(data)
    if SIZE.size + size > len(data):
        raise Malformed(f"a header of {size} bytes in a file of {len(data)}")
    header = _header(bytes(view[SIZE.size : SIZE.size + size]))
    numbers = view[SIZE.size + size :]
    places = sorted((_place(name, entry), name) for name, entry in header.items() if name != METADATA)
    _check_whole(places, len(numbers))
    return {name: _tensor(name, header[name], numbers[start:end]) for (start, end), name in places}


def _header(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text.decode(), object_pairs_hook=_once)
    except ValueError as e:
        raise Malformed(f"a header that is no JSON ({e})") from e
    if not isinstance(header, dict):
        raise Malformed("a header that names no tensors")
    return header


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) < len(pairs):
        raise Malformed("a header with two tensors of one name")
    return found


def _place(name: str, entry: Any) -> tuple[int, int]:
    """First byte and end of a tensor."""
    match entry:
        case {"dtype": str(), "shape": [*shape], "data_offsets": [int(start), int(end)]} if 0 <= start <= end:
            if all(isinstance(n, int) and n >= 0 for n in shape):
                return start, end
    raise Malformed(f"the tensor {name:.60} without a type, shape or place")


def _check_whole(places: list[tuple[tuple[int, int], str]], size: int) -> None:
    """Raises Malformed for tensors that overlap, leave a gap, or reach beyond the end."""
    at = 0
    for (start, end), name in places:
        if start != at or end > size:
            raise Malformed(f"the tensor {name:.60} at {start} to {end}, where {at} is next and {size} the end")
        at = end
    if at != size:
        raise Malformed(f"{size - at} bytes that belong to no tensor")


def _tensor(name: str, entry: dict[str, Any], data: memoryview) -> Array:
    shape, dtype = entry["shape"], DTYPES.get(entry["dtype"])
    if dtype is None:
        raise Unsupported(QUANTISED.format(f"{name:.60} of the type {entry['dtype']:.20}"))
    storage = Storage(name, data, dtype)
    count = math.prod(shape)
    if count != len(storage.array(dtype)) or storage.array(dtype).itemsize * count < len(data) // 2:
        raise Malformed(f"the tensor {name:.60} of {count} numbers in {len(data)} bytes")
    steps = [math.prod(shape[i + 1 :]) for i in range(len(shape))]
    return storage.tensor(0, shape, steps)
