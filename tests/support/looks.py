"""A network whose boxes have embeddings, and frames for it (golden/tracking/README.md)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import reference
from seeded import seeded_weights

from darknet_py import cfg, graph, weights
from darknet_py.graph import Graph

FOLDER = reference.GOLDEN / "tracking"
CFG = FOLDER / "looks.cfg"
THRESH, GAIN, SHIFT = 0.48, 2.5, -1.2
FRAMES, STEP = 9, 6


def network(path: Path) -> Graph:
    """The graph; its weights are written to ``path``."""
    net = graph.build(cfg.read(CFG))
    weights.save(net, seeded_weights(net, GAIN, SHIFT), path)
    return net


def frames() -> np.ndarray:
    """(n, 3, 64, 96) float32: a window that moves over blocks of colours, with some noise."""
    random = np.random.RandomState(11)
    scene = np.kron(random.rand(3, 8, 20), np.ones((1, 8, 8)))
    moved = [scene[:, :, STEP * k : STEP * k + 96] for k in range(FRAMES)]
    return np.float32([frame + random.uniform(-0.02, 0.02, frame.shape) for frame in moved])


def golden() -> list[list[list[float]]]:
    """Of each frame the rows that are left: number, similarity, box, probabilities, embedding."""
    answers: list[list[list[float]]] = json.loads((FOLDER / "looks.json").read_text())
    return answers
