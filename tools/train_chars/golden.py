"""``python -m tools.train_chars.golden WEIGHTS FOLDER``: what PyTorch makes of FOLDER/meter.png, for the project's tests.

FOLDER gets heads.json, every hundredth value of each head's output.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

from darknet_py import cfg, graph, image, weights

from . import model

__all__ = ["main"]

CFG = Path(__file__).parents[2] / "cfg" / "yolov4-chars.cfg"
EVERY = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    network = model.Darknet(graph.build(cfg.read(CFG))).eval()
    model.load(network, weights.load(network.graph, options.weights))
    _, height, width = network.graph.net.shape
    x = image.letterbox_image(image.load_image(options.folder / "meter.png"), width, height)
    with torch.no_grad():
        heads = network(torch.from_numpy(x)[None])
    values = [[float(f"{v:.7g}") for v in head.reshape(-1)[::EVERY].tolist()] for head in heads]
    (options.folder / "heads.json").write_text(json.dumps({"heads": values}) + "\n", "utf-8")


if __name__ == "__main__":
    main()
