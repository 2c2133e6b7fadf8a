"""The doctor on weights files: what they are, how long they are, what else they fit, and the numbers in them."""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from networks import random_weights
from sound_detector import SOUND, arrays, check, kinds, only, save

from darknet_py import cfg, graph, weights, zoo
from darknet_py.doctor.length import Lengths, zoo_candidates
from darknet_py.files.contents import kind_of
from darknet_py.weights import Weights

Arrays = dict[str, np.ndarray]

FILES = {
    "git-lfs pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
    "a web page": b"\n<!DOCTYPE html>\n<html>",
    "XML": b"<?xml version='1.0'?><Error/>",
    "JSON": b'{"message": "Not Found"}',
    "gzip": b"\x1f\x8b\x08\0",
    "7z": b"7z\xbc\xaf\x27\x1c\0",
    "tar": bytes(257).replace(b"\0", b"a") + b"ustar\0",
    "ONNX": b"\x08\x08\x12\x07pytorch\0",
    "HDF5": b"\x89HDF\r\n\x1a\n\0",
    "TensorFlow Lite": b"\x1c\0\0\0TFL3\0",
    "safetensors": struct.pack("<Q", 99) + b'{"a":',
    "NumPy": b"\x93NUMPY\x01\0",
    "a picture": b"\xff\xd8\xff\xe0\0",
    "PyTorch": b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.",
    "empty": b"\0" * 100,
    ".cfg": b"# mine\r\n[net]\r\nwidth=1\r\n",
    ".data": b"classes= 2\ntrain = x.txt\n",
    "YAML": b"nc: 2\nnames: [a, b]\n",
    "a label file": b"0 0.5 0.5 0.25 0.25\n1 0.1 0.1 0.2 0.2\n",
    "a text without": b"cat\ndog\n",
    "UTF-16": "人\n物\n".encode("utf-16-le"),
    "unknown": b"\x01\xff\xfe\0\x7f\0\0\0\xff\xff\xff\xff",
    ".weights": struct.pack("<iiiQ", 0, 2, 5, 32013312),
}


@pytest.mark.parametrize("name", FILES)
def test_files_are_known_by_their_first_bytes(name: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(FILES[name])
    assert name in kind_of(str(tmp_path / "x")).name


def test_a_zip_may_be_a_network_of_pytorch(tmp_path: Path) -> None:
    for member, name in (("archive/data.pkl", "a PyTorch file"), ("yolo.weights", "a zip archive")):
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as file:
            file.writestr(member, b"x")
        assert kind_of(str(tmp_path / "x.zip")).name == name


@pytest.mark.parametrize("name", sorted(FILES.keys() - {".weights", ".cfg", ".data", "unknown"}))
def test_what_is_no_weights_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "x.weights").write_bytes(FILES[name])
    (finding,) = check(tmp_path, weights=tmp_path / "x.weights").findings
    assert (finding.severity, finding.code) == ("error", "not-weights")
    assert name in finding.message
    assert finding.remedy


def test_too_short_for_a_header(tmp_path: Path) -> None:
    (tmp_path / "x.weights").write_bytes(FILES[".weights"][:18])
    assert "18 bytes are too few" in only(check(tmp_path, weights=tmp_path / "x.weights"), "unreadable").message


def cut(size: int) -> Callable[[bytes], bytes]:
    return lambda data: data[:size]


CONV0, CONV1, HEAD = 4 * (4 * 8 + 8 * 27), 4 * (4 * 8 + 8 * 72), 4 * (21 + 21 * 8)
SIZE = 20 + CONV0 + CONV1 + 2 * HEAD


@pytest.mark.parametrize(
    ("change", "problem", "remedy"),
    [
        (lambda data: data + bytes(8), "8 bytes are left over after .*layer 5 ", "another network's or is damaged"),
        (lambda data: data + bytes(3), "3 bytes are left over", "do not come out even"),
        (cut(SIZE - 12), f"ends inside .*layer 5 .*: it needs {HEAD} bytes and {HEAD - 12} are left", "cut off on its way"),
        (cut(30), rf"layer 0 .*: it needs {CONV0} bytes and 10 are left \({SIZE} bytes expected, 30 found\)", "even"),
        (cut(20 + CONV0 + CONV1), "layer 2 ", "first 2 layers: a start for training, like yolov4.conv.137"),
        (lambda data: data[:16] + data[20:], "layer 5 ", "would fit with a header of 16 bytes: its version 0.2 is damaged"),
        (lambda data: b"\1\xff\xff\0" + data[4:-8], "layer 5 ", "first bytes are not a version"),
    ],
)
def test_length(change: Callable[[bytes], bytes], problem: str, remedy: str, tmp_path: Path) -> None:
    path = save(tmp_path / "x.weights")
    assert path.stat().st_size == SIZE
    path.write_bytes(change(path.read_bytes()))
    finding = only(check(tmp_path, weights=path), "length")
    assert (finding.severity, finding.place.file) == ("error", str(path))
    assert finding.place.layer is not None
    assert f"layer {finding.place.layer} " in finding.message
    assert re.search(problem, finding.message)
    assert re.search(remedy, finding.remedy)


