"""``darknet_py import``: the files that it writes, what it says, and what it refuses."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_detector
import torch_files as tf
from networks import NET, YOLO

from darknet_py import Network, cfg, graph, weights, zoo
from darknet_py.cli import main
from darknet_py.errors import OutputError
from darknet_py.import_ import Converted, convert, families, save
from darknet_py.layers.convolutional import Convolutional


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a file that a family takes: a small detector of two classes."""
    monkeypatch.chdir(tmp_path)
    small_detector.write(tmp_path)
    network = graph.build(cfg.read("small.cfg"))
    made = weights.load(network, "small.weights")
    params = [dict(arrays) for arrays in made.params]

    def family(model: object, wish: object) -> Converted | None:
        names = ("apple", "two words") if isinstance(model, dict) and "named" in model else ()
        known = isinstance(model, dict) and "known" in model
        return Converted("a known model", small_detector.CFG, params, names, ("Mind the gap.",)) if known else None

    monkeypatch.setattr(families, "FAMILIES", (*families.FAMILIES, family))
    one = tf.whole(tf.Stored(np.ones(3, np.float32)))
    (tmp_path / "best.pt").write_bytes(tf.zip_bytes({"model": {"known": one, "named": one}}))
    (tmp_path / "bare.pt").write_bytes(tf.legacy_bytes({"known": one}))
    return tmp_path


def files(place: Path) -> set[str]:
    return {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}


def refused(capsys: pytest.CaptureFixture[str], words: list[str], code: int = 1) -> str:
    assert main(["import", *words]) == code
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err.removeprefix("darknet_py: error: ").rstrip("\n")


def test_three_files_and_how_to_go_on(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(place)
    assert main(["import", "best.pt"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "best.pt: a known model", "best.cfg: 32x24, 1 heads, 0.000 BFLOPS", "best.weights: 2956 bytes",
        "best.names: 2 names", "Mind the gap.", "now: darknet_py detect best.cfg best.weights PICTURE",
    ]  # fmt: skip
    assert (err, files(place) - before) == ("", {"best.cfg", "best.weights", "best.names"})
    assert Path("best.names").read_text() == "apple\ntwo words\n"
    assert Path("best.weights").read_bytes()[20:] == Path("small.weights").read_bytes()[20:]
    Network.load("best.cfg", "best.weights", names="best.names")


@pytest.mark.parametrize(
    ("name", "stem"),
    [("cars", "cars"), ("cars.cfg", "cars"), ("cars.weights", "cars"), ("sub/v2.1", "sub/v2.1"), ("sub/", "sub/best"),
     ("my cars", "my cars"), ("-o=sub", "sub")],
)  # fmt: skip
def test_the_name_of_the_files(place: Path, capsys: pytest.CaptureFixture[str], name: str, stem: str) -> None:
    (place / "sub").mkdir(exist_ok=name != "-o=sub")
    before = files(place)
    assert main(["import", "best.pt", *([name] if name.startswith("-") else ["-o", name])]) == 0
    assert files(place) - before == {f"{stem}.cfg", f"{stem}.weights", f"{stem}.names"}
    words = f"'{stem}.cfg' '{stem}.weights'" if " " in stem else f"{stem}.cfg {stem}.weights"
    assert capsys.readouterr().out.endswith(f"now: darknet_py detect {words} PICTURE\n")


def test_without_names(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "bare.pt", "-o", "x"]) == 0
    assert "no names of classes are in it: write x.names, one a line" in capsys.readouterr().out
    assert not Path("x.names").exists()
    Path("my.names").write_text("cat\ndog\n")
    assert main(["import", "bare.pt", "-o", "my"]) == 0
    assert Path("my.names").read_text() == "cat\ndog\n"
    assert main(["import", "bare.pt", "-o", "x", "-names", "my.names", "-force"]) == 0
    assert Path("x.names").read_text() == "cat\ndog\n"


def test_names_of_any_kind_are_one_a_line(place: Path) -> None:
    model = convert("best.pt")
    odd = Converted(model.family, model.cfg, model.params, ("a\nb\x1b[31m", " ", "\ud800x", "жук"))
    save(odd, "odd")
    assert Path("odd.names").read_text("utf-8").splitlines() == ["a b [31m", "class 1", "x", "жук"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["best.pt", "-o", "small"], "small.cfg: is there already; choose another name, or say -force"),
        (["best.pt", "-o", "small.weights"], "small.cfg: is there already"),
        (["best.pt", "-o", "there"], "there.names: is there already"),
        (["small.weights", "-force"], "-o small.weights would overwrite small.weights, which is read"),
        (["best.pt", "-cfg", "small.cfg", "-o", "small", "-force"], "-o small.cfg would overwrite small.cfg, which is read"),
        (["best.pt", "-o", "no/x"], "no/x.cfg: cannot be written; there is no folder no"),
        (["no.pt"], "no.pt: cannot be read (No such file"),
        (["sub"], "sub: cannot be read (it is a folder)"),
        (["small.weights", "-o", "x"], "small.weights: is a .weights file, not a trained model of PyTorch"),
        (["small.cfg", "-o", "x"], "small.cfg: is a Darknet .cfg file, not a trained model"),
        (["best.pt", "-names", "no.names"], "no.names: cannot be read"),
    ],
)
def test_nothing_is_written(place: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str) -> None:
    (place / "sub").mkdir()
    Path("there.names").write_text("mine")
    before = {path: (place / path).read_bytes() for path in files(place)}
    assert says in refused(capsys, words)
    assert {path: (place / path).read_bytes() for path in files(place)} == before


