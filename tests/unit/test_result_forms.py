"""Detections in the forms of others, and back."""

from __future__ import annotations

import functools
import json
import operator
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet_py import DarknetError, DarknetWarning, DatasetError, Detection, Detections

NAMES = ["dog", "traffic light", "кот <&>"]
SIZE = 80, 40
JSON = {"objects": [{"class_id": 0, "name": "dog", "confidence": 0.5,
                     "relative_coordinates": {"center_x": 0.5, "center_y": 0.5, "width": 0.5, "height": 0.25}}]}  # fmt: skip
LABELME = {"shapes": [{"label": "dog", "points": [[60, 15], [20, 25]], "shape_type": "rectangle"}], "imageWidth": 80,
           "imageHeight": 40, "imagePath": "a.jpg"}  # fmt: skip
VOC = """<annotation><filename>a.jpg</filename><size><width>80</width><height>40</height></size><object><name>dog</name>
<bndbox><xmin>21</xmin><ymin>16</ymin><xmax>60</xmax><ymax>25</ymax></bndbox></object></annotation>"""
COCO = [{"image_id": 7, "category_id": 0, "bbox": [20, 15, 40, 10], "score": 0.5}]
DOG = Detection(0, "dog", 0.5, 0.5, (0.5, 0.5, 0.5, 0.25))

share = st.floats(0.125, 0.875, width=32)
one = st.builds(lambda c, p, x, y, w, h: Detection(c, NAMES[c], p, p, (x, y, w * min(x, 1 - x), h * min(y, 1 - y))),
                st.integers(0, 2), st.floats(0.125, 1, width=32), share, share, share, share)  # fmt: skip
detections = st.builds(lambda found, width, height: Detections(found, width, height, "a.jpg"), st.lists(one, max_size=5),
                       st.integers(1, 4000), st.integers(1, 4000))  # fmt: skip

FORMS: dict[str, tuple[Callable[[Detections], Detections], float, bool]] = {  # there and back; pixels it may miss; has prob
    "json": (lambda f: Detections.from_json(f.to_json(), *f.size), 0, True),
    "yolo": (lambda f: Detections.from_yolo(f.to_yolo(prob=True), *f.size, NAMES), 0, True),
    "yolo4": (lambda f: Detections.from_yolo(f.to_yolo(digits=9), *f.size, NAMES), 0, False),
    "coco": (lambda f: Detections.from_coco(f.to_coco(7), *f.size, names=NAMES), 0, True),
    "coco_ids": (lambda f: Detections.from_coco(f.to_coco(7, [4, 9, 2]), *f.size, 7, NAMES, [4, 9, 2]), 0, True),
    "labelme": (lambda f: Detections.from_labelme(json.dumps(f.to_labelme()), NAMES), 0, True),
    "voc": (lambda f: Detections.from_voc(f.to_voc(), NAMES), 1, False),
}


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=15, deadline=None)
@given(found=detections)
def test_there_and_back(form: str, found: Detections) -> None:
    back, missed, has_prob = FORMS[form]
    again = back(found)
    assert (type(again), again.size, [d.name for d in again]) == (Detections, found.size, [d.name for d in found])
    assert again.class_id.tolist() == found.class_id.tolist()
    np.testing.assert_allclose(again.prob, found.prob if has_prob else 1, atol=6e-7)
    np.testing.assert_allclose(again.xyxyn * (SIZE * 2), found.xyxyn * (SIZE * 2), atol=1e-4 + missed * 80)
    np.testing.assert_allclose(again.xyxy, found.xyxy, atol=4e-3 + missed)


@settings(max_examples=10, deadline=None)
@given(detections)
def test_there_and_back_by_pandas(found: Detections) -> None:
    pytest.importorskip("pandas")
    assert same(Detections.from_pandas(found.to_pandas(), *found.size), found)


@settings(max_examples=10, deadline=None)
@given(detections)
def test_there_and_back_by_supervision(found: Detections) -> None:
    pytest.importorskip("supervision")
    assert same(Detections.from_supervision(found.to_supervision(), *found.size), found)


