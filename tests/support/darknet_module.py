"""Networks for tests of darknet.py's module, and its calls in the order in which scripts make them."""

from __future__ import annotations

import ctypes as ct
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from seeded import picture, seeded_weights

from darknet_py import cfg, graph, weights
from darknet_py.compat import darknet

GOLDEN = Path(__file__).parents[1] / "golden"
NETWORKS = GOLDEN / "networks"
SETTINGS = json.loads((NETWORKS / "figures.json").read_text())
FIGURES = json.loads((GOLDEN / "darknet_module" / "figures.json").read_text())


def files(name: str, folder: Path) -> tuple[Path, Path]:
    """(cfg, weights) of one of our small networks."""
    path, file = NETWORKS / SETTINGS[name]["cfg"], folder / f"{name}.weights"
    if not file.exists():
        network = graph.build(cfg.read(path))
        weights.save(network, seeded_weights(network, SETTINGS[name]["gain"], SETTINGS[name]["shift"]), file)
    return path, file


def data_file(folder: Path, classes: int) -> Path:
    """A .data file whose names are n0, n1, …"""
    (folder / "n.names").write_text("".join(f"n{i}\n" for i in range(classes)))
    path = folder / "n.data"
    path.write_text(f"classes = {classes}\nnames = {folder / 'n.names'}\n")
    return path


def rgb(name: str) -> np.ndarray:
    """The small network's picture, (h, w, 3) uint8 RGB."""
    return cv2.cvtColor(picture(name), cv2.COLOR_BGR2RGB)


def image_of(array: np.ndarray) -> Any:
    """An IMAGE filled the way scripts fill it."""
    im = darknet.make_image(array.shape[1], array.shape[0], 3)
    darknet.copy_image_from_bytes(im, array.tobytes())
    return im


def low_level(net: Any, im: Any, names: list[str], nms: Any, thresh: float, letter: int = 0, relative: int = 0) -> Any:
    """(found, objectness) by the calls that detect_image is made of in the reference."""
    number = ct.pointer(ct.c_int(0))
    (darknet.predict_image_letterbox if letter else darknet.predict_image)(net, im)
    boxes = darknet.get_network_boxes(net, im.w, im.h, thresh, 0.5, None, relative, number, letter)
    if nms:
        nms(boxes, number[0], len(names), 0.45)
    found = darknet.remove_negatives(boxes, names, number[0])
    objectness = [boxes[i].objectness for i in range(number[0])]
    darknet.free_detections(boxes, number[0])
    return found, objectness
