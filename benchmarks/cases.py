"""What the benchmarks measure: the networks of cfg/ and their convolutions, whose table the tests have too."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).parent.parent
sys.path.append(str(REPO / "tests" / "support"))

from convolutions import REAL, cfg_of  # noqa: E402

__all__ = ["DEFAULT", "LAYERS", "NETWORKS", "LayerCase", "NetworkCase", "network"]

CFG = REPO / "cfg"


@dataclass(frozen=True)
class NetworkCase:
    """A whole network: its name in the tables and its cfg file, which has the size."""

    name: str
    cfg: Path


@dataclass(frozen=True)
class LayerCase:
    """A convolution with batch norm folded: its name in the tables, (c, h, w) of its input, its section of a cfg."""

    name: str
    shape: tuple[int, int, int]
    section: str


def network(name: str) -> NetworkCase:
    """The network ``name`` of cfg/, or of a cfg file of one's own."""
    path = Path(name) if name.endswith(".cfg") else CFG / f"{name}.cfg"
    return NetworkCase(path.stem, path)


DEFAULT = ("yolo-fastest-1.1-xl", "yolov4-tiny", "yolov4-csp", "yolov4")
NETWORKS = {path.stem: network(path.stem) for path in sorted(CFG.glob("*.cfg"))}


def _layer(shape: tuple[int, int, int], options: str, activation: str) -> LayerCase:
    """Its name: kernel, channels, rows of the input, stride; ``dw`` for depthwise."""
    given = dict(option.split("=") for option in options.split())
    channels, kernel = shape[0], given["size"]
    filters = f"dw {channels}" if "groups" in given else f"{channels}->{given['filters']}"
    stride = f" s{given['stride']}" if "stride" in given else ""
    return LayerCase(f"{kernel}x{kernel} {filters} @{shape[1]}{stride}", shape, cfg_of(options, activation))


LAYERS = tuple(_layer(*row) for row in REAL)
