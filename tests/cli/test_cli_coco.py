"""``detector valid -annotations``: COCO's AP of what it writes, of small sets in COCO's form."""

from __future__ import annotations

import contextlib
import io
import json
import sys

import cv2
import evaluation_set as golden
import numpy as np
import pytest

from darknet_py._support.optional import pip_install
from darknet_py.cli import main
from darknet_py.errors import DatasetError
from darknet_py.files.labels import read_labels

nets, place = golden.nets, golden.place
SPP = "my.data", "spp.cfg", "spp.weights"
NAMES = [f"class {j}" for j in range(4)]


@pytest.fixture
def coco(place):
    """The four pictures, whose labels are annotations.json: numbers of its own for pictures and classes."""
    golden.write_data(place, 4, more="eval=coco\n")
    golden.write_labels(place, "spp")
    images, annotations = [], []
    for i in range(1, 5):
        high, wide = cv2.imread(f"pictures/{i}.png").shape[:2]
        images.append({"id": 70 + i, "file_name": f"val/{i}.png", "width": wide, "height": high})
        labels = place / "pictures" / f"{i}.txt"
        found = read_labels(labels) if labels.exists() else read_labels(place / "empty.txt")
        for class_id, (x, y, w, h) in zip(found.classes.tolist(), found.xywh.astype(float).tolist()):
            box = [(x - w / 2) * wide, (y - h / 2) * high, w * wide, h * high]
            facts = {"id": len(annotations) + 1, "image_id": 70 + i, "category_id": 30 + class_id}
            annotations.append({**facts, "bbox": box, "area": box[2] * box[3], "iscrowd": 0})
    categories = [{"id": 30 + j, "name": name} for j, name in enumerate(NAMES)]
    write(place, {"images": images, "annotations": annotations, "categories": categories})
    return place


@pytest.fixture(autouse=True)
def _empty(place):
    (place / "empty.txt").write_text("")


def write(place, dataset):
    (place / "annotations.json").write_text(json.dumps(dataset))


def by_pycocotools(place, image_ids):
    """The lines that it prints when it is used by hand."""
    coco, cocoeval = pytest.importorskip("pycocotools.coco"), pytest.importorskip("pycocotools.cocoeval")
    results = json.loads((place / "results" / "coco_results.json").read_text())
    moved = [{**r, "image_id": r["image_id"] + 70, "category_id": r["category_id"] + 29} for r in results]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        truth = coco.COCO(str(place / "annotations.json"))
        evaluation = cocoeval.COCOeval(truth, truth.loadRes(moved), "bbox")
        evaluation.params.imgIds = image_ids
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [line for line in said.getvalue().splitlines() if line.startswith(" Average")]


def test_the_figures_are_those_of_pycocotools_by_hand(coco, capsys):
    pytest.importorskip("pycocotools")
    assert main(["detector", "valid", *SPP, "-annotations", "annotations.json", "--quiet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 12
    assert lines == by_pycocotools(coco, [71, 72, 73, 74])
    assert 0 < float(lines[0].rsplit("=", 1)[1]) < 1


def test_only_the_pictures_of_the_list_count(coco, capsys):
    pytest.importorskip("pycocotools")
    (coco / "list.txt").write_text("pictures/2.png\npictures/3.png\n")
    assert main(["detector", "valid", *SPP, "-annotations", "annotations.json", "--quiet"]) == 0
    assert capsys.readouterr().out.splitlines() == by_pycocotools(coco, [72, 73])


def test_pictures_and_classes_that_are_not_there_are_told(coco, capsys):
    pytest.importorskip("pycocotools")
    dataset = json.loads((coco / "annotations.json").read_text())
    write(coco, {**dataset, "images": dataset["images"][1:], "categories": dataset["categories"][:2]})
    assert main(["detector", "valid", *SPP, "-annotations", "annotations.json", "--quiet"]) == 0
    out, err = capsys.readouterr()
    assert "warning: annotations.json: 1 pictures are not there, and do not count: pictures/1.png" in err
    assert "warning: annotations.json: 2 classes are not there, and do not count: class 2, class 3" in err
    assert out.count(" Average ") == 12


def test_coco_s_own_classes_go_by_number(tmp_path):
    """Darknet's names of some are others: motorbike, sofa."""
    from darknet_py.evaluate import coco_results
    from darknet_py.output.coco import CATEGORIES

    pytest.importorskip("pycocotools")
    image = {"id": 139, "file_name": "000000000139.jpg", "width": 100, "height": 100}
    truth = {"id": 1, "image_id": 139, "category_id": 63, "bbox": [10, 10, 50, 50], "area": 2500, "iscrowd": 0}
    categories = [{"id": j, "name": f"coco {j}"} for j in CATEGORIES]
    write(tmp_path, {"images": [image], "annotations": [truth], "categories": categories})
    results = [{"image_id": 139, "category_id": 63, "bbox": [10, 10, 50, 50], "score": 0.9},
               {"image_id": 139, "category_id": 63, "bbox": [None, 10, 50, 50], "score": 0.8}]  # fmt: skip
    (tmp_path / "results.json").write_text(json.dumps(results))
    files = tmp_path / "annotations.json", tmp_path / "results.json"
    names = {j: f"darknet {j}" for j in CATEGORIES}
    assert coco_results(*files, {139: "a/000000000139.jpg"}, names)[0].ap == pytest.approx(1)
    files[1].write_text("[]")
    assert coco_results(*files, {139: "a/000000000139.jpg"}, names)[0].ap == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", "has no images, annotations, categories; it is to be COCO's file of annotations"),
        ("{", "is not JSON"),
        ('{"images": [], "annotations": [], "categories": []}', "knows none of the pictures; is it of another set?"),
        ('{"images": [{}], "annotations": [], "categories": []}', "entry 1 of images: has no whole number as 'id'"),
        ('{"images": [1], "annotations": [], "categories": []}', "entry 1 of images: has no whole number as 'id'"),
        ('{"images": [], "annotations": [], "categories": [{"id": "x"}]}', "entry 1 of categories: has no whole number"),
        ('{"images": [], "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": null}], "categories": []}',
         "entry 1 of annotations: has no 'bbox' of four numbers"),
        ('{"images": [{"id": 3}, {"id": 3}], "annotations": [], "categories": []}', "images has several entries of id 3"),
        (None, "there is no such file; -annotations takes COCO's, such as instances_val2017.json"),
    ],
)  # fmt: skip
def test_what_is_no_annotations_is_said_in_a_line(coco, capsys, text, says):
    pytest.importorskip("pycocotools")
    (coco / "annotations.json").unlink()
    if text is not None:
        (coco / "annotations.json").write_text(text)
    assert main(["detector", "valid", *SPP, "-annotations", "annotations.json", "--quiet"]) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if "error" in line]
    assert len(errors) == 1
    assert says in errors[0]