@pytest.mark.parametrize("side", [float("nan"), float("inf"), -float("inf")])
def test_boxes_that_supervision_cannot_have_are_left_out(side: float) -> None:
    pytest.importorskip("supervision")
    found = Detections([Detection(0, "dog", 0.5, 0.5, (0.5, side, 0.1, 0.1)), DOG], *SIZE)
    with pytest.warns(DarknetWarning, match="1 of 2 boxes are no numbers, which supervision cannot have: left out") as seen:
        assert len(found.to_supervision()) == 1
    assert seen[0].filename == __file__
    with pytest.warns(DarknetWarning, match="1 of 1 boxes"):
        assert len(found[:1].to_supervision()) == 0


def test_there_and_back_by_fiftyone() -> None:
    pytest.importorskip("fiftyone")
    found = Detections([DOG, Detection(2, NAMES[2], 0.25, 0.25, (0.25, 0.75, 0.5, 0.5))], *SIZE)
    labels = found.to_fiftyone()
    assert labels.detections[0].bounding_box == [0.25, 0.375, 0.5, 0.25]
    assert same(Detections.from_fiftyone(labels, *SIZE), found)
    for label in labels.detections:
        del label["class_id"]
    assert same(Detections.from_fiftyone(labels, *SIZE, names=NAMES), found)


def same(again: Detections, found: Detections) -> bool:
    assert [(d.class_id, d.name, d.prob) for d in again] == [(d.class_id, d.name, d.prob) for d in found]
    np.testing.assert_allclose(again.xyxy, found.xyxy, atol=1e-3)
    return again.size == found.size


@pytest.mark.parametrize(
    "read",
    [
        lambda: Detections.from_json(JSON, *SIZE), lambda: Detections.from_json([JSON], *SIZE),
        lambda: Detections.from_json({**JSON, "width": 80, "height": 40}),
        lambda: Detections.from_json(json.dumps(JSON), *SIZE),
        lambda: Detections.from_json(json.dumps(JSON).encode(), *SIZE),
        lambda: Detections.from_yolo("# a.jpg\n\n0 .5 .5 .5 .25 .5\n", *SIZE, NAMES),
        lambda: Detections.from_coco(COCO, *SIZE, names=NAMES), lambda: Detections.from_labelme(LABELME, NAMES)[:],
        lambda: Detections.from_coco({"annotations": COCO, "images": [{"id": 7, "width": 80, "height": 40}],
                                      "categories": [{"id": 0, "name": "dog"}]}),
        lambda: Detections.from_voc(VOC, NAMES), lambda: Detections.from_voc(VOC.encode(), NAMES),
    ],
)  # fmt: skip
def test_what_others_write(read: Callable[[], Detections]) -> None:
    (found,) = read()
    assert (found.class_id, found.name, found.box) == (DOG.class_id, DOG.name, DOG.box)
    assert found.prob in (0.5, 1)


def test_classes_of_a_file_of_annotations() -> None:
    whole = {"annotations": [{**COCO[0], "category_id": 9}, {**COCO[0], "image_id": 8, "category_id": 3}],
             "images": [{"id": 7, "width": 80, "height": 40, "file_name": "a.jpg"}],
             "categories": [{"id": 3, "name": "dog"}, {"id": 9, "name": "cat"}]}  # fmt: skip
    found = Detections.from_coco(whole, image_id=7)
    assert (found[0].class_id, found[0].name, found.source) == (1, "cat", "a.jpg")
    assert Detections.from_coco(whole, image_id=7, names=["bird", "cat", "dog"])[0].class_id == 1
    assert Detections.from_coco(whole, *SIZE, image_id=8, names=["bird", "cat", "dog"])[0].class_id == 2


def test_files_are_read_by_their_path(tmp_path: Path) -> None:
    found = Detections([DOG], *SIZE, "b/a.jpg")
    texts = {"a.json": found.to_json(), "a.txt": found.to_yolo(), "a.xml": found.to_voc(), "l.json": json.dumps(LABELME)}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    again = [
        Detections.from_json(str(tmp_path / "a.json"), *SIZE), Detections.from_yolo(tmp_path / "a.txt", *SIZE, NAMES),
        Detections.from_voc(tmp_path / "a.xml", NAMES), Detections.from_labelme(tmp_path / "l.json", NAMES),
    ]  # fmt: skip
    assert [(d[0].name, d[0].box) for d in again] == [("dog", DOG.box)] * 4
    assert [d.source for d in again] == ["b/a.jpg", 0, "a.jpg", "a.jpg"]


