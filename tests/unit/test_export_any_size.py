"""ONNX models whose input may be of any size: at each, what a model made for it gives."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from networks import NET, random_weights

from darknet_py import ExportError, cfg, export, graph
from darknet_py.cli import main
from darknet_py.weights import Weights

REASON = "needs onnx and onnxruntime: pip install darknet-runtime[test]"
onnx = pytest.importorskip("onnx", reason=REASON)
onnxruntime = pytest.importorskip("onnxruntime", reason=REASON)


def text(layers: str) -> str:
    """``conv N`` keeps the size, ``half N`` halves it."""
    sections = []
    for part in layers.split(" / "):
        name, *options = part.split()
        if name in ("conv", "half"):
            stride = 2 if name == "half" else 1
            options = [f"filters={options[0]}", "size=3", "pad=1", f"stride={stride}", "activation=leaky"]
            name = "convolutional"
        sections.append("\n".join([f"[{name}]", *options, ""]))
    return "".join(sections)


YOLO = "yolo mask=0,1 anchors=4,6,10,12 classes=2 num=2"
NETWORKS = {
    "yolo": f"half 8 / half 14 / {YOLO}",
    "two heads": f"half 8 / half 8 / conv 14 / {YOLO} scale_x_y=1.2 / route layers=-3 / upsample stride=2 / "
                 f"route layers=-1,0 / conv 14 / {YOLO}",
    "new_coords": f"half 14 / activation activation=logistic / {YOLO} new_coords=1 scale_x_y=2",
    "gaussian": "half 22 / Gaussian_yolo mask=0,1 anchors=4,6,10,12 classes=2 num=2 yolo_point=center",
    "region": "half 16 / reorg stride=2 / conv 14 / region anchors=1,2,3,1.5 classes=2 num=2 softmax=1",
    "reorg": "half 16 / reorg stride=2 reverse=1 / conv 16 / reorg3d stride=2 / conv 16 / reorg3d stride=2 reverse=1 / "
             f"half 14 / {YOLO}",
    "spp": "half 8 / maxpool size=5 stride=1 / route layers=-2 / maxpool size=3 stride=1 / route layers=-1,-3,-4 / "
           f"half 14 / {YOLO}",
    "pools": "maxpool size=2 stride=2 / maxpool size=3 stride=2 / local_avgpool size=2 stride=2 / "
             f"maxpool size=2 stride=1 / conv 14 / {YOLO}",
    "depth": f"conv 8 / maxpool maxpool_depth=1 out_channels=4 / half 14 / {YOLO}",
    "weighted": "half 8 / conv 8 / shortcut from=-2 weights_type=per_channel weights_normalization=softmax / "
                f"conv 14 / {YOLO}",
    "squeeze": "half 8 / avgpool / convolutional filters=8 size=1 activation=logistic / scale_channels from=0 / "
               f"conv 14 / {YOLO}",
    "sam": f"half 8 / conv 8 / sam from=0 / conv 14 / {YOLO}",
    "no head": "half 8 / normalization / upsample stride=-2 scale=0.5 / batchnorm / conv 5",
    "classifier": "half 8 / avgpool / softmax",
}  # fmt: skip
SIZES = [(32, 48), (64, 24), (8, 8)]  # width, height


def network(layers: str, size: tuple[int, int] = (32, 48)) -> graph.Graph:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return graph.build(cfg.parse(NET.format(*size, 3) + text(layers), "net.cfg"))


def answers(model: onnx.ModelProto, x: np.ndarray) -> dict[str, np.ndarray]:
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level, quiet.intra_op_num_threads = 3, 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), quiet, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"input": x}), strict=True))


def shapes(values) -> dict[str, list[int | str]]:
    return {v.name: [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim] for v in values}


def assert_any_size(layers: str, outputs: str, **form: object) -> None:
    """One model gives at each size what a network built at it gives."""
    net = network(layers)
    arrays = random_weights(net)
    model = export.to_onnx(net, arrays, outputs, dynamic_size=True, **form)
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    pictures = 2 if form.get("batch") == "dynamic" else 1
    for width, height in SIZES:
        x = np.random.RandomState(width).rand(pictures, 3, height, width).astype(np.float32)
        want = answers(export.to_onnx(network(layers, (width, height)), arrays, outputs, **form), x)
        got = answers(model, x)
        assert got.keys() == want.keys()
        for name, y in want.items():
            closeness = {"rtol": 1e-5, "atol": 1e-6 * np.abs(y).max(initial=0)}
            np.testing.assert_allclose(got[name], y, **closeness, err_msg=f"{name} {width}x{height}")


@pytest.mark.parametrize("name", NETWORKS)
def test_heads_at_three_sizes(name):
    assert_any_size(NETWORKS[name], "heads", batch="dynamic")


@pytest.mark.parametrize("name", [name for name in NETWORKS if name not in ("no head", "classifier")])
def test_boxes_at_three_sizes(name):
    assert_any_size(NETWORKS[name], "boxes")


@pytest.mark.parametrize("outputs", ["yolov8", "nms", "nms-rows", "nms-onnx"])
@pytest.mark.parametrize("batch", [1, "dynamic"])
def test_other_outputs_at_three_sizes(outputs, batch):
    assert_any_size(NETWORKS["two heads"], outputs, batch=batch, thresh=0.2)


@pytest.mark.parametrize("outputs", ["heads", "boxes", "nms"])
@pytest.mark.parametrize("opset", [13, 14, 15])
def test_older_opsets(outputs, opset):
    assert_any_size(NETWORKS["region"], outputs, batch="dynamic", opset=opset)


@pytest.mark.parametrize("name", ["two heads", "region", "reorg", "depth"])
def test_half_precision(name):
    """The same numbers, as sizes are computed in whole ones."""
    assert_any_size(NETWORKS[name], "boxes", fp16=True)


def test_names_of_sizes():
    net = network(NETWORKS["yolo"])
    model = export.to_onnx(net, random_weights(net), dynamic_size=True)
    assert shapes(model.graph.input) == {"input": [1, 3, "height", "width"]}
    assert shapes(model.graph.output) == {"yolo_2": [1, 14, "yolo_2_height", "yolo_2_width"]}
    boxes = export.to_onnx(net, random_weights(net), "boxes", "dynamic", dynamic_size=True)
    assert shapes(boxes.graph.output) == {"boxes": ["batch", "rows", 4], "scores": ["batch", "rows", 2]}


def test_what_does_not_follow_the_input_keeps_its_size():
    net = network(NETWORKS["classifier"])
    model = export.to_onnx(net, random_weights(net), dynamic_size=True)
    assert shapes(model.graph.output) == {"softmax_2": [1, 8, 1, 1]}


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ("half 4 / connected output=5", r"net.cfg:\d+: layer 1 \[connected\] has a weight for each value of its input"),
        ("half 4 / local filters=4 size=3 stride=1 pad=1", r"layer 1 \[local\] has weights for each place of its input"),
        ("half 4 / crop crop_height=6 crop_width=4", r"layer 1 \[crop\] takes a part of its input that has its own size"),
        ("half 4 / softmax", r"layer 1 \[softmax\] compares all places of its input"),
        ("half 4 / softmax groups=2 / conv 4", r"layer 1 \[softmax\] compares"),
        ("half 4 / avgpool / connected output=8 / half 3 / route layers=0 / local filters=4 size=1", r"layer 5 \[local\]"),
    ],
)
def test_layers_of_one_size(layers, message):
    net = network(layers)
    with pytest.raises(ExportError, match=message):
        export.to_onnx(net, random_weights(net), dynamic_size=True)


def test_a_detector_of_a_grid_of_its_own():
    net = network("half 8 / connected output=99 / detection side=3 num=2 classes=1 coords=4")
    with pytest.raises(ExportError, match=r"layer 1 \[connected\]"):
        export.to_onnx(net, random_weights(net), "boxes", dynamic_size=True)


def test_a_layer_that_no_output_needs_may_be_of_one_size():
    layers = f"half 14 / {YOLO} / route layers=0 / connected output=3"
    assert_any_size(layers, "heads")


def test_a_size_that_is_no_multiple():
    net = network("half 4 / half 4", (34, 48))
    with pytest.raises(ExportError, match="34 x 48 is no multiple of the network's strides, 4 and 4"):
        export.to_onnx(net, random_weights(net), dynamic_size=True)


def test_suppression_by_distance_needs_a_size():
    sections = cfg.parse(NET.format(32, 48, 3) + "letter_box=1\n" + text(f"half 14 / {YOLO} nms_kind=diounms"), "net.cfg")
    net = graph.build(sections)
    with pytest.raises(ExportError, match=r"-outputs nms needs the size of the input.*leave out -size dynamic"):
        export.to_onnx(net, Weights(random_weights(net).params), "nms", dynamic_size=True)


def test_the_command(tmp_path, monkeypatch, capsys):
    (tmp_path / "net.cfg").write_text(NET.format(32, 48, 3) + text(NETWORKS["yolo"]))
    from darknet_py import weights

    net = graph.build(cfg.read(tmp_path / "net.cfg"))
    weights.save(net, random_weights(net), tmp_path / "net.weights")
    monkeypatch.chdir(tmp_path)
    assert main(["export", "net.cfg", "net.weights", "-size", "dynamic", "-batch", "dynamic"]) == 0
    assert capsys.readouterr().out.startswith(
        "net.onnx: input batch x 3 x height x width -> yolo_2 batch x 14 x yolo_2_height x yolo_2_width, "
    )
    assert main(["export", "net.cfg", "net.weights", "-size", "any"]) == 2
    assert "-size any: not a width and a height, as in 640x384, or dynamic" in capsys.readouterr().err
    assert main(["export", "net.cfg", "net.weights", "-size", "dynamic", "-web", "page"]) == 2
    assert "-size dynamic: a page has a network of one size" in capsys.readouterr().err
