"""Whole networks: sources, outputs, the table of layers, and that any cfg is either a network or refused in one line."""

from __future__ import annotations

import gzip
import json
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import NET, network

from darknet_py import cfg, graph
from darknet_py.errors import CfgError, DarknetError, DarknetWarning, ShapeError
from darknet_py.layers import LAYERS, UNSUPPORTED
from darknet_py.layers.activations import ACTIVATIONS

TABLED = """[convolutional]
filters=16
size=3
pad=1
stride=2
batch_normalize=1
activation=leaky
[convolutional]
filters=16
groups=16
size=3
pad=1
activation=leaky
[convolutional]
filters=24
size=3
pad=1
dilation=2
activation=mish
[shortcut]
from=-2
[convolutional]
filters=8
size=1
stride_x=2
stride_y=1
activation=linear
[maxpool]
size=3
stride=2
[route]
layers=1
groups=2
group_id=1
[route]
layers=-1,3
[route]
layers=0,1,2,3
[local_avgpool]
size=3
[upsample]
[avgpool]
[connected]
output=10
[dropout]
probability=.5
[softmax]
[cost]
"""

# What the reference prints for it on stderr, "Using default" lines left out.
GOLDEN_TABLE = [
    "   layer   filters  size/strd(dil)      input                output",
    "   0 conv     16       3 x 3/ 2     64 x  48 x   3 ->   32 x  24 x  16 0.001 BF",
    "   1 conv     16/  16  3 x 3/ 1     32 x  24 x  16 ->   32 x  24 x  16 0.000 BF",
    "   2 conv     24       3 x 3/ 1(2)  32 x  24 x  16 ->   32 x  24 x  24 0.005 BF",
    "   3 Shortcut Layer: 1,  wt = 0, wn = 0, outputs:  32 x  24 x  24 0.000 BF",
    " (  32 x  24 x  24) + (  32 x  24 x  16) ",
    "   4 conv      8       1x 1/ 2x 1   32 x  24 x  24 ->   16 x  24 x   8 0.000 BF",
    "   5 max                3x 3/ 2     16 x  24 x   8 ->    8 x  12 x   8 0.000 BF",
    "   6 route  1 \t\t                       1/2 ->   32 x  24 x   8 ",
    "   7 route  6 3 \t                           ->   32 x  24 x  32 ",
    "   8 route  0 1 2 3 \t                   ->   32 x  24 x  80 ",
    "   9 avg                3x 3/ 1     32 x  24 x  80 ->   32 x  24 x  80 0.001 BF",
    "  10 upsample                 2x    32 x  24 x  80 ->   64 x  48 x  80",
    "  11 avg                            64 x  48 x  80 ->     80",
    "  12 connected                              80  ->    10",
    "  13 dropout    p = 0.500          10  ->     10",
    "  14 softmax                                          10",
    "  15 cost                                             10",
    "Total BFLOPS 0.007 ",
]

OPTIONS = ["size", "stride", "stride_x", "padding", "pad", "filters", "groups", "group_id", "dilation", "output", "from",
           "layers", "activation", "batch_normalize", "reverse", "maxpool_depth", "out_channels", "weights_type", "mask",
           "scale_wh", "num", "classes", "anchors", "crop_width", "crop_height", "temperature", "scale"]  # fmt: skip
VALUES = st.one_of(
    st.integers(-4, 12).map(str),
    st.integers(-(2**33), 2**33).map(str),
    st.sampled_from([*ACTIVATIONS, "per_channel", "per_feature", "x", "-1,-2", "0,1", "1e9", "1e999"]),
)
NAMES = st.sampled_from([*LAYERS, *UNSUPPORTED, "net", "x"])
SECTION = st.tuples(NAMES, st.dictionaries(st.sampled_from(OPTIONS), VALUES, max_size=5))


def test_sources_consumers_and_heads() -> None:
    net = network("[convolutional]\n[convolutional]\n[shortcut]\nfrom=-2\n[route]\nlayers=-1,0\n[cost]\n")
    assert [node.sources for node in net.nodes] == [(-1,), (0,), (1, 0), (2, 0), (3,)]
    assert net.consumers == ((1, 2, 3), (2,), (3,), (4,), ())
    assert net.heads == (3,)


