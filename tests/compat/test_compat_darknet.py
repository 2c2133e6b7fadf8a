"""darknet.py's module: what the reference returned for our small networks, and for trained ones where they are."""

from __future__ import annotations

import ctypes as ct
import io
import random
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from darknet_module import FIGURES, data_file, files, image_of, low_level, rgb
from reference import REPO, kit

from darknet_py import CfgError, ImageError
from darknet_py.compat import darknet

DETECTORS = ["csp_groups", "residual", "gaussian", "region", "csp_mish"]
PIXELS, RELATIVE, PROBABILITY = 2e-3, 5e-6, 2e-6  # figures are rounded to 3, 6 and 7 digits


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("darknet")


@pytest.fixture(scope="module", params=DETECTORS)
def case(request: pytest.FixtureRequest, folder: Path) -> tuple[str, Any, list[str], np.ndarray]:
    """(name, network, class names, picture)."""
    net = darknet.load_net_custom(*(str(path).encode() for path in files(request.param, folder)), 0, 1)
    return request.param, net, [f"n{i}" for i in range(net.network.classes)], rgb(request.param)


def same(found: list[Any], expected: list[Any], tolerance: float = PIXELS) -> None:
    """Equal labels, order and percents; probabilities and boxes within rounding."""
    assert [label for label, _, _ in found] == [label for label, _, _ in expected]
    for (_, confidence, box), (_, wanted, wanted_box) in zip(found, expected, strict=True):
        assert isinstance(confidence, type(wanted))
        assert confidence == wanted if isinstance(wanted, str) else abs(confidence - wanted) < PROBABILITY
        np.testing.assert_allclose(box, wanted_box, rtol=0, atol=tolerance)


def test_detect_image(case):
    name, net, names, picture = case
    figures, im = FIGURES[name], image_of(picture)
    same(darknet.detect_image(net, names, im, thresh=0.25), figures["detect_image"])
    same(darknet.detect_image(net, names, im, thresh=0.4, nms=0), figures["detect_image_nms0"])
    same(darknet.detect_image(net, names[:1], im, thresh=0.25), figures["fewer_names"])


def test_an_array_is_its_image(case):
    _, net, names, picture = case
    found = darknet.detect_image(net, names, image_of(picture), thresh=0.25)
    assert found
    wide = np.zeros((*picture.shape[:2], 6), np.uint8)
    wide[..., 1:4] = picture
    assert darknet.detect_image(net, names, picture, thresh=0.25) == found
    assert darknet.detect_image(net, names, wide[..., 1:4], thresh=0.25) == found, "not contiguous"


@pytest.mark.parametrize(
    ("key", "nms", "letter", "relative"),
    [
        ("sort", darknet.do_nms_sort, 0, 0), ("obj", darknet.do_nms_obj, 0, 0),
        ("letter_obj_relative", darknet.do_nms_obj, 1, 1), ("none_relative", None, 0, 1),
    ],
)  # fmt: skip
def test_the_calls_that_detect_image_is_made_of(case, key, nms, letter, relative):
    name, net, names, picture = case
    expected, objectness = FIGURES[name][key]
    found, got = low_level(net, image_of(picture), names, nms, 0.3, letter, relative)
    same(found, expected, RELATIVE if relative else PIXELS)
    np.testing.assert_allclose(got[: len(objectness)], objectness, rtol=0, atol=RELATIVE)


def test_detect_image_is_its_calls(case):
    _, net, names, picture = case
    found, _ = low_level(net, image_of(picture), names, darknet.do_nms_sort, 0.25)
    assert darknet.detect_image(net, names, picture, thresh=0.25) == sorted(
        darknet.decode_detection(found), key=lambda one: one[1]
    )


def test_the_best_class_of_each_box(case):
    """[region] as the reference; for other heads it has no best class, here it is the one of most probability."""
    name, net, names, picture = case
    im, number = image_of(picture), ct.c_int()
    darknet.predict_image(net, im)
    boxes = darknet.get_network_boxes(net, im.w, im.h, 0.3, 0.5, None, 0, number, 0)
    if name == "region":
        darknet.do_nms_sort(boxes, number.value, len(names), 0.45)
        same(darknet.remove_negatives_faster(boxes, names, number.value), FIGURES[name]["faster"][0])
        return
    best = [max(boxes[i].prob[: len(names)]) for i in range(number.value)]
    found = darknet.remove_negatives_faster(boxes, names, number.value)
    assert [prob for _, prob, _ in found] == [prob for prob in best if prob > 0]
    assert all(label == names[boxes[i].best_class_idx] for i, (label, _, _) in enumerate(found) if best[i] > 0)


def test_uncertainties_are_of_gaussian_networks(case):
    name, net, _, picture = case
    darknet.predict_image(net, picture)
    boxes = darknet.get_network_boxes(net, 100, 100, 0.3)
    assert bool(boxes[0].uc) == (name == "gaussian")


