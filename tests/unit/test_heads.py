"""Detection heads: options, errors, table text, and decoding against the C program and a naive twin."""

from __future__ import annotations

import re
import warnings

import naive_heads
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded_heads import CASES, GOLDEN, KINDS, golden, kit_heads
from reference import kit

from darknet_py import cfg, detection
from darknet_py.boxes.decode import correct, decode
from darknet_py.boxes.table import Boxes
from darknet_py.errors import CfgError, ShapeError
from darknet_py.image import Fit
from darknet_py.layers.class_tree import ClassTree, hierarchy_predictions
from darknet_py.layers.yolo import Yolo
from darknet_py.shapes import Shape


def parse(text, index=1, path="x.cfg"):
    return parse_noting(text, index, path)[0]


def parse_noting(text, index=1, path="x.cfg"):
    """The head, and the warnings that its section has."""
    section = cfg.parse(text, path)[0]
    return KINDS[section.name].parse(section, index), [str(doubt) for doubt in section.doubts]


@pytest.mark.parametrize("name", CASES)
def test_naive_forward_is_the_c_programs(name):
    head, want = parse(CASES[name]["cfg"], path=str(GOLDEN / "x.cfg")), golden(name)
    got = naive_heads.forward_numpy(head, want["input"].astype(np.float32))
    np.testing.assert_allclose(got, want["output"], rtol=2e-6, atol=2e-7)


@pytest.mark.parametrize("name", CASES)
def test_boxes_are_the_c_programs(name):
    case, want = CASES[name], golden(name)
    head = parse(case["cfg"], path=str(GOLDEN / "x.cfg"))
    got = detection.get_network_boxes(
        [head], [want["output"]], case["picture_size"], case["net_size"], case["thresh"], case["letter_box"]
    )
    np.testing.assert_allclose(got.xywh, want["xywh"], rtol=1e-6, atol=2e-7)
    np.testing.assert_array_equal(got.objectness, want["objectness"])
    np.testing.assert_array_equal(got.uncertainty, want["uncertainty"])
    np.testing.assert_allclose(got.probs, want["probs"], rtol=2e-7)
    kept = detection.non_max_suppression(got, head.nms_kind, head.beta_nms, case["nms"])
    np.testing.assert_allclose(kept.xywh, want["xywh"][want["order"]], rtol=1e-6, atol=2e-7)
    np.testing.assert_allclose(kept.probs, want["kept"], rtol=2e-7)


@pytest.mark.parametrize("case", ["yolo-fastest-1.1-dog", "yolo-fastest-1.1-xl-dog", "yolov2-tiny", "yolov4-tiny"])
def test_kit_heads_forward(case):
    folder = kit()
    with np.load(folder / f"golden/{case}.heads.npz") as arrays:
        for section, index in kit_heads(folder, case.replace("-dog", "")):
            head = KINDS[section.name].parse(section, index)
            got = naive_heads.forward_numpy(head, arrays[f"in{index}"])
            np.testing.assert_allclose(got, arrays[f"out{index}"], rtol=1e-5, atol=1e-6)


def test_every_cfg_of_the_kit_has_heads_that_parse():
    folder = kit()
    for path in sorted((folder / "cfg").glob("*.cfg")):
        for section, index in kit_heads(folder, path.stem) if path.stem not in UNUSUAL else ():
            head = KINDS[section.name].parse(section, index)
            assert head.shape((Shape(len(head.mask) * head.entries, 2, 3),)) == (len(head.mask) * head.entries, 2, 3)
            assert [key for _, key in section.unread()] == UNREAD.get(path.stem, [])


UNUSUAL = {"yolo9000", "cspx-p7-mish", "cspx-p7-mish_hp"}
UNREAD = {"yolov4-sam-mish-csp-reorg-bfm": ["uc_normalizer", "beta1"]}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from([0.1, 0.25, 0.6]))
def test_yolo_decode_is_the_naive_one(seed, new_coords, thresh):
    r = np.random.default_rng(seed)
    n, classes, h, w = (int(v) for v in r.integers(1, 6, 4))
    anchors = tuple((float(a), float(b)) for a, b in r.integers(1, 300, (n + 2, 2)))
    head = Yolo((0,), classes, anchors, tuple(r.permutation(n + 2)[:n].tolist()), new_coords=new_coords)
    out = r.random((n * head.entries, h, w)).astype(np.float32)
    rows = naive_heads.decode_yolo(head, out, (w * 32, h * 32), thresh)
    got = decode(head, out, (w * 32, h * 32), thresh)
    assert len(got) == len(rows)
    for i, (*xywh, objectness, probs) in enumerate(rows):
        np.testing.assert_array_equal(got.xywh[i], xywh)
        assert got.objectness[i] == objectness
        np.testing.assert_array_equal(got.probs[i], probs)


