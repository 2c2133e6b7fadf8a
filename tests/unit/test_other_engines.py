"""ONNX Runtime and OpenVINO behind Network: native's boxes within 1e-4, and what goes wrong."""

from __future__ import annotations

import functools
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
import seeded
from networks import network, random_weights
from other_engine import OTHERS, other
from reference import kit
from small_detector import files, net
from small_detector import picture as small_picture

from darknet_py import DarknetError, DarknetWarning, ExportError, Network, cfg, export, graph, image, load, zoo
from darknet_py._support.optional import pip_install
from darknet_py.boxes.table import Boxes
from darknet_py.cli import main
from darknet_py.results import Detections
from darknet_py.shapes import Shape

__all__ = ["files", "net", "other"]

ROOT = Path(__file__).parents[2]
WITHIN = 1e-4  # of the picture's sides, or of a box's own where that is larger than the picture; of probabilities
CPU_ONLY = {"AzureExecutionProvider", "CPUExecutionProvider"}
WIDTHS = {"yolo-fastest-1.1": 1, "yolo-fastest-1.1-xl": 1}  # whose groups are their channels
NETWORKS = [name for name in zoo.NETWORKS if name != "yolov4-chars"]


def boxes(net: Network, outputs: list[np.ndarray]) -> Boxes:
    """All of them, whatever their probability."""
    return net.boxes(outputs, image.Fit((net.width, net.height), (net.width, net.height)), -np.inf)


def assert_same_boxes(native: Network, other: Network, x: np.ndarray) -> None:
    a, b = (boxes(net, net.outputs(x)) for net in (native, other))
    for got, want in zip((b.xywh, b.objectness, b.probs), (a.xywh, a.objectness, a.probs), strict=True):
        assert got.shape == want.shape
        assert np.max(np.abs(got - want) / np.maximum(1, np.abs(want))) < WITHIN


def picture(shape: Shape) -> np.ndarray:
    return np.random.RandomState(3).rand(*shape).astype(np.float32)


@pytest.mark.parametrize("name", NETWORKS)
def test_boxes_of_every_network_are_natives(name: str, other: str) -> None:
    """Narrow, and as small as its strides allow; the whole ones: benchmarks/matrix.py."""
    native = narrow(name)
    net = Network.of(native.graph, native.weights, engine=other)
    assert_same_boxes(native, net, picture(native.graph.net.shape))


@functools.cache
def narrow(name: str) -> Network:
    text = zoo.write(name, classes=3, size=128 if "p7" in name else 64, width=WIDTHS.get(name, 0.125))
    small = graph.build(cfg.parse(text))
    return Network.of(small, seeded.seeded_weights(small, 0.05))


@pytest.mark.parametrize("name", ["yolo-fastest-1.1", "yolo-fastest-1.1-xl", "yolo-fastest", "yolo-fastest-xl"])
def test_detections_of_trained_networks_are_natives(name: str, other: str) -> None:
    paths = kit() / "cfg" / f"{name}.cfg", kit() / "weights" / f"{name}.weights"
    assert_same_detections(paths, other, sorted((kit() / "images").glob("*.png")))


def test_detections_of_the_network_that_comes_along_are_natives(other: str) -> None:
    assert_same_detections(("yolov4-chars",), other, [ROOT / "examples" / "plate.jpg"])


@functools.cache
def detections(model: tuple[Path | str, ...], path: Path) -> Detections:
    """Of the native engine."""
    return loaded(model).detect(path, thresh=0.3)


@functools.cache
def loaded(model: tuple[Path | str, ...]) -> Network:
    return load(*model)


def assert_same_detections(model: tuple[Path | str, ...], other: str, pictures: list[Path]) -> None:
    twin = load(*model, engine=other)
    for path in pictures:
        want, got = detections(model, path), twin.detect(path, thresh=0.3)
        assert [d.name for d in got] == [d.name for d in want]
        for a, b in zip(got, want, strict=True):
            np.testing.assert_allclose([a.prob, *a.box], [b.prob, *b.box], rtol=0, atol=WITHIN)


