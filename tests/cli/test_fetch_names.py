"""Networks by name: ``darknet_py.load("yolov4-tiny")``, and ``darknet_py detect yolov4-tiny dog.jpg``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import published_network
import pytest

import darknet_py
from darknet_py import CfgError, Network, WeightsError, cfg, graph, store, zoo
from darknet_py.cli import main
from darknet_py.cli.command import UsageError
from darknet_py.cli.detect import Options
from darknet_py.cli.roles import network_and_rest

NAME = "yolo-fastest-1.1"
FILE = f"{NAME}.weights"


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """An empty working directory and an own data folder beside it."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("DARKNET_PY_WEIGHTS", str(tmp_path / "data"))
    return tmp_path / "here"


def put(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    return path


def test_weights_are_found_in_three_places_in_this_order(here):
    data = put(here.parent / "data" / FILE)
    assert store.model(NAME).weights == str(data)
    put(here / FILE)
    assert store.model(NAME).weights == FILE
    put(here / "weights" / FILE)
    assert Path(store.model(NAME).weights) == Path("weights", FILE)
    assert store.model(NAME, "mine.weights").weights == "mine.weights"


def test_the_cfg_of_a_name_is_built_in(here):
    sections = store.model(NAME, "mine.weights").cfg
    assert [s.name for s in sections] == [s.name for s in cfg.parse(zoo.write(NAME))]
    assert sections[0].where() == f"built-in {NAME}.cfg:3: [net]"
    assert graph.build(cfg.read(sections)).net.width == 320


def test_a_file_is_no_name(here):
    (here / "yolov4").write_text("[net]\n")
    (here / "yolov3").mkdir()
    assert not store.is_name("yolov4")
    assert store.is_name("yolov3")
    found = store.model("yolov4", "x.weights")
    assert (found.label, found.cfg, found.weights) == ("yolov4", "yolov4", "x.weights")


@pytest.mark.parametrize("path", ["no.cfg", "cfg/no", Path("no") / "yolov4"])
def test_a_path_is_no_name(here, path):
    found = store.model(path, "x.weights")
    assert found.cfg == str(path)


@pytest.mark.parametrize(
    ("label", "stem"), [(NAME, NAME), ("cfg/yolo-fastest-1.1.cfg", "yolo-fastest-1.1"), ("a/my.net.cfg", "my.net")]
)
def test_the_stem_of_a_model(here, label, stem):
    assert store.model(label, "x.weights").stem == stem


@pytest.mark.parametrize(("word", "meant"), [("yolov4-tin", "yolov4-tiny"), ("YOLOv4-P5", "yolov4-p5"), ("v7", "yolov7")])
def test_an_unknown_name_suggests_others(here, word, meant):
    with pytest.raises(CfgError) as e:
        darknet_py.load(word)
    assert str(e.value).startswith(f"{word}: no such file, no {word}.cfg, and no network of that name; there are ")
    assert meant in str(e.value)


def test_weights_that_were_not_fetched(here):
    with pytest.raises(WeightsError, match=r"yolov4-tiny.weights is not in .*data.; get it: darknet_py fetch yolov4-tiny$"):
        darknet_py.load("yolov4-tiny")
    with pytest.raises(WeightsError, match=r"yolov4-p7.weights is not in .*; none is published, so name yours"):
        darknet_py.load("yolov4-p7")
    with pytest.raises(CfgError, match=r"my.cfg: cannot be read \(No such file"):
        darknet_py.load("my.cfg")


def test_load_by_name_is_load_by_files(here, monkeypatch):
    monkeypatch.setitem(zoo.NETWORKS, published_network.NAME, lambda wanted: published_network.CFG)
    file = put(here / "weights" / published_network.FILE)
    file.write_bytes(published_network.right())
    (here / "my.cfg").write_text(published_network.CFG)
    options = {"threads": 1, "size": (64, 96), "names": ["cat", "dog"]}
    by_name = darknet_py.load(published_network.NAME, **options)
    by_files = darknet_py.load("my.cfg", file, **options)
    itself = Network.load("my.cfg", file, **options)
    assert (by_name.width, by_name.height, by_name.names) == (64, 96, ["cat", "dog"])
    x = np.random.RandomState(1).rand(3, 96, 64).astype(np.float32)
    assert np.array_equal(by_name.predict(x)[0], itself.predict(x)[0])
    assert np.array_equal(by_files.predict(x)[0], itself.predict(x)[0])


@pytest.mark.parametrize(
    ("words", "network", "weights", "rest"),
    [
        ("a.cfg a.weights", "a.cfg", "a.weights", []),
        ("a.cfg a.weights x.jpg y.jpg", "a.cfg", "a.weights", ["x.jpg", "y.jpg"]),
        (NAME, NAME, FILE, []),
        (f"{NAME} x.jpg y.jpg", NAME, FILE, ["x.jpg", "y.jpg"]),
        (f"{NAME} my.weights x.jpg", NAME, "my.weights", ["x.jpg"]),
    ],
)
def test_what_the_arguments_mean(here, words, network, weights, rest):
    put(here / FILE)
    model, left = network_and_rest(words.split(), Options())
    assert (model.label, model.weights, left) == (network, weights, rest)
    assert isinstance(model.cfg, str) == (network == "a.cfg")


def test_a_cfg_file_before_a_name(here):
    put(here / FILE)
    put(here / NAME)
    model, left = network_and_rest([NAME, FILE, "x.jpg"], Options())
    assert (model.cfg, model.weights, left) == (NAME, FILE, ["x.jpg"])
    with pytest.raises(UsageError, match=r"neither a network's file nor a picture, and a network is missing: usage:"):
        network_and_rest([NAME], Options())


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("detect yolov4-tiny dog.jpg", 1, "get it: darknet_py fetch yolov4-tiny"),
        ("detect yolov4tiny dog.jpg", 1, "no network of that name; there are yolov4-tiny"),
        ("detector test x.data yolov4-tiny dog.jpg -names x.names", 1, "get it: darknet_py fetch yolov4-tiny"),
        ("detector test x.data a.cfg -names x.names", 1, "a.cfg: cannot be read"),
        ("export yolov4-tiny", 1, "get it: darknet_py fetch yolov4-tiny"),
        ("export a.cfg", 1, "a.cfg: cannot be read"),
        ("export a.cfg a.weights b.weights", 2, "a.weights and b.weights are a .weights file each; export takes one"),
    ],
)
def test_complaints_are_one_line(here, capsys, words, code, says):
    (here / "x.data").write_text("names = x.names\n")
    assert main(words.split()) == code
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err


def test_summary_takes_a_name(here, capsys):
    assert main(["summary", NAME]) == 0
    by_name = capsys.readouterr().out
    (here / "my.cfg").write_text(zoo.write(NAME))
    assert main(["summary", "my.cfg"]) == 0
    assert by_name == capsys.readouterr().out != ""


def test_commands_take_names(here, reference, capsys):
    """Real weights, from an empty folder with nothing but a picture."""
    (here.parent / "data").symlink_to(reference / "weights")
    (here / "dog.png").write_bytes((reference / "images" / "dog.png").read_bytes())
    assert main(["detect", NAME, "dog.png", "-quiet"]) == 0
    by_name = capsys.readouterr().out.splitlines()[1:]
    files = [reference / "cfg" / f"{NAME}.cfg", reference / "weights" / FILE]
    assert main(["detect", *map(str, files), "dog.png", "-quiet"]) == 0
    assert by_name == capsys.readouterr().out.splitlines()[1:]
    assert any(line.startswith("dog: ") for line in by_name)
    pytest.importorskip("onnx", reason="needs pip install darknet-runtime[test]")
    assert main(["export", NAME]) == 0
    assert (here / f"{NAME}.onnx").is_file()
