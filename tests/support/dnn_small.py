"""A small detector for tests of ``compat.cv2_dnn``, and what they give it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from networks import random_weights
from small_detector import CFG

from darknet_py import cfg, graph, weights

__all__ = ["CFG", "HEAD", "blob", "data", "forward", "picture", "write"]

HEAD = "yolo_2"


def write(folder: Path, text: str = CFG) -> tuple[str, str]:
    """A (cfg, weights) pair of paths; of CFG the input is 32 x 24, the head 16 x 12 cells with two anchors."""
    path, file = folder / "small.cfg", folder / "small.weights"
    path.write_text(text)
    network = graph.build(cfg.read(path))
    weights.save(network, random_weights(network, 5), file)
    return str(path), str(file)


def blob(seed: int = 0, shape: tuple[int, ...] = (1, 3, 24, 32)) -> np.ndarray:
    return np.random.default_rng(seed).random(shape, np.float32)


def picture(seed: int = 0, shape: tuple[int, ...] = (50, 70, 3)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def forward(net: Any, x: np.ndarray, *names: Any, **settings: Any) -> Any:
    net.setInput(x, **settings)
    return net.forward(*names)


def data(path: str, kind: type = bytes) -> Any:
    """What a file holds."""
    return np.fromfile(path, np.uint8) if kind is np.ndarray else kind(Path(path).read_bytes())
