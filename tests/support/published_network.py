"""A network whose weights, 600 kB, are published on a server of the test."""

from __future__ import annotations

import hashlib
import tempfile
from functools import cache
from pathlib import Path

from networks import NET, YOLO, network, random_weights

from darknet_py import weights
from darknet_py.store import Published
from darknet_py.weights import Weights

LAYERS = """[convolutional]
filters=256
size=3
stride=1
pad=1
activation=leaky
[convolutional]
filters=64
size=3
stride=1
pad=1
batch_normalize=1
activation=leaky
[convolutional]
filters=14
size=1
activation=linear
""" + YOLO  # 600 kB
CFG = NET.format(32, 32, 3) + LAYERS
NAME = "small"
FILE = f"{NAME}.weights"
PART = f"{FILE}.part"


def saved(arrays: Weights) -> bytes:
    """The bytes of a .weights file."""
    with tempfile.TemporaryDirectory() as folder:
        weights.save(network(LAYERS), arrays, Path(folder) / FILE)
        return (Path(folder) / FILE).read_bytes()


@cache
def right(seed: int = 0) -> bytes:
    """A file that fits the small network."""
    return saved(random_weights(network(LAYERS), seed))


def names(folder: Path) -> list[str]:
    """Of the files in a folder."""
    return sorted(path.name for path in folder.iterdir())


def sha256(data: bytes) -> str:
    """The checksum as a manifest has it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def published(url: str, checksum: str = "") -> Published:
    """The small network's weights, published at this address."""
    return Published(NAME, f"{url}/{FILE}", checksum, lambda: CFG)
