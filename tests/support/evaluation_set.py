"""Small networks and a labelled set of pictures, as ``golden/evaluate`` was recorded with."""

from __future__ import annotations

import json
import shutil

import cv2
import pytest
from reference import GOLDEN
from seeded import picture, seeded_weights

from darknet_py import cfg, graph, weights

NETWORKS, FOLDER = GOLDEN / "networks", GOLDEN / "evaluate"
ANSWERS, LABELS = (json.loads((FOLDER / name).read_text()) for name in ("answers.json", "labels.json"))
GAINS = {"spp": (1.2, -1), "csp_mish": (7, -3.5), "region": (1.5, -0.5), "gaussian": (6, -8)}  # others 1, 0
DATA = "classes={}\ntrain=list.txt\nvalid={}\nnames=my.names\nbackup=.\nresults=results\n{}"


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    """A folder with the networks, their weights and the four pictures."""
    folder = tmp_path_factory.mktemp("nets")
    for name in ("spp", "csp_mish", "region", "gaussian", "classifier", "average_classifier"):
        shutil.copy(NETWORKS / f"{name}.cfg", folder)
        network = graph.build(cfg.read(folder / f"{name}.cfg"))
        weights.save(network, seeded_weights(network, *GAINS.get(name, (1, 0))), folder / f"{name}.weights")
    (folder / "pictures").mkdir()
    for i in range(1, 5):
        cv2.imwrite(str(folder / "pictures" / f"{i}.png"), picture(f"evaluate {i}"))
    return folder


@pytest.fixture
def place(nets, tmp_path, monkeypatch):
    """A working directory with those, for one test."""
    shutil.copytree(nets, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.txt").write_text("".join(f"pictures/{i}.png\n" for i in range(1, 5)))
    (tmp_path / "two.txt").write_text("pictures/2.png\npictures/3.png\n")
    (tmp_path / "difficult.txt").write_text("".join(f"difficult/{i}.png\n" for i in range(1, 5)))
    return tmp_path


def write_data(place, classes, valid="list.txt", more=""):
    (place / "my.names").write_text("".join(f"class {j}\n" for j in range(classes)))
    (place / "my.data").write_text(DATA.format(classes, valid, more))


def write_labels(place, name):
    (place / "difficult").mkdir()
    for path, (labels, difficult) in LABELS[name].items():
        file = (place / path).with_suffix(".txt")
        (place / "difficult" / file.name).write_text(difficult)
        if labels is not None:
            file.write_text(labels)
