"""The project's own weights: small enough, of the family, the same numbers as in PyTorch, and able to read."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import engine
import numpy as np
import pytest

from darknet_py import Network, cfg, image
from darknet_py.boxes.lines import GAP, THRESH, read_lines, weakest
from darknet_py.layers.yolo import Yolo

REPO = Path(__file__).resolve().parents[2]
CFG, WEIGHTS, NAMES = REPO / "cfg/yolov4-chars.cfg", REPO / "weights/yolov4-chars.weights", REPO / "cfg/chars.names"
GOLDEN = REPO / "tests/golden/chars"


@pytest.fixture(scope="module")
def net() -> Network:
    return Network.load(CFG, WEIGHTS, names=NAMES)


def test_it_is_small_and_of_the_family(net: Network) -> None:
    assert WEIGHTS.stat().st_size <= 4_000_000
    assert net.graph.flops <= 3e9
    assert min(net.width, net.height) >= 416
    assert net.letter_box
    for _, head in net.heads:
        assert isinstance(head, Yolo)
        assert (head.new_coords, head.scale_x_y, head.nms_kind) == (True, 2.0, "diounms")
    before = [net.graph.nodes[i - 1].layer for i in net.graph.heads]
    assert {layer.activation for layer in before} == {"logistic"}  # type: ignore[attr-defined]


def test_names_are_digits_and_capitals(net: Network) -> None:
    assert "".join(net.names) == "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert cfg.read_names(cfg.names_file(REPO / "cfg/chars.data")) == net.names


@pytest.mark.parametrize("numerics", ["exact", "fast"])
def test_heads_are_those_of_pytorch(numerics: str) -> None:
    """Every hundredth value of each head, as the trainer's own network computes it (``tests/golden/chars/README.md``)."""
    net = Network.load(CFG, WEIGHTS, numerics=numerics)
    golden = json.loads((GOLDEN / "heads.json").read_text())
    x = image.letterbox_image(image.load_image(GOLDEN / "meter.png"), net.width, net.height)
    for head, expected in zip(net.predict(x), golden["heads"], strict=True):
        np.testing.assert_allclose(head.reshape(-1)[::100], expected, rtol=0, atol=1e-4)


def read(net: Network, picture: np.ndarray | Path) -> str:
    """The lines of a picture, without the gaps in them."""
    return " ".join(line.text.replace(GAP, "") for line in read_lines(net.detect(picture, weakest(THRESH))))


@pytest.mark.parametrize("name", sorted(json.loads((GOLDEN / "texts.json").read_text())) if GOLDEN.is_dir() else [])
def test_it_reads_what_stands_there(net: Network, name: str) -> None:
    assert read(net, GOLDEN / name) == json.loads((GOLDEN / "texts.json").read_text())[name]


def test_bf16_finds_the_same_boxes(net: Network) -> None:
    """Emulated: as many of each class, in the same places, as probable but for what 8 bits are off."""
    with engine.emulated_bf16():
        rounded = Network.load(CFG, WEIGHTS, names=NAMES, numerics="bf16")
        found = sorted(rounded.detect(GOLDEN / "meter.png"), key=lambda d: (d.class_id, d.box))
    exact = sorted(net.detect(GOLDEN / "meter.png"), key=lambda d: (d.class_id, d.box))
    assert [d.name for d in found] == [d.name for d in exact] != []
    np.testing.assert_allclose([d.prob for d in found], [d.prob for d in exact], rtol=0, atol=0.03)
    np.testing.assert_allclose([d.box for d in found], [d.box for d in exact], rtol=0, atol=0.005)
    assert [d.prob for d in found] != [d.prob for d in exact]


@pytest.mark.parametrize(("paper", "ink"), [(235, 20), (30, 230)])
@pytest.mark.parametrize("text", ["4827", "X3K9"])
def test_it_reads_a_face_that_no_scene_had(net: Network, text: str, paper: int, ink: int) -> None:
    """OpenCV's strokes, dark on light and light on dark."""
    picture = np.full((220, 420, 3), paper, np.uint8)
    cv2.putText(picture, text, (60, 140), cv2.FONT_HERSHEY_DUPLEX, 3, (ink, ink, ink), 6, cv2.LINE_AA)
    assert text in read(net, picture)


def test_nothing_is_read_where_nothing_is_written(net: Network) -> None:
    assert not list(net.detect(np.full((300, 400, 3), 128, np.uint8), weakest(THRESH)))
