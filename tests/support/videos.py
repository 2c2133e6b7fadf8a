"""Short videos of moving squares, a network that finds them, and what tests look at in a written video."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest

from darknet_py import cfg, graph, weights
from darknet_py.weights import Header, Weights

WIDTH, HEIGHT, CELL = 64, 48, 8

# A cell is an object where it is red (class 0) or green (class 1); its box is the cell.
CFG = f"""[net]
width={WIDTH}
height={HEIGHT}
channels=3
[maxpool]
size={CELL}
stride={CELL}
padding=0
[convolutional]
filters=7
size=1
activation=linear
[yolo]
mask=0
anchors={CELL},{CELL}
classes=2
num=1
"""
RED, GREEN = (0, 0, 255), (0, 255, 0)


def detector(folder: Path, more: str = "") -> tuple[str, str, str]:
    """Paths of x.data, x.cfg, x.weights in ``folder``; ``more``: further options of [net]."""
    (folder / "x.data").write_text("classes=2\nnames=x.names\n")
    (folder / "x.names").write_text("red\ngreen\n")
    path = folder / "x.cfg"
    path.write_text(CFG.replace("channels=3\n", f"channels=3\n{more}"))
    network = graph.build(cfg.read(path))
    kernel = np.zeros((7, 3, 1, 1), np.float32)
    kernel[4] = np.reshape([30, 30, -60], (3, 1, 1))
    kernel[5], kernel[6] = np.reshape([20, -20, 0], (3, 1, 1)), np.reshape([-20, 20, 0], (3, 1, 1))
    biases = np.array([0, 0, 0, 0, -15, 0, 0], np.float32)
    arrays = Weights(({}, {"biases": biases, "weights": kernel}, {}), Header(seen=64000))
    weights.save(network, arrays, folder / "x.weights")
    return str(folder / "x.data"), str(path), str(folder / "x.weights")


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


def picture(*cells: tuple[int, int, tuple[int, int, int]]) -> np.ndarray:
    """A black frame with squares in these (column, row, colour) cells."""
    frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for column, row, colour in cells:
        frame[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL] = colour
    return frame


def moving(frames: int) -> list[np.ndarray]:
    """A red square that moves to the right, and a green one that stands still."""
    return [picture((k % 7, 1, RED), (5, 4, GREEN)) for k in range(frames)]


def write_video(path: Path, pictures: Iterable[np.ndarray], fps: float = 20) -> str:
    """A video in Motion JPEG."""
    pictures = list(pictures)
    size = pictures[0].shape[1], pictures[0].shape[0]
    video = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"MJPG"), fps, size)
    for frame in pictures:
        video.write(frame)
    video.release()
    return str(path)


def read_video(path: Path) -> tuple[list[np.ndarray], float]:
    """All frames of a video, and its frames a second."""
    video = cv2.VideoCapture(str(path))
    frames = []
    while (read := video.read())[0]:
        frames.append(read[1])
    return frames, video.get(cv2.CAP_PROP_FPS)


def untimed(text: str) -> str:
    """What a demo prints, without its rates."""
    return re.sub(r"FPS:\d+\.\d \t AVG_FPS:\d+\.\d\n", "FPS\n", text)
