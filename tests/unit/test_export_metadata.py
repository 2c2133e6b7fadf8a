"""What an ONNX model says about itself, for programs that have nothing but the model."""

from __future__ import annotations

import ast
import hashlib
import json
import warnings
from pathlib import Path

import pytest
import small_detector
from networks import network, random_weights
from reference import kit

from darknet_py import Network, cfg, export, graph
from darknet_py.cli import main

REASON = "needs onnx: pip install darknet-runtime[test]"
onnx = pytest.importorskip("onnx", reason=REASON)

GAUSSIAN = "[convolutional]\nfilters=11\nsize=1\n[Gaussian_yolo]\nmask=1\nanchors=4,6, 10.5,12\nclasses=2\nnum=2\n"


def said(model: onnx.ModelProto | Path) -> dict[str, str]:
    model = onnx.load(model) if isinstance(model, Path) else model
    return {entry.key: entry.value for entry in model.metadata_props}


def of_layers(layers: str, shape: tuple[int, int, int] = (3, 24, 32), **form: object) -> dict[str, str]:
    net = network(layers, shape)
    return said(export.to_onnx(net, random_weights(net), **form))


def test_what_ultralytics_reads(tmp_path):
    """Its AutoBackend takes these six by name, and numbers, lists and dicts as Python writes them."""
    net = Network.load(*small_detector.write(tmp_path), names=["it's a \"cat\"", "\u72ac\\"])
    net.export(tmp_path / "a.onnx", "yolov8", "dynamic")
    found = said(tmp_path / "a.onnx")
    assert {key: found[key] for key in ("task", "stride", "batch", "channels")} == {
        "task": "detect", "stride": "2", "batch": "1", "channels": "3",
    }  # fmt: skip
    assert ast.literal_eval(found["imgsz"]) == [24, 32]
    assert ast.literal_eval(found["names"]) == {0: "it's a \"cat\"", 1: "\u72ac\\"}
    assert json.loads(found["darknet_py.names"]) == ["it's a \"cat\"", "\u72ac\\"]


@pytest.mark.parametrize(
    ("names", "wanted"),
    [([], ["0", "1"]), (["a"], ["a", "1"]), (["a", "b", "c"], ["a", "b"]), (["\ud800", "b"], ["\ud800", "b"])],
)
def test_a_name_for_each_class(names, wanted):
    net = network(GAUSSIAN)
    found = said(export.to_onnx(net, random_weights(net), about=export.About(names)))
    assert ast.literal_eval(found["names"]) == dict(enumerate(wanted))
    assert ("darknet_py.names" in found) == bool(names)


def test_what_decoding_needs():
    (head,) = json.loads(of_layers(GAUSSIAN)["darknet_py.heads"])
    assert head == {
        "output": "Gaussian_yolo_1", "kind": "Gaussian_yolo", "classes": 2, "anchors": [[10.5, 12.0]], "mask": [1],
        "stride": [1.0, 1.0], "scale_x_y": 1.0, "nms_kind": "default", "beta_nms": 0.6,
    }  # fmt: skip


@pytest.mark.parametrize(("option", "fit"), [("0", {"resize": "stretch"}), ("1", {"resize": "letterbox", "grey": 0.5})])
def test_how_pictures_are_fitted_in(option, fit):
    sections = cfg.parse(f"[net]\nwidth=32\nheight=24\nchannels=3\nletter_box={option}\n{GAUSSIAN}", "n.cfg")
    net = graph.build(sections)
    found = json.loads(said(export.to_onnx(net, random_weights(net)))["darknet_py.input"])
    assert found == {"layout": "NCHW", "colours": "RGB", "divide_by": 255, **fit, "width": 32, "height": 24}


def test_an_input_of_any_size():
    found = of_layers(GAUSSIAN, dynamic_size=True)
    assert ast.literal_eval(found["args"]) == {"dynamic": True}
    assert json.loads(found["darknet_py.input"])["multiples_of"] == [1, 1]
    assert "args" not in of_layers(GAUSSIAN)


def test_one_channel_has_no_order_of_colours():
    assert "colours" not in json.loads(of_layers("[convolutional]\nfilters=4\nsize=1\n", (1, 8, 8))["darknet_py.input"])


def test_a_network_without_detection_layers():
    found = of_layers("[convolutional]\nfilters=4\nsize=1\n[softmax]\n")
    assert found["task"] == "classify"
    assert "darknet_py.heads" not in found


def test_thresholds_of_its_own():
    assert json.loads(of_layers(GAUSSIAN, outputs="nms", thresh=0.1, max_det=7)["darknet_py.suppression"]) == {
        "thresh": 0.1, "nms": 0.45, "max_det": 7,
    }  # fmt: skip
    assert "darknet_py.suppression" not in of_layers(GAUSSIAN, outputs="boxes")


def test_the_command_tells_the_files_that_it_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small_detector.write(tmp_path)
    Path("small.names").write_text("cat\ndog\n")
    assert main(["export", "small.cfg", "small.weights", "-fp16", "-size", "64x48"]) == 0
    found = said(tmp_path / "small.onnx")
    files = ("small.cfg", "small.names", "small.weights")
    sums = {name: hashlib.sha256(Path(name).read_bytes()).hexdigest() for name in files}
    assert json.loads(found["darknet_py.sources"]) == sums
    assert json.loads(found["darknet_py.names"]) == ["cat", "dog"]
    assert "width=64\nheight=48\n" in found["darknet_py.cfg"]
    Network.load("small.cfg", "small.weights", size=(64, 48)).export("again.onnx", fp16=True)
    assert said(tmp_path / "again.onnx") == found


def test_a_model_is_the_same_each_time(tmp_path):
    net = Network.load(*small_detector.write(tmp_path))
    for name in ("a.onnx", "b.onnx"):
        net.export(tmp_path / name, "boxes")
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_what_is_written_of_a_cfg_says_the_same():
    """The published ones: the same layers, in other lines."""
    for path in sorted((kit() / "cfg").glob("yolo*.cfg")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sections = cfg.read(path)
            again = cfg.parse(cfg.written(sections), str(path))
        told = [[(s.name, {key: o.value for key, o in s.options.items()}) for s in some] for some in (sections, again)]
        assert told[0] == told[1], path
