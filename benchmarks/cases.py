"""What the benchmarks measure: the networks of cfg/ and shapes of their convolutions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["DEFAULT", "LAYERS", "NETWORKS", "LayerCase", "NetworkCase", "network"]

CFG = Path(__file__).parent.parent / "cfg"


@dataclass(frozen=True)
class NetworkCase:
    """A whole network: its name in the tables and its cfg file, which has the size."""

    name: str
    cfg: Path


@dataclass(frozen=True)
class LayerCase:
    """A convolution with batch norm folded: ``channels`` to ``filters``, ``size`` (h, w) of the input in pixels.

    ``kernel`` taps a side, padded by half of it; ``groups`` equals ``channels`` for depthwise.
    """

    name: str
    channels: int
    filters: int
    size: tuple[int, int]
    kernel: int
    stride: int = 1
    groups: int = 1
    activation: str = "leaky"


def network(name: str) -> NetworkCase:
    """The network ``name`` of cfg/, or of a cfg file of one's own."""
    path = Path(name) if name.endswith(".cfg") else CFG / f"{name}.cfg"
    return NetworkCase(path.stem, path)


DEFAULT = ("yolo-fastest-1.1-xl", "yolov4-tiny", "yolov4-csp", "yolov4")
NETWORKS = {path.stem: network(path.stem) for path in sorted(CFG.glob("*.cfg"))}


def _dense(kernel: int, channels: int, filters: int, side: int, stride: int = 1, activation: str = "leaky") -> LayerCase:
    name = f"{kernel}x{kernel} {channels}->{filters} @{side}" + (f" s{stride}" if stride > 1 else "")
    return LayerCase(name, channels, filters, (side, side), kernel, stride, 1, activation)


def _depthwise(kernel: int, channels: int, side: int, stride: int = 1) -> LayerCase:
    name = f"{kernel}x{kernel} dw {channels} @{side}" + (f" s{stride}" if stride > 1 else "")
    return LayerCase(name, channels, channels, (side, side), kernel, stride, channels)


# Mish where yolov4-csp and yolov4 have it, else leaky, of the yolov4-tiny and yolo-fastest family.
LAYERS = (
    _dense(3, 3, 16, 320, 2),
    _dense(3, 3, 32, 416, 2),
    _dense(3, 3, 32, 512, 1, "mish"),
    _dense(3, 3, 32, 608, 1, "mish"),
    _dense(3, 32, 64, 512, 2, "mish"),
    _dense(3, 32, 64, 256, 1, "mish"),
    _dense(3, 64, 128, 256, 2, "mish"),
    _dense(3, 64, 64, 128, 1, "mish"),
    _dense(3, 128, 256, 128, 2, "mish"),
    _dense(3, 128, 128, 64, 1, "mish"),
    _dense(3, 256, 512, 64, 2, "mish"),
    _dense(3, 256, 256, 32, 1, "mish"),
    _dense(3, 512, 1024, 32, 2, "mish"),
    _dense(3, 512, 512, 16, 1, "mish"),
    _dense(3, 512, 1024, 19),
    _dense(3, 32, 32, 104),
    _dense(3, 64, 64, 104),
    _dense(3, 128, 128, 52),
    _dense(3, 256, 256, 26),
    _dense(3, 384, 256, 26),
    _dense(3, 512, 512, 13),
    _dense(1, 64, 32, 256, 1, "mish"),
    _dense(1, 64, 64, 128, 1, "mish"),
    _dense(1, 128, 128, 64, 1, "mish"),
    _dense(1, 256, 256, 32, 1, "mish"),
    _dense(1, 1024, 512, 16, 1, "mish"),
    _dense(1, 2048, 512, 19),
    _dense(1, 256, 255, 64, 1, "logistic"),
    _dense(1, 512, 255, 13, 1, "linear"),
    _dense(1, 8, 48, 160),
    _dense(1, 16, 64, 80),
    _dense(1, 192, 32, 40, 1, "linear"),
    _dense(1, 96, 448, 10),
    _depthwise(3, 16, 160),
    _depthwise(3, 48, 160, 2),
    _depthwise(3, 64, 80),
    _depthwise(3, 192, 40),
    _depthwise(3, 272, 20),
    _depthwise(3, 448, 10),
    _depthwise(5, 96, 10),
    _depthwise(5, 144, 20),
)
