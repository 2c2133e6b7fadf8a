"""Writes large.json beside this file: what OpenCV 4 makes of published networks on the picture of a dog.

    python tests/golden/dnn/record_large.py KIT FOLDER     # with opencv-python-headless 4.14 and numpy

KIT: the reference kit (its cfgs and its picture).  FOLDER: NAME.weights, trained or as the kit's tools/synth_weights.py
makes them with seed 11 and its calibrations.
"""

from __future__ import annotations

import json
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np

HERE = Path(__file__).parent
NETWORKS = {"yolo-fastest-1.1": 320, "yolov3-tiny": 416, "yolov4-tiny": 416, "yolov4-csp": 512}
THRESH, BOUND = 0.2, 1e-4
EVEN, BEST = 10, 14  # rows at equal distances, and rows of the highest scores


def forward(files: tuple[str, str], blob: np.ndarray, winograd: bool) -> list[np.ndarray]:
    """The outputs of a network that ran nothing before: OpenCV keeps the method of a first run."""
    net = cv2.dnn.readNetFromDarknet(*files)
    net.enableWinograd(winograd)
    net.setInput(blob)
    return list(net.forward(net.getUnconnectedOutLayersNames()))


def rows(boxes: np.ndarray) -> dict[str, object]:
    """How many rows and scores there are, and of some rows the number, the box and [class, score] of what is not 0."""
    even = np.linspace(0, len(boxes) - 1, EVEN).astype(int)
    best = np.argsort(-boxes[:, 5:].max(1), kind="stable")[:BEST]
    listed = []
    for i in sorted({*even.tolist(), *best.tolist()}):
        classes = np.flatnonzero(boxes[i, 5:])
        scores = [[int(c), float(f"{boxes[i, 5 + c]:.8g}")] for c in classes]
        listed.append([i, [float(f"{v:.8g}") for v in boxes[i, :5]], scores])
    return {"shape": boxes.shape, "scores": int((boxes[:, 5:] > 0).sum()), "rows": listed}


def figures(name: str, side: int, kit: Path, folder: Path) -> dict[str, object]:
    weights = folder / f"{name}.weights"
    files = str(kit / "cfg" / f"{name}.cfg"), str(weights)
    net = cv2.dnn.readNetFromDarknet(*files)
    picture = cv2.imread(str(kit / "images" / "dog.png"))
    blob = cv2.dnn.blobFromImage(picture, 1 / 255, (side, side), swapRB=True)
    plain, outputs = forward(files, blob, winograd=False), forward(files, blob, winograd=True)
    same = [np.where((a == 0) == (b == 0), a - b, 0) for a, b in zip(plain, outputs, strict=True)]
    heads = dict(zip(net.getUnconnectedOutLayersNames(), map(rows, outputs), strict=True))
    spread = float(max(np.abs(d).max() for d in same))
    for head, array in zip(heads.values(), outputs, strict=True):
        head["edge"] = int(((array[:, 5:] > 0) & (array[:, 5:] < THRESH + max(spread, BOUND))).sum())
    return {"side": side, "weights_crc32": zlib.crc32(weights.read_bytes()), "layers": len(net.getLayerNames()),
            "ids": net.getUnconnectedOutLayers().tolist(), "heads": heads,
            "spread": spread}  # fmt: skip


def main(kit: Path, folder: Path) -> None:
    found = {name: figures(name, side, kit, folder) for name, side in NETWORKS.items()}
    (HERE / "large.json").write_text(json.dumps(found).replace(', "yolo', ',\n"yolo') + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