def test_batches_lists_and_threads(files: tuple[Path, Path], net: Network, other: str) -> None:
    """Each picture has its own outputs, which no later run changes."""
    twin = Network.load(*files, threads=2, engine=other)
    x = np.random.RandomState(1).rand(37, *net.graph.net.shape).astype(np.float32)
    (want,) = net.predict(x)
    (all_at_once,) = twin.predict(x)
    np.testing.assert_allclose(all_at_once, want, rtol=0, atol=1e-5)
    with ThreadPoolExecutor(4) as pool:
        for run in (twin.predict, twin.alone().predict):
            for (got,), one in zip(pool.map(run, [*x, x[:3]]), [*want, want[:3]], strict=True):
                np.testing.assert_allclose(got, one, rtol=0, atol=1e-5)
    np.testing.assert_allclose(all_at_once, want, rtol=0, atol=1e-5)
    found = list(twin.detect_many([np.full((50, 70, 3), i, np.uint8) for i in range(5)], thresh=0.1))
    assert [d.source for d in found] == list(range(5))


def test_activations_and_profile(files: tuple[Path, Path], net: Network, other: str) -> None:
    twin = Network.load(*files, threads=1, engine=other)
    x = picture(net.graph.net.shape)
    got, want = twin.activations(x), net.activations(x)
    assert got.keys() == want.keys()
    for i, y in want.items():
        np.testing.assert_allclose(got[i], y, rtol=0, atol=1e-5)
    found = twin.profile(x, 2)
    assert (found.runs, found.threads, len(found.layers)) == (2, 1, len(net.graph.nodes))
    assert found.layers[0].seconds > 0
    assert found.layers[0].steps >= 1
    assert found.ordinary > 0


CLASSIFIER = "[convolutional]\nfilters=5\nsize=3\nactivation=leaky\n[avgpool]\n[softmax]\n[cost]\n"
EMBEDDINGS = """[convolutional]
filters=6
size=1
activation=linear
[convolutional]
filters=14
size=1
activation=linear
[yolo]
mask=0,1
anchors=4,6, 10,12
classes=2
num=2
embedding_layer=0
"""


@pytest.mark.parametrize(("layers", "outputs"), [(CLASSIFIER, (2,)), (EMBEDDINGS, (2, 0))])
def test_classifiers_and_embeddings(layers: str, outputs: tuple[int, ...], other: str) -> None:
    small = network(layers, (3, 8, 8))
    weights = random_weights(small)
    x = picture(small.net.shape)
    want, got = (Network.of(small, weights, engine=engine).outputs(x) for engine in ("native", other))
    assert small.outputs == outputs
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-5)


def test_a_model_in_place_of_the_weights(files: tuple[Path, Path], net: Network, tmp_path: Path, other: str) -> None:
    """With one picture a run, three, any number; halved weights."""
    x = np.random.RandomState(1).rand(5, *net.graph.net.shape).astype(np.float32)
    (want,) = net.predict(x)
    for i, (batch, fp16) in enumerate([(1, False), (3, False), ("dynamic", False), (2, True)]):
        path = tmp_path / f"{i}, small.onnx"
        export.save(path, export.to_onnx(net.graph, net.weights, batch=batch, fp16=fp16))
        twin = Network.load(*files, engine=f"{other},{path}")
        np.testing.assert_allclose(twin.predict(x)[0], want, rtol=0, atol=3e-2 if fp16 else 1e-5)
    with pytest.raises(DarknetError, match=r"small.onnx: has no outputs of all layers; leave the file out"):
        twin.activations(x[0])
    assert twin.profile(x[0], 1).layers[0].seconds > 0


def test_models_that_do_not_fit(files: tuple[Path, Path], net: Network, tmp_path: Path, other: str) -> None:
    export.save(tmp_path / "boxes.onnx", export.to_onnx(net.graph, net.weights, "boxes"))
    for outputs in ("nms", "nms-rows"):
        export.save(tmp_path / f"{outputs}.onnx", export.to_onnx(net.graph, net.weights, outputs))
    larger = graph.build(cfg.read(files[0]), (64, 48))
    export.save(tmp_path / "larger.onnx", export.to_onnx(larger, net.weights))
    (tmp_path / "text.onnx").write_text("no model")
    (tmp_path / "empty.onnx").touch()
    for name, message in {
        "boxes": r"boxes.onnx: gives boxes [1n]x384x4, .*but this network yolo_2 nx14x12x16; export it",
        "nms": r"nms.onnx: .*; export it from this network with -outputs heads",
        "nms-rows": r"nms-rows.onnx: .*; export it from this network with -outputs heads",
        "larger": r"larger.onnx: takes input [1n]x3x48x64, but the network nx3x24x32; export it from this network",
        "text": r"text.onnx: (ONNX Runtime|OpenVINO) cannot (load|read) it",
        "empty": r"empty.onnx: (ONNX Runtime|OpenVINO) cannot (load|read) it",
        "missing": r"missing.onnx: there is no such file",
    }.items():  # fmt: skip
        with pytest.raises(DarknetError, match=message):
            Network.load(*files, engine=f"{other},{tmp_path / name}.onnx")