def test_voc_as_its_tools_read_it() -> None:
    found = Detections([DOG, Detection(2, NAMES[2], 0.5, 0.5, (1.0, 1.0, 0.5, 0.5))], *SIZE, "VOC2012/JPEGImages/a.jpg")
    root = ElementTree.fromstring(found.to_voc())
    assert [root.findtext(path) for path in ("folder", "filename", "size/width", "size/depth", "segmented")] == [
        "JPEGImages", "a.jpg", "80", "3", "0"]  # fmt: skip
    boxes = [[int(side.text or "") for side in one.iterfind("bndbox/*")] for one in root.iterfind("object")]
    assert boxes == [[21, 16, 60, 25], [61, 31, 80, 40]]
    assert [one.findtext("name") for one in root.iterfind("object")] == ["dog", NAMES[2]]


ODD = ["دوچرخه\u200cها", "👩\u200d🚒", "a\u00a0b", "全\u3000角", "<a> & 'b'", "\U0010fffd", "a\tb"]


@pytest.mark.parametrize("name", ODD)
def test_voc_keeps_all_letters_that_xml_can_have(name: str) -> None:
    found = Detections([Detection(0, name, 1, 1, DOG.box)], *SIZE)
    assert Detections.from_voc(found.to_voc(), [name])[0].name == name


@pytest.mark.parametrize("character", ["\0", "\x1b", "\udcff", "\ufffe"])
def test_voc_leaves_out_what_xml_cannot_have(character: str) -> None:
    found = Detections([Detection(0, f"do{character}g", 1, 1, DOG.box)], *SIZE)
    assert Detections.from_voc(found.to_voc(), ["dog"])[0].name == "dog"


@pytest.mark.parametrize(
    ("box", "written"),
    [((0.5, 0.5, 1, 1), [1, 1, 80, 40]), ((0.00625, 0.0125, 0.0125, 0.025), [1, 1, 1, 1]), ((3, 3, 1, 1), [80, 40, 80, 40]),
     ((-3, -3, 1, 1), [1, 1, 1, 1]), ((0.5, 0.5, 0, 0), [41, 21, 41, 21]),
     ((0.134, 0.134, 0.001, 0.001), [11, 6, 11, 6]), ((0.5, 0.5, np.inf, np.nan), [1, 1, 80, 1])],
)  # fmt: skip
def test_voc_counts_pixels_from_one(box: Any, written: list[int]) -> None:
    """As supervision and Detectron2 read them: a box from 1 to the width is the whole picture's."""
    root = ElementTree.fromstring(Detections([Detection(0, "dog", 1, 1, box)], *SIZE).to_voc())
    assert [int(side.text or "") for side in root.iterfind("object/bndbox/*")] == written


def test_labels_and_annotations_as_supervision_reads_them(tmp_path: Path) -> None:
    sv = pytest.importorskip("supervision")
    found = Detections([DOG, Detection(1, NAMES[1], 1, 1, (0.25, 0.75, 0.5, 0.25))], *SIZE, tmp_path / "a.png")
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((40, 80, 3), np.uint8))
    (tmp_path / "a.xml").write_text(found.to_voc(), "utf-8")
    (tmp_path / "a.txt").write_text(found.to_yolo(), "utf-8")
    (tmp_path / "data.yaml").write_text(json.dumps({"names": NAMES[:2]}), "utf-8")
    folder = str(tmp_path)
    for pictures in (sv.DetectionDataset.from_pascal_voc(folder, folder),
                     sv.DetectionDataset.from_yolo(folder, folder, str(tmp_path / "data.yaml"))):  # fmt: skip
        ((_, _, seen),) = pictures
        np.testing.assert_allclose(seen.xyxy, found.xyxy, atol=1e-3)
        assert (pictures.classes, seen.class_id.tolist()) == (NAMES[:2], [0, 1])


def test_results_as_pycocotools_reads_them() -> None:
    coco = pytest.importorskip("pycocotools.coco")
    truth = coco.COCO()
    truth.dataset = {"images": [{"id": 7, "width": 80, "height": 40}], "categories": [{"id": 0, "name": "dog"}]}
    truth.createIndex()
    read = truth.loadRes(Detections([DOG], *SIZE).to_coco(7))
    assert same(Detections.from_coco(read.dataset), Detections([DOG], *SIZE))