def test_heads_at_once_are_heads_one_by_one():
    """Of one kind or several, of as many classes or not, with boxes or without."""
    r = np.random.default_rng(0)
    kinds = ["[yolo]\nclasses=2", "[yolo]\nclasses=2\nnew_coords=1", "[yolo]\nclasses=3", "[Gaussian_yolo]\nclasses=2",
             "[region]\nclasses=2"]  # fmt: skip
    for order in ([0, 0], [0, 1, 0], [0, 2, 2], [0, 3, 0, 0], [4, 0, 1], [2]):
        heads = [parse(f"{kinds[k]}\nnum=2\nanchors=10,20,30,40\n" + ("" if k == 4 else "mask=1,0\n")) for k in order]
        outputs = [r.random((2 * head.entries, 3 + i, 4)).astype(np.float32) for i, head in enumerate(heads)]
        outputs[0][:] *= 0.1
        fit = Fit((31, 17), (64, 32), True)
        got = detection.get_network_boxes(heads, outputs, (31, 17), (64, 32), 0.5, True)
        parts = [correct(head, decode(head, output, (64, 32), 0.5), fit) for head, output in zip(heads, outputs)]
        assert str(got) == str(Boxes.concat(parts))


@pytest.mark.parametrize("shape", [(13, 3, 4), (12, 3), (14, 3, 4)])
def test_an_output_of_another_shape_is_refused(shape):
    with pytest.raises((ValueError, IndexError)):
        decode(parse("[yolo]\nclasses=1\nnum=2\nmask=0,1\nanchors=1,2,3,4"), np.ones(shape, np.float32), (8, 8), 0.5)


@pytest.mark.parametrize("view", [lambda out: out[:, ::-1, ::2], np.asfortranarray, lambda out: out[..., 1:]])
def test_an_output_in_any_order_of_memory(view):
    head = parse("[yolo]\nclasses=2\nnum=2\nmask=0,1\nanchors=1,2,3,4")
    out = view(np.random.default_rng(0).random((14, 5, 8), np.float32))
    out.flags.writeable = False
    assert str(decode(head, out, (8, 8), 0.5)) == str(decode(head, out.copy(), (8, 8), 0.5))


def test_defaults():
    head = parse("[yolo]")
    assert (head.sources, head.classes, head.mask, head.anchors) == ((0,), 20, (0,), ((0.5, 0.5),))
    assert (head.nms_kind, head.beta_nms, head.scale_x_y, head.new_coords) == ("default", 0.6, 1.0, False)


def test_channels_that_do_not_fit():
    head = parse("[yolo]\nclasses=3\nmask=0,1,2\nnum=3")
    with pytest.raises(ShapeError, match=r"filters=255 before \[yolo\].*classes=3 and 3 anchors.*\(3\+5\)\*3=24"):
        head.shape((Shape(255, 13, 13),))
    gaussian = parse("[Gaussian_yolo]\nclasses=3\nmask=0,1,2\nnum=3")
    with pytest.raises(ShapeError, match=r"\(3\+9\)\*3=36"):
        gaussian.shape((Shape(24, 13, 13),))


@pytest.mark.parametrize("mask", ["0,9", "-1", "7"])
def test_mask_beyond_anchors(mask):
    with pytest.raises(CfgError, match=rf"x\.cfg:3: \[yolo\] mask={mask} names an anchor that does not exist"):
        parse(f"[yolo]\nnum=6\nmask={mask}\nanchors=1,2,3,4")


def test_an_absurd_number_of_anchors_is_refused_at_once():
    with pytest.raises(CfgError, match="num=999999999 is not possible; it must be from 1 to 1000"):
        parse("[yolo]\nnum=999999999")


def test_anchors_that_do_not_fit_num():
    head, (doubt,) = parse_noting("[yolo]\nnum=2\nmask=0,1\nanchors=1,2,3")
    assert re.match(r"x\.cfg:3: .*anchor 1 of num=2, but the 3 numbers of anchors= are 1 pairs", doubt)
    assert head.anchors == ((1.0, 2.0), (3.0, 0.5))
    head = parse("[yolo]\nnum=1\nmask=1\nanchors=1,2,3,4")  # where C reads past its array
    assert head.masked_anchors.tolist() == [[3.0, 4.0]]


def test_unknown_nms_kind_is_default():
    head, (doubt,) = parse_noting("[yolo]\nnms_kind=cornersnms")
    assert head.nms_kind == "default"
    assert doubt.startswith("x.cfg:2: [yolo] nms_kind=cornersnms")
    assert parse("[Gaussian_yolo]\nnms_kind=cornersnms").nms_kind == "cornersnms"