@pytest.mark.parametrize("asked", [{"numerics": "fast"}, {"numerics": "bf16"}, {"avx_maxpool": True}])
def test_what_is_of_the_native_engine(files: tuple[Path, Path], other: str, asked: dict[str, object]) -> None:
    with pytest.raises(DarknetError, match=rf"is of the native engine; leave it out with engine {other}"):
        Network.load(*files, engine=other, **asked)


@pytest.mark.parametrize(
    ("engine", "message"),
    [
        (
            "onnxruntime:cuda",
            r'Runtime, [\d.]+, has cpu; .*pip uninstall onnxruntime, then .*pip install "onnxruntime-gpu\[cuda,cudnn\]"',
        ),
        ("onnxruntime:DirectML", r"has cpu; .* pip install onnxruntime-directml"),
        ("onnxruntime:xnnpack", r"has cpu; a build of ONNX Runtime with xnnpack is needed"),
        ("onnxruntime:gpu", r"there is no provider gpu; this ONNX Runtime, [\d.]+, has cpu, others have .*cuda, .*tensorrt"),
        ("openvino:NPU", r"OpenVINO [\d.]+ finds .*CPU.*; NPU needs the driver of an Intel NPU"),
        ("openvino:cuda", r"finds .*CPU.*; there is no device CUDA, others have GPU, NPU"),
    ],
)
def test_what_this_machine_does_not_have(files: tuple[Path, Path], engine: str, message: str) -> None:
    package = pytest.importorskip(engine.split(":", maxsplit=1)[0])
    if package.__name__ == "onnxruntime" and {"AzureExecutionProvider", *package.get_available_providers()} != CPU_ONLY:
        pytest.skip("another build of ONNX Runtime")
    with pytest.raises(DarknetError, match=message):
        Network.load(*files, engine=engine)


