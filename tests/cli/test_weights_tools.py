"""partial, average, rgbgr, statistics, visualize: what they are of, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from networks import NET, YOLO, random_weights

from darknet_py import cfg, graph, weights
from darknet_py.cli import main
from darknet_py.output import kernel_picture

LAYERS = """[convolutional]
batch_normalize=1
filters=8
size=3
[shortcut]
from=-1
weights_type=per_feature
[convolutional]
groups=2
filters={}
"""
NAMES = ("biases", "scales", "rolling_mean", "rolling_variance", "weights")


def write(name: str, text: str, files: int = 1) -> graph.Graph:
    Path(f"{name}.cfg").write_text(NET.format(16, 12, 3) + text)
    net = graph.build(cfg.read(f"{name}.cfg"))
    for i in range(files):
        weights.save(net, random_weights(net, i), f"{name}{i}.weights")
    return net


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with a network and three files of its weights."""
    monkeypatch.chdir(tmp_path)
    return write("net", LAYERS.format(14) + YOLO, 3)


def read(net: graph.Graph, path: str) -> list[dict[str, np.ndarray]]:
    return list(weights.load(net, path).params)


def test_partial_is_the_beginning(place, capsys):
    assert main(["partial", "net.cfg", "net0.weights", "start.conv.2", "2"]) == 0
    assert capsys.readouterr().out == "start.conv.2: the first 2 of the 4 layers of net, 1020 bytes\n"
    start, whole = Path("start.conv.2").read_bytes(), Path("net0.weights").read_bytes()
    assert start[20:] == whole[20 : len(start)]
    assert start[12:20] == bytes(8)
    assert weights.partial(place, "start.conv.2", 1)[0].nodes == place.nodes[:1]


@pytest.mark.parametrize("classes", [1, 3, 80])
def test_partial_of_a_network_that_ends_otherwise(place, classes, capsys):
    """Its own layers at the end: all that is taken from the file is before them."""
    write("own", LAYERS.format(2 * (5 + classes)) + YOLO.replace("classes=2", f"classes={classes}"))
    assert main(["partial", "own.cfg", "net0.weights", "own.start", "2"]) == 0
    assert main(["partial", "net.cfg", "net0.weights", "net.start", "2"]) == 0
    assert Path("own.start").read_bytes() == Path("net.start").read_bytes()
    assert "right if it is of a network that has the same first 2 layers" in capsys.readouterr().err


def test_partial_of_another_network(place, capsys):
    """Its numbers would stand in the wrong places."""
    write("other", LAYERS.replace("filters=8", "filters=4").replace("size=3", "size=5").format(30))
    assert main(["partial", "net.cfg", "other0.weights", "start", "1"]) == 1
    assert "variances below zero in net.cfg:5: layer 0 [convolutional]: these are another" in capsys.readouterr().err
    assert not Path("start").exists()


def test_old_files_are_not_transposed_any_more(place):
    """A header of version 1001 or above marks [connected] weights that are."""
    net = write("old", "[connected]\noutput=5\n[connected]\noutput=3\n")
    new, old = Path("old0.weights").read_bytes(), []
    for arrays in read(net, "old0.weights"):
        old += [arrays["biases"].tobytes(), arrays["weights"].T.tobytes()]
    Path("old.weights").write_bytes(np.array([1001, 0, 0], "<i4").tobytes() + bytes(8) + b"".join(old))
    assert main(["partial", "old.cfg", "old.weights", "start", "2"]) == 0
    assert Path("start").read_bytes()[20:] == new[20:]