def test_table_text():
    text = "mask=0\niou_loss=ciou\niou_normalizer=0.07\nscale_x_y=1.05"
    norms = "iou_norm: 0.07, obj_norm: 1.00, cls_norm: 1.00, delta_norm: 1.00"
    assert parse(f"[yolo]\n{text}").describe((), None) == (
        f"yolo\n[yolo] params: iou loss: ciou (4), {norms}, scale_x_y: 1.05"
    )
    assert parse(f"[Gaussian_yolo]\n{text}\nyolo_point=left_top").describe((), None) == (
        f"[Gaussian_yolo] iou loss: ciou (4), {norms}, scale: 1.05, point: 2"
    )
    assert parse("[region]").describe((), None) == "detection"


def test_region_refuses_what_it_cannot_do(tmp_path):
    with pytest.raises(CfgError, match=r"x\.cfg:2: .*coords=5"):
        parse("[region]\ncoords=5")
    with pytest.raises(CfgError, match=r"x\.cfg:2: .*tree=none\.tree is not there; looked in the working folder, .*/data: "):
        parse("[region]\ntree=none.tree")
    for text, says in (("", "t.tree is empty"), ("\n \n", "is empty"), ("a 1\nb -1\n", "a parent comes first")):
        (tmp_path / "t.tree").write_text(text)
        with pytest.raises(CfgError, match=rf"x\.cfg:2: .*{says}"):
            parse("[region]\ntree=t.tree", path=str(tmp_path / "x.cfg"))
    (tmp_path / "folder").mkdir()
    with pytest.raises(CfgError, match=r"tree=.*folder is a folder, not a file"):
        parse(f"[region]\ntree={tmp_path / 'folder'}")
    (tmp_path / "t.tree").write_text("a -1\nb -1\nc 0\n")
    with pytest.raises(CfgError, match=r"tree= has 3 classes but classes=4"):
        parse("[region]\nclasses=4\ntree=t.tree", path=str(tmp_path / "x.cfg"))


@pytest.mark.parametrize(("encoding", "end"), [("utf-16", "\n"), ("utf-8-sig", "\r"), ("utf-8", "\r\n")])
def test_a_tree_in_any_encoding(tmp_path, encoding, end):
    (tmp_path / "t.tree").write_bytes(end.join(["a\u2028 -1", "人 -1", "c 0", ""]).encode(encoding))
    assert parse("[region]\nclasses=3\ntree=t.tree", path=str(tmp_path / "x.cfg")).tree.parents == (-1, -1, 0)


def test_tree_groups():
    tree = ClassTree.parse("a -1\nb -1\nc 0\nd 0\ne 1\nf 2\n")
    assert tree.groups == ((0, 2), (2, 4), (4, 5), (5, 6))
    scores = np.array([[0.5, 0.5, 0.25, 0.75, 1, 0.5]], np.float32)
    assert hierarchy_predictions(tree, scores).tolist() == [[0.5, 0.5, 0.125, 0.375, 0.5, 0.0625]]


def test_forward_channels_cover_what_the_naive_forward_does():
    for name in ("yolo", "gaussian"):
        head, x = parse(CASES[name]["cfg"]), golden(name)["input"].astype(np.float32)
        want, got = naive_heads.forward_numpy(head, x), x.copy().reshape(len(head.mask), head.entries, *x.shape[1:])
        for start, stop in head.logistic_channels():
            got[:, start:stop] = naive_heads.logistic(got[:, start:stop])
        for start, stop in head.scaled_channels():
            got[:, start:stop] = naive_heads.scale(got[:, start:stop], head.scale_x_y)
        np.testing.assert_array_equal(got.reshape(x.shape), want)


def test_concat_widens():
    narrow, wide = (Boxes(np.ones((1, 4)), np.ones(1), np.ones((1, c), np.float32), np.ones((1, 4))) for c in (1, 3))
    assert Boxes.concat([narrow, wide]).probs.tolist() == [[1, 0, 0], [1, 1, 1]]
    assert len(Boxes.concat([])) == 0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38, -3e38, 90, 0])
@pytest.mark.parametrize(
    "text",
    ["[yolo]\nanchors=1e39,2", "[yolo]\nnew_coords=1\nscale_x_y=1e39\nanchors=0,1", "[region]\nclassfix=-1\nanchors=1,1e308",
     "[Gaussian_yolo]\nyolo_point=left_top\nanchors=1e39,0"],
)  # fmt: skip
def test_numbers_that_are_none_stay_without_a_warning(text, value):
    head = parse(text + "\nclasses=2\nnum=1\nmask=0\n")
    output = np.full((head.entries, 2, 3), value, np.float32)
    output[4::3] = 0.9
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        boxes = detection.get_network_boxes([head], [output], (31, 17), (32, 32), 0.1)
        detection.non_max_suppression(detection.in_pixels(boxes, (31, 17)), "default", 0.6, 0.45)
