"""Networks whose [net] asks for other channels than three, from picture to boxes, in API, commands and darknet.py."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import small_detector
from networks import random_weights
from small_detector import CFG

from darknet_py import ImageError, Network, cfg, compare, graph, weights
from darknet_py.cli import main
from darknet_py.compat import darknet
from darknet_py.detection import listed
from darknet_py.feed import Looking
from darknet_py.layers.convolutional import Convolutional
from darknet_py.video.detector import Detector

PICTURE = np.random.default_rng(3).integers(0, 256, (60, 80, 4), np.uint8)
RGBA = (PICTURE[..., [2, 1, 0, 3]].transpose(2, 0, 1) / 255.0).astype(np.float32)
ALPHA_WEIGHT = 0.05


def write(folder: Path, channels: int, alpha: float = 0.0, name: str | None = None) -> tuple[Path, Path]:
    """A detector whose first layer sees red, green and blue, or grey, as the one of three channels, and ``alpha``."""
    text = CFG.replace("channels=3", f"channels={channels}")
    path, file = (folder / f"{name or channels}{suffix}" for suffix in (".cfg", ".weights"))
    path.write_text(text)
    three = random_weights(graph.build(cfg.parse(CFG)), 5)
    kernels = three.params[0]["weights"]
    colours = {1: kernels[:, :1], 2: kernels[:, :1]}.get(channels, kernels)
    if channels in (2, 4):
        colours = np.concatenate([colours, np.full_like(kernels[:, :1], alpha)], 1)
    params = ({**three.params[0], "weights": np.ascontiguousarray(colours)}, *three.params[1:])
    weights.save(graph.build(cfg.read(path)), replace(three, params=params), file)
    return path, file


@pytest.fixture
def nets(tmp_path, monkeypatch):
    """The networks of three and four channels, of which the fourth counts for nothing."""
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("rgba.png", PICTURE)
    cv2.imwrite("rgb.png", PICTURE[..., :3])
    return {c: Network.load(*write(tmp_path, c), names=["cat", "dog"], threads=1) for c in (3, 4)}


def boxes(found):
    return [(d.name, d.prob, d.box) for d in found]


@pytest.mark.parametrize("picture", ["rgba.png", "rgb.png", PICTURE, PICTURE[..., :3], PICTURE[..., 0]])
@pytest.mark.parametrize("options", [{}, {"letter_box": True}, {"tile": 40}])
def test_a_fourth_channel_of_zeros_changes_nothing(nets, picture, options):
    found = {c: boxes(net.detect(picture, thresh=0.3, **options)) for c, net in nets.items()}
    assert found[3] == found[4]
    assert len(found[3]) > 3


def test_alpha_is_what_the_file_or_array_has(tmp_path, nets):
    """Against the input made by hand."""
    net = Network.load(*write(tmp_path, 4, ALPHA_WEIGHT, "alpha"), names=["cat", "dog"], threads=1)
    rows = net.detect_rows(RGBA, thresh=0.3)
    expected = boxes(listed(rows, 0.3, net.names))
    assert boxes(net.detect("rgba.png", thresh=0.3)) == boxes(net.detect(PICTURE, thresh=0.3)) == expected != []
    opaque = np.dstack([PICTURE[..., :3], np.full(PICTURE.shape[:2], 255, np.uint8)])
    assert boxes(net.detect("rgb.png", thresh=0.3)) == boxes(net.detect(opaque, thresh=0.3)) != expected


def test_grey_and_grey_with_alpha(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("rgba.png", PICTURE)
    one, two = (Network.load(*write(tmp_path, c), threads=1) for c in (1, 2))
    assert boxes(one.detect("rgba.png", thresh=0.3)) == boxes(two.detect("rgba.png", thresh=0.3)) != []


@pytest.mark.parametrize("flags", [[], ["-tile", "40"], ["-letter_box"]])
def test_the_command(nets, capsys, flags):
    Path("x.data").write_text("classes=2\nnames=x.names\n")
    Path("x.names").write_text("cat\ndog\n")
    said = []
    for c in (3, 4):
        words = ["x.data", f"{c}.cfg", f"{c}.weights", "rgba.png", "rgb.png", "-thresh", ".3", "-save_dir", f"drawn{c}"]
        assert main(["detector", "test", *words, *flags, "-out", f"{c}.json"]) == 0
        said.append([frame["objects"] for frame in json.loads(Path(f"{c}.json").read_text())])
    assert said[0] == said[1]
    drawn = [cv2.imread(f"drawn{c}/predictions_rgba.jpg") for c in (3, 4)]
    np.testing.assert_array_equal(*drawn)


def test_frames_and_darknet_py(nets):
    for net in nets.values():
        assert Detector(net, Looking(0.25, letter_box=False)).input(PICTURE[..., :3]).shape == net.graph.net.shape
    Path("x.names").write_text("cat\ndog\n")
    handles = [darknet.load_network(f"{c}.cfg", "x.names", f"{c}.weights")[0] for c in (3, 4)]
    rgba = np.ascontiguousarray(PICTURE[..., [2, 1, 0, 3]])
    three, four = (darknet.detect_image(handle, ["cat", "dog"], rgba, thresh=0.3) for handle in handles)
    assert three == four != []


def test_a_comparison_reads_alpha_too(tmp_path, nets):
    net = Network.load(*write(tmp_path, 4, ALPHA_WEIGHT, "alpha"), threads=1)
    compare.save(net, "rgba.png", "saved.npz")
    assert compare.compare(net, "rgba.png", "saved.npz").equal
    with np.load("saved.npz") as saved:
        np.testing.assert_array_equal(saved["input"], net.fitted(RGBA))


def test_other_counts_are_for_predict_alone(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("rgb.png", PICTURE[..., :3])
    small_detector.write(Path(), CFG.replace("channels=3", "channels=6"), "6")
    loaded = Network.load("6.cfg", "6.weights", threads=1)
    assert isinstance(loaded.graph.nodes[0].layer, Convolutional)
    assert loaded.predict(np.zeros((6, 24, 32), np.float32))[0].shape == (14, 12, 16)
    with pytest.raises(ImageError, match=r"6\.cfg:4: \[net\] .*channels=6.*Network\.predict"):
        loaded.detect("rgb.png")
    assert main(["detect", "6.cfg", "6.weights", "rgb.png"]) == 1
    assert "6.cfg:4: [net]" in capsys.readouterr().err