def test_heads_are_the_detection_layers() -> None:
    head = "[convolutional]\nfilters=6\n[yolo]\nclasses=1\nmask=0\nnum=1\nanchors=1,2\n"
    assert network(head + "[route]\nlayers=0\n" + head + "[dropout]\n").heads == (1, 4)


def test_table() -> None:
    lines = graph.summary(network(TABLED, (3, 48, 64))).split("\n")
    assert lines == GOLDEN_TABLE


PYRAMID = """[conv]
filters=6
size=3
pad=1
stride_x=4
stride_y=2
[max]
stride=2
[yolo]
classes=1
[upsample]
[route]
layers=-1,0
[conv]
filters=6
[yolo]
classes=1
"""


def test_stride_is_the_largest_on_the_way() -> None:
    assert network(PYRAMID, (3, 64, 64)).stride == (8, 4)


def test_strides_of_a_detector_divide_the_size() -> None:
    assert network(PYRAMID, (3, 64, 64), size=(40, 20)).net.width == 40
    for size, near in (((43, 20), "40x20"), ((40, 23), "40x24"), ((1, 1), "8x4")):
        message = f"net.cfg: size {size[0]}x{size[1]} .* multiples of 8 and 4; the nearest is {near}"
        with pytest.raises(ShapeError, match=message):
            network(PYRAMID, (3, 64, 64), size=size)


def test_a_draft_goes_past_errors() -> None:
    layers = "[conv]\nfilters=0\n[route]\nlayers=0\n[conv]\n[shortcut]\nfrom=9\n[yolo]\n[route]\nlayers=-2\n"
    draft = graph.draft(cfg.parse(NET.format(9, 8, 3) + layers + "[x]\n[upsample]\n", "net.cfg"))
    assert [layer is None for layer in draft.layers] == [True, False, False, True, False, False, True, False]
    assert [node is None for node in draft.nodes] == [True] * 8
    assert [(index, error.line, error.message.split(";")[0]) for index, error in draft.problems] == [
        (0, 6, "filters=0 is not possible"), (3, 11, "from=9 of layer 3 names layer 9"),
        (6, 15, "is not a layer of Darknet"),
    ]  # fmt: skip
    assert draft.graph is None


def test_a_draft_has_every_head_and_a_size_that_fits() -> None:
    wrong = PYRAMID.replace("classes=1", "classes=2", 1)
    draft = graph.draft(cfg.parse(NET.format(43, 23, 3) + wrong, "net.cfg"))
    assert (draft.net.width, draft.net.height, draft.size, draft.stride) == (43, 23, (40, 24), (8, 4))
    ((index, error),) = draft.problems
    assert (index, error.where, error.message[:9]) == (2, "net.cfg:13: layer 2 [yolo]", "filters=6")
    assert draft.graph.nodes[2].shape == (6, 6, 5)
    assert len(graph.draft(cfg.parse(NET.format(43, 23, 3) + wrong, "net.cfg"), as_it_is=True).problems) == 2


def test_a_draft_keeps_warnings_with_the_errors() -> None:
    head = "[conv]\nfilters=7\n[yolo]\nclasses=1\nnum=1\nanchors=1,2\nnms_kind=x\n"
    ((index, warning), (again, error)) = graph.draft(cfg.parse(NET.format(8, 8, 3) + head, "net.cfg")).problems
    assert (index, again, type(error)) == (1, 1, ShapeError)
    assert isinstance(warning, DarknetWarning)
    assert (warning.line, str(warning)[:18]) == (11, "net.cfg:11: [yolo]")


@given(st.lists(SECTION, max_size=12))
def test_a_draft_finds_an_error_where_building_stops(layers: list[tuple[str, dict[str, str]]]) -> None:
    text = "".join(f"[{name}]\n" + "".join(f"{k}={v}\n" for k, v in options.items()) for name, options in layers)
    sections = cfg.parse(NET.format(12, 12, 3) + text, "net.cfg")
    draft = graph.draft(sections, as_it_is=True)
    errors = [str(problem) for _, problem in draft.problems if isinstance(problem, DarknetError)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DarknetWarning)
        try:
            built = graph.build(sections)
        except DarknetError as e:
            assert str(e) in errors  # noqa: PT017
            return
    assert not errors
    assert draft.graph == built