@pytest.mark.parametrize("name", OTHERS)
def test_packages_that_are_missing(files: tuple[Path, Path], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(
        DarknetError, match=rf"engine {name} needs the package {name} .*{re.escape(pip_install(name))}"
    ):
        Network.load(*files, engine=name)


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_a_provider_that_is_there_and_not_used(files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """ONNX Runtime then takes the processor."""
    runtime = pytest.importorskip("onnxruntime")
    fuller = ["CUDAExecutionProvider", *runtime.get_available_providers()]
    monkeypatch.setattr(runtime, "get_available_providers", lambda: fuller)
    with pytest.raises(DarknetError, match=r"engine onnxruntime:cuda: ONNX Runtime [\d.]+ finds no device for it; see"):
        Network.load(*files, engine="onnxruntime:cuda")


@pytest.mark.parametrize("batch", [None, "dynamic", 4])
def test_a_session_for_each_number_of_pictures(
    files: tuple[Path, Path], net: Network, batch: int | str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a card, with the processor's memory in place of a card's, which gives copies."""
    pytest.importorskip("onnx")
    value = pytest.importorskip("onnxruntime").OrtValue
    given = value.numpy
    monkeypatch.setattr(value, "numpy", lambda self: given(self).copy())
    monkeypatch.setattr("darknet_py.engines.onnxruntime.providers.Provider.on_device", True)
    monkeypatch.setattr("darknet_py.engines.onnxruntime.session.DEVICE", "cpu")
    engine = "onnxruntime"
    if batch:
        net.export(tmp_path / "net.onnx", batch=batch)
        engine = f"onnxruntime,{tmp_path / 'net.onnx'}"
    other = Network.load(*files, engine=engine)
    x = np.random.RandomState(1).rand(37, *net.graph.net.shape).astype(np.float32)
    for part in (x[:1], x[1:4], x[:1], x, x[4:5]):
        (got,), (want,) = other.predict(part), net.predict(part)
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("reason", "goes_on"), [("cannot use the graph capture feature", True), ("out of memory", False)])
def test_calls_that_cannot_be_recorded(
    files: tuple[Path, Path], net: Network, reason: str, goes_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only that is put up with, and told."""
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from darknet_py.engines.onnxruntime import OnnxRuntime
    from darknet_py.engines.onnxruntime.providers import Provider

    def load(self: OnnxRuntime, model: bytes | str, threads: int, profiled: str, recorded: bool) -> object:
        if recorded:
            raise DarknetError(f"ONNX Runtime cannot load it: this session {reason}")
        return loaded(self, model, threads, profiled, recorded)

    loaded = OnnxRuntime._loaded
    monkeypatch.setattr(OnnxRuntime, "_loaded", load)
    monkeypatch.setattr(Provider, "on_device", True)
    monkeypatch.setattr("darknet_py.engines.onnxruntime.session.DEVICE", "cpu")
    with pytest.warns(DarknetWarning, match="slower") if goes_on else pytest.raises(DarknetError, match=reason):
        other = Network.load(*files, engine="onnxruntime")
    if goes_on:
        x = picture(net.graph.net.shape)
        np.testing.assert_allclose(other.predict(x)[0], net.predict(x)[0], rtol=0, atol=1e-5)


def test_too_large_for_one_message(
    files: tuple[Path, Path], net: Network, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The weights lie in a file for as long as the model is read."""
    monkeypatch.setattr("darknet_py.export.file.MAX_SIZE", 100)
    x = picture(net.graph.net.shape)
    (got,) = Network.load(*files, engine=other).predict(x)
    np.testing.assert_allclose(got, net.predict(x)[0], rtol=0, atol=1e-5)


def test_half_precision(files: tuple[Path, Path], net: Network) -> None:
    pytest.importorskip("onnxruntime")
    x = picture(net.graph.net.shape)
    (got,), (want,) = Network.load(*files, engine="onnxruntime,fp16").predict(x), net.predict(x)
    assert 0 < np.abs(got - want).max() < 3e-2


def test_half_precision_of_every_layer() -> None:
    """Mish is in float32 and is both an output and what a convolution in half precision reads."""
    pytest.importorskip("onnxruntime")
    small = network(EMBEDDINGS.replace("linear", "mish", 1), (3, 8, 8))
    weights = random_weights(small)
    x = picture(small.net.shape)
    want, got = (Network.of(small, weights, engine=engine) for engine in ("native", "onnxruntime,fp16"))
    for a, b in zip(got.outputs(x), want.outputs(x), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=3e-2)
    layers = got.activations(x)
    for i, b in want.activations(x).items():
        np.testing.assert_allclose(layers[i], b, rtol=0, atol=3e-2)


def test_the_command(files: tuple[Path, Path], tmp_path: Path, other: str, capsys: pytest.CaptureFixture[str]) -> None:
    cv2.imwrite(str(tmp_path / "one.png"), small_picture())
    words = ["detect", *map(str, files), str(tmp_path / "one.png"), "-thresh", ".2", "-dont_draw", "-quiet"]
    assert main(words) == 0
    want = capsys.readouterr().out
    assert "%" in want
    assert main([*words, "-engine", other]) == 0
    assert re.sub(r"[\d.]+ milli-seconds", "", capsys.readouterr().out) == re.sub(r"[\d.]+ milli-seconds", "", want)
    assert main([*words, "-engine", f"{other},int8"]) == 2
    assert "'int8' is neither fp16 nor a file FILE.onnx" in capsys.readouterr().err


def test_the_model_is_not_written_over(
    files: tuple[Path, Path], net: Network, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnxruntime")
    path = tmp_path / "small.onnx"
    export.save(path, export.to_onnx(net.graph, net.weights))
    twin, before = Network.load(*files, engine=f"onnxruntime,{path}"), path.read_bytes()
    with pytest.raises(ExportError, match=r"small.onnx: holds the model of this network; choose another file"):
        twin.export(path)
    cv2.imwrite(str(tmp_path / "one.png"), small_picture())
    words = ["detect", *map(str, files), str(tmp_path / "one.png"), "-dont_draw", "-engine", f"onnxruntime,{path}"]
    assert main([*words, "-format", "json", "-out", str(path)]) == 1
    assert f"-out {path} would overwrite {path}, which is read" in capsys.readouterr().err
    assert path.read_bytes() == before
