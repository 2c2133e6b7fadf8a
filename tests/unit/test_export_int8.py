"""ONNX models with convolutions in int8: what is int8 and in which steps, what is not, and how near the outputs are."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from layer_cases import text
from networks import network, random_weights
from reference import REPO, kit_file

from darknet_py import ExportError, ImageError, Network, export
from darknet_py.cli import main
from darknet_py.compare import compare
from darknet_py.compare.loss import measure_loss
from darknet_py.export.ranges import BINS, Range
from darknet_py.weights import save

REASON = "needs onnx and onnxruntime: pip install darknet-runtime[test]"
onnx = pytest.importorskip("onnx", reason=REASON)
onnxruntime = pytest.importorskip("onnxruntime", reason=REASON)

DETECTOR = text(
    "convolutional filters=16 size=3 stride=2 pad=1 activation=leaky / "
    "convolutional filters=16 size=3 pad=1 activation=mish / shortcut from=-2 / maxpool size=2 stride=2 / "
    "convolutional filters=14 size=1 activation=linear / "
    "yolo mask=0,1 anchors=4,6,10,12 classes=2 num=2"
)
SHAPE = (3, 24, 32)
INT8 = onnx.TensorProto.INT8


def answers(model: onnx.ModelProto, x: np.ndarray) -> dict[str, np.ndarray]:
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level, quiet.intra_op_num_threads = 3, 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), quiet, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"input": x}), strict=True))


def pictures(count: int = 4) -> list[np.ndarray]:
    rng = np.random.RandomState(5)
    return [rng.randint(0, 256, (24, 32, 3)).astype(np.uint8) for _ in range(count)]


@functools.cache
def detector(layers: str = DETECTOR) -> tuple[Network, export.Calibration]:
    net = network(layers, SHAPE)
    made = Network.of(net, random_weights(net))
    return made, made.calibrate(pictures())


def quantized(layers: str = DETECTOR, **form: object) -> tuple[onnx.ModelProto, object]:
    """(float32's model, what became of it)"""
    net, calibration = detector(layers)
    model = export.to_onnx(net.graph, net.weights, **form)
    return model, export.to_int8(model, net.graph, calibration)


def arrays(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    return {a.name: onnx.numpy_helper.to_array(a) for a in model.graph.initializer}


@pytest.mark.parametrize("opset", [13, 18])
@pytest.mark.parametrize("outputs", [outputs for outputs in export.OUTPUTS if outputs != "nms-tensorrt"])
def test_every_form_runs_and_is_near_float32(outputs, opset):
    model, made = quantized(outputs=outputs, opset=opset, thresh=0.01)
    onnx.checker.check_model(made.model, full_check=True)
    assert (made.quantized, list(made.kept)) == ([0, 1], [4])
    x = np.random.RandomState(0).rand(1, *SHAPE).astype(np.float32)
    got, want = answers(made.model, x), answers(model, x)
    assert got.keys() == want.keys()
    assert any(not np.array_equal(got[name], want[name]) for name in got)
    if not outputs.startswith("nms"):
        for name, y in want.items():
            assert np.linalg.norm(got[name] - y) < 0.02 * np.linalg.norm(y), "two layers of 8 bits, about 0.005 each"


def test_weights_have_a_step_for_each_filter_and_tensors_one():
    model, made = quantized()
    before, after = arrays(model), arrays(made.model)
    for layer in made.quantized:
        weights, name = before[f"convolutional_{layer}_weights"], f"convolutional_{layer}_weights"
        steps, rounded = after[f"{name}_scale"], after[f"{name}_int8"]
        np.testing.assert_array_equal(steps, (np.abs(weights).max((1, 2, 3)) / 127).astype(np.float32))
        assert np.abs(rounded).max((1, 2, 3)).tolist() == [127] * len(weights)
        assert np.abs(rounded * steps.reshape(-1, 1, 1, 1) - weights).max() <= 0.51 * steps.max()
        assert name not in after
    zeros = [values for name, values in after.items() if name.endswith("_zero_point")]
    assert {z.dtype for z in zeros} == {np.dtype(np.int8)}
    assert not any(z.any() for z in zeros), "TensorRT reads symmetric steps alone"
    assert after["input_scale"].shape == ()
    assert 0.9 / 127 < after["input_scale"] <= np.float32(1 / 127)


def test_the_last_convolution_and_all_that_is_no_convolution_stay_as_they_are():
    model, made = quantized(outputs="boxes")
    assert made.kept == {4: "the last before the heads"}
    others = [node for node in model.graph.node if node.op_type != "Conv" or node.name == "convolutional_4_Conv"]
    assert [node for node in made.model.graph.node if node in others] == others
    assert {"convolutional_4_weights", "convolutional_0_biases"} <= arrays(made.model).keys()


def test_a_tensor_that_several_read_is_rounded_once():
    layers = text(
        "convolutional filters=8 size=1 activation=leaky / "
        "convolutional filters=8 size=1 activation=relu / route layers=0 / "
        "convolutional filters=8 size=3 pad=1 activation=relu / dropout / route layers=-1,1 / conv 5"
    )
    _, made = quantized(layers)
    assert made.quantized == [0, 1, 3]
    names = [node.output[0] for node in made.model.graph.node if node.op_type == "QuantizeLinear"]
    assert names == ["input_int8", "convolutional_0_int8"]


@functools.cache
def uneven(factor: float) -> list[int]:
    """The layers that stay float32 where one channel's values are greater than the others' by a factor."""
    depthwise = "convolutional filters=8 groups=8 size=3 pad=1 activation=leaky"
    net = network(text(f"convolutional filters=8 size=1 activation=leaky / {depthwise} / conv 4 / conv 5"), SHAPE)
    params = random_weights(net)
    params.params[0]["weights"][3] *= np.float32(factor)
    made = Network.of(net, params)
    model = export.to_onnx(net, params)
    return list(export.to_int8(model, net, made.calibrate(pictures())).kept)


def test_depthwise_filters_of_small_values_beside_large_ones_stay_float32():
    assert uneven(1) == [3]
    assert uneven(100) == [1, 3]


def test_the_same_twice_and_the_model_given_stays_as_it_is():
    net, calibration = detector()
    model = export.to_onnx(net.graph, net.weights)
    before = model.SerializeToString(deterministic=True)
    again = net.calibrate(pictures())
    made = [export.to_int8(model, net.graph, c).model.SerializeToString(deterministic=True) for c in (calibration, again)]
    assert made[0] == made[1]
    assert model.SerializeToString(deterministic=True) == before


def test_weights_and_layers_of_nothing():
    net = network(DETECTOR, SHAPE)
    params = random_weights(net)
    params.params[0]["weights"][2] = 0
    params.params[1]["weights"][:] = 0
    made = Network.of(net, params)
    model = export.to_onnx(net, params)
    x = np.random.RandomState(0).rand(1, *SHAPE).astype(np.float32)
    quantized = export.to_int8(model, net, made.calibrate([np.zeros((24, 32, 3), np.uint8)]))
    assert all(np.isfinite(y).all() for y in answers(quantized.model, x).values())


@pytest.mark.parametrize("one", ["a.png", Path("a.png"), np.zeros((4, 4, 3), np.uint8)])
def test_ranges_are_from_several_pictures(one):
    with pytest.raises(ImageError, match=r"calibrate takes many pictures, such as a list of paths, not "):
        detector()[0].calibrate(one)


def test_half_and_int8_exclude_each_other_and_pictures_are_needed(tmp_path):
    net, calibration = detector()
    with pytest.raises(ExportError, match="exclude each other"):
        net.export(tmp_path / "a.onnx", int8=calibration, fp16=True)
    with pytest.raises(ExportError, match="int8 needs pictures"):
        net.export(tmp_path / "a.onnx", int8=net.calibrate([]))
    narrow = network(text("convolutional filters=14 size=1 / yolo mask=0,1 anchors=4,6,10,12 classes=2 num=2"), SHAPE)
    other = Network.of(narrow, random_weights(narrow))
    for wrong in (0, "", "pictures.txt", pictures()):
        with pytest.raises(ExportError, match=r"int8=.* is not possible; it must be what Network.calibrate gives"):
            net.export(tmp_path / "a.onnx", int8=wrong)
    with pytest.raises(ExportError, match="int8 has ranges of another network"):
        net.export(tmp_path / "a.onnx", int8=other.calibrate(pictures()))
    assert not (tmp_path / "a.onnx").exists()
    net.export(tmp_path / "a.onnx", int8=calibration)
    assert INT8 in {a.data_type for a in onnx.load(tmp_path / "a.onnx").graph.initializer}


def test_values_that_are_not_finite():
    net = network(DETECTOR, SHAPE)
    params = random_weights(net)
    params.params[0]["biases"][1] = 3e38
    params.params[0]["weights"][1] = 3e38
    with pytest.raises(ExportError, match=r"layer 0 \[convolutional\] has values that are infinite.*cannot be quantized"):
        Network.of(net, params).calibrate([np.full((24, 32, 3), 255, np.uint8)])


def of(values: np.ndarray, *more: np.ndarray) -> Range:
    made = Range(1)
    for x in (values, *more):
        made.add(np.asarray(x, np.float32).reshape(1, 1, -1))
    return made


def test_a_range_covers_nearly_all_values():
    rng = np.random.RandomState(0)
    even = rng.uniform(-3, 3, 100_000)
    assert abs(of(even).threshold - 3) < 2 * 4 / BINS
    assert abs(of(np.append(even, [50.0] * 3)).threshold - 3) < 2 * 64 / BINS, "a few outliers are cut"
    assert of(np.append(even, [50.0] * 3)).largest == 50
    assert of([0.0] * 9).threshold == 1
    assert of([1e-30]).threshold == pytest.approx(1e-30)


def test_a_range_of_pictures_one_by_one_is_that_of_all():
    rng = np.random.RandomState(1)
    parts = [rng.normal(0, scale, 5000) for scale in (0.01, 0.3, 20, 5)]
    one, all_ = of(*parts), of(np.concatenate(parts))
    assert abs(one.threshold - all_.threshold) <= 128 / BINS
    assert one.largest == all_.largest
    np.testing.assert_allclose(one.variances, np.concatenate(parts).var(), rtol=1e-5)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a.cfg, a.weights and pictures/."""
    monkeypatch.chdir(tmp_path)
    net, _ = detector()
    (tmp_path / "a.cfg").write_text(f"[net]\nchannels=3\nheight=24\nwidth=32\n{DETECTOR}")
    save(net.graph, net.weights, tmp_path / "a.weights")
    (tmp_path / "pictures").mkdir()
    for i, picture in enumerate(pictures(3)):
        cv2.imwrite(str(tmp_path / "pictures" / f"{i}.png"), picture)
    (tmp_path / "list.txt").write_text("pictures/0.png\npictures/1.png\n")
    (tmp_path / "valid.data").write_text("train=nowhere.txt\nvalid=list.txt\n")
    return tmp_path


@pytest.mark.parametrize(("data", "count"), [("pictures", 3), ("list.txt", 2), ("valid.data", 2), ("pictures/2.png", 1)])
def test_the_command_tells_what_became_of_it(folder, capsys, data, count):
    assert main(["export", "a.cfg", "a.weights", "-int8", data, "-outputs", "boxes", "-o", "b.onnx"]) == 0
    out, err = capsys.readouterr()
    few = f"{count} picture{'s' if count > 1 else ''}"
    assert f"int8: 2 of 3 convolutions; float32: layers 4 (the last before the heads); ranges from {few}\n" in out
    assert f"int8: loss on {count} of them: " in out
    assert "apart in relative L2" in out
    assert f"{few} may not show all that layers can be" in err
    assert INT8 in {a.data_type for a in onnx.load("b.onnx").graph.initializer}


def test_a_picture_that_cannot_be_read_is_told_of_and_left_out(folder, capsys):
    (folder / "pictures" / "1.png").write_text("no picture")
    assert main(["export", "a.cfg", "a.weights", "-int8", "pictures", "-o", "b.onnx"]) == 0
    out, err = capsys.readouterr()
    assert "ranges from 2 pictures" in out
    assert "pictures/1.png: " in err.replace("\\", "/")


def test_without_onnxruntime_the_loss_is_not_known(folder, capsys, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    assert main(["export", "a.cfg", "a.weights", "-int8", "pictures", "-o", "b.onnx"]) == 0
    assert "int8: the loss is not measured: engine onnxruntime needs the package onnxruntime" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["-int8", "nowhere"], "-int8 nowhere: is not there; it is a .data file, a list of pictures"),
        (["-int8", "empty"], "empty: no pictures in this folder"),
        (["-int8", "none.data"], "none.data: no train= or valid= in it"),
        (["-int8", "gone.data"], "train=nowhere.txt is not there"),
        (["-int8", "broken"], "-int8: none of its pictures can be read"),
        (["-int8", "pictures", "-fp16"], "-int8 is not possible with -fp16"),
        (["-int8", "pictures", "-o", "pictures/0.png"], "pictures/0.png"),
    ],
)
def test_what_cannot_be(folder, capsys, flags, message):
    (folder / "empty").mkdir()
    (folder / "broken").mkdir()
    (folder / "broken" / "a.png").write_text("no picture")
    (folder / "none.data").write_text("classes=2\n")
    (folder / "gone.data").write_text("train=nowhere.txt\n")
    before = (folder / "pictures" / "0.png").read_bytes()
    assert main(["export", "a.cfg", "a.weights", *flags]) in (1, 2)
    err = capsys.readouterr().err.replace("\\", "/")
    assert message in err
    assert (folder / "pictures" / "0.png").read_bytes() == before
    assert not (folder / "a.onnx").exists()


@pytest.mark.parametrize(
    ("name", "shown", "lost", "outputs"),
    [("yolov4-chars", "examples/*.jpg", 0.1, 0.25), ("yolo-fastest-1.1-xl", "images/[deh]*.png", 0.15, 0.3)],
)
def test_boxes_of_trained_networks(tmp_path, name, shown, lost, outputs):
    """``lost``: share of boxes near the threshold that come or go, twice what was measured; outputs: 0.16 and 0.2 were."""
    net = Network.load(kit_file(f"cfg/{name}.cfg"), kit_file(f"weights/{name}.weights"))
    folder, pattern = shown.split("/")
    where = REPO / folder if (REPO / folder).is_dir() else kit_file(folder + "/dog.png").parent
    paths = [str(path) for path in sorted(where.glob(pattern))][:3]
    net.export(tmp_path / "a.onnx", int8=net.calibrate(paths))
    other = Network.of(net.graph, net.weights, engine=f"onnxruntime,{tmp_path / 'a.onnx'}")
    loss = measure_loss(net, other, paths, lambda: None)
    found = sum(len(boxes.ours) for boxes in loss.boxes)
    lone = sum(len(boxes.missing) + len(boxes.extra) for boxes in loss.boxes)
    assert found > 5
    assert lone <= lost * found
    assert 0 < loss.relative_l2 < outputs


def test_a_model_of_fewer_digits_is_no_riddle(tmp_path, capsys):
    """compare of a model in int8 and in half: which layers lose most, and no search for other causes."""
    net, calibration = detector()
    cfg = tmp_path / "a.cfg"
    cfg.write_text(f"[net]\nchannels=3\nheight=24\nwidth=32\n{DETECTOR}")
    save(net.graph, net.weights, tmp_path / "a.weights")
    cv2.imwrite(str(tmp_path / "a.png"), pictures(1)[0])
    for name, form in (("int8", {"int8": calibration}), ("half precision", {"fp16": True})):
        net.export(tmp_path / "a.onnx", **form)
        files = [str(tmp_path / file) for file in ("a.cfg", "a.weights", "a.png", "a.onnx")]
        assert main(["compare", *files[:3], "-against", files[3]]) == 1
        out = capsys.readouterr().out
        assert f"Likely cause: {name}: the reference computes with fewer digits" in out
        assert "Unexplained" not in out
        assert out.count("Likely cause") == 1
        assert re.search(r"measured: layer \d(, layer \d)* and layer \d; .* by this alone", out)
        assert "    0 convolutional      16 x 12 x 16" in out


@pytest.mark.parametrize("layer", [0, 1])
def test_other_weights_are_found_in_a_model_of_int8(tmp_path, layer):
    net, calibration = detector()
    params = random_weights(net.graph)
    params.params[layer]["weights"][:] *= np.float32(4)
    net.export(tmp_path / "a.onnx", int8=calibration)
    cv2.imwrite(str(tmp_path / "a.png"), pictures(1)[0])
    made = compare(Network.of(net.graph, params), tmp_path / "a.png", tmp_path / "a.onnx")
    assert f"layer {layer}" in {stage.name for stage in made.diagnosis.unexplained}
