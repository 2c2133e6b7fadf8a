"""What is passed for a picture and is none, each kind with what makes a picture of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import ImageError

__all__ = ["UNORDERED", "array_error", "dtype_error", "is_tensor", "shape_error"]

WANTED = "a picture array must be uint8 with values 0 to 255"
UNREAD = "None, which cv2.imread and imdecode give for what they cannot read; check its path, or give detect the path"
ENCODED = "{kind} of a file; decode them first: cv2.imdecode(numpy.frombuffer(data, numpy.uint8), cv2.IMREAD_COLOR)"
SEVERAL = "a {kind}; give one picture, as a path or an array (height, width, 3) BGR; detect and detect_many take several"
PILLOW = 'a PIL image, whose order is RGB; arrays are BGR: numpy.asarray(image.convert("RGB"))[..., ::-1]'
TENSOR = ("a {kind}; give an array (height, width, 3) BGR uint8.  Of RGB planes in [0, 1] it is "
          "(tensor.permute(1, 2, 0) * 255).byte().cpu().numpy()[..., ::-1]")  # fmt: skip
MIXED = "a {kind}; of several pictures give a list, as list(pictures.values()) or sorted(paths)"
UMAT = "a cv2.UMat; its get() gives the array"

UNORDERED = (Mapping, set, frozenset)

_KINDS = {
    "NoneType": UNREAD, "bytes": ENCODED, "bytearray": ENCODED, "memoryview": ENCODED, "list": SEVERAL, "tuple": SEVERAL,
    "UMat": UMAT,
}  # fmt: skip


def is_tensor(picture: Any) -> bool:
    """Whether it is an array of PyTorch, TensorFlow, JAX or CuPy, whose colours and order nobody knows."""
    named = type(picture).__name__.endswith("Tensor")
    return named or (hasattr(picture, "__dlpack__") and not isinstance(picture, np.ndarray))


def array_error(picture: Any) -> ImageError:
    """For what is no array at all."""
    kind = type(picture).__name__
    from_pillow = type(picture).__module__.startswith("PIL.")
    if isinstance(picture, UNORDERED):
        hint = MIXED
    else:
        hint = PILLOW if from_pillow else TENSOR if is_tensor(picture) else _KINDS.get(kind, "{kind}; convert it first")
    return ImageError(f"{WANTED}, not {hint.format(kind=kind)}")


def dtype_error(dtype: np.dtype[Any]) -> ImageError:
    """For an array of another type than uint8 or uint16."""
    return ImageError(f"{WANTED}, or uint16, not {dtype}; {_CONVERSIONS.get(dtype.kind, 'convert it first')}")


_CONVERSIONS = {
    "f": "where values run from 0 to 1 it is (picture * 255).astype(numpy.uint8), where to 255 picture.astype(numpy.uint8)",
    "b": "picture.astype(numpy.uint8) * 255 makes black and white",
    "i": "where values run from 0 to 255 it is picture.astype(numpy.uint8)",
    "u": "where values run from 0 to 255 it is picture.astype(numpy.uint8)",
    "O": "an array of objects is no picture; did a list of pictures of several sizes become one?",
}


def shape_error(shape: tuple[int, ...]) -> ImageError:
    """For an array that is not of rows of pixels."""
    hint = ""
    if len(shape) == 3 and shape[0] in (1, 3, 4) and shape[2] > 4:
        hint = "; planes become pixels by picture.transpose(1, 2, 0)"
    elif len(shape) == 4:
        hint = "; give one picture at a time; detect_many takes several"
    return ImageError("a picture array must be (height, width, 3) BGR, (height, width, 4) BGRA or (height, width), "
                      f"got {shape}{hint}")  # fmt: skip
