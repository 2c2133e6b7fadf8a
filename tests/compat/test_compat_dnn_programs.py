"""Programs written for cv2.dnn, unchanged, after ``cv2_dnn.install()``; the module in place of cv2.dnn."""

from __future__ import annotations

import runpy
import sys

import cv2
import dnn_calls
import dnn_cases
import numpy as np
import processes
import pytest
from dnn_calls import CFG, blob, forward, picture
from networks import random_weights
from reference import SUPPORT

from darknet_py import cfg, export, graph
from darknet_py.compat import cv2_dnn


@pytest.fixture
def files(tmp_path) -> tuple[str, str]:
    return dnn_calls.write(tmp_path)


def test_the_module_is_whole():
    """What it does not have itself is cv2.dnn's."""
    assert cv2_dnn.NMSBoxes is cv2.dnn.NMSBoxes
    assert cv2_dnn.DNN_TARGET_OPENCL == cv2.dnn.DNN_TARGET_OPENCL
    with pytest.raises(AttributeError, match=r"neither module .* nor cv2.dnn has an attribute 'blobFromPicture'"):
        cv2_dnn.blobFromPicture  # noqa: B018


@pytest.fixture
def installed(monkeypatch):
    """cv2.dnn after ``install``, until the test ends."""
    for name in ("readNet", "readNetFromDarknet", "DetectionModel", "ClassificationModel", "DNN_BACKEND_HALIDE"):
        monkeypatch.setattr(cv2.dnn, name, getattr(cv2.dnn, name, None), raising=False)
    for name in ("dnn_DetectionModel", "dnn_ClassificationModel"):
        monkeypatch.setattr(cv2, name, getattr(cv2, name), raising=False)
    monkeypatch.setattr(cv2_dnn.reading, "OPTIONS", dict(cv2_dnn.reading.OPTIONS))
    cv2_dnn.install()
    cv2_dnn.install()


def test_install(installed, files):
    net = cv2.dnn.readNetFromDarknet(*files)
    np.testing.assert_array_equal(forward(net, blob()), forward(cv2.dnn.readNet(*files), blob()))
    assert isinstance(cv2.dnn_DetectionModel(*files), cv2_dnn.DetectionModel)
    assert cv2.dnn_ClassificationModel is cv2.dnn.ClassificationModel is cv2_dnn.ClassificationModel
    assert cv2.dnn.DNN_BACKEND_HALIDE == 1


def test_other_networks_are_opencvs_own(installed, tmp_path):
    pytest.importorskip("onnx", reason="needs onnx: pip install darknet-runtime[test]")
    network = graph.build(cfg.parse(CFG.partition("[yolo]")[0] + "[avgpool]\n[softmax]\n"))
    export.save(tmp_path / "net.onnx", export.to_onnx(network, random_weights(network, 5)))
    net = cv2.dnn.readNet(str(tmp_path / "net.onnx"))
    assert type(net) is type(cv2_dnn.NATIVE.Net())
    for model in (cv2.dnn.ClassificationModel(net), cv2.dnn.ClassificationModel(str(tmp_path / "net.onnx"))):
        assert not isinstance(model, cv2_dnn.ClassificationModel)
        model.setInputParams(1 / 255, (32, 24))
        assert 0 <= model.classify(picture())[0] < 14


PROGRAMS = SUPPORT / "programs" / "dnn"


@pytest.fixture(scope="module")
def arguments(tmp_path_factory) -> list[str]:
    """What each program is given: cfg, weights, picture, where to draw."""
    folder = tmp_path_factory.mktemp("programs")
    return [*map(str, dnn_cases.write("csp_groups", folder)), str(folder / "drawn.png")]


@pytest.mark.parametrize("name", ["outputs", "model", "loop", "threads"])
def test_programs_print_what_they_print_on_opencv_4(name, installed, arguments, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [f"{name}.py", *arguments])
    runpy.run_path(str(PROGRAMS / f"{name}.py"), run_name="__main__")
    assert capsys.readouterr().out == (dnn_cases.FOLDER / f"{name}.txt").read_text()
    if name == "outputs":
        drawn = cv2.imread(arguments[3]) != cv2.imread(arguments[2])
        assert 50 < drawn.any(2).sum() < drawn.shape[0] * drawn.shape[1] / 2


def test_a_program_as_a_process(arguments, tmp_path):
    """With the module's name in place of cv2.dnn, from another folder, without a word on stderr."""
    program = (PROGRAMS / "model.py").read_text().replace("cv2.dnn_", "cv2.dnn.").replace("cv2.dnn", "cv2_dnn")
    (tmp_path / "model.py").write_text("from darknet_py.compat import cv2_dnn\n" + program)
    done = processes.run([sys.executable, "-W", "error", "model.py", *arguments], tmp_path)
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout == (dnn_cases.FOLDER / "model.txt").read_text()
