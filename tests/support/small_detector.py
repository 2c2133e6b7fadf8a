"""A small detector: its cfg, its files, and the network."""

from __future__ import annotations

import pytest
from networks import YOLO, random_weights

from darknet_py import Network, cfg, graph, weights

CFG = """[net]
width=32
height=24
channels=3
[convolutional]
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


@pytest.fixture
def files(tmp_path):
    """A small detector's (cfg, weights) paths."""
    path, file = tmp_path / "small.cfg", tmp_path / "small.weights"
    path.write_text(CFG)
    network = graph.build(cfg.read(path))
    weights.save(network, random_weights(network, 5), file)
    return path, file


@pytest.fixture
def net(files):
    return Network.load(*files, names=["cat", "dog"])
