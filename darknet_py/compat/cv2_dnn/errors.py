"""Errors that are both this package's and OpenCV's, so that programs written for either catch them.

One of them is of what OpenCV's classes have and ours have not: a word on what to use instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..._support.with_cv2 import cv2
from ...errors import DarknetError
from .native import NATIVE

__all__ = ["MISSING", "missing", "opencv_errors"]

UNSPECIFIED = -2  # OpenCV's code of an error that has none of its own

_CFG = "the layers are those of the .cfg: change it and read it again"
_EIGHT_BIT = 'weights of 8 bits are not supported; readNetFromDarknet(..., numerics="fast") is faster'
_TIMES = "getPerfProfile() gives the times"

MISSING = {
    "addLayer": _CFG,
    "addLayerToPrev": _CFG,
    "connect": _CFG,
    "dumpToPbtxt": "dumpToFile(path) writes the layers as Graphviz draws them",
    "finalizeNet": "forward does all that is needed",
    "getInputDetails": _EIGHT_BIT,
    "getLayerShapes": "getLayersShapes(shape) gives those of all layers",
    "getModelFormat": "it is Darknet's",
    "getOutputDetails": _EIGHT_BIT,
    "getProfilingMode": _TIMES,
    "getTracingMode": _TIMES,
    "printPerfProfile": _TIMES,
    "quantize": _EIGHT_BIT,
    "readFromModelOptimizer": "cv2.dnn.Net has it for OpenVINO's networks",
    "registerOutput": _CFG,
    "setHalideScheduler": "there is no Halide to tell",
    "setParam": "the weights are those of the .weights file: change it and read it again",
    "setProfilingMode": _TIMES,
    "setTracingMode": _TIMES,
}


@contextmanager
def opencv_errors() -> Iterator[None]:
    """Within it, or within a function that it decorates, each DarknetError becomes a cv2.error as well."""
    try:
        yield
    except DarknetError as e:
        raise (e if isinstance(e, cv2.error) else _as_both(e)).with_traceback(e.__traceback__) from None


def _as_both(error: DarknetError) -> DarknetError:
    kind, text = type(error), str(error)
    if kind not in _BOTH:
        _BOTH[kind] = type(kind.__name__, (kind, cv2.error), {"__doc__": kind.__doc__, "__module__": kind.__module__})
    both = _BOTH[kind](text)
    vars(both).update(code=UNSPECIFIED, err=text, msg=text, func="", file="", line=0)
    return both


_BOTH: dict[type[DarknetError], type[DarknetError]] = {}


class MissingError(DarknetError, AttributeError):
    """What is not there: hasattr() says so, and whoever uses it gets a cv2.error, see ``opencv_errors``."""


@opencv_errors()
def missing(owner: object, native: str, name: str) -> Any:
    """Raises MissingError for what OpenCV's class has, AttributeError for all else."""
    kind = type(owner).__name__
    if name.startswith("_") or not (name in MISSING or hasattr(getattr(NATIVE, native, None), name)):
        raise AttributeError(f"{kind!r} object has no attribute {name!r}")
    raise MissingError(f"{kind}.{name} is not there for Darknet's networks: {MISSING.get(name, 'OpenCV alone has it')}")