def test_darknets_json_is_its_text() -> None:
    text = Detections([DOG, Detection(1, "dont_show", 1, 1, DOG.box)], *SIZE, "a.jpg").to_json()
    assert text == (
        '[\n{\n "frame_id":1, \n "filename":"a.jpg", \n "objects": [ \n  {"class_id":0, "name":"dog", '
        '"relative_coordinates":{"center_x":0.500000, "center_y":0.500000, "width":0.500000, "height":0.250000}, '
        '"confidence":0.500000}\n ] \n}\n]'
    )


def test_what_is_no_number_is_null() -> None:
    found = Detections([Detection(0, "dog", 0.5, 0.5, (np.nan, np.inf, 0.5, 0.5))], *SIZE)
    (again,) = Detections.from_json(json.loads(found.to_json()), *SIZE)
    assert np.isnan(again.box[:2]).all()
    assert ElementTree.fromstring(found.to_voc()).findtext("object/bndbox/xmin") == "1"
    assert found.to_yolo() == "0 nan inf 0.500000 0.500000\n"


@pytest.mark.parametrize(
    ("write", "says"),
    [
        (lambda found: found.to_coco(7, []), "category_ids has 0 numbers"),
        (lambda found: found.to_coco(7, [9]), "category_ids has 1 numbers"),
        (lambda found: found.to_yolo(digits=-1), "digits=-1: it must"),
        (lambda found: found.to_yolo(digits="4"), "digits='4': it must"),
    ],
)  # fmt: skip
def test_what_is_asked_for_wrongly_is_one_line(write: Callable[[Detections], Any], says: str) -> None:
    with pytest.raises(DarknetError, match=says):
        write(Detections([DOG, Detection(1, "cat", 1, 1, DOG.box)], *SIZE))


def without(record: dict[str, Any], key: str) -> dict[str, Any]:
    return {k: v for k, v in record.items() if k != key}


