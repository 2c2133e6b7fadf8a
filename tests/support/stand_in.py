"""A stand-in for the network that commands load, and a folder to use it in."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from darknet_py.errors import DarknetWarning, WeightsError
from darknet_py.image import Fit

HEAD = SimpleNamespace(kind="yolo", nms_kind="greedynms", beta_nms=0.6, embedding_layer=None, embedding_size=0, classes=2)


class SmallFit(Fit):
    def input(self, im):
        assert im.dtype == np.float32
        return im[:, :1, :1]


@dataclass
class StandIn:
    """A network that sees the same two boxes in every picture."""

    options: dict

    width, height, letter_box, seen, classes, batch = 32, 32, False, 16_000_000, 2, 1
    heads = ((1, HEAD),)
    graph = SimpleNamespace(
        nodes=[SimpleNamespace(layer=SimpleNamespace(kind="maxpool")), SimpleNamespace(layer=HEAD, where="x.cfg:9: [yolo]")],
        net=SimpleNamespace(channels=3, subdivisions=1, where="x.cfg:1"),
    )  # fmt: skip
    weights = SimpleNamespace(header=SimpleNamespace(size=20))

    @classmethod
    def load(cls, cfg, weights, **options):
        if weights == "bad.weights":
            raise WeightsError("bad.weights: truncated\nin two lines")
        if weights == "odd.weights":
            warnings.warn("odd.weights: suspicious", DarknetWarning, stacklevel=1)
        return cls({"cfg": cfg, "weights": weights, **options})

    @property
    def names(self):
        return ["cat", "dog"]

    def summary(self):
        return "the table of layers"

    def fit(self, size, letter_box=None):
        return SmallFit(size, (1, 1), bool(letter_box))

    def predict(self, x):
        assert x.shape == (3, 1, 1)
        return []

    outputs = predict

    def rows(self, outputs, fit, thresh, nms, nms_kind=None, selection=None):
        assert fit.picture_size == (80, 40)
        StandIn.seen_options = {**self.options, "thresh": thresh, "nms": nms, "letter_box": fit.letter_box}
        xywh = np.array([[0.5, 0.5, 0.5, 0.5], [0.25, 0.5, 0.25, 0.5]], np.float32)
        return SimpleNamespace(xywh=xywh, probs=np.array([[0.9, 0.3], [0, 0.6]], np.float32))


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working directory with two pictures of one name, a .data file, and the stand-in for the network."""
    monkeypatch.setattr("darknet_py.cli.loading.Network", StandIn)
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path / "a.png", tmp_path / "sub" / "a.png"):
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), np.full((40, 80, 3), 90, np.uint8))
    (tmp_path / "x.data").write_text("classes = 2\nnames = x.names\n")
    (tmp_path / "x.names").write_text("cat\ndog\n")
    return tmp_path
