"""Heads whose outputs and boxes the C program wrote (golden/heads/README.md)."""

from __future__ import annotations

import json

import numpy as np
import reference

from darknet_py import cfg
from darknet_py.layers.gaussian_yolo import GaussianYolo
from darknet_py.layers.region import Region
from darknet_py.layers.yolo import Yolo

GOLDEN = reference.GOLDEN / "heads"

KINDS = {head.kind: head for head in (Yolo, GaussianYolo, Region)}
CASES = {name: case for name, case in json.loads((GOLDEN / "cases.json").read_text()).items() if "cfg" in case}


def golden(name):
    with np.load(GOLDEN / "heads.npz") as arrays:
        return {key.split(".")[1]: arrays[key] for key in arrays if key.startswith(name + ".")}


def kit_heads(folder, name):
    sections = cfg.read(folder / f"cfg/{name}.cfg")[1:]
    return [(section, i) for i, section in enumerate(sections) if section.name in KINDS]
