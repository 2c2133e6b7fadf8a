"""What KServe's protocol v2 sends: JSON and, behind it, the bytes of tensors, as its extension for binary data has them.

The header Inference-Header-Content-Length says how long the JSON is, where bytes follow.  Numbers are little-endian; an
element of BYTES is its length, four bytes, and what it is.
"""

from __future__ import annotations

import base64
import binascii
import math
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError
from pydantic_core import to_json

from .jobs import Refusal
from .json_size import check_json
from .kserve_numbers import MARK, cut_out, numbers, single
from .kserve_request import InferInput, InferRequest

__all__ = ["Output", "body", "files", "floats", "packed", "plain", "read"]

Floats: TypeAlias = npt.NDArray[np.float32]
FP32, LENGTH = np.dtype("<f4"), struct.Struct("<I")
GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
WINDOWS = {"gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
FAST = 1
VALUES = 1_200_000  # in JSON: a picture of 608 x 608
FEW = 100_000  # beside a long list of numbers under "data"
NAMES = 1000
MOST_VALUES = 4_000_000  # in an answer's JSON
AT_ONCE = 1 << 14  # values; others have their turns in between


@dataclass(frozen=True)
class Output:
    """A tensor of an answer: float32, or what the elements of BYTES are; ``binary``: behind the JSON."""

    name: str
    shape: Sequence[int]
    values: Floats | Sequence[bytes]
    binary: bool

    @property
    def said(self) -> dict[str, Any]:
        datatype = "FP32" if isinstance(self.values, np.ndarray) else "BYTES"
        return {"name": self.name, "datatype": datatype, "shape": list(self.shape)}


def plain(data: bytes, encoding: str, most: int) -> bytes:
    """What is within a body of this Content-Encoding.  Raises Refusal: 400 it is not, 413 more than ``most`` bytes, 415."""
    if encoding in ("", "identity"):
        return data
    if encoding not in WINDOWS:
        raise Refusal(415, f"Content-Encoding {encoding[:40]!r} is not known; use gzip, deflate or none")
    opened = zlib.decompressobj(GZIP_OR_ZLIB)
    try:
        found = opened.decompress(data, most + 1)
    except zlib.error as e:
        raise Refusal(400, f"the body is not what Content-Encoding {encoding} says") from e
    if len(found) > most:
        raise Refusal(413, f"the body has more than {most} bytes when it is unpacked")
    if not opened.eof or opened.unused_data:
        raise Refusal(400, f"the body is cut off or goes on behind its end, by Content-Encoding {encoding}")
    return found


def packed(data: bytes, accepted: str) -> tuple[bytes, str]:
    """A body as Accept-Encoding has it, and the encoding; "" as it is, also where several would do: floats hardly shrink."""
    encoding = accepted.strip().lower()
    if encoding not in WINDOWS:
        return data, ""
    pressed = zlib.compressobj(FAST, wbits=WINDOWS[encoding])
    return pressed.compress(data) + pressed.flush(), encoding


def read(data: bytes, length: str | None) -> tuple[InferRequest, dict[str, memoryview]]:
    """A request of which the first ``length`` bytes are JSON, and the bytes of its tensors by name.  Raises Refusal."""
    stop = len(data) if length is None else _whole(length, len(data))
    check_json(data[:stop], VALUES, NAMES)
    text, long = cut_out(data[:stop])
    check_json(text, FEW, NAMES)
    try:
        request = InferRequest.model_validate_json(text)
    except ValidationError as e:
        raise Refusal(400, f"not a request of KServe's protocol: {_first(e)}") from e
    sizes = {given.name: given.parameters.binary_data_size for given in request.inputs}
    if len(sizes) < len(request.inputs):
        raise Refusal(400, "two inputs have the same name")
    parts = _cut(memoryview(data)[stop:], sizes)
    for given in request.inputs:
        if long and given.data == [MARK] and given.datatype == "FP32":
            parts.setdefault(given.name, _bytes_of(given, long))
    return request, parts


def _bytes_of(given: InferInput, long: bytes) -> memoryview:
    """A long list of numbers, as if its bytes had come behind the JSON."""
    try:
        return memoryview(numbers(long, given.shape).astype(FP32, copy=False).tobytes())
    except (ValueError, OverflowError) as e:
        raise _wrong(given, str(e)) from e


def _whole(length: str, most: int) -> int:
    if not (length.isascii() and length.isdigit()) or len(length) > 12 or int(length) > most:
        raise Refusal(400, f"Inference-Header-Content-Length is {length[:40]!r}; it is the number of bytes of JSON that a "
                           f"body of {most} bytes begins with")  # fmt: skip
    return int(length)


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    said = "it is not known here" if first["type"] == "extra_forbidden" else str(first["msg"])
    return f"{place}: {said}" if place else said


def _cut(data: memoryview, sizes: Mapping[str, int | None]) -> dict[str, memoryview]:
    """The bytes of each tensor that has a size, one behind the other."""
    found, start = {}, 0
    for name, size in sizes.items():
        if size is None:
            continue
        if not 0 <= size <= len(data) - start:
            raise Refusal(400, f"input {name[:40]!r} has a binary_data_size of {size!r:.40}, and {len(data) - start} bytes "
                               "are left behind the JSON, whose length is Inference-Header-Content-Length")  # fmt: skip
        found[name], start = data[start : start + size], start + size
    if start < len(data):
        raise Refusal(400, f"{len(data) - start} bytes behind the JSON belong to no input; each says its binary_data_size")
    return found


def floats(given: InferInput, raw: memoryview | None) -> Floats:
    """The tensor of an input of FP32.  Raises Refusal for another type, number of values, and values that are none."""
    if given.datatype != "FP32":
        raise _wrong(given, f"has the datatype {given.datatype[:20]!r}; this model takes FP32")
    count = math.prod(given.shape)
    if raw is None:
        found = _numbers(given)
    elif len(raw) != count * FP32.itemsize:
        raise _wrong(given, f"has {len(raw)} bytes, and its shape {count * FP32.itemsize}")
    else:
        found = np.frombuffer(raw, FP32)
    if found.size != count:
        raise _wrong(given, f"has {found.size} values, and its shape {count}")
    if not np.isfinite(found).all():
        raise _wrong(given, "has values that are not finite numbers of single precision")
    return found.reshape(given.shape)


def _numbers(given: InferInput) -> Floats:
    try:
        return single(_data(given))
    except ValueError as e:
        raise _wrong(given, str(e)) from e


def files(given: InferInput, raw: memoryview | None) -> list[bytes]:
    """The elements of an input of BYTES, of one axis or a second one of 1; in JSON they are base64.  Raises Refusal."""
    if given.datatype != "BYTES":
        raise _wrong(given, f"has the datatype {given.datatype[:20]!r}; pictures are BYTES, or FP32 tensors as 'input'")
    found = _texts(given) if raw is None else _elements(given, raw)
    if len(found) != math.prod(given.shape):
        raise _wrong(given, f"has {len(found)} elements, and its shape {math.prod(given.shape)}")
    return found


def _elements(given: InferInput, raw: memoryview) -> list[bytes]:
    found: list[bytes] = []
    at, most = 0, math.prod(given.shape)
    while at < len(raw) and len(found) <= most:
        start = at + LENGTH.size
        at = start + LENGTH.unpack_from(raw, at)[0] if start <= len(raw) else len(raw) + 1
        if at > len(raw):
            raise _wrong(given, f"is cut off in element {len(found)}; each is its length in four bytes, then its bytes")
        found.append(bytes(raw[start:at]))
    return found


def _texts(given: InferInput) -> list[bytes]:
    try:
        return [base64.b64decode(text, validate=True) for text in np.asarray(_data(given), object).ravel()]
    except (binascii.Error, TypeError, ValueError) as e:
        raise _wrong(given, "has data that are not base64; send bytes with binary_data_size, or base64 in JSON") from e


def _data(given: InferInput) -> list[Any]:
    if given.data is None:
        raise _wrong(given, "has no data and no binary_data_size")
    return given.data


def _wrong(given: InferInput, said: str) -> Refusal:
    return Refusal(400, f"input {given.name[:40]!r} {said}")


def body(head: Mapping[str, Any], outputs: Sequence[Output]) -> tuple[bytes, int | None]:
    """An answer with these outputs, and the length of its JSON, None where nothing follows it.

    Raises Refusal for more values than JSON should have.
    """
    if sum(np.size(output.values) for output in outputs if not output.binary) > MOST_VALUES:
        raise Refusal(413, f"the outputs have more than {MOST_VALUES} values; take them as binary data")
    parts = [_bytes(output.values) if output.binary else b"" for output in outputs]
    said = b",".join(_shown(output, len(part)) for output, part in zip(outputs, parts, strict=True))
    text = b'%b,"outputs":[%b]}' % (to_json(head)[:-1], said)
    return b"".join([text, *parts]), len(text) if any(output.binary for output in outputs) else None


def _shown(output: Output, size: int) -> bytes:
    values = output.values
    if output.binary:
        return to_json({**output.said, "parameters": {"binary_data_size": size}})
    if isinstance(values, np.ndarray):
        flat = values.ravel()
        data = b",".join(to_json(flat[i : i + AT_ONCE].tolist())[1:-1] for i in range(0, flat.size, AT_ONCE))
    else:
        data = to_json([value.decode() for value in values])[1:-1]
    return b'%b,"data":[%b]}' % (to_json(output.said)[:-1], data)


def _bytes(values: Floats | Sequence[bytes]) -> bytes:
    if isinstance(values, np.ndarray):
        return values.astype(FP32, copy=False).tobytes()
    return b"".join(part for value in values for part in (LENGTH.pack(len(value)), value))
