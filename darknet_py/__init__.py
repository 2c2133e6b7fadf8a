"""Darknet networks (.cfg and .weights) on a CPU, with the reference's own numbers.

    from darknet_py import Network
    net = Network.load("yolov4-csp.cfg", "yolov4-csp.weights")
    for d in net.detect("dog.jpg"):
        print(d.name, d.prob, d.box)
"""

from .detection import Detection
from .errors import (
    CfgError,
    DarknetError,
    DarknetWarning,
    ImageError,
    KernelError,
    ShapeError,
    WeightsError,
)
from .network import Network

__all__ = [
    "CfgError", "DarknetError", "DarknetWarning", "Detection", "ImageError", "KernelError", "Network", "ShapeError",
    "WeightsError", "__version__",
]  # fmt: skip

__version__ = "0.1.0"
