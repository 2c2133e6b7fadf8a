"""The reference's C structures, and numpy's view of the memory behind their pointers.   C: darknet.h

All memory is numpy's: it goes with the last reference to the structure or pointer that was handed out.
"""

from __future__ import annotations

import ctypes as ct
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...boxes.table import Boxes
from ...errors import ImageError

__all__ = [
    "BOX", "DETECTION", "DETNUMPAIR", "IMAGE", "METADATA", "DETECTIONPtr", "DETNUMPAIRPtr", "FloatPtr", "IntPtr",
    "detection_rows", "floats", "memory", "new_detections", "new_image", "new_metadata", "new_pairs", "store",
]  # fmt: skip

Array = npt.NDArray[np.float32]
FloatPtr = ct.POINTER(ct.c_float)
IntPtr = ct.POINTER(ct.c_int)


class BOX(ct.Structure):
    """Centre, width and height."""

    _fields_ = [(side, ct.c_float) for side in "xywh"]


class DETECTION(ct.Structure):
    """A box with the probability of each of its ``classes``, 0 where it did not pass.

    ``uc``: the uncertainty of x, y, w, h, of Gaussian networks only.  ``sort_score`` is hank-ai's.
    """

    _fields_ = (
        ("bbox", BOX), ("classes", ct.c_int), ("best_class_idx", ct.c_int), ("prob", FloatPtr), ("mask", FloatPtr),
        ("objectness", ct.c_float), ("sort_class", ct.c_int), ("sort_score", ct.c_float), ("uc", FloatPtr),
        ("points", ct.c_int), ("embeddings", FloatPtr), ("embedding_size", ct.c_int), ("sim", ct.c_float),
        ("track_id", ct.c_int),
    )  # fmt: skip


DETECTIONPtr = ct.POINTER(DETECTION)


class DETNUMPAIR(ct.Structure):
    """The detections of one picture of a batch."""

    _fields_ = (("num", ct.c_int), ("dets", DETECTIONPtr))


DETNUMPAIRPtr = ct.POINTER(DETNUMPAIR)


class IMAGE(ct.Structure):
    """A picture: ``c`` planes (RGB) of ``h`` rows of ``w`` float32 in [0, 1].

    Other than in C it keeps the array alive that ``data`` points to, if numpy made that pointer.
    """

    _fields_ = (("w", ct.c_int), ("h", ct.c_int), ("c", ct.c_int), ("data", FloatPtr))
    owner: Any = None

    def __init__(self, w: int = 0, h: int = 0, c: int = 0, data: Any = None) -> None:
        super().__init__(w, h, c, data)
        self.owner = getattr(data, "_arr", data)  # numpy's name for it, see numpy.ndarray.ctypes


class METADATA(ct.Structure):
    """Names of classes, as bytes."""

    _fields_ = (("classes", ct.c_int), ("names", ct.POINTER(ct.c_char_p)))


_FIELDS = {
    "bbox": (np.float32, (4,)), "classes": np.int32, "best_class_idx": np.int32, "prob": np.uintp,
    "objectness": np.float32, "uc": np.uintp,
}  # fmt: skip
DETECTION_TYPE = np.dtype(
    {
        "names": list(_FIELDS),
        "formats": list(_FIELDS.values()),
        "offsets": [getattr(DETECTION, name).offset for name in _FIELDS],
        "itemsize": ct.sizeof(DETECTION),
    }
)


class _Memory:
    """An address as numpy's array interface wants it."""

    def __init__(self, address: int, size: int, keep: Any) -> None:
        self.__array_interface__ = {"data": (address, False), "shape": (size,), "typestr": "|u1", "version": 3}
        self.keep = keep


def memory(address: int, count: int, dtype: npt.DTypeLike = np.float32, keep: Any = None) -> npt.NDArray[Any]:
    """``count`` values at an address as an array that writes through and keeps ``keep`` alive."""
    kind = np.dtype(dtype)
    return np.asarray(_Memory(address, count * kind.itemsize, keep)).view(kind)


def floats(pointer: Any, owner: Any, count: int) -> Array:
    """The first ``count`` values behind a FloatPtr, an array that writes through and keeps ``owner`` alive.

    Raises ImageError when the pointer is null, or when ``owner`` is numpy's array there and has not so many.
    """
    if not pointer:
        raise ImageError("the picture has no data; was it freed?")
    address = ct.addressof(pointer.contents)
    if isinstance(owner, np.ndarray) and owner.ctypes.data == address:
        _check_owner(owner, count)
    return memory(address, count, keep=(pointer, owner))


def _check_owner(array: npt.NDArray[Any], count: int) -> None:
    if array.dtype != np.float32 or not array.flags.c_contiguous:
        raise ImageError(f"the picture's data is an array of {array.dtype}, contiguous: {array.flags.c_contiguous}; "
                         "np.ascontiguousarray(array, np.float32) with values from 0 to 1 is needed")  # fmt: skip
    if array.size < count:
        raise ImageError(f"the picture's data has {array.size} numbers, but its width, height, channels and batch need "
                         f"{count}")  # fmt: skip


def new_image(planes: Array) -> IMAGE:
    """A picture on an array, float32 (c, h, w), without copying it."""
    c, h, w = planes.shape
    return IMAGE(w, h, c, planes.ctypes.data_as(FloatPtr))


def new_metadata(classes: int, names: Sequence[str]) -> METADATA:
    """Names as the structure holds them."""
    encoded = (ct.c_char_p * len(names))(*(name.encode() for name in names))
    return METADATA(classes, encoded)


def new_detections(boxes: Boxes) -> Any:
    """A DETECTIONPtr to the rows of ``boxes``."""
    rows = np.zeros(max(len(boxes), 1), DETECTION_TYPE)
    probs, uncertainty = np.array(boxes.probs, np.float32), np.array(boxes.uncertainty, np.float32)
    filled = rows[: len(boxes)]
    filled["bbox"], filled["objectness"], filled["classes"] = boxes.xywh, boxes.objectness, boxes.classes
    filled["best_class_idx"] = np.where(probs.any(1), probs.argmax(1), -1) if probs.size else -1
    filled["prob"] = _row_addresses(probs)
    if uncertainty.any():
        filled["uc"] = _row_addresses(uncertainty)
    pointer: Any = rows.ctypes.data_as(DETECTIONPtr)
    pointer.owner = rows, probs, uncertainty
    return pointer


def _row_addresses(array: Array) -> npt.NDArray[Any]:
    return array.ctypes.data + np.arange(len(array), dtype=np.uintp) * np.uintp(array.strides[0])


def detection_rows(detections: Any, count: int) -> npt.NDArray[Any]:
    """``count`` detections at a DETECTIONPtr as a structured array that writes through."""
    return memory(ct.addressof(detections[0]), count, DETECTION_TYPE, detections)


def new_pairs(batch: Sequence[tuple[int, Any]]) -> Any:
    """A DETNUMPAIRPtr to the (number, DETECTIONPtr) of each picture."""
    pairs = (DETNUMPAIR * len(batch))(*(DETNUMPAIR(*pair) for pair in batch))
    pointer: Any = ct.cast(pairs, DETNUMPAIRPtr)
    pointer.owner = [detections for _, detections in batch]
    return pointer


def store(target: Any, value: int) -> None:
    """Write an int where a caller wants it: a pointer, a byref, a c_int, or None for nowhere."""
    if target is not None:
        ct.cast(IntPtr.from_param(target), IntPtr)[0] = value
