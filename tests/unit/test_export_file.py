"""The ONNX file: written whole or not at all, by the command, by ``Network.export`` and by ``export.save``."""

from __future__ import annotations

import os
import re
import sys

import numpy as np
import processes
import pytest
import small_detector
from networks import random_weights

from darknet_py import ExportError, Network, cfg, export, graph, weights
from darknet_py._support.optional import pip_install
from darknet_py.cli import main

REASON = "needs onnx and onnxruntime: pip install darknet-runtime[test]"
onnx = pytest.importorskip("onnx", reason=REASON)
onnxruntime = pytest.importorskip("onnxruntime", reason=REASON)

@pytest.fixture
def place(tmp_path):
    """A folder with small.cfg and small.weights."""
    small_detector.write(tmp_path)
    return tmp_path


@pytest.fixture
def model(place):
    network = graph.build(cfg.read(place / "small.cfg"))
    return export.to_onnx(network, weights.load(network, place / "small.weights"))


def command(place, *words):
    done = processes.run(processes.command("export", *words), place)
    return done.returncode, done.stdout, done.stderr


def run(path, shape):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"input": np.random.RandomState(0).rand(*shape).astype(np.float32)})


def test_process(place):
    code, out, err = command(place, "small.cfg", "small.weights")
    size = (place / "small.onnx").stat().st_size
    assert (code, err) == (0, "")
    assert out == f"small.onnx: input 1 x 3 x 24 x 32 -> yolo_2 1 x 14 x 12 x 16, {size} bytes\n"
    assert run(place / "small.onnx", (1, 3, 24, 32))[0].shape == (1, 14, 12, 16)


def test_flags(place, monkeypatch, capsys):
    words = "-outputs boxes --batch=dynamic -size 64x48 -o sub/any.name small.cfg small.weights"
    (place / "sub").mkdir()
    monkeypatch.chdir(place)
    assert main(["export", *words.split()]) == 0
    out = capsys.readouterr().out
    assert out.startswith("sub/any.name: input batch x 3 x 48 x 64 -> boxes batch x 1536 x 4, scores batch x 1536 x 2, ")
    assert [y.shape for y in run(place / "sub/any.name", (2, 3, 48, 64))] == [(2, 1536, 4), (2, 1536, 2)]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("small.cfg no.weights", 1, "no.weights: cannot be read"),
        ("small.cfg small.weights -o no/folder.onnx", 1, "no/folder.onnx: cannot be written"),
        ("small.cfg small.weights -o .", 1, ".: cannot be written"),
        ("small.cfg small.weights -o sub", 1, "sub: cannot be written"),
        ("small.cfg small.weights -o small.weights", 1, "-o small.weights would overwrite small.weights"),
        ("small.cfg small.weights -outputs box", 2, "-outputs box: not one of heads, boxes"),
        ("small.cfg small.weights -batch 0", 2, "-batch 0: not a whole number from 1"),
        ("small.cfg small.weights -size 64x", 2, "-size 64x: not a width and a height, as in 640x384"),
        ("small.cfg small.weights a.jpg", 2, "a.jpg: "),
        ("lone.cfg", 1, "lone.cfg: no weights for it in this folder (lone.weights, "),
    ],
)
def test_wrong_input(place, words, code, message, monkeypatch, capsys):
    (place / "sub").mkdir()
    (place / "lone.cfg").write_bytes((place / "small.cfg").read_bytes())
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*")}
    monkeypatch.chdir(place)
    returned = main(["export", *words.split()])
    out, err = capsys.readouterr()
    assert (returned, out, err.count("\n")) == (code, "", 1)
    assert err.startswith(f"darknet_py: error: {message}")
    assert {path: path.stat().st_mtime_ns for path in place.rglob("*")} == before


def test_network_export(place):
    net = Network.load(place / "small.cfg", place / "small.weights")
    written = net.export(place / "a.onnx", batch=2)
    assert (written.inputs, written.outputs) == ({"input": (2, 3, 24, 32)}, {"yolo_2": (2, 14, 12, 16)})
    x = np.random.RandomState(0).rand(2, 3, 24, 32).astype(np.float32)
    np.testing.assert_allclose(run(place / "a.onnx", x.shape)[0], net.predict(x)[0], rtol=1e-5, atol=1e-5)


def test_large_weights_lie_beside_the_file(place, model, monkeypatch):
    before = run(export.save(place / "one.onnx", model).path, (1, 3, 24, 32))
    monkeypatch.setattr("darknet_py.export.file.MAX_SIZE", 100)
    written = export.save(place / "two.onnx", model)
    files = place / "two.onnx", place / "two.onnx.data"
    assert written.size == sum(file.stat().st_size for file in files)
    assert files[1].stat().st_size >= 16 * 27 * 4
    np.testing.assert_array_equal(run(files[0], (1, 3, 24, 32))[0], before[0])


def test_a_failure_leaves_the_old_file(place, model, monkeypatch):
    (place / "old.onnx").write_text("old")
    before = sorted(place.rglob("*"))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("onnx.save_model", full)
    with pytest.raises(ExportError, match=r"old.onnx: cannot be written \(No space left on device\)"):
        export.save(place / "old.onnx", model)
    assert sorted(place.rglob("*")) == before
    assert (place / "old.onnx").read_text() == "old"


def test_onnx_is_missing(place, model, monkeypatch):
    network = graph.build(cfg.read(place / "small.cfg"))
    monkeypatch.setitem(sys.modules, "onnx", None)
    for call in (lambda: export.to_onnx(network, random_weights(network)), lambda: export.save(place / "a.onnx", model)):
        with pytest.raises(ExportError, match=re.escape(pip_install("export"))):
            call()


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
@pytest.mark.parametrize("large", [False, True])
def test_a_link_stays_and_its_target_is_a_whole_model(place, model, monkeypatch, large):
    from darknet_py.export import file

    if large:
        monkeypatch.setattr(file, "MAX_SIZE", 0)
    (place / "models").mkdir()
    (place / "net.onnx").symlink_to("models/real.onnx")
    export.save(place / "net.onnx", model)
    assert (place / "net.onnx").is_symlink()
    assert sorted(p.name for p in (place / "models").iterdir()) == ["real.onnx", "real.onnx.data"][: 1 + large]
    assert run(place / "models" / "real.onnx", (1, 3, 24, 32))[0].shape == (1, 14, 12, 16)
