"""docs/layers.md: what a layer needs beside its own file, and which layers lack what."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

import naive
import numpy as np
import pytest
from layer_cases import SHAPES
from networks import network
from reference import REPO

from darknet_py.boxes.decode import get_detections
from darknet_py.compat.cv2_dnn.dnn_layers import STEMS
from darknet_py.engine.lower import lower
from darknet_py.errors import CfgError
from darknet_py.layers import HEADS, LAYERS, inference_options, known_options
from darknet_py.layers.base import Layer, Node
from darknet_py.layers.head import DetectionHead

export = pytest.importorskip("darknet_py.export.model", reason="needs onnx").write
HEAD = "[convolutional]\nactivation=linear\nfilters=30\n[{}]\nclasses={}\nnum=3\n"
CLASSES = {"yolo": 5, "region": 5, "Gaussian_yolo": 1}


def example(name: str) -> Node:
    """The layer, last in a small network."""
    if name in CLASSES:
        return network(HEAD.format(name, CLASSES[name])).nodes[-1]
    nodes = (network(text).nodes[-1] for text, _ in SHAPES)
    return next((node for node in nodes if node.layer.kind == name), None) or pytest.fail(f"{name} is not in SHAPES")


def passes_on(node: Node) -> bool:
    """Whether its output is channels of its sources and nothing else, so that no room needs code for it."""
    return bool(node.layer.slices(node.inputs))


def has(function: Callable[..., object]) -> Callable[[Node], bool]:
    return lambda node: passes_on(node) or function.dispatch(type(node.layer)) is not function.dispatch(Layer)  # type: ignore[attr-defined]


FORMS: dict[str, Callable[[Node], bool]] = {
    "engine": has(lower),
    "ONNX": has(export),
    "cv2.dnn": lambda node: passes_on(node) or node.layer.kind in STEMS,
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_has_all_that_the_page_asks_for(name: str) -> None:
    node = example(name)
    assert FORMS["engine"](node), f"engine/lower/ has nothing for [{name}]"
    assert name in HEADS or name in naive.FORWARD, f"tests/support/naive.py has no twin of [{name}]"
    source = inspect.getsource(inspect.getmodule(type(node.layer)))  # type: ignore[arg-type]
    first = source.splitlines()[0]
    assert f"[{name}]" in first, "its file begins with its section"
    assert "C: " in first, "and names the C file that it reproduces"


@pytest.mark.parametrize("name", HEADS)
def test_a_head_is_decoded(name: str) -> None:
    there = get_detections.dispatch(type(example(name).layer))
    assert there is not get_detections.dispatch(DetectionHead), f"boxes/decode.py has nothing for [{name}]"


def test_a_head_that_is_not_decoded_is_told() -> None:
    message = r"^\[yolo\] has no boxes here: boxes/decode.py .*; take the arrays of Network.predict$"
    with pytest.raises(CfgError, match=message):
        get_detections.dispatch(DetectionHead)(example("yolo").layer, np.zeros((30, 1, 1), np.float32), (32, 32), 0.5)


@pytest.mark.parametrize("text", [text for text, _ in SHAPES])
def test_downsampling_is_that_of_the_shapes(text: str) -> None:
    """But for a window's border, and for layers that take all pixels at once or none, or cut some off."""
    node = network(text).nodes[-1]
    if node.layer.kind in ("avgpool", "connected", "crop", "implicit"):
        return
    y, x = node.layer.downsampling
    assert abs(max(source.h for source in node.inputs) / y - node.shape.h) <= 2
    assert abs(max(source.w for source in node.inputs) / x - node.shape.w) <= 2


def test_the_page_lists_what_is_missing() -> None:
    page = (REPO / "docs" / "layers.md").read_text("utf-8")
    for form, there in FORMS.items():
        row = next(re.finditer(rf"^\| {re.escape(form)} \|(.*)\|$", page, re.M))
        assert set(re.findall(r"`\[(\w+)\]`", row[1])) == {name for name in LAYERS if not there(example(name))}, form


def test_the_page_of_the_vocabulary_is_what_the_code_says() -> None:
    page = (REPO / "docs" / "vocabulary.md").read_text("utf-8")
    rows = re.findall(r"^\| (`\[.*?) \| (.*?) \| (.*?) \| (.*?) \|$", page, re.M)
    told = {names.split("`")[1][1:-1]: [set(re.findall(r"`(\w+)`", column)) for column in columns]
            for names, *columns in rows}  # fmt: skip
    assert set(told) == {"net", *LAYERS}
    shared = set(re.findall(r"`(\w+)`", page[page.index("*Without effect*") : page.index("; of these")]))
    for name, (read, refused, idle) in told.items():
        assert inference_options(name) == read | refused, name
        assert known_options(name) == read | refused | idle | (shared - {"net"} if name != "net" else set()), name
        for option in refused:
            with pytest.raises(CfgError, match=rf"\[{name}\] {option}= .*not supported"):
                network(f"[{name}]\n{option}=1\n")
