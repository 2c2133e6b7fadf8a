"""The files that a network was read from: what it writes takes the place of none of its texts."""

from __future__ import annotations

import copy
import os
import pickle
from pathlib import Path

import pytest
from networks import network, random_weights

from darknet_py import ExportError, Network, WeightsError, cfg, weights

LAYERS = "[convolutional]\nfilters=2\nsize=1\nactivation=linear\n"
SHAPE = (3, 4, 4)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("my.cfg").write_text("[net]\nwidth=4\nheight=4\nchannels=3\n" + LAYERS)
    Path("my.names").write_text("a\nb\n")
    Path("my.data").write_text("classes=2\nnames=my.names\n")
    net = network(LAYERS, SHAPE)
    weights.save(net, random_weights(net), "my.weights")
    return tmp_path


def refused(net, path, what):
    before = Path(path).read_bytes()
    says = f"^{path}: holds {what} of this network; choose another file$"
    with pytest.raises(WeightsError, match=says):
        net.save_weights(path)
    with pytest.raises(ExportError, match=says):
        net.export(path)
    assert Path(path).read_bytes() == before


@pytest.mark.parametrize("names", ["my.names", "my.data", Path("my.data")])
def test_texts_of_a_network(place, names):
    net = Network.load("my.cfg", "my.weights", names=names)
    refused(net, "my.cfg", "the cfg")
    refused(net, "./my.cfg", "the cfg")
    refused(net, "my.names", "the class names")
    if names != "my.names":
        refused(net, "my.data", "the class names")
    assert net.names == ["a", "b"]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="there are no links")
def test_by_whatever_name_from_wherever(place, monkeypatch):
    os.symlink("my.cfg", "link.cfg")
    os.link("my.names", "hard.names")
    net = Network.load("link.cfg", "my.weights", names="my.names")
    (place / "sub").mkdir()
    monkeypatch.chdir("sub")
    for path in ("../my.cfg", "../link.cfg"):
        refused(net, path, "the cfg")
    refused(net, "../hard.names", "the class names")


@pytest.mark.parametrize("other", [copy.deepcopy, copy.copy, lambda net: pickle.loads(pickle.dumps(net))])
def test_copies_know_them(place, other):
    refused(other(Network.load(cfg.read("my.cfg"), "my.weights", names="my.data")), "my.cfg", "the cfg")


def test_other_places_are_free(place):
    net = Network.load("my.cfg", "my.weights", names=["a", "b"])
    for path in ("other.weights", "my.weights", "my.names"):
        net.save_weights(path)
        assert Path(path).stat().st_size == 20 + 4 * 8
    os.remove("my.cfg")
    net.save_weights("my.cfg")
    with pytest.raises(WeightsError, match="cannot be written"):
        net.save_weights("a\0b")