SQUARE = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 50, 50]}


def judged(folder, images, annotations, pictures):
    """AP of boxes on the objects of image 1 alone; each picture has one."""
    from darknet_py.evaluate import coco_results

    pytest.importorskip("pycocotools")
    write(folder, {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "dog"}]})
    results = [{"image_id": key, "category_id": 0, "bbox": [10, 10, 50, 50], "score": 0.9} for key in pictures]
    (folder / "results.json").write_text(json.dumps(results))
    return coco_results(folder / "annotations.json", folder / "results.json", pictures, {0: "dog"})[0].ap


@pytest.mark.parametrize("more", [{}, {"area": None}, {"area": 2500}, {"iscrowd": 0}, {"iscrowd": None, "area": 9}])
def test_annotations_need_no_area_and_no_crowds(tmp_path, more):
    assert judged(tmp_path, [{"id": 1, "file_name": "1.jpg"}], [SQUARE | more], {"a": "x/1.jpg"}) == pytest.approx(1)


def test_pictures_of_one_name_in_several_folders(tmp_path):
    images = [{"id": 1, "file_name": "a/1.jpg"}, {"id": 2, "file_name": "b/1.jpg"}]
    assert judged(tmp_path, images, [SQUARE], {"p": "set/a/1.jpg"}) == pytest.approx(1)
    assert judged(tmp_path, images, [SQUARE, SQUARE | {"id": 2, "image_id": 2}], {"p": "a/1.jpg", "q": "b/1.jpg"}) == 1
    for path in ("1.jpg", "c/1.jpg"):
        with pytest.raises(DatasetError, match="has several pictures called 1"):
            judged(tmp_path, images, [SQUARE], {"p": path})


def test_pictures_of_one_image_id_are_refused_before_the_work(coco, capsys):
    pytest.importorskip("pycocotools")
    (coco / "list.txt").write_text("pictures/2.png\npictures/3.png\nother/2.png\n")
    assert main(["detector", "valid", *SPP, "-annotations", "annotations.json", "--quiet"]) == 1
    assert "other/2.png: has the image_id 2 of pictures/2.png, by its name" in capsys.readouterr().err
    assert not (coco / "results").exists()


def test_what_would_fail_after_hours_is_said_before(coco, capsys, monkeypatch):
    golden.write_data(coco, 4)
    assert main(["detector", "valid", *SPP, "-annotations", "annotations.json", "--quiet"]) == 1
    assert "my.data: -annotations needs results in COCO's form; write eval=coco" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "pycocotools.cocoeval", None)
    assert main(["detector", "valid", *SPP, "-annotations", "annotations.json", "--quiet"]) == 1
    assert f"COCO's evaluation needs pycocotools: {pip_install('coco')}" in capsys.readouterr().err
    assert not (coco / "results").exists()


def test_pictures_fitted_and_boxes_suppressed_as_flags_say(coco, capsys):
    """What [net] says and Darknet's .6 are the defaults, in which nothing changes."""
    def results(*flags):
        assert main(["detector", "valid", *SPP, "--quiet", *flags]) == 0
        return json.loads((coco / "results" / "coco_results.json").read_text())

    plain = results()
    assert results("-fit", "stretch", "-nms", ".6") == plain
    boxes = [np.array([r["bbox"] for r in found]) for found in (plain, results("-fit", "letterbox"))]
    assert boxes[0].shape != boxes[1].shape or np.abs(boxes[0] - boxes[1]).max() > 1
    assert len(results("-nms", ".3")) < len(plain) < len(results("-nms", ".9"))
    capsys.readouterr()
    assert main(["detector", "valid", *SPP, "-fit", "crop"]) == 2
    assert "-fit crop: not one of letterbox, stretch" in capsys.readouterr().err


def test_names_of_a_built_in_network_need_not_be_in_data(place):
    """Those of COCO's 80 classes; of other networks names= is asked for, as before."""
    from darknet_py.cli.detector_valid import Options
    from darknet_py.cli.roles import data_and_network
    from darknet_py.errors import CfgError

    (place / "my.data").write_text("valid=list.txt\n")
    (place / "weights").mkdir()
    (place / "weights" / "yolov4-tiny.weights").write_bytes(bytes(100))
    _, model, _ = data_and_network(["my.data", "yolov4-tiny"], Options(), Options().network)
    assert model.names is None
    with pytest.raises(CfgError, match="no names= in it"):
        data_and_network(list(SPP), Options(), Options().network)
