"""What tests of ``compat.cv2_dnn`` call, and what they give it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_detector
from small_detector import CFG, picture

from darknet_py.compat import cv2_dnn

__all__ = ["CFG", "HEAD", "blob", "data", "files", "forward", "net", "picture", "write"]

HEAD = "yolo_2"


def write(folder: Path, text: str = CFG) -> tuple[str, str]:
    """Paths of the small detector's files; of CFG the head is yolo_2."""
    path, file = small_detector.write(folder, text)
    return str(path), str(file)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return write(tmp_path_factory.mktemp("dnn"))


@pytest.fixture(scope="module")
def net(files: tuple[str, str]) -> Any:
    return cv2_dnn.readNetFromDarknet(*files)


def blob(seed: int = 0, shape: tuple[int, ...] = (1, 3, 24, 32)) -> np.ndarray:
    return np.random.default_rng(seed).random(shape, np.float32)


def forward(net: Any, x: np.ndarray, *names: Any, **settings: Any) -> Any:
    net.setInput(x, **settings)
    return net.forward(*names)


def data(path: str, kind: type = bytes) -> Any:
    """What a file holds."""
    return np.fromfile(path, np.uint8) if kind is np.ndarray else kind(Path(path).read_bytes())