@pytest.mark.parametrize("name", ["csp_groups", "residual", "csp_mish"])
def test_batch(name, folder):
    path, file = files(name, folder)
    classes = {"csp_groups": 4, "residual": 5, "csp_mish": 3}[name]
    net, names, _ = darknet.load_network(str(path), str(data_file(folder, classes)), str(file), batch_size=2)
    w, h = darknet.network_width(net), darknet.network_height(net)
    planes = []
    for i, picture in enumerate((rgb(name), rgb(name)[::-1, ::-1])):
        cv2.imwrite(str(folder / f"{i}.png"), picture[..., ::-1])
        loaded = darknet.load_image(str(folder / f"{i}.png").encode("ascii"), w, h)
        planes.append(np.ctypeslib.as_array(loaded.data, (3, h, w)).copy())
    array = np.ascontiguousarray(np.stack(planes).flat, np.float32)
    im = darknet.IMAGE(200, 100, 3, array.ctypes.data_as(darknet.POINTER(darknet.c_float)))
    del array
    pairs = darknet.network_predict_batch(net, im, 2, 200, 100, 0.3, 0.5, None, 0, 0)
    for i in range(2):
        darknet.do_nms_obj(pairs[i].dets, pairs[i].num, len(names), 0.45)
        same(darknet.remove_negatives(pairs[i].dets, names, pairs[i].num), FIGURES[name]["batch"][i])
    darknet.free_batch_detections(pairs, 2)


def test_a_classifier(folder):
    net = darknet.load_net_custom(*map(str, files("classifier", folder)), 0, 1)
    im, figures = image_of(rgb("classifier")), FIGURES["classifier"]
    for key in ("predict_image", "predict_image_letterbox"):
        probs = getattr(darknet, key)(net, im)
        np.testing.assert_allclose(probs[: len(figures[key])], figures[key], rtol=0, atol=PROBABILITY)
    meta = darknet.load_meta(str(data_file(folder, 10)).encode())
    best = darknet.classify(net, meta, im)
    assert best[0][0] == b"n%d" % int(np.argmax(figures["predict_image"]))
    assert len(best) == 10
    with pytest.raises(CfgError, match="no detection layer"):
        darknet.detect_image(net, ["n0"], im)


def test_other_letter_box_and_nms_kind_on_request(folder):
    """csp_mish has letter_box=1 and nms_kind=diounms: ``strict=False`` is what Network.detect gives, percents as numbers."""
    net = darknet.load_net_custom(*map(str, files("csp_mish", folder)))
    picture, names = rgb("csp_mish"), ["n0", "n1", "n2"]
    h, w = picture.shape[:2]
    found = darknet.detect_image(net, names, picture, thresh=0.25, strict=False)
    expected = [
        (f"n{d.class_id}", 100 * d.prob, tuple(np.multiply(np.float32(d.box), np.float32([w, h, w, h])).tolist()))
        for d in net.network.detect(np.ascontiguousarray(picture[..., ::-1]), 0.25)
    ]
    assert found == sorted(expected, key=lambda one: one[1])
    assert [one[2] for one in found] != [one[2] for one in darknet.detect_image(net, names, picture, thresh=0.25)]


def test_older_detect_and_array_to_image(folder):
    net = darknet.load_net(*(str(path).encode() for path in files("residual", folder)), 0)
    cv2.imwrite(str(folder / "r.png"), rgb("residual")[..., ::-1])
    meta = darknet.load_meta(str(data_file(folder, 5)).encode())
    found = darknet.detect(net, meta, str(folder / "r.png").encode(), thresh=0.25)
    newer = darknet.detect_image(net, [f"n{i}" for i in range(5)], rgb("residual"), thresh=0.25)
    assert sorted((n.decode(), str(round(100 * p, 2)), box) for n, p, box in found) == sorted(newer)
    assert [p for _, p, _ in found] == sorted((p for _, p, _ in found), reverse=True)
    im, array = darknet.array_to_image(rgb("residual"))
    assert (im.w, im.h, im.c) == array.shape[::-1]
    assert im.data[0] == np.float32(rgb("residual")[0, 0, 0]) / np.float32(255)


