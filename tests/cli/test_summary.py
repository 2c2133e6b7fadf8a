"""``darknet_py summary``: cost and memory of layers, stages of a graph, and the pictures of it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from networks import network

from darknet_py import cfg, graph, summary, zoo
from darknet_py.cli import main
from darknet_py.errors import ExportError
from darknet_py.summary.stages import stages

RESIDUAL = """[conv]
filters=4
[conv]
filters=8
size=3
pad=1
[shortcut]
from=-3
"""
NET = f"""[conv]
batch_normalize=1
filters=8
size=3
pad=1
stride=2
{RESIDUAL * 3}[route]
layers=0
[conv]
filters=2
[route]
layers=-1,-3
[conv]
filters=12
[yolo]
classes=1
mask=0,1
num=2
anchors=1,2,3,4
"""


def build(name: str) -> graph.Graph:
    return graph.build(cfg.parse(zoo.write(name), name))


def test_totals_of_a_network_by_hand() -> None:
    found = summary.totals(network(NET, (3, 8, 8)))
    parameters = 8 * 3 * 9 + 4 * 8 + 3 * ((8 * 4 + 4) + (4 * 8 * 9 + 8)) + (8 * 2 + 2) + (10 * 12 + 12)
    assert (found.parameters, found.weights) == (parameters, 20 + 4 * parameters)
    pixels = 4 * 4 * 4
    assert found.outputs == pixels * (8 + 3 * (4 + 8 + 8) + 8 + 2 + 10 + 12 + 12)
    # layer 9, the third sum, is computed: 0 waits for layer 10; 6, 8 and 9 itself are there
    assert (found.alive, found.busiest) == (pixels * (8 + 8 + 8 + 8), 6)


def test_table_has_the_lines_of_darknet_and_two_columns() -> None:
    net = network(NET, (3, 8, 8))
    plain, lines = graph.summary(net).split("\n"), summary.table(net).split("\n")
    for old, new in zip(plain[:-1], lines, strict=False):
        assert new.startswith(old.expandtabs())
    assert re.fullmatch(r".*0\.000 BF +248 +0\.00", lines[1])
    assert lines[-3:] == [
        plain[-1].rstrip(), "Total parameters 1394, weights file 5596 bytes",
        "Activation memory 0.0 MB, at most 0.0 MB of it at once (layer 6)",
    ]  # fmt: skip


def test_stages() -> None:
    (stage,) = stages(network(NET, (3, 8, 8)))
    assert stage.title == "head at 4 x 4"
    assert [(block.nodes[0].index, block.repeats) for block in stage.blocks][:3] == [(0, 0), (1, 3), (10, 0)]
    assert [len(block.nodes) for block in stages(network(NET, (3, 8, 8)), every_layer=True)[0].blocks] == [1] * 15


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("yolov4-p5", ["CSP stage at 448 x 448, 64 channels, 1 residual block",
                       "CSP stage at 224 x 224, 128 channels, 3 residual blocks",
                       "CSP stage at 112 x 112, 256 channels, 15 residual blocks"]),
        ("yolov4-tiny", ["CSP stage at 104 x 104, 128 channels"]),
        ("yolov3-spp", ["stage at 304 x 304, 64 channels, 1 residual block", "head at 19 x 19", "head at 76 x 76"]),
        ("yolov7", ["CSP stage at 160 x 160, 256 channels"]),
    ],
)  # fmt: skip
def test_titles_of_published_networks(name: str, titles: list[str]) -> None:
    found = [stage.title for stage in stages(build(name))]
    assert [title for title in found if title in titles] == titles


@pytest.mark.parametrize("every_layer", [False, True])
@pytest.mark.parametrize("name", ["yolov4-csp", "cspx-p7-mish", "yolo-fastest-1.1"])
def test_dot_has_every_layer_and_every_edge(name: str, every_layer: bool) -> None:
    net = build(name)
    text = summary.dot(net, name, every_layer)
    boxes = {int(n) for n in re.findall(r"^(\d+) \[label=", text, re.M)}
    edges = set(re.findall(r"^(\S+) -> (\S+)$", text, re.M))
    assert all(int(b) in boxes and (a == "input" or int(a) in boxes) for a, b in edges)
    if every_layer:
        assert boxes == set(range(len(net.nodes)))
        expected = {("input" if s < 0 else str(s), str(node.index)) for node in net.nodes for s in node.sources}
        assert edges == expected
    else:
        assert len(boxes) < len(net.nodes)
        assert {str(head) for head in net.heads} <= {b for _, b in edges}


def test_svg_is_a_picture_of_all_boxes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pygraphviz")
    monkeypatch.chdir(tmp_path)
    Path("a & b.cfg").write_text(zoo.write("yolov4-tiny", classes=2))
    assert main(["summary", "a & b.cfg", "-svg", "x.svg", "-dot", "x.dot", "-size", "64x32", "-every-layer"]) == 0
    texts = [element.text for element in ET.parse("x.svg").iter("{http://www.w3.org/2000/svg}text")]
    assert "a & b" in texts
    assert "64 x 32 x 3" in texts
    assert "37: yolo" in texts
    assert Path("x.dot").read_text("utf-8").startswith("digraph")
    assert "Total BFLOPS" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("", 2, "usage: darknet_py summary CFG"),
        ("a.cfg b.cfg", 2, "a.cfg and b.cfg are a .cfg file each; summary takes one"),
        ("no.cfg", 1, "no.cfg: cannot be read"),
        ("a.cfg -size 100x100", 1, "the nearest is 96x96"),
        ("a.cfg -dot no/x.dot", 1, "no/x.dot: cannot be written"),
        ("a.cfg -svgg x", 2, "did you mean -svg?"),
    ],
)
def test_complaints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str, code: int, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.cfg").write_text(zoo.write("yolov4-tiny", classes=2))
    assert main(["summary", *words.split()]) == code
    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == 1


def test_more_boxes_than_can_be_drawn_are_an_error():
    text = summary.dot(network("[maxpool]\nsize=1\n" * 1001))
    with pytest.raises(ExportError, match=r"^100\d boxes are too many to be drawn, at most 1000: write -dot FILE$"):
        summary.svg(text)
