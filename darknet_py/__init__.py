"""Darknet networks (.cfg and .weights) on a CPU, with the reference's own numbers.

    from darknet_py import Network
    net = Network.load("yolov4-csp.cfg", "yolov4-csp.weights")
    for d in net.detect("dog.jpg"):
        print(d.name, d.prob, d.box)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .errors import (
    CfgError,
    DarknetError,
    DarknetWarning,
    ExportError,
    ImageError,
    KernelError,
    ShapeError,
    WeightsError,
)

if TYPE_CHECKING:
    from .detection import Detection
    from .network import Network
    from .results import Detections

__all__ = [
    "CfgError", "DarknetError", "DarknetWarning", "Detection", "Detections", "ExportError", "ImageError", "KernelError",
    "Network", "ShapeError", "WeightsError", "__version__",
]  # fmt: skip

__version__ = "0.1.0"

# imported late, so that help and errors of the command come at once
_LATE = {"Detection": ".detection", "Detections": ".results", "Network": ".network"}


def __getattr__(name: str) -> object:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATE[name], __name__), name)
