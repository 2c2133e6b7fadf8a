"""What OpenCV's classes have and ours have not: a word on what to use instead."""

from __future__ import annotations

from typing import Any

from ...errors import DarknetError
from .errors import opencv_errors
from .native import NATIVE

__all__ = ["MISSING", "missing"]

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


class MissingError(DarknetError, AttributeError):
    """What is not there: hasattr() says so, and whoever uses it gets a cv2.error, see ``opencv_errors``."""


@opencv_errors()
def missing(owner: object, native: str, name: str) -> Any:
    """Raises MissingError for what OpenCV's class has, AttributeError for all else."""
    kind = type(owner).__name__
    if name.startswith("_") or not (name in MISSING or hasattr(getattr(NATIVE, native, None), name)):
        raise AttributeError(f"{kind!r} object has no attribute {name!r}")
    raise MissingError(f"{kind}.{name} is not there for Darknet's networks: {MISSING.get(name, 'OpenCV alone has it')}")