def test_helpers_of_scripts():
    assert darknet.bbox2points((10.5, 3.5, 4, 1)) == (8, 3, 12, 4)
    random.seed(3)
    colors = darknet.class_colors(["a", "b"])
    random.seed(3)
    assert colors == {name: tuple(random.randint(0, 255) for _ in range(3)) for name in "ab"}
    assert darknet.decode_detection([("a", 0.123456, (1, 2, 3, 4)), ("b", 0.5, ())]) == [
        ("a", "12.35", (1, 2, 3, 4)), ("b", "50.0", ()),
    ]  # fmt: skip
    out = io.StringIO()
    with redirect_stdout(out):
        darknet.print_detections([("a", "12.35", (1.4, 2, 3, 4.6))], True)
        darknet.print_detections([("a", "12.35", (1.4, 2, 3, 4.6))])
    assert out.getvalue() == (
        "\nObjects:\na: 12.35%    (left_x: 1   top_y:  2   width:   3   height:  5)\n\nObjects:\na: 12.35%\n"
    )


def test_boxes_are_drawn_into_the_picture():
    picture = np.zeros((60, 80, 3), np.uint8)
    drawn = darknet.draw_boxes([("a", "50.00", (40.0, 40.0, 20.0, 10.0))], picture, {"a": (1, 2, 3)})
    assert drawn is picture
    assert picture[45, 30].tolist() == picture[35, 50].tolist() == [1, 2, 3]
    assert picture[40, 40].tolist() == [0, 0, 0]
    assert picture[20:30, 30:].any(), "the label"
    with pytest.raises(ImageError, match="contiguous"):
        darknet.draw_boxes([], picture[..., ::-1], {})


def test_non_max_suppression_fast_keeps_lower_boxes():
    boxes = [("a", 1, 0, (10, 10, 10, 10)), ("b", 1, 0, (10, 12, 10, 10)), ("c", 1, 0, (40, 5, 10, 10))]
    assert darknet.non_max_suppression_fast(boxes, 0.5) == [boxes[1], boxes[2]]
    assert darknet.non_max_suppression_fast(boxes, 0.9) == [boxes[1], boxes[0], boxes[2]]
    assert darknet.non_max_suppression_fast([], 0.5) == []


@pytest.mark.parametrize("name", ["yolo-fastest-1.1", "yolo-fastest-1.1-xl"])
def test_trained_networks(name, tmp_path):
    """Labels, order and percents are the reference's on six pictures, by three ways and as a batch."""
    folder = kit()
    (tmp_path / "coco.data").write_text(f"classes=80\nnames={REPO / 'cfg' / 'coco.names'}\n")
    paths = REPO / "cfg" / f"{name}.cfg", tmp_path / "coco.data", folder / "weights" / f"{name}.weights"
    net, names, colors = darknet.load_network(*map(str, paths), batch_size=3)
    w, h = darknet.network_width(net), darknet.network_height(net)
    for key, expected in FIGURES["yolo-fastest"].items():
        network, picture, way = key.split("/")
        if network != name:
            continue
        loaded = darknet.load_image(str(folder / "images" / picture).encode())
        if way == "letter-obj":
            boxed, number = darknet.letterbox_image(loaded, w, h), ct.c_int()
            darknet.predict_image(net, boxed)
            boxes = darknet.get_network_boxes(net, loaded.w, loaded.h, 0.25, 0.5, None, 0, ct.byref(number), 1)
            darknet.do_nms_obj(boxes, number.value, 80, 0.45)
            same(darknet.remove_negatives(boxes, names, number.value), expected)
            continue
        bgr = cv2.imread(str(folder / "images" / picture))
        resized = cv2.resize(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), (w, h), interpolation=cv2.INTER_LINEAR)
        im = loaded if way == "loaded" else image_of(resized)
        same(darknet.detect_image(net, names, im, thresh=0.25), expected)
    assert set(colors) == set(names)


def test_a_batch_of_trained_networks(reference):
    """What darknet_images.py does in batch_detection, in its order of calls."""
    for name, expected in FIGURES["yolo-fastest-batch"].items():
        paths = REPO / "cfg" / f"{name}.cfg", REPO / "cfg" / "coco.names", reference / "weights" / f"{name}.weights"
        net, names, _ = darknet.load_network(*map(str, paths), batch_size=3)
        w, h = darknet.network_width(net), darknet.network_height(net)
        planes = []
        for picture in ("dog", "horses", "person"):
            bgr = cv2.resize(cv2.imread(str(reference / "images" / f"{picture}.png")), (640, 480))
            resized = cv2.resize(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), (w, h), interpolation=cv2.INTER_LINEAR)
            planes.append(resized.transpose(2, 0, 1))
        array = np.ascontiguousarray(np.concatenate(planes).flat, np.float32) / 255.0
        im = darknet.IMAGE(640, 480, 3, array.ctypes.data_as(darknet.POINTER(darknet.c_float)))
        pairs = darknet.network_predict_batch(net, im, 3, 640, 480, 0.25, 0.5, None, 0, 0)
        for i in range(3):
            darknet.do_nms_obj(pairs[i].dets, pairs[i].num, 80, 0.45)
            same(darknet.remove_negatives(pairs[i].dets, names, pairs[i].num), expected[i])
