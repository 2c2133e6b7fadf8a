"""The zoo's networks: equal to the published ones, the files in cfg/ equal to what is written, and no way to go wrong."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from reference import REPO
from zoo_facts import GOLDEN, PUBLISHED, digest, figures, layer_facts, read

from darknet_py import cfg, graph, zoo
from darknet_py.cfg import Section
from darknet_py.errors import CfgError, ShapeError
from darknet_py.graph import Graph
from darknet_py.layers.yolo import Yolo
from darknet_py.zoo.scaled import NETWORKS as SCALED
from darknet_py.zoo.writer import INPUT, Cfg

AUTHORS: dict[str, dict[str, Any]] = json.loads(GOLDEN.with_name("scaled.json").read_text())

# What the published files have otherwise, and no inference depends on: the first three are set to test, not to train;
# the last lists 20 anchors.
DIFFERENT = {
    "yolov3": {("net", "batch"), ("net", "subdivisions")},
    "yolov3-spp": {("net", "batch"), ("net", "subdivisions")},
    "yolov3-tiny": {("net", "batch"), ("net", "subdivisions")},
    "cspx-p7-mish": {("yolo", "num")},
}

every_network = pytest.mark.parametrize("name", sorted(zoo.NETWORKS))
every_published = pytest.mark.parametrize("name", sorted(PUBLISHED))


def build(name: str, **options: Any) -> Graph:
    """The network that a function of the zoo writes; any warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return graph.build(cfg.parse(zoo.write(name, **options), name))


def heads(network: Graph) -> list[Yolo]:
    return [node.layer for node in network.nodes if isinstance(node.layer, Yolo)]


def test_every_network_is_held_to_something() -> None:
    """Published cfgs, an author's definition, or weights in this repository (``test_chars.py``)."""
    assert PUBLISHED.keys() | AUTHORS.keys() | {"yolov4-chars"} == zoo.NETWORKS.keys()


@pytest.mark.parametrize("name", sorted(AUTHORS))
def test_kernels_are_those_of_the_authors_definition(name: str) -> None:
    params = [param for node in build(name).nodes for param in node.params]
    kernels = Counter(param.shape for param in params if param.name == "weights")
    authors = AUTHORS[name]
    assert sorted([*shape[:3], times] for shape, times in kernels.items()) == authors["kernels"]
    running = sum(param.size for param in params if param.name.startswith("rolling"))
    learnable = sum(param.size for param in params) - running
    first, *others, last = SCALED[name].neck_channels
    twice_normalized = first + 2 * (sum(others) + last)
    assert authors["running"] - running == authors["learnable"] - learnable == 2 * twice_normalized


@every_published
def test_layers_are_the_published_ones(name: str) -> None:
    network, published = build(name), PUBLISHED[name]["layers"].split()
    for node, expected in zip(network.nodes, published, strict=False):
        facts = layer_facts(node)
        assert digest(facts) == expected, f"layer {node.index} differs: {facts}"
    assert len(network.nodes) == len(published)


@every_published
def test_figures_are_the_published_ones(name: str) -> None:
    assert figures(build(name)) == PUBLISHED[name]


def test_sizes_of_weights_are_those_of_the_files_that_users_have() -> None:
    known = {"yolov4": 257717640, "yolov4-tiny": 24251276, "yolov3": 248007048, "yolov3-tiny": 35434956}
    assert {name: PUBLISHED[name]["weights_size"] for name in known} == known


@every_published
def test_golden_figures_are_those_of_the_kit(name: str, reference: Path) -> None:
    assert figures(read(reference / "cfg" / f"{name}.cfg")) == PUBLISHED[name]


@every_published
def test_every_option_is_the_published_one(name: str, reference: Path) -> None:
    """Those that matter in training too, so that users can go on with the published weights."""
    ours, published = cfg.parse(zoo.write(name)), cfg.read(reference / "cfg" / f"{name}.cfg")
    differences = set()
    for index, (a, b) in enumerate(zip(ours, published, strict=True), -1):
        assert a.name == b.name, index
        left, right = plain_options(a, index), plain_options(b, index)
        differences |= {(a.name, key) for key in left.keys() | right.keys() if left.get(key) != right.get(key)}
    assert differences == DIFFERENT.get(name, set())


def plain_options(section: Section, index: int) -> dict[str, list[float | str]]:
    """Options as numbers and absolute layers, without what says nothing."""
    options = {key: [plain(v) for v in o.value.split("#")[0].split(",")] for key, o in section.options.items()}
    for key in options.keys() & {"layers", "from"}:
        options[key] = [v + index if isinstance(v, float) and v < 0 else v for v in options[key]]
    if section.name == "convolutional":
        options.setdefault("stride", [1.0])
        if options.get("size") == [1.0]:
            options.pop("pad", None)
    return options


def plain(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


@pytest.mark.parametrize("name", sorted(zoo.files()))
def test_files_are_what_the_functions_write(name: str) -> None:
    found = (REPO / "cfg" / name).read_text(encoding="utf-8")
    assert found == zoo.files()[name], "run python -m darknet_py.zoo, and commit what it writes"


def test_there_are_no_other_files() -> None:
    assert {p.name for p in (REPO / "cfg").iterdir()} == set(zoo.files())


def test_the_module_writes_the_files(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "darknet_py.zoo", str(tmp_path)], check=True, cwd=REPO)
    assert {p.name: p.read_text(encoding="utf-8") for p in tmp_path.iterdir()} == zoo.files()