@pytest.mark.parametrize("flags", [[], ["-every_array"]])
def test_average(place, flags, capsys):
    assert main(["average", "net.cfg", "mean.weights", *(f"net{i}.weights" for i in range(3)), *flags]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("mean.weights: the mean of 3 files")
    assert ("its weights stay the first file's" in err) != bool(flags)
    mean, files = read(place, "mean.weights"), [read(place, f"net{i}.weights") for i in range(3)]
    for i, names in ((0, NAMES), (1, ["weights"]), (2, ["biases", "weights"])):
        for name in names:
            first, second, third = (file[i][name] for file in files)
            wanted = first if i == 1 and not flags else (first + second + third) * np.float32(1 / 3)
            assert np.array_equal(mean[i][name], wanted), (i, name)


def test_average_of_one_is_a_copy(place, capsys):
    assert main(["average", "net.cfg", "mean.weights", "net1.weights"]) == 0
    assert capsys.readouterr().err == ""
    assert Path("mean.weights").read_bytes()[20:] == Path("net1.weights").read_bytes()[20:]


def test_rgbgr_twice_is_as_before(place):
    assert main(["rgbgr", "net.cfg", "net0.weights", "bgr.weights"]) == 0
    before, after = read(place, "net0.weights"), read(place, "bgr.weights")
    assert np.array_equal(after[0]["weights"], before[0]["weights"][:, ::-1])
    assert main(["rgbgr", "net.cfg", "bgr.weights", "again.weights"]) == 0
    assert Path("again.weights").read_bytes() == Path("net0.weights").read_bytes()


def test_numbers_that_are_none_are_told(place, capsys):
    data = np.fromfile("net0.weights", "<f4")
    data[6] = np.nan
    data.tofile("bad.weights")
    assert main(["partial", "net.cfg", "bad.weights", "start", "1"]) == 0
    assert "bad.weights: NaN among the biases of net.cfg:5" in capsys.readouterr().err
    assert main(["average", "net.cfg", "mean", "net0.weights", "bad.weights"]) == 0
    assert "bad.weights: NaN among the biases of net.cfg:5" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("partial net.cfg net0.weights out", 2, "usage: darknet_py partial"),
        ("partial net.cfg net0.weights out 2 more", 2, "out: partial takes"),
        ("partial net.cfg net0.weights 2 out", 2, "out: not a whole number from 1, where N belongs"),
        ("partial net.cfg net0.weights out 0", 2, "0: not a whole number from 1"),
        ("partial net.cfg net0.weights out 1.5", 2, "1.5: not a whole number from 1"),
        ("partial net.cfg net0.weights out 5", 1, "5 layers are not possible; the network has 4"),
        ("partial net.cfg short.weights out 3", 1, "short.weights: "),
        ("partial net.cfg none.weights out 2", 1, "none.weights: cannot be read"),
        ("partial net.cfg net0.weights net0.weights 2", 1, "OUT net0.weights would overwrite net0.weights, which is read"),
        ("partial net.cfg net0.weights ./net.cfg 2", 1, "OUT ./net.cfg would overwrite net.cfg, which is read"),
        ("partial net.cfg net0.weights there 2", 1, "there: is there already; choose another name, or say -force"),
        ("partial net.cfg net0.weights no/out 2", 1, "no/out: cannot be written; there is no folder no"),
        ("partial net.cfg net0.weights . 2", 1, ".: cannot be written (it is a folder"),
        ("partial frozen.cfg net0.weights out 2", 1, "frozen.cfg:5: layer 0 [convolutional]: dontload=1 leaves it"),
        ("average net.cfg net0.weights", 2, "usage: darknet_py average"),
        ("average net.cfg net0.weights net1.weights", 1, "net0.weights: is there already"),
        ("average net.cfg net0.weights net0.weights", 1, "OUT net0.weights would overwrite net0.weights"),
        ("average net.cfg out net0.weights short.weights", 1, "short.weights: "),
        ("average net0.weights net.cfg out", 2, "net0.weights is a .weights file, where CFG belongs"),
        ("average no.cfg out net0.weights", 1, "no.cfg: cannot be read"),
        ("rgbgr net.cfg net0.weights", 2, "usage: darknet_py rgbgr"),
        ("rgbgr net.cfg net0.weights net0.weights", 1, "would overwrite"),
        ("statistics net.cfg", 1, "net.cfg: no weights for it in this folder"),
        ("statistics net.cfg short.weights", 1, "short.weights: "),
        ("visualize net.cfg net0.weights more", 2, "more: visualize takes"),
        ("visualize net.cfg net0.weights -o there", 1, "there: cannot be made a folder"),
        ("visualize dense.cfg dense0.weights", 1, "dense.cfg: no [convolutional] whose kernels could be drawn"),
        ("rgbgr grey.cfg grey0.weights out", 1, "grey.cfg:5: layer 0 [convolutional], the first of its kind, does not"),
    ],
)
def test_what_cannot_be_is_refused(place, capsys, words, code, says):
    write("grey", LAYERS.replace("[convolutional]\n", "[convolutional]\ngroups=3\n", 1).replace("=8", "=9").format(4)
          .replace("groups=2", "groups=1"))  # fmt: skip
    write("dense", "[connected]\noutput=3\n")
    Path("frozen.cfg").write_text(Path("net.cfg").read_text().replace("size=3", "size=3\ndontload=1"))
    Path("short.weights").write_bytes(Path("net0.weights").read_bytes()[:-5000] or bytes(30))
    Path("there").write_text("mine")
    before = {path.name: path.read_bytes() for path in Path().iterdir()}
    assert main(words.split()) == code
    assert says in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == before


def test_force_writes_over_what_is_no_input(place):
    Path("there").write_text("mine")
    assert main(["partial", "net.cfg", "net0.weights", "there", "2", "-force"]) == 0
    assert len(Path("there").read_bytes()) == 1020


@pytest.mark.parametrize("flags", [[], ["-every_layer"]])
def test_statistics(place, flags, capsys):
    assert main(["statistics", "net.cfg", "net0.weights", *flags]) == 0
    out, err = capsys.readouterr()
    if not flags:
        assert out == "\n" * 4
        assert err.endswith("no [connected] with batch norm, of which alone Darknet tells; -every_layer tells of all\n")
        return
    assert err == ""
    _, *rows = (line.split() for line in out.splitlines())
    arrays = [(i, name, array) for i, named in enumerate(read(place, "net0.weights")) for name, array in named.items()]
    assert len(rows) == len(arrays) == 8
    for (index, _, name, count, *figures), (i, wanted, array) in zip(rows, arrays):
        assert (int(index), name, int(count)) == (i, wanted, array.size)
        values = array.astype(np.float64)
        assert list(map(float, figures)) == pytest.approx([f(values) for f in (np.mean, np.std, np.min, np.max)], rel=1e-4)


def test_visualize(place, capsys):
    assert main(["visualize", "net.cfg", "net0.weights"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "net_kernels/layer_000.png: 8 filters of 3 x 3 x 3, 176 x 176 pixels",
        "net_kernels/layer_002.png: 14 filters of 4 x 1 x 1, 64 x 224 pixels",
    ]
    drawn = cv2.imread("net_kernels/layer_000.png")
    assert np.array_equal(drawn, kernel_picture(read(place, "net0.weights")[0]["weights"]))
    assert main(["visualize", "net.cfg", "net1.weights"]) == 1
    assert "layer_000.png: is there already; choose another name, or say -force" in capsys.readouterr().err
    assert np.array_equal(cv2.imread("net_kernels/layer_000.png"), drawn)
    assert main(["visualize", "net.cfg", "net1.weights", "-force"]) == 0
    assert not np.array_equal(cv2.imread("net_kernels/layer_000.png"), drawn)