def test_size_override() -> None:
    assert network("[maxpool]\nstride=2\n", size=(20, 8)).nodes[0].shape == (3, 4, 10)
    for size in ((0, 8), (8, 10**9)):
        with pytest.raises(ShapeError, match=f"{size[0]}x{size[1]}"):
            network("[maxpool]\n", size=size)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[convolutional]\n", "c:1: .convolutional. comes first"),
        ("[net]\nwidth=8\nheight=8\n[conv]\n", "c:1: .net. needs channels="),
        ("[net]\ninputs=9\n[conv]\n", "c:1: .net. needs width="),
        ("[net]\nwidth=0\nheight=8\nchannels=3\n[conv]\n", "c:2: .net. width=0"),
        ("[net]\nwidth=-8\nheight=8\nchannels=3\n[conv]\n", "c:2: .net. width=-8"),
        ("[net]\nwidth=1000000\nheight=1000000\nchannels=3\n[conv]\n", "c:2: .net. width=1000000"),
        ("[net]\nwidth=8\nheight=8\nchannels=3\ninputs=5\n[conv]\n", "c:5: .net. inputs=5"),
        ("[net]\nwidth=8\nheight=8\nchannels=3\n", "c:1: .net. has no layers"),
    ],
)
def test_net_section(text: str, message: str) -> None:
    with pytest.raises(CfgError, match=f"^{message}"):
        graph.build(cfg.parse(text, "c"))


def test_a_size_that_no_memory_holds() -> None:
    with pytest.raises(ShapeError, match=r"^c:1: \[net\] its input would have"):
        graph.build(cfg.parse("[net]\nwidth=60000\nheight=60000\nchannels=3\n[conv]\n", "c"))


def test_net_options() -> None:
    net = graph.build(cfg.parse(NET.format(8, 6, 3) + "letter_box=1\nbatch=64\nsubdivisions=16\nmosaic=1\n[conv]\n")).net
    assert (net.width, net.height, net.channels, net.letter_box, net.batch) == (8, 6, 3, True, 4)


def test_unread_options_warn_once() -> None:
    with pytest.warns(DarknetWarning) as caught:
        network("[maxpool]\nsizes=2\n[maxpool]\nsizes=2\n[dropout]\nlearning_rate=1\n")
    assert [str(w.message) for w in caught] == [
        "net.cfg:6: [maxpool] option sizes= is not known and has no effect (also in 1 more places); did you mean size=?"
    ]


@given(st.lists(SECTION, max_size=6))
@settings(max_examples=300, deadline=None)
def test_any_cfg_is_a_network_or_refused(sections: list[tuple[str, dict[str, str]]]) -> None:
    text = "".join(f"[{name}]\n" + "".join(f"{k}={v}\n" for k, v in options.items()) for name, options in sections)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DarknetWarning)
        try:
            net = network(text)
        except DarknetError as e:
            assert str(e).startswith("net.cfg:")  # noqa: PT017
            assert "\n" not in str(e)  # noqa: PT017
            return
    assert all(min(node.shape) > 0 for node in net.nodes)
    assert graph.summary(net).count("\n") >= len(net.nodes) + 1


def test_reference_cfgs(reference: Path) -> None:
    """Every one is a network, or refused for a section or option that darknet_py does not support."""
    refused = []
    for path in sorted((reference / "cfg").glob("*.cfg")):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DarknetWarning)
                graph.build(cfg.read(path))
        except CfgError as e:
            assert any(reason in str(e) for reason in ("not supported", "needs width=", "tree="))  # noqa: PT017
            refused.append(path.stem)
        except ShapeError:
            assert path.stem.startswith("resn")  # their strided shortcuts stop the reference too
            refused.append(path.stem)
    assert len(refused) == 14


def test_golden_shapes(reference: Path) -> None:
    for path in sorted((reference / "golden").glob("*.json.gz")):
        case = json.loads(gzip.decompress(path.read_bytes()))
        net = graph.build(cfg.read(reference / "cfg" / case["cfg"]))
        assert [list(node.shape) for node in net.nodes] == [layer["shape"] for layer in case["layers"]], path.name
        assert [node.layer.kind for node in net.nodes] == [layer["type"] for layer in case["layers"]], path.name
