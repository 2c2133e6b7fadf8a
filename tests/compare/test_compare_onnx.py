"""References that ONNX Runtime computes: models of our own exporter, edited ones, and what is refused."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from comparing import Place, causes
from seeded import seeded_weights

from darknet_py import CompareError, cfg, export, graph
from darknet_py._support.optional import pip_install

REASON = "needs onnx and onnxruntime: pip install darknet-runtime[test]"
onnx = pytest.importorskip("onnx", reason=REASON)
pytest.importorskip("onnxruntime", reason=REASON)


def exported(place: Place, outputs: str = "heads", batch: object = 1) -> Path:
    path = place.folder / "net.onnx"
    place.net.export(path, outputs, batch)
    return path


@pytest.mark.parametrize("batch", [1, 3, "dynamic"])
def test_heads_of_an_exported_model(place, batch):
    comparison = place.compare(str(exported(place, batch=batch)))
    assert comparison.equal
    names = [r.stage.name for r in comparison.results]
    assert names == [f"layer {i}" for i in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13)] + ["the boxes"]


def test_boxes_of_an_exported_model(place):
    comparison = place.compare(str(exported(place, outputs="boxes", batch=2)))
    assert comparison.equal
    assert [r.stage.title.strip() for r in comparison.results[-2:]] == ["boxes of the heads", "boxes"]
    assert comparison.results[-1].stage.derived


def edited(place: Place, change, name: str = "edited.onnx") -> str:
    model = onnx.load(exported(place))
    change(model.graph)
    path = place.folder / name
    onnx.save(model, path)
    return str(path)


def renamed(graph_: object, names: dict[str, str]) -> None:
    for node in graph_.node:
        for field in (node.input, node.output):
            field[:] = [names.get(name, name) for name in field]
    for value in graph_.output:
        value.name = names.get(value.name, value.name)


def test_a_model_whose_names_mean_nothing(place):
    """Numbers, as other exporters give them: its outputs are known by their shapes."""

    def change(graph_):
        tensors = [name for node in graph_.node for name in node.output]
        renamed(graph_, {name: str(i) for i, name in enumerate(tensors)})

    comparison = place.compare(edited(place, change))
    assert comparison.equal
    assert [r.stage.name for r in comparison.results] == ["layer 10", "layer 13", "the boxes"]


def test_a_model_with_another_attribute(place):
    def change(graph_):
        for node in graph_.node:
            if node.op_type == "LeakyRelu":
                node.attribute[0].f = 0.01

    comparison = place.compare(edited(place, change))
    assert causes(comparison) == ["leaky slope 0.01"]
    assert comparison.first.stage.name == "layer 0"


def test_a_model_of_other_weights(place):
    other = place.weighted(lambda i, name, values: values * np.float32(1.1) if i in (1, 7) else values)
    path = place.folder / "other.onnx"
    other.export(path)
    comparison = place.compare(str(path))
    assert causes(comparison) == ["other weights"]
    explained = {s.name for s in comparison.diagnosis.explanations[0].stages}
    assert explained == {"layer 1", "layer 7"}


def test_weights_beside_the_model(place, tmp_path):
    model = onnx.load(exported(place))
    path = tmp_path / "beside.onnx"
    onnx.save_model(model, path, save_as_external_data=True, location="beside.data")
    assert place.compare(str(path)).equal
    (tmp_path / "beside.data").unlink()
    with pytest.raises(CompareError, match=r"beside\.onnx: ONNX Runtime cannot load it"):
        place.compare(str(path))


def second_input(graph_):
    graph_.input.append(onnx.helper.make_tensor_value_info("scale", onnx.TensorProto.FLOAT, [1]))


def cast_input(graph_):
    graph_.input[0].type.tensor_type.elem_type = onnx.TensorProto.UINT8


MODELS = {
    "takes input tensor(float), scale tensor(float); it must take one picture": second_input,
    "an ONNX model without nodes": lambda graph_: graph_.ClearField("node"),
    "ONNX Runtime cannot load it": cast_input,
}


@pytest.mark.parametrize("words", MODELS)
def test_models_that_are_refused(place, words):
    with pytest.raises(CompareError) as caught:
        place.compare(edited(place, MODELS[words]))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_model_of_another_size_or_network(place):
    small = graph.build(cfg.read(place.cfg), (64, 64))
    path = place.folder / "small.onnx"
    export.save(path, export.to_onnx(small, place.net.weights))
    with pytest.raises(CompareError, match="takes 64 x 64 x 3, the network 96 x 80 x 3; give -size 64x64"):
        place.compare(str(path))
    text = Path(place.cfg).read_text().replace("filters=16\nsize=3\nstride=2", "filters=24\nsize=3\nstride=2")
    other = graph.build(cfg.parse(text))
    export.save(path, export.to_onnx(other, seeded_weights(other)))
    with pytest.raises(CompareError, match=r"convolutional_7 has the shape \(1, 24, 20, 24\), but .*net.cfg:39: layer 7"):
        place.compare(str(path))


def test_a_damaged_model(place):
    path = place.folder / "bad.onnx"
    for data in (b"hello", exported(place).read_bytes()[:3000]):
        path.write_bytes(data)
        with pytest.raises(CompareError, match=r"bad\.onnx: damaged, or not an ONNX model"):
            place.compare(str(path))


def test_without_the_packages(place, monkeypatch):
    path = str(exported(place))
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(CompareError, match=re.escape(pip_install("compare"))):
        place.compare(path)
