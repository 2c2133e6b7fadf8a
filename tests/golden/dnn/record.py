"""Writes figures.json and rows.npz beside this file: what OpenCV 4 makes of the cases in FOLDER.

    python tests/support/dnn_cases.py FOLDER                 # with this package
    python tests/golden/dnn/record.py FOLDER                 # with opencv-python-headless 4.14 and numpy
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import cv2
import numpy as np

HERE = Path(__file__).parent
SAMPLES, MOST_ROWS = 6, 250
NO_BATCHES = {"average", "squeeze_excite"}  # OpenCV 4.14 cannot run scale_channels on more than one picture
ONE_SIZE = {"connected"}
MODELS = {
    "plain": ({"swapRB": True}, (), False),
    "classes": ({"swapRB": True}, (0.25, 0.45), False),
    "across": ({"swapRB": True, "crop": True, "mean": (10, 20, 30)}, (0.3, 0.4), True),
}


def size(cfg: Path) -> tuple[int, int]:
    """Width and height in [net]."""
    width, height = (int(re.search(rf"^{key}=(\d+)", cfg.read_text(), re.M)[1]) for key in ("width", "height"))
    return width, height


def sampled(blob: np.ndarray) -> dict[str, object]:
    """Shape, mean, standard deviation, how many are 0, and values at equal distances."""
    at = np.linspace(0, blob.size - 1, SAMPLES).astype(int)
    wide = blob.astype(np.float64)
    return {"shape": blob.shape, "mean": round(wide.mean(), 8), "std": round(wide.std(), 8),
            "zeros": int((blob == 0).sum()), "values": [float(f"{v:.8g}") for v in blob.ravel()[at]]}  # fmt: skip


def forward(files: tuple[str, str], blob: np.ndarray, names: list[str]) -> list[np.ndarray]:
    """The outputs of a network that ran nothing before: OpenCV keeps some settings of a first run."""
    net = cv2.dnn.readNetFromDarknet(*files)
    net.setInput(blob)
    return list(net.forward(names))


def figures(name: str, folder: Path, rows: dict[str, np.ndarray]) -> dict[str, object]:
    cfg = folder / f"{name}.cfg"
    files, picture = (str(cfg), str(folder / f"{name}.weights")), cv2.imread(str(folder / f"{name}.png"))
    net, (width, height) = cv2.dnn.readNetFromDarknet(*files), size(cfg)
    names, outputs = list(net.getLayerNames()), list(net.getUnconnectedOutLayersNames())
    blob = cv2.dnn.blobFromImage(picture, 1 / 255, (width, height), swapRB=True)
    every = zip(names, forward(files, blob, names), strict=True)
    batch = blob if name in NO_BATCHES else np.concatenate([blob, blob[..., ::-1]])
    for output, array in zip(outputs, forward(files, batch, outputs), strict=True):
        boxes = array.reshape(len(batch), -1, array.shape[-1])
        rows[f"{name}/{output}"] = boxes[:, :: -(-boxes.shape[1] // MOST_ROWS)]
    found = {
        "types": [net.getLayer(layer).type for layer in names], "all_types": net.getLayerTypes(), "outputs": outputs,
        "ids": net.getUnconnectedOutLayers().tolist(), "memory": net.getMemoryConsumption(blob.shape),
        "layers": {layer: sampled(array) for layer, array in every},
    }  # fmt: skip
    if name not in ONE_SIZE:
        wide = cv2.dnn.blobFromImage(picture, 1, (2 * width, height), ddepth=cv2.CV_8U)
        net.setInput(wide, scalefactor=1 / 200, mean=(30, 20, 10))
        found["wide"] = [sampled(array) for array in net.forward(outputs)]
    return {**found, **models(files, picture, (width, height))}


def models(files: tuple[str, str], picture: np.ndarray, size: tuple[int, int]) -> dict[str, object]:
    """What DetectionModel or ClassificationModel finds."""
    if cv2.dnn.readNetFromDarknet(*files).getLayersCount("Region") == 0:
        model, found = cv2.dnn.ClassificationModel(*files), {}
        for softmax in (False, True):
            model.setInputParams(1 / 255, size, swapRB=True)
            model.setEnableSoftmaxPostProcessing(softmax)
            found[str(softmax)] = model.classify(picture)
        return {"classify": found}
    found = {}
    for key, (preparation, thresholds, across) in MODELS.items():
        model = cv2.dnn.DetectionModel(*files)
        model.setInputParams(scale=1 / 255, size=size, **preparation)
        model.setNmsAcrossClasses(across)
        found[key] = [np.array(part).tolist() for part in model.detect(picture, *thresholds)]
    return {"detect": found}


def main(folder: Path) -> None:
    rows: dict[str, np.ndarray] = {}
    cases = {path.stem: figures(path.stem, folder, rows) for path in sorted(folder.glob("*.cfg"))}
    text = json.dumps({"opencv": cv2.__version__, "cases": cases})
    (HERE / "figures.json").write_text(re.sub(r'("\w+": \{"(?:shape|types|plain|True|False)")', r"\n\1", text) + "\n")
    np.savez_compressed(HERE / "rows.npz", **rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
