"""A model repository of Triton: what is written, what may stand there already, and that nothing is half written."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import small_detector
import triton_message

from darknet_py import ExportError
from darknet_py.cli import main
from darknet_py.export import triton
from darknet_py.export.triton.protobuf_text import read

REASON = "needs onnx and onnxruntime: pip install darknet-runtime[test]"
onnx = pytest.importorskip("onnx", reason=REASON)
onnxruntime = pytest.importorskip("onnxruntime", reason=REASON)
CLASSIFIER = """[net]
width=8
height=8
channels=3
[conv]
filters=2
size=3
activation=linear
[avgpool]
[softmax]
"""
HEADS, BOXES, MANY = "", "-outputs boxes", "-outputs boxes -batch dynamic"


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A folder with small.cfg and all that belongs to it, in which the commands run."""
    small_detector.write(tmp_path)
    (tmp_path / "small.names").write_text("cat\ndog\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def export(words: str, name: str = "small") -> int:
    return main(["export", f"{name}.cfg", f"{name}.weights", "-triton", "models", *words.split()])


def files(folder: Path = Path()) -> dict[str, bytes]:
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in sorted(folder.rglob("*"))}


@pytest.mark.parametrize(
    ("words", "batch", "dims"),
    [
        (HEADS, 0, {"yolo_2": [1, 14, 12, 16]}),
        ("-batch 3", 0, {"yolo_2": [3, 14, 12, 16]}),
        ("-batch dynamic", 8, {"yolo_2": [14, 12, 16]}),
        (BOXES, 0, {"boxes": [1, 384, 4], "scores": [1, 384, 2]}),
        (MANY, 8, {"boxes": [384, 4], "scores": [384, 2]}),
        ("-outputs yolov8 -batch dynamic", 8, {"output0": [6, 384]}),
        ("-outputs nms-rows -batch dynamic", 0, {"detections": [-1, 7]}),
        ("-outputs nms -max_det 2 -batch dynamic", 8,
         {"num_dets": [1], "det_boxes": [2, 4], "det_scores": [2], "det_classes": [2]}),
    ],
)  # fmt: skip
def test_the_config_says_what_the_model_is(words, batch, dims):
    assert export(words) == 0
    config = triton_message.config(Path("models/small/config.pbtxt"))
    assert (config.name, config.backend, config.max_batch_size) == ("small", "onnxruntime", batch)
    assert config.HasField("dynamic_batching") == (batch > 0)
    assert [(t.name, t.data_type, list(t.dims)[-3:]) for t in config.input] == [("input", 11, [3, 24, 32])]
    assert {t.name: list(t.dims) for t in config.output} == dims
    assert {t.name for t in config.output if t.label_filename == "labels.txt"} == dims.keys() & {"scores"}
    assert Path("models/small/labels.txt").read_text() == "cat\ndog\n"
    assert config.instance_group[0].count == 1


@pytest.mark.parametrize(("batch", "size", "whole"), [("1", 0, [1]), ("dynamic", 8, [])])
def test_free_sizes_are_so_in_the_config(batch, size, whole):
    assert export(f"-batch {batch} -size dynamic -outputs boxes") == 0
    config = triton_message.config(Path("models/small/config.pbtxt"))
    assert (list(config.input[0].dims), config.max_batch_size) == ([*whole, 3, -1, -1], size)
    assert [list(t.dims) for t in config.output] == [[*whole, -1, 4], [*whole, -1, 2]]


def test_the_model_gives_what_its_config_says():
    assert export(MANY) == 0
    config = triton_message.config(Path("models/small/config.pbtxt"))
    session = onnxruntime.InferenceSession("models/small/1/model.onnx", providers=["CPUExecutionProvider"])
    given = session.run([t.name for t in config.output], {"input": np.zeros((2, *config.input[0].dims), np.float32)})
    assert [list(y.shape) for y in given] == [[2, *t.dims] for t in config.output]


def test_inputs_that_may_be_left_out_are_left_out(place):
    """Letterboxed networks that suppress by distance have a second input with a value of its own."""
    text = small_detector.CFG.replace("[net]", "[net]\nletter_box=1", 1).replace("[yolo]", "[yolo]\nnms_kind=diounms")
    small_detector.write(place, text, "box")
    assert export("-outputs nms -batch dynamic", "box") == 0
    config = triton_message.config(Path("models/box/config.pbtxt"))
    assert ([t.name for t in config.input], config.max_batch_size) == (["input"], 8)
    session = onnxruntime.InferenceSession("models/box/1/model.onnx", providers=["CPUExecutionProvider"])
    assert [i.name for i in session.get_overridable_initializers()] == ["inner_size"]
    session.run(None, {"input": np.zeros((3, 3, 24, 32), np.float32)})