@pytest.mark.parametrize(
    ("read", "says"),
    [
        (lambda: Detections.from_json("[", *SIZE), "Darknet's JSON: no JSON"),
        (lambda: Detections.from_json("[" * 10**5, *SIZE), "no JSON"),
        (lambda: Detections.from_json(JSON), "does not tell the picture's size; give width= and height="),
        (lambda: Detections.from_json([JSON, JSON], *SIZE), r"holds 2 pictures; give one, as in \[Detections"),
        (lambda: Detections.from_json([], *SIZE), "holds 0 pictures"),
        (lambda: Detections.from_json({"frames": []}, *SIZE), "has no 'objects'"),
        (lambda: Detections.from_json({"objects": [without(JSON["objects"][0], "confidence")]}, *SIZE),
         "object 1: has no 'confidence'"),
        (lambda: Detections.from_json({"objects": [{**JSON["objects"][0], "class_id": "dog"}]}, *SIZE),
         "object 1: a class is 'dog', no number"),
        (lambda: Detections.from_json("none.json", *SIZE), "none.json: cannot be read"),
        (lambda: Detections.from_json(JSON, 0, 40), "a picture of 0 x 40 pixels is none"),
        (lambda: Detections.from_yolo("0 .5 .5 .5", *SIZE), "labels:1: has 4 words; a label is `class x y width height`"),
        (lambda: Detections.from_yolo("0 .5 .5 .5 .5\n1.5 .5 .5 .5 .5", *SIZE), "labels:2: class '1.5' is no whole number"),
        (lambda: Detections.from_yolo("0 .5 x .5 .5", *SIZE), "labels:1: a label's word is 'x', no number"),
        (lambda: Detections.from_yolo("0 .5 nan .5 .5", *SIZE), "is 'nan', no number"),
        (lambda: Detections.from_yolo("-1 .5 .5 .5 .5", *SIZE), "class '-1' is no whole number from 0"),
        (lambda: Detections.from_yolo(5, *SIZE), "from a path or a text, not from int"),
        (lambda: Detections.from_coco(COCO, names=NAMES), "does not tell the picture's size"),
        (lambda: Detections.from_coco([*COCO, {**COCO[0], "image_id": 8}], *SIZE), "of 2 pictures; image_id= chooses one"),
        (lambda: Detections.from_coco(COCO, *SIZE, image_id=9), "no picture of image_id 9"),
        (lambda: Detections.from_coco(COCO, *SIZE, category_ids=[5]), "category 0 is no class; see names="),
        (lambda: Detections.from_coco([{**COCO[0], "bbox": [1, 2, 3]}], *SIZE), "annotation 1: bbox has 3 numbers"),
        (lambda: Detections.from_labelme(LABELME, []), "class 'dog' has no number; names=, the classes"),
        (lambda: Detections.from_labelme(LABELME, ["cat"]), "shape 1: class 'dog' has no number; it is none of names="),
        (lambda: Detections.from_labelme(LABELME, "dog"), "names='dog': names are a list"),
        (lambda: Detections.from_labelme({"shapes": [{**LABELME["shapes"][0], "shape_type": "circle"}], "imageWidth": 8,
                                          "imageHeight": 4}, NAMES), "a circle of 2 points is no box"),
        (lambda: Detections.from_voc("<annotation>", NAMES), "VOC's XML: no XML"),
        (lambda: Detections.from_voc("<html/>", NAMES), "holds <html>, no <annotation>"),
        (lambda: Detections.from_voc("<!DOCTYPE a><annotation/>", NAMES), "defines entities"),
        (lambda: Detections.from_voc("<annotation/>", NAMES), "it has no <size>"),
        (lambda: Detections.from_voc(VOC.replace("xmin", "x"), NAMES), "object 1: has no bndbox of xmin"),
        (lambda: Detections.from_voc(VOC.replace(">21<", ">left<"), NAMES), "a side of bndbox is 'left', no number"),
        (lambda: Detections.from_pandas({"xmin": []}, *SIZE), "this has 0 columns xmin"),
        (lambda: Detections.from_yolo("0 1_0 .5 .5 .5", *SIZE), "is '1_0', no number"),
        (lambda: Detections.from_yolo("99999999999 .5 .5 .5 .5", *SIZE), "no whole number from 0 to 1000000"),
        (lambda: Detections.from_yolo("0 .5 .5 .5 .5", *SIZE, {0: "dog"}), "names=.0: 'dog'.: names are a list of texts"),
        (lambda: Detections.from_yolo("0 .5 .5 .5 .5", *SIZE, [1]), "names are a list of texts"),
        (lambda: Detections.from_supervision([], *SIZE), "takes supervision.Detections, not list"),
        (lambda: Detections.from_fiftyone([], *SIZE), "takes fiftyone.Detections, as sample.ground_truth, not list"),
    ],
)  # fmt: skip
def test_what_is_no_such_form_is_one_line(read: Callable[[], Detections], says: str) -> None:
    with pytest.raises(DatasetError, match=says) as e:
        read()
    assert "\n" not in str(e.value)


WRONG = [None, True, -1, 0, 10**400, float("nan"), "", "x", b"x", [], [None], [[]], {}, {"id": []}, [1, 2, 3, 4], [{}]]


def places(value: Any) -> list[list[Any]]:
    """The way to each value within one."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [[], *([step, *rest] for step, found in inner for rest in places(found))]


@pytest.mark.parametrize(
    ("good", "read"),
    [
        ([JSON], lambda value: Detections.from_json(value, *SIZE)),
        (LABELME, lambda value: Detections.from_labelme(value, NAMES)),
        (COCO, lambda value: Detections.from_coco(value, *SIZE)),
        ({"annotations": COCO, "images": [{"id": 7, "width": 80, "height": 40}], "categories": [{"id": 0, "name": "dog"}]},
         Detections.from_coco),
    ],
)  # fmt: skip
def test_whatever_any_value_is_in_place_of_is_read_or_one_line(good: Any, read: Callable[[Any], Detections]) -> None:
    refused = 0
    for *way, last in places(good)[1:]:
        for wrong in WRONG:
            changed = json.loads(json.dumps(good))
            functools.reduce(operator.getitem, way, changed)[last] = wrong
            try:
                read(changed)
            except DatasetError as e:
                refused += "\n" not in str(e)
    assert refused > 4 * len(WRONG)
    for wrong in WRONG:
        with suppress(DatasetError):
            read(wrong)