@every_network
@pytest.mark.parametrize("classes", [1, 3, 365])
def test_any_number_of_classes_fits(name: str, classes: int) -> None:
    network = build(name, classes=classes)
    for node in network.nodes:
        if isinstance(node.layer, Yolo):
            assert node.shape.c == (classes + 5) * len(node.layer.mask)
    assert {head.classes for head in heads(network)} == {classes}


@every_network
def test_any_width_fits(name: str) -> None:
    published = build(name)
    for width in (0.3, 0.5, 1.5):
        network = build(name, width=width)
        assert [n.layer.kind for n in network.nodes] == [n.layer.kind for n in published.nodes]
        for node, whole in zip(network.nodes, published.nodes, strict=True):
            if getattr(node.layer, "batch_normalize", False):
                assert node.shape.c == 8 * math.ceil(whole.shape.c * width / 8)
            if isinstance(node.layer, Yolo):
                assert node.shape == whole.shape


@pytest.mark.parametrize("width", [0, -1, 16, float("nan")])
def test_no_width_is_refused(width: float) -> None:
    with pytest.raises(CfgError, match=r"width multiple of .* is not possible"):
        zoo.write("yolov4-tiny", width=width)


def test_own_anchors_replace_the_published_ones() -> None:
    anchors = tuple((w, 2 * w) for w in range(10, 70, 10))
    assert [head.anchors for head in heads(build("yolov4-tiny", anchors=anchors))] == [anchors, anchors]
    with pytest.raises(CfgError, match="5 anchors are given, but this network has 6"):
        zoo.write("yolov4-tiny", anchors=anchors[:5])


def test_own_classes_are_trained_as_long_as_the_guide_says() -> None:
    def schedule(classes: int) -> tuple[str, ...]:
        options = cfg.parse(zoo.write("yolov4", classes=classes))[0].options
        return options["max_batches"].value, options["steps"].value

    assert schedule(1) == ("6000", "4800,5400")
    assert schedule(20) == ("40000", "32000,36000")
    assert schedule(80) == ("500500", "400000,450000")


@every_network
def test_only_the_convolutions_before_heads_depend_on_classes(name: str) -> None:
    one, many = build(name, classes=1), build(name)
    different = [n.index for n, m in zip(one.nodes, many.nodes, strict=True) if layer_facts(n) != layer_facts(m)]
    assert different == [i for head in many.heads for i in (head - 1, head)]


@every_network
def test_every_anchor_listed_is_used(name: str) -> None:
    used = {number for head in heads(build(name)) for number in head.mask}
    unused = {0} if name == "yolov4-tiny" else set()
    assert used | unused == set(range(len(heads(build(name))[0].anchors)))


@every_network
def test_heads_come_out_at_their_strides(name: str) -> None:
    network = build(name, size=(1536, 1280))
    assert (network.net.width, network.net.height) == (1536, 1280)
    for node in network.nodes:
        if isinstance(node.layer, Yolo):
            assert 1536 / node.shape.w == 1280 / node.shape.h


@pytest.mark.parametrize(
    ("name", "size"), [("yolov4-tiny", 400), ("yolov4-p6", 992), ("cspx-p7-mish", 1344), ("yolov3", (416, 400)),
                       ("yolov4", 0), ("yolov4", (608, -32))],
)  # fmt: skip
def test_sizes_that_do_not_fit_are_refused(name: str, size: Any) -> None:
    with pytest.raises(ShapeError, match=f"does not fit {name}; both must be multiples of"):
        zoo.write(name, size=size)


@pytest.mark.parametrize("classes", [0, -5])
def test_no_classes_are_refused(classes: int) -> None:
    with pytest.raises(CfgError, match=f"classes={classes} is not possible"):
        zoo.write("yolov4-tiny", classes=classes)


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(CfgError, match="no network yolo4-tiny is known; there are yolov4-tiny"):
        zoo.write("yolo4-tiny")


def test_names_of_coco_are_the_built_in_ones() -> None:
    assert (REPO / "cfg/coco.names").read_bytes() == (REPO / "darknet_py/data/coco.names").read_bytes()


@pytest.mark.parametrize(("name", "classes"), [("coco", 80), ("voc", 20)])
def test_data_files_lead_to_their_names(name: str, classes: int) -> None:
    data = REPO / "cfg" / f"{name}.data"
    assert int(cfg.read_data(data)["classes"]) == classes
    assert len(cfg.read_names(cfg.names_file(data))) == classes


def test_names_are_the_published_ones(reference: Path) -> None:
    for name in ("coco", "voc"):
        assert cfg.read_names(REPO / "cfg" / f"{name}.names") == cfg.read_names(reference / "names" / f"{name}.names")


def test_a_layer_that_reads_no_neighbour_is_put_behind_a_route() -> None:
    net = Cfg(activation="leaky")
    a = net.conv(INPUT, 8, 3)
    b = net.conv(a, 16)
    c = net.conv(a, 16)
    assert net.last == c == 3
    assert net.shortcut(b, c) == 5
    text = net.text("t", {})
    assert text.count("[route]\nlayers=-2\n") == 1
    assert "[route]\nlayers=-3\n\n[shortcut]\nfrom=-2\n" in text


def test_layers_of_different_size_are_not_joined() -> None:
    net = Cfg(activation="leaky")
    a = net.conv(INPUT, 8, 3)
    b = net.conv(a, 8, 3, 2)
    for join in (net.route, net.shortcut, net.sam):
        with pytest.raises(ShapeError, match="layers 1, 0 differ in width and height"):
            join(b, a)