def test_a_classifier_has_its_labels(place):
    small_detector.write(place, CLASSIFIER, "c")
    Path("c.names").write_text("day\nnight\n")
    assert export("-batch dynamic", "c") == 0
    (output,) = triton_message.config(Path("models/c/config.pbtxt")).output
    assert (output.label_filename, int(np.prod(output.dims))) == ("labels.txt", 2)


def test_each_export_is_a_new_version_and_what_is_there_stays(capsys):
    assert export(MANY) == 0
    config = Path("models/small/config.pbtxt")
    config.write_text(config.read_text().replace("count: 1", "count: 4").replace("max_batch_size: 8", "max_batch_size: 2"))
    Path("models/small/9").mkdir()
    Path("models/small/notes").mkdir()
    before = files(Path("models"))
    assert export(f"{MANY} -size 32x24") == 0
    assert capsys.readouterr().out.count("models/small/10/model.onnx: input batch x 3 x 24 x 32") == 1
    assert files(Path("models")).items() > before.items()
    assert {*files(Path("models"))} - {*before} == {"models/small/10", "models/small/10/model.onnx"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ((b'"small"', b'"large"'), "models/small/config.pbtxt: its name is large; versions of a model"),
        ((b"onnxruntime", b"tensorrt"), "config.pbtxt: it runs model.onnx with tensorrt; versions"),
        ((b"max_batch_size: 8", b"max_batch_size: 0"), "its max_batch_size is 0, the model's batch is dynamic"),
        ((b"384, 4", b"1536, 4"), "its output boxes is TYPE_FP32 [1536, 4], the model's TYPE_FP32 [384, 4]"),
        ((b"TYPE_FP32 dims: [ 3", b"TYPE_FP16 dims: [ 3"), "its input input is TYPE_FP16 [3, 24, 32], the model's "),
        ((b'"scores"', b'"probs"'), "its output probs is none of the model's: boxes, scores"),
        ((b"dims: [ 3", b"dims: [ three"), "cannot be understood (three stands where a whole number belongs)"),
        ((b"backend: ", b"backend "), "cannot be understood (line 3: no : stands behind backend); correct or remove it"),
        ((b"instance_group", b"\xff\xfe"), "cannot be read (it is no text of UTF-8); correct or remove it"),
    ],
)
def test_a_config_that_stands_there_must_fit(change, says, capsys):
    assert export(MANY) == 0
    config = Path("models/small/config.pbtxt")
    config.write_bytes(config.read_bytes().replace(*change, 1))
    before = files()
    capsys.readouterr()
    assert export(MANY) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err
    assert files() == before


def test_a_model_without_config_must_fit_too(capsys):
    assert export(MANY) == 0
    Path("models/small/config.pbtxt").unlink()
    before = files()
    assert export(HEADS) == 1
    assert "models/small/1/model.onnx has other inputs or outputs; versions of a model" in capsys.readouterr().err
    Path("models/small/1/model.onnx").write_bytes(b"not a model")
    assert export(HEADS) == 1
    assert "models/small/1/model.onnx is no ONNX model; versions" in capsys.readouterr().err
    Path("models/small/1/model.onnx").write_bytes(before["models/small/1/model.onnx"])
    assert files() == before
    assert export(MANY) == 0
    assert Path("models/small/2/model.onnx").is_file()


@pytest.mark.parametrize(
    ("names", "labels"), [("cat\n", "cat\n1\n"), ("cat\ndog\ncow\n", "cat\ndog\n"), ("größe\nдом\n", "größe\nдом\n")]
)
def test_there_is_a_label_for_each_class(names, labels, capsys):
    Path("small.names").write_text(names, "utf-8")
    assert export(BOXES) == 0
    assert ("class names for classes=2" in capsys.readouterr().err) == (names != labels)
    assert Path("models/small/labels.txt").read_text("utf-8") == labels
    outputs = triton_message.config(Path("models/small/config.pbtxt")).output
    assert [t.label_filename for t in outputs] == ["", "labels.txt"]