def test_a_damaged_version(tmp_path: Path) -> None:
    path = save(tmp_path / "x.weights")
    path.write_bytes(b"\1\xff\xff\0" + path.read_bytes()[4:])
    assert only(check(tmp_path, weights=path), "bad-header").severity == "warning"


def other_classes(classes: int) -> str:
    filters = (classes + 5) * 3
    return SOUND.replace("classes=2", f"classes={classes}").replace("filters=21", f"filters={filters}")


@pytest.mark.parametrize("classes", [1, 7, 80])
def test_the_number_of_classes_that_a_file_is_for(classes: int, tmp_path: Path) -> None:
    report = check(tmp_path, other_classes(classes), save(tmp_path / "x.weights"), "a\nb\n")
    assert "x.cfg fits it with classes=2, which is the number of names, and filters=21 before each head" in only(
        report, "length"
    ).remedy.replace(str(tmp_path), "")
    assert report.facts["weights"]["fits"] == [{"network": "x.cfg", "classes": 2, "layers": None}]


def test_a_file_of_another_network(tmp_path: Path) -> None:
    net = graph.build(cfg.parse(zoo.write("yolo-fastest-1.1", classes=3)))
    weights.save(net, random_weights(net), tmp_path / "x.weights")
    text = "its length is that of yolo-fastest-1.1 with 3 classes"
    assert text in only(check(tmp_path, weights=tmp_path / "x.weights"), "length").remedy
    broken = only(check(tmp_path, SOUND.replace("[route]", "[x]"), tmp_path / "x.weights"), "length-unknown")
    assert (broken.severity, broken.remedy) == ("note", text)


@pytest.mark.parametrize("name", sorted(zoo.NETWORKS))
def test_classes_are_found_for_every_network(name: str) -> None:
    lengths = Lengths.of(name, graph.build(cfg.parse(zoo.write(name))))
    for classes in (1, 3, 80, 365):
        size = weights.expected_size(graph.build(cfg.parse(zoo.write(name, classes=classes))), 0)
        assert lengths.classes(size) == classes
        assert lengths.classes(size + 4) is None


def test_published_beginnings_of_networks() -> None:
    """yolov4.conv.137, yolov4-tiny.conv.29 and darknet53.conv.74, as they are downloaded."""
    beginnings = {170038676: "137 layers of yolov4", 19789716: "29 layers of yolov4-tiny", 162482580: "74 layers of yolov3"}
    for size, text in beginnings.items():
        assert any(text in str(candidate) for candidate in zoo_candidates(size - 20))


def first(made: Weights, name: str) -> np.ndarray:
    return made.params[0][name]


def change(made: Weights, name: str, value: float, count: int | None = None) -> None:
    first(made, name).flat[:count] = value


@pytest.mark.parametrize(
    ("name", "value", "count", "kind", "message"),
    [
        ("weights", np.nan, 5, "error nan", "5 NaNs: weights of layer 0"),
        ("biases", np.nan, None, "error nan", "8 NaNs: biases of layer 0"),
        ("scales", -np.inf, 1, "error infinite", "1 infinite number: scales of layer 0"),
        ("rolling_variance", -0.5, 2, "error negative-variance", "2 variances below zero: rolling_variance of layer 0"),
        ("weights", 1e30, 1, "warning huge", "1 array with absurdly large numbers: weights of layer 0"),
        ("weights", 0, None, "warning all-zero", "1 array of nothing but zeros: weights of layer 0"),
        ("rolling_variance", 0, None, "warning all-zero", "rolling_variance of layer 0"),
        ("weights", 0.25, None, "warning constant", "1 array of one number all over: weights of layer 0"),
        ("scales", 0, 3, "note dead-channels", "3 channels without effect, its scale or its weights 0: scales of layer 0"),
        ("weights", 0, 54, "note dead-channels", "2 channels without effect, its scale or its weights 0: weights of"),
    ],
)
def test_numbers(name: str, value: float, count: int | None, kind: str, message: str, tmp_path: Path) -> None:
    made = arrays()
    change(made, name, value, count)
    report = check(tmp_path, weights=save(tmp_path / "x.weights", made))
    assert sorted(kinds(report)) == sorted(["note header", kind])
    finding = only(report, kind.split()[1])
    assert message in finding.message
    assert (finding.place.layer, finding.place.section) == (0, "convolutional")


def test_variances_near_zero_are_no_fault(tmp_path: Path) -> None:
    made = arrays()
    change(made, "rolling_variance", -1e-9, 1)
    change(made, "rolling_variance", 0.0, 1)
    assert kinds(check(tmp_path, weights=save(tmp_path / "x.weights", made))) == ["note header"]


def test_the_same_fault_in_many_layers_is_told_once(tmp_path: Path) -> None:
    made = arrays()
    for named in made.params:
        for array in named.values():
            array[:] = np.nan
    finding = only(check(tmp_path, weights=save(tmp_path / "x.weights", made)), "nan")
    assert finding.message.startswith(f"{(SIZE - 20) // 4} NaNs: biases of layer 0, scales of layer 0")
    assert finding.message.endswith("and 8 more")
