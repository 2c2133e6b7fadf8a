"""Another engine as the reference: ONNX Runtime, and engines that go wrong in one thing, each on all layers."""

from __future__ import annotations

import json

import numpy as np
import pytest
from comparing import Place, causes

from darknet_py import DarknetError, compare, engines
from darknet_py.cli import main
from darknet_py.engine.engine import NativeNetwork


class Altered(NativeNetwork):
    """Native, on arrays that are ``altered`` first."""

    altered = staticmethod(lambda i, name, values: values)

    def __init__(self, graph, params, options, spec):
        layers = ({name: self.altered(i, name, y) for name, y in one.items()} for i, one in enumerate(params))
        super().__init__(graph, tuple(layers), options)


def engine(monkeypatch, altered):
    """Its name."""
    monkeypatch.setitem(engines.ENGINES, "other", type("Other", (Altered,), {"altered": staticmethod(altered)}))
    return "other"


def words(place: Place, *more: object) -> list[str]:
    return ["compare", place.cfg, place.weights, place.picture, *map(str, more)]


def test_onnxruntime_agrees_in_every_layer(place):
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    comparison = compare.with_engine(place.net, place.picture, "onnxruntime")
    assert comparison.equal
    assert [r.stage.name for r in comparison.results] == [*(f"layer {i}" for i in range(14)), "the boxes"]
    assert comparison.reference.startswith("engine onnxruntime: ")


def test_a_model_that_is_run_in_its_place_is_compared_by_its_heads(place):
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    path = place.folder / "heads.onnx"
    place.net.export(path)
    comparison = compare.with_engine(place.net, place.picture, f"onnxruntime,{path}")
    assert comparison.equal
    assert [r.stage.name for r in comparison.results] == ["layer 10", "layer 13", "the boxes"]


@pytest.mark.parametrize("layer", [0, 3, 12])
def test_the_layer_that_goes_wrong_is_named(place, monkeypatch, capsys, layer):
    def altered(i, name, values):
        return values + np.float32(0.01) if (i, name) == (layer, "biases") else values

    other = engine(monkeypatch, altered)
    assert main(words(place, "-engine", other, "-quiet")) == 1
    assert capsys.readouterr().out.startswith(f"First difference: layer {layer} [convolutional] at ")


def test_half_precision_is_a_cause(place, monkeypatch):
    def altered(i, name, values):
        return values.astype(np.float16).astype(np.float32) * np.float32(1 + 2**-12)

    comparison = compare.with_engine(place.net, place.picture, engine(monkeypatch, altered) + ",fp16", tolerance=1e-5)
    assert not comparison.equal
    assert causes(comparison) == ["half precision"]
    alone = compare.with_engine(place.net, place.picture, "other", tolerance=1e-5)
    assert "half precision" not in causes(alone), "nobody said that it computes in half precision"


def test_other_numerics_are_our_side(place, monkeypatch, capsys):
    """The engine keeps its own."""
    other = engine(monkeypatch, lambda i, name, values: values)
    assert main(words(place, "-engine", other, "-numerics", "fast", "-json")) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["equal"]
    assert any(stage["verdict"] == "rounding" for stage in data["stages"])


def test_what_is_refused(place, capsys, tmp_path):
    for more, text in [
        (("-engine", "native,fp16"), "is what others are compared with"),
        (("-engine", "onnxruntime", "-save", tmp_path / "x.npz"), "-save writes what native computes; give one of both"),
        (("-engine", "onnxruntime", "-against", "x.npz"), "-against names another; give one of both"),
        (("-engine", "nothing"), "is not known"),
        (("-engine", "native"), "nothing to compare with: give -against FILE or -engine NAME"),
    ]:
        assert main(words(place, *more)) != 0
        assert text in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    with pytest.raises(DarknetError, match="is not known"):
        compare.with_engine(place.net, place.picture, "nothing")