@pytest.mark.parametrize(
    ("words", "says"),
    [([], "usage: darknet_py import MODEL"), (["a.pt", "b.pt"], "b.pt: import takes MODEL and no more"),
     (["best.pt", "-size", "wide"], "-size wide: not a width"), (["best.pt", "--imgsz", "wide"], "wide: not a width"),
     (["best.pt", "--output", "x"], "it is -o here"),
     (["best.pt", "-new_coords", "2"], "-new_coords 2: not one of 0, 1")],
)  # fmt: skip
def test_usage(place: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str) -> None:
    assert says in refused(capsys, words, 2)


def test_all_files_or_none(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one cannot take its place: the others go, too."""
    from darknet_py._support import files as support

    model, before, put = convert("best.pt"), files(place), support.put

    def failing(source: Path, target: Path) -> None:
        if target.suffix == ".names":
            raise OSError(28, "No space left on device")
        put(source, target)

    monkeypatch.setattr(support, "put", failing)
    with pytest.raises(OutputError, match=r"new\.cfg: cannot be written \(No space left"):
        save(model, "new")
    assert files(place) == before
    assert [path.name for path in place.iterdir() if path.is_dir()] == []


def test_weights_that_are_no_numbers_are_told(place: Path) -> None:
    model = convert("best.pt")
    model.params[0]["weights"] = np.full_like(model.params[0]["weights"], np.nan)
    with pytest.warns(UserWarning, match=r"new\.weights: NaN among the weights of .*layer 0"):
        save(model, "new")


@pytest.mark.parametrize("error", [ValueError("odd"), KeyError("odd"), ZeroDivisionError("odd"), RecursionError("odd")])
def test_parts_that_are_not_what_their_names_say(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def family(model: object, wish: object) -> Converted | None:
        raise error

    monkeypatch.setattr(families, "FAMILIES", (family,))
    assert "best.pt: holds a model whose parts are not what their names say (" in refused(capsys, ["best.pt"])


# Models of other kinds


def conv(name: str) -> tf.New:
    return tf.module("torch.nn.modules.container.Sequential", {"0": tf.module("models.common.Conv"), "1": tf.module(name)})


FOUND = [
    ("ultralytics.nn.tasks.DetectionModel", "ultralytics.nn.modules.block.C2f", "YOLOv8 of ultralytics"),
    ("ultralytics.nn.tasks.DetectionModel", "ultralytics.nn.modules.block.C3k2", "YOLO11 of ultralytics"),
    ("ultralytics.nn.tasks.DetectionModel", "ultralytics.nn.modules.head.v10Detect", "YOLOv10"),
    ("ultralytics.nn.tasks.DetectionModel", "ultralytics.nn.modules.conv.Conv", "a model of ultralytics (YOLOv5u, v8"),
    ("models.yolo.DetectionModel", "models.common.C3", "YOLOv5"), ("models.yolo.Model", "models.common.Focus", "YOLOv5"),
    ("models.yolo.DetectionModel", "models.common.RepNCSPELAN4", "YOLOv9"),
    ("models.yolo.DetectionModel", "models.yolo.DFL", "YOLOv9"), ("models.yolo.Model", "models.yolo.MT", "a mask model"),
    ("models.yolo.Model", "models.yolo.IKeypoint", "a pose model of YOLOv7"),
    ("models.yolo.SegmentationModel", "models.yolo.Segment", "a segmentation model"),
    ("yolov6.models.yolo.Model", "yolov6.layers.common.RepVGGBlock", "YOLOv6"), ("yolox.models.YOLOX", "x.y", "YOLOX"),
    ("torchvision.models.detection.ssd.SSD", "x.y", "a model of torchvision"),
    ("torch.nn.quantized.Conv", "x.y", "a quantised model"), ("transformers.DetrModel", "x.y", "a model of transformers"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "part", "seems"), FOUND, ids=[part for _, part, _ in FOUND])
def test_models_of_other_programs(
    place: Path, capsys: pytest.CaptureFixture[str], model: str, part: str, seems: str
) -> None:
    Path("v.pt").write_bytes(tf.zip_bytes({"epoch": -1, "model": tf.module(model, {"model": conv(part)})}))
    text = refused(capsys, ["v.pt"])
    assert text.startswith(f"v.pt: seems to be {seems}")
    assert "which is none of the models that become Darknet networks; " in text


STATES = [
    (["vgg.0.weight", "loc.0.weight", "conf.0.weight"], "SSD"), (["rpn.head.weight", "roi_heads.x"], "Faster or Mask R-CNN"),
    (["backbone.x", "bbox_head.cls.weight"], "a model of MMDetection"),
    (["proposal_generator.x", "roi_heads.y"], "Detectron2"),
    (["vit.layers.0.self_attn.k_proj.weight"], "a transformer"), (["conv1.weight", "layer1.0.w", "layer4.0.w"], "a ResNet"),
    (["model.diffusion_model.x"], "a diffusion model"), (["backbone.backbone.stem.conv.weight"], "YOLOX"),
    (["quant.scale", "quant.zero_point"], "a quantised model"), (["model.22.dfl.conv.weight"], "YOLOv8, v9 or newer"),
    (["model.0.conv.weight", "model.0.bn.weight"], "is the state dict of a network that was built from a yaml file"),
]  # fmt: skip


@pytest.mark.parametrize(("names", "seems"), STATES)
def test_state_dicts_of_other_programs(
    place: Path, capsys: pytest.CaptureFixture[str], names: list[str], seems: str
) -> None:
    one = tf.whole(tf.Stored(np.ones(3, np.float32)))
    Path("s.pt").write_bytes(tf.zip_bytes(dict.fromkeys(names, one)))
    assert seems in refused(capsys, ["s.pt"])


@pytest.mark.parametrize(
    ("checkpoint", "says"),
    [
        ({"optimizer": {"state": {}, "param_groups": []}}, "holds the state of an optimizer alone; give"),
        ({"epoch": 3}, "holds no model (only epoch)"), ([1, 2], "holds list, and no model"),
        (tf.module("models.own.Net"), "holds a model that is not known here (models.own.Net)"),
        ({"weird.weight": tf.whole(tf.Stored(np.ones(3, np.float32)))}, "not known here (a state dict: weird.weight)"),
    ],
)  # fmt: skip
def test_what_holds_no_model(place: Path, capsys: pytest.CaptureFixture[str], checkpoint: object, says: str) -> None:
    Path("o.pt").write_bytes(tf.zip_bytes(checkpoint))
    assert says in refused(capsys, ["o.pt"])


def state_of(text: str) -> dict[str, tf.Call]:
    """A state dict of a cfg's convolutions, without a number in them."""
    network = graph.build(cfg.parse(text))
    shapes = [(n.index, next(p.shape for p in n.params if p.name == "weights"))
              for n in network.nodes if isinstance(n.layer, Convolutional)]  # fmt: skip
    stored = tf.Stored(np.zeros(1 << 23, np.int8))
    return {f"some.{i}.weight": tf.tensor(stored, 0, shape, np.empty(shape, np.int8).strides) for i, shape in shapes}


@pytest.mark.parametrize(("name", "classes"), [("yolov4-tiny", 3), ("yolov3", 80), ("yolov4-csp", 1)])
def test_a_state_dict_is_told_by_counting(
    place: Path, capsys: pytest.CaptureFixture[str], name: str, classes: int
) -> None:
    state = state_of(zoo.write(name, classes))
    Path("s.pt").write_bytes(tf.zip_bytes(state))
    text = refused(capsys, ["s.pt"])
    assert f"its {len(state)} convolutions are those of {name} for {classes} classes: -cfg with the cfg that it" in text
    assert f"darknet_py new {name} -classes {classes} -o NET.cfg" in text


def test_a_state_dict_of_no_known_network_needs_its_cfg(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("s.pt").write_bytes(tf.zip_bytes(state_of(small_detector.CFG)))
    assert "is a state dict of 2 convolutions without a network; give the cfg" in refused(capsys, ["s.pt"])


CFG_BASED = small_detector.CFG.replace("filters=16", "filters=4")


def cfg_based_state() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    norm = {f"module_list.0.BatchNorm2d.{name}": rng.random(4, np.float32) + 0.1
            for name in ("weight", "bias", "running_mean", "running_var")}  # fmt: skip
    weights_ = {"module_list.0.Conv2d.weight": rng.normal(size=(4, 3, 3, 3)).astype(np.float32)}
    head = {"module_list.1.Conv2d.weight": rng.normal(size=(14, 4, 1, 1)).astype(np.float32),
            "module_list.1.Conv2d.bias": rng.random(14, np.float32)}  # fmt: skip
    return weights_ | norm | head


def safetensors(state: dict[str, np.ndarray]) -> bytes:
    header, at = {}, 0
    for name, array in state.items():
        header[name] = {"dtype": "F32", "shape": array.shape, "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + b"".join(array.tobytes() for array in state.values())


def test_a_state_dict_with_its_cfg_in_any_form(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = cfg_based_state()
    Path("net.cfg").write_text(CFG_BASED)
    stored = {name: tf.whole(tf.Stored(array, str(i))) for i, (name, array) in enumerate(state.items())}
    wrapped = {f"module.{name}": value for name, value in stored.items()}
    forms = {"zip": tf.zip_bytes({"epoch": 1, "model": stored}), "big": tf.zip_bytes(stored, order="big"),
             "legacy": tf.legacy_bytes({"state_dict": wrapped}), "safe": safetensors(state)}  # fmt: skip
    made = []
    for name, data in forms.items():
        Path(f"{name}.pt").write_bytes(data)
        assert main(["import", f"{name}.pt", "-cfg", "net.cfg", "-eps", "1e-5"]) == 0
        made.append(Path(f"{name}.weights").read_bytes())
    assert len(set(made)) == 1
    assert np.frombuffer(made[0][20:36], np.float32).tolist() == state["module_list.0.BatchNorm2d.bias"].tolist()
    capsys.readouterr()
    del stored["module_list.1.Conv2d.bias"]
    Path("less.pt").write_bytes(tf.zip_bytes(stored))
    assert "module_list.1.Conv2d.bias is not in the checkpoint" in refused(capsys, ["less.pt", "-cfg", "net.cfg"])


def test_a_model_of_modules(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One convolution with batch norm's eps 1e-3, and a head of one scale."""
    half = np.full(2, 0.5, np.float16)
    buffers = {name: tf.whole(tf.Stored(half, name)) for name in ("weight", "bias", "running_mean", "running_var")}
    norm = tf.module("torch.nn.modules.batchnorm.BatchNorm2d", buffers=buffers, eps=0.001)
    first = tf.module("models.common.Conv", {
        "conv": tf.conv("c", 2, 3, 3, 3), "bn": norm, "act": tf.module("torch.nn.modules.activation.SiLU"),
    }, f=-1, i=0)  # fmt: skip
    boxes = tf.module("torch.nn.modules.container.ModuleList", {"0": tf.conv("d", 7, 2, 1, 1)})
    head = tf.module("models.yolo.Detect", {"m": boxes}, buffers={"anchors": tf.whole(tf.Stored(np.ones((1, 1, 2)), "a"))},
                     f=[0], i=1, nc=2, stride=tf.whole(tf.Stored(np.full(1, 4.0), "s")))  # fmt: skip
    inner = tf.module("torch.nn.modules.container.Sequential", {"0": first, "1": head})
    model = tf.module("models.yolo.Model", {"model": inner}, names=["cat", "dog"], yaml_file="./models/own.yaml")
    Path("mod.pt").write_bytes(tf.zip_bytes({"epoch": -1, "model": None, "ema": model}))
    assert main(["import", "mod.pt", "-size", "64x32"]) == 0
    assert capsys.readouterr().out.startswith("mod.pt: models.yolo.Model of own.yaml\nmod.cfg: 64x32, 1 heads")
    assert Path("mod.names").read_text() == "cat\ndog\n"
    network = graph.build(cfg.read("mod.cfg"))
    variance = weights.load(network, "mod.weights").params[0]["rolling_variance"]
    np.testing.assert_array_equal(variance, np.float32(0.5 + 1e-3 - 1e-5))


# ONNX models of our own

WEIGHTED = NET.format(32, 24, 3) + """[convolutional]
filters=16
size=3
stride=2
pad=1
batch_normalize=1
activation=leaky
[convolutional]
filters=16
size=3
pad=1
groups=16
batch_normalize=1
activation=mish
[shortcut]
from=-2
weights_type=per_channel
weights_normalization=softmax
activation=linear
[convolutional]
filters=14
size=1
activation=linear
""" + YOLO  # fmt: skip


def test_an_onnx_model_of_ours_becomes_what_it_was(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("onnx")
    small_detector.write(place, WEIGHTED, "w")
    net = Network.load("w.cfg", "w.weights")
    net.export("m.onnx")
    assert main(["import", "m.onnx", "-cfg", "w.cfg", "-o", "back"]) == 0
    back = Network.load("back.cfg", "back.weights")
    x = np.random.default_rng(0).random((3, 24, 32), np.float32)
    for wanted, found in zip(net.predict(x), back.predict(x), strict=True):
        np.testing.assert_array_equal(found, wanted)
    capsys.readouterr()
    assert "give the cfg that it was made from" in refused(capsys, ["m.onnx", "-o", "y", "-cfg", "small.cfg"])
    assert main(["import", "m.onnx", "-cfg", "w.cfg", "-o", "large", "-size", "64x48"]) == 0
    assert "large.cfg: 64x48, 1 heads" in capsys.readouterr().out


@pytest.mark.parametrize("form", [
    {}, {"outputs": "boxes"}, {"outputs": "yolov8", "opset": 13}, {"outputs": "nms", "batch": "dynamic"}, {"fp16": True},
    {"outputs": "nms-onnx", "softplus": False},
])  # fmt: skip
def test_onnx_models_of_ours_hold_their_cfg_and_names(
    form: dict[str, Any], place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnx")
    small_detector.write(place, WEIGHTED, "w")
    net = Network.load("w.cfg", "w.weights", names=["a cat", "\u72ac"], size=(64, 48))
    net.export("m.onnx", **form)
    assert main(["import", "m.onnx", "-o", "back"]) == 0
    said = capsys.readouterr().out
    assert "m.onnx: w, as darknet_py export wrote it" in said
    assert ("rounded to half precision" in said) == ("fp16" in form)
    back = Network.load("back.cfg")
    assert (back.names, back.graph.net.width, back.graph.net.height) == (["a cat", "\u72ac"], 64, 48)
    x = np.random.default_rng(0).random((3, 48, 64), np.float32)
    for wanted, found in zip(net.predict(x), back.predict(x), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=0, atol=5e-3 if "fp16" in form else 0)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("darknet_py.cfg", "", "does not hold its cfg; give the cfg that it was made from too: -cfg NET.cfg"),
        ("darknet_py.cfg", "[net]\nwidth=8", "[net] needs height="),
        ("darknet_py.names", "[", "has metadata darknet_py.names that are no JSON"),
        ("darknet_py.names", "{}", "has metadata darknet_py.names that are no list"),
        ("darknet_py.sources", "7", "has metadata darknet_py.sources that are no dict"),
    ],
)
def test_an_onnx_model_of_ours_with_other_metadata(
    key: str, value: str, message: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    onnx = pytest.importorskip("onnx")
    Network.load("small.cfg", "small.weights").export("m.onnx")
    model = onnx.load("m.onnx")
    onnx.helper.set_model_props(model, {entry.key: entry.value for entry in model.metadata_props} | {key: value})
    onnx.save(model, "m.onnx")
    assert message in refused(capsys, ["m.onnx", "-o", "y"])


def test_an_onnx_model_of_ours_in_int8(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    onnx = pytest.importorskip("onnx")
    Network.load("small.cfg", "small.weights").export("m.onnx")
    model = onnx.load("m.onnx")
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.ones(3, np.int8), "convolutional_0_weights_int8"))
    onnx.save(model, "m.onnx")
    assert "is a model of darknet_py export -int8, whose weights are rounded" in refused(capsys, ["m.onnx", "-o", "y"])


def test_an_onnx_model_of_another_program(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    onnx = pytest.importorskip("onnx")
    graph_ = onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "g", [], [])
    onnx.save(onnx.helper.make_model(graph_, producer_name="pytorch"), "p.onnx")
    assert "is an ONNX model of pytorch, and only those of darknet_py export become" in refused(capsys, ["p.onnx"])


def test_other_commands_point_to_import(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy("best.pt", "yolov7.pt")
    assert main(["detect", "yolov7.pt", "a.png"]) == 1
    assert "darknet_py import yolov7.pt makes them of a YOLO in it" in capsys.readouterr().err
    assert main(["convert", "yolov7.pt"]) == 2
    assert "here it is darknet_py import, or export" in capsys.readouterr().err
