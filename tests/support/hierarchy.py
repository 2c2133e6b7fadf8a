"""A detector with a tree of 210 classes, in a folder as Darknet's is (golden/hierarchy/README.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import reference
from seeded import picture, seeded_weights

from darknet_py import cfg, graph, weights

FOLDER = reference.GOLDEN / "hierarchy"
CLASSES, MAPPED = 210, 200
CFG = """[net]
width=64
height=64
channels=3

[convolutional]
batch_normalize=1
filters=8
size=3
stride=2
pad=1
activation=leaky

[convolutional]
batch_normalize=1
filters=16
size=3
stride=4
pad=1
activation=leaky

[convolutional]
batch_normalize=1
filters=16
size=3
stride=2
pad=1
activation=leaky

[convolutional]
filters=430
size=1
activation=linear

[region]
anchors=0.9,1.1, 1.9,1.2
classes=210
coords=4
num=2
softmax=1
tree=data/many.tree
map=data/many.map
"""
DATA = "classes=210\nvalid=data/list.txt\nnames=data/many.names\nmap=data/many.map\neval=imagenet\nresults=results\n"


def parents() -> list[int]:
    """Four roots, each class in groups of some with one parent before it."""
    random, found = np.random.RandomState(3), [-1] * 4
    while len(found) < CLASSES:
        found += [int(random.randint(len(found)))] * int(random.randint(2, 6))
    return found[:CLASSES]


def write(place: Path) -> None:
    """cfg/, data/ and the weights."""
    for folder in ("cfg", "data", "results"):
        (place / folder).mkdir(parents=True)
    (place / "cfg" / "many.cfg").write_text(CFG)
    (place / "cfg" / "many.data").write_text(DATA)
    (place / "data" / "many.tree").write_text("".join(f"n{i} {parent}\n" for i, parent in enumerate(parents())))
    (place / "data" / "many.names").write_text("".join(f"name {i}\n" for i in range(CLASSES)))
    order = np.random.RandomState(4).permutation(CLASSES)[:MAPPED].tolist()
    (place / "data" / "many.map").write_text("".join(f"{i}\n" for i in order))
    (place / "data" / "list.txt").write_text("b.png\n")
    for name in "ab":
        cv2.imwrite(str(place / f"{name}.png"), picture(f"hierarchy {name}"))
    net = graph.build(cfg.read(place / "cfg" / "many.cfg"))
    arrays = seeded_weights(net, 3.0, 1.0)
    arrays.params[3]["biases"].reshape(2, -1)[:, 5:] *= 4
    weights.save(net, arrays, place / "many.weights")


def answers() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "answers.json").read_text())
    return found