def test_other_names_are_another_model(capsys):
    assert export(BOXES) == 0
    Path("small.names").write_text("car\nbus\n")
    assert export(BOXES) == 1
    assert "models/small/labels.txt has other names; versions" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("-triton a.txt", "a.txt: is no folder, which a model repository is; choose another one"),
        ("-triton a.txt/models", "a.txt/models/small: cannot be written (Not a directory)"),
        ("-triton . -o a.txt", "a.txt: is no folder"),
        (f"-triton {'a' * 300}", "/small: cannot be written (File name too long)"),
        (f"-o {'a' * 101}", "name it with -o, of at most 100 letters"),
        ("-o ../up", "'../up' can be no model of Triton, whose name stands in addresses; name it with -o"),
        ("-o .", "'.' can be no model"),
        ("-o a/b.onnx", "'a/b' can be no model"),
        ("-o .hidden", "'.hidden' can be no model"),
        ("-o größe", "'größe' can be no model"),
        ("-o .onnx", "'' can be no model"),
    ],
)
def test_what_is_no_place(words, says, capsys):
    Path("a.txt").write_text("a")
    before = files()
    assert export(words) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err
    assert files() == before


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_a_repository_may_be_a_link(capsys):
    Path("real").mkdir()
    Path("models").symlink_to("real")
    assert export(BOXES) == 0
    assert Path("real/small/1/model.onnx").is_file()
    Path("models").unlink()
    Path("models").symlink_to("nowhere")
    assert export(BOXES) == 1
    assert "models: is no folder" in capsys.readouterr().err


@pytest.mark.parametrize("fails", ["onnx.save_model", "pathlib.Path.rename", "darknet_py.export.triton.write_whole"])
@pytest.mark.parametrize("there", [False, True])
def test_a_failure_leaves_what_was_there(fails, there, monkeypatch, capsys):
    if there:
        export(BOXES)
        Path("models/small/labels.txt").unlink()
    before = files()

    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(fails, full)
        assert export(BOXES) == 1
    err = capsys.readouterr().err
    assert "cannot be written (No space left on device)" in err
    assert ".darknet_py." not in err
    assert files() == before


def test_large_weights_lie_beside_the_model(monkeypatch):
    monkeypatch.setattr("darknet_py.export.file.MAX_SIZE", 100)
    assert export("-o big.onnx") == 0
    assert sorted(path.name for path in Path("models/big/1").iterdir()) == ["model.onnx", "model.onnx.data"]
    session = onnxruntime.InferenceSession("models/big/1/model.onnx", providers=["CPUExecutionProvider"])
    assert session.run(None, {"input": np.zeros((1, 3, 24, 32), np.float32)})[0].shape == (1, 14, 12, 16)


def test_operators_of_tensorrt_alone_are_told(tmp_path):
    value = onnx.helper.make_tensor_value_info
    node = onnx.helper.make_node("EfficientNMS_TRT", ["input"], ["y"], domain="TRT")
    made = onnx.helper.make_graph([node], "g", [value("input", 1, [1, 3])], [value("y", 1, [1, 3])])
    with pytest.raises(ExportError, match="EfficientNMS_TRT is TensorRT's own operator"):
        triton.save(triton.place(tmp_path / "models", "x"), onnx.helper.make_model(made))
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("", {}),
        ('a: 1 # one\nb: "x" a: 2', {"a": ["1", "2"], "b": ["x"]}),
        ("a [1, 2], b { c: 'd' 'e' }; f < g: -1 >", {"a": ["1", "2"], "b": [{"c": ["de"]}], "f": [{"g": ["-1"]}]}),
        ('a: [ { b: "}#" }, { } ]', {"a": [{"b": ["}#"]}, {}]}),
        (r'a: "\"\n\x41"', {"a": ['"\nA']}),
    ],
)
def test_texts_of_protobuf(text, fields):
    assert read(text) == fields


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a", "line 1: no : stands behind a"),
        ("a: ", "line 1: its end stands where a value belongs"),
        ("a: 1\n}", "line 2: } stands where a name belongs"),
        ("a {\nb: 1", "its end stands where a name belongs"),
        ("a: [1\n2", "its end stands where a value belongs"),
        ('a: "x', 'line 1: " stands where a value belongs'),
        (r'a: "\x"', "is no text"),
        ("a: }", "line 1: } stands where a value belongs"),
        ("\x00", "stands where a name belongs"),
        ("a 1", "no : stands behind a"),
        ("a {" * 9000, "nested too deep"),
    ],
)
def test_texts_that_are_none(text, says):
    with pytest.raises(ValueError, match=r"line \d+: ") as caught:
        read(text)
    assert says in str(caught.value)
