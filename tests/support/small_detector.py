"""A small detector: 32 x 24 pixels, two classes, 16 x 12 cells of two boxes; its files, and pictures for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from networks import NET, YOLO, random_weights

from darknet_py import Network, cfg, graph, weights

LAYERS = """[convolutional]
filters=16
size=3
stride=2
pad=1
batch_normalize=1
activation=leaky
[convolutional]
filters=14
size=1
activation=linear
""" + YOLO
CFG = NET.format(32, 24, 3) + LAYERS


def write(folder: Path, text: str = CFG, name: str = "small") -> tuple[Path, Path]:
    """NAME.cfg, of this or another text, and NAME.weights, in a folder: random ones, the same in every run."""
    path, file = folder / f"{name}.cfg", folder / f"{name}.weights"
    path.write_text(text)
    network = graph.build(cfg.read(path))
    weights.save(network, random_weights(network, 5), file)
    return path, file


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return write(tmp_path)


@pytest.fixture
def net(files: tuple[Path, Path]) -> Network:
    return Network.load(*files, names=["cat", "dog"])


def picture(seed: int = 0, shape: tuple[int, ...] = (50, 70, 3)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
