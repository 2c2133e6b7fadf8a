"""Files and lines of the reference's tools (golden/tools/README.md)."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import cv2
import pytest
from networks import NET
from reference import GOLDEN
from seeded import picture, seeded_weights

from darknet_py import cfg, graph, weights
from darknet_py.cli import main

FOLDER = GOLDEN / "tools"
VALID = json.loads((FOLDER / "valid.json").read_text())
LABELS = ["owl", "goat", "cat", "hen", "dog_", "catfish", "dog"]
FILES = json.loads((FOLDER / "files.json").read_text())


def network(name):
    """The graph of a cfg, which is copied to here."""
    shutil.copy(next(path for folder in ("tools", "networks") if (path := GOLDEN / folder / name).exists()), name)
    return graph.build(cfg.read(name))


@pytest.mark.parametrize("words", FILES)
def test_files(words, tmp_path, monkeypatch, recwarn):
    monkeypatch.chdir(tmp_path)
    name = words.split()[1]
    net = network(name)
    for seed in (1, 2, 3):
        arrays = weights.Weights(seeded_weights(net, seed=seed).params, weights.Header(seen=1234567 + seed))
        weights.save(net, arrays, f"{seed}.weights")
    assert main(words.split()) == 0
    data = Path("OUT").read_bytes()
    assert [len(data), hashlib.sha256(data).hexdigest()] == FILES[words]


def test_statistics(tmp_path, monkeypatch, capsys):
    """Sums of so many numbers that all ways of the reference's compiler to add up are taken."""
    monkeypatch.chdir(tmp_path)
    outputs = [1, 3, 4, 6, 7, 8, 12, 13, 30, 100]
    normed = "".join(f"[connected]\nbatch_normalize=1\noutput={n}\n" for n in outputs)
    text = f"[convolutional]\nbatch_normalize=1\nfilters=2\n{normed}[connected]\noutput=3\n"
    Path("net.cfg").write_text(NET.format(16, 12, 3) + text)
    net = graph.build(cfg.read("net.cfg"))
    weights.save(net, seeded_weights(net), "net.weights")
    assert main(["statistics", "net.cfg", "net.weights"]) == 0
    assert capsys.readouterr() == ((FOLDER / "statistics.txt").read_text(), "")


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """A list of twelve pictures, in a new working directory."""
    monkeypatch.chdir(tmp_path)
    paths = [f"pictures/{('cat', 'dog', 'owl', 'ant')[i % 4]}_{i}.png" for i in range(12)]
    Path("pictures").mkdir()
    for i, path in enumerate(paths):
        cv2.imwrite(path, picture(f"valid {i}"))
    Path("list.txt").write_text("\n".join(paths))


@pytest.fixture
def tree(pictures):
    """A classifier whose classes are a hierarchy."""
    shutil.copy(FOLDER / "classes.tree", ".")
    net = network("tree.cfg")
    weights.save(net, seeded_weights(net), "tree.weights")
    Path("my.labels").write_text("\n".join(line.split()[0] for line in Path("classes.tree").read_text().splitlines()))
    Path("leaves.txt").write_text("cat\ndog\nowl\ncup\n")
    Path("my.data").write_text("classes=9\ntop=4\nvalid=list.txt\nlabels=my.labels\n")


@pytest.mark.parametrize("case", [case for case in VALID if "tree valid" in case])
def test_valid_of_a_tree(case, tree, capsys):
    """Only leaves count, which may be others than those without children."""
    _, command, _, *leaves = case.split()
    if leaves:
        Path("my.data").write_text(f"{Path('my.data').read_text()}leaves=leaves.txt\n")
    assert main(["classifier", command, "my.data", "tree.cfg", "tree.weights"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-12:] == VALID[case]
    assert ("Found 4 leaves.\n" in err) == bool(leaves)


def test_predict_of_a_tree(tree, capsys):
    assert main(["classifier", "predict", "my.data", "tree.cfg", "tree.weights", "pictures/cat_0.png", "-t", "9"]) == 0
    assert capsys.readouterr().out.splitlines()[-9:] == VALID["tree predict 9"]


@pytest.mark.parametrize("case", [case for case in VALID if "tree" not in case])
def test_valid(case, pictures, capsys):
    name, command, top = case.split()
    net = network(f"{name}.cfg")
    weights.save(net, seeded_weights(net), f"{name}.weights")
    labels = LABELS[: net.nodes[-1].shape.size]
    Path("my.labels").write_text("\n".join(labels) + "\n")
    Path("my.data").write_text(f"classes={len(labels)}\ntop={top}\nvalid=list.txt\nlabels=my.labels\n")
    assert main(["classifier", command, "my.data", f"{name}.cfg", f"{name}.weights"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-12:] == VALID[case]
    assert (" TOP calculation...\n\n0: top 1: " in out) == (command == "valid")
    assert "no label is part of the path of 3 pictures, as pictures/ant_3.png;" in err
    assert ("as dog_ and dog of pictures/dog_1.png; the one that stands first" in err) == (len(labels) == 7)
