"""The networks of golden/dnn: their cfgs, and the weights and pictures that OpenCV 4 was given.

``python tests/support/dnn_cases.py FOLDER`` writes them, for golden/dnn/record.py.
"""

from __future__ import annotations

import shutil
import sys
import warnings
from pathlib import Path
from typing import NamedTuple

import cv2
from seeded import picture, seeded_weights

from darknet_py import cfg, graph, weights

GOLDEN = Path(__file__).parents[1] / "golden"
FOLDER = GOLDEN / "dnn"


class Case(NamedTuple):
    """``folder``: where the cfg is, within golden/.  ``gain`` and ``shift`` as in ``seeded_weights``."""

    folder: str
    gain: float
    shift: float


CASES = {
    "average": Case("dnn", 1, 0),
    "connected": Case("dnn", 1, 0),
    "csp_groups": Case("networks", 1.2, -0.7),
    "csp_mish": Case("networks", 7, -3.5),
    "csp_swish": Case("networks", 9, -2.5),
    "depthwise": Case("networks", 1, -1),
    "region": Case("networks", 4, 0.3),
    "residual": Case("networks", 1, -2),
    "spp": Case("networks", 1.2, -1),
    "squeeze_excite": Case("networks", 1.5, -0.5),
    "thresholds": Case("dnn", 2, -2.5),
    "unsure": Case("dnn", 2, -0.8),
}


def cfg_path(name: str) -> Path:
    return GOLDEN / CASES[name].folder / f"{name}.cfg"


def write(name: str, folder: Path) -> tuple[Path, Path, Path]:
    """The files NAME.cfg, .weights and .png of a case, written into a folder."""
    paths = tuple(folder / f"{name}.{kind}" for kind in ("cfg", "weights", "png"))
    shutil.copy(cfg_path(name), paths[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of thresholds, which OpenCV alone reads
        network = graph.build(cfg.read(paths[0]))
    weights.save(network, seeded_weights(network, CASES[name].gain, CASES[name].shift), paths[1])
    cv2.imwrite(str(paths[2]), picture(name))
    return paths


if __name__ == "__main__":
    for case in CASES:
        write(case, Path(sys.argv[1]))
