"""What is written about boxes: text, JSON, labels, pictures.

The expected texts are the reference command's own for these values; LINES and the JSON are from its answer on dog.png
with yolo-fastest-1.1-xl, the colours from get_color for 80 classes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from reference import kit

from darknet_py import output
from darknet_py.drawing import class_color
from darknet_py.drawing.colors import color_of
from darknet_py.errors import OutputError

NAMES = ["person", "bicycle", "car", "truck", "cat", "dog"]


@dataclass(frozen=True)
class Table:
    xywh: np.ndarray
    probs: np.ndarray


def table(boxes, classes=6):
    """Rows from ((x, y, w, h), {class: probability}) pairs."""
    probs = np.zeros((len(boxes), classes), np.float32)
    for i, (_, by_class) in enumerate(boxes):
        for j, p in by_class.items():
            probs[i, j] = p
    return Table(np.array([b for b, _ in boxes], np.float32).reshape(-1, 4), probs)


def frame(rows, names=NAMES, filename="a", frame_id=1):
    return output.DetectedPicture(frame_id, filename, 768, 576, rows, names)


DOG = table([
    ((0.325739, 0.628464, 0.354033, 0.602228), {5: 0.933617}),
    ((0.308222, 0.661616, 0.294770, 0.577346), {4: 0.343612}),
    ((0.732575, 0.211896, 0.295112, 0.141488), {3: 0.464861}),
    ((0.736953, 0.209334, 0.311391, 0.141884), {2: 0.796816}),
    ((0.447145, 0.542768, 0.598287, 0.645602), {1: 0.901173}),
])  # fmt: skip
LINES = """\
bicycle: 90%	(left_x:  114   top_y:  127   width:  459   height:  372)
dog: 93%	(left_x:  114   top_y:  189   width:  272   height:  347)
cat: 34%	(left_x:  124   top_y:  215   width:  226   height:  333)
car: 80%	(left_x:  446   top_y:   80   width:  239   height:   82)
truck: 46%	(left_x:  449   top_y:   81   width:  227   height:   81)
"""


def test_lines_from_left_to_right_with_pixels():
    lines = output.detection_lines(DOG, NAMES, 0.25, 768, 576, ext_output=True)
    assert "".join(f"{line}\n" for line in lines) == LINES


def test_lines_without_pixels():
    assert output.detection_lines(DOG, NAMES, 0.5, 768, 576) == ["bicycle: 90%", "dog: 93%", "car: 80%"]


def test_best_class_first_then_the_others_in_class_order():
    rows = table([((0.5, 0.5, 0.1, 0.1), {0: 0.3, 2: 0.9, 4: 0.2, 5: 0.4})])
    assert output.detection_lines(rows, NAMES, 0.25, 10, 10) == ["car: 90%", "person: 30%", "dog: 40%"]


def test_equal_left_edges_keep_the_order_of_rows():
    rows = table([((0.5, 0.5, 0.2, 0.1), {j: 0.5}) for j in (3, 1, 2)])
    assert output.detection_lines(rows, NAMES, 0.25, 9, 9) == ["truck: 50%", "bicycle: 50%", "car: 50%"]


def test_the_threshold_is_strict_and_float32():
    above = np.nextafter(np.float32(0.24), np.float32(1))
    rows = table([((0.5, 0.5, 0.2, 0.1), {1: 0.24}), ((0.5, 0.5, 0.2, 0.1), {2: above})])
    assert output.detection_lines(rows, NAMES, 0.24, 9, 9) == ["car: 24%"]


def test_rounding_of_halves_and_negative_zero():
    rows = table([((0.0625, 0.25, 0.125, 0.5), {1: 0.125}), ((0.109375, 0.25, 0.25, 0.3125), {1: 0.375})])
    lines = output.detection_lines(rows, NAMES, 0.1, 20, 8, ext_output=True)
    assert lines == [  # halves of pixels go away from zero, halves of percents to even: 12.5 and 37.5
        "bicycle: 38%\t(left_x:   -0   top_y:    1   width:    5   height:    3)",
        "bicycle: 12%\t(left_x:    0   top_y:    0   width:    3   height:    4)",
    ]


def test_dont_show_classes_are_never_best_and_not_in_the_json():
    names = ["person", "dont_show_bicycle", *NAMES[2:]]
    rows = table([((0.5, 0.5, 0.2, 0.1), {1: 0.9, 2: 0.5}), ((0.5, 0.5, 0.2, 0.1), {1: 0.9})])
    assert output.detection_lines(rows, names, 0.25, 9, 9) == ["car: 50%", "dont_show_bicycle: 90%"]
    objects = json.loads(output.frame_json(frame(rows, names)))["objects"]
    assert [o["class_id"] for o in objects] == [2]


@pytest.mark.parametrize("classes", [0, 6])
def test_no_boxes(classes):
    rows = table([], classes)
    assert output.detection_lines(rows, NAMES, 0.25, 9, 9, True) == []
    assert output.label_lines(rows, 0.25) == []
    assert json.loads(output.frame_json(frame(rows)))["objects"] == []
    assert not output.draw_detections(np.zeros((9, 9, 3), np.uint8), rows, NAMES, 0.25).any()


def test_json_text_is_the_reference_s():
    rows = Table(DOG.xywh[:1], DOG.probs[:1])
    assert output.frame_json(frame(rows, filename="images/dog.png", frame_id=3)) == (
        '{\n "frame_id":3, \n "filename":"images/dog.png", \n "objects": [ \n'
        '  {"class_id":5, "name":"dog", "relative_coordinates":{"center_x":0.325739, "center_y":0.628464, '
        '"width":0.354033, "height":0.602228}, "confidence":0.933617}\n ] \n}'
    )


def test_json_of_a_video_has_no_file_name_but_numbers_of_objects():
    rows = Table(DOG.xywh[:2], DOG.probs[:2])
    written = json.loads(output.frame_json(output.DetectedPicture(7, "", 768, 576, rows, NAMES, [3, 0])))
    assert list(written) == ["frame_id", "objects"]
    assert [o.get("track_id") for o in written["objects"]] == [3, None]


def test_json_stays_valid_whatever_the_names(tmp_path):
    path, filename = tmp_path / "out.json", 'C:\\a\n"b"\udcff ö.png'
    with output.Records(path, atomic=True) as file:
        frames = output.JsonFrames(file)
        for frame_id in (1, 2):
            frames.add(frame(DOG, ['say "x"\\'] * 6, filename, frame_id))
        frames.end()
    written = json.loads(path.read_text())
    assert [f["frame_id"] for f in written] == [1, 2]
    assert written[0]["filename"] == filename
    assert written[1]["objects"][0]["name"] == 'say "x"\\'


def test_json_of_no_pictures_is_valid(tmp_path):
    with output.Records(tmp_path / "out.json", atomic=True) as file:
        output.JsonFrames(file).end()
    assert json.loads((tmp_path / "out.json").read_text()) == []


def test_a_file_without_a_folder(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        output.Records(tmp_path / "no" / "out.json", atomic=True)


def test_infinite_boxes_are_neither_invalid_json_nor_a_crash():
    rows = table([((0.5, 0.5, np.inf, np.nan), {1: 0.9})])
    assert json.loads(output.frame_json(frame(rows)))["objects"][0]["relative_coordinates"]["width"] is None
    output.draw_detections(np.zeros((30, 30, 3), np.uint8), rows, NAMES, 0.25)


def test_labels():
    rows = table([((0.5, 0.25, 0.12345, 1), {2: 0.5, 4: 0.9}), ((0.5, 0.5, 0.1, 0.1), {1: 0.2})])
    assert output.label_lines(rows, 0.25) == ["4 0.5000 0.2500 0.1235 1.0000"]


def test_labels_do_not_overwrite_a_picture(tmp_path):
    picture = tmp_path / "dog.txt"
    picture.write_bytes(b"picture")
    with pytest.raises(OutputError, match="overwrite"):
        output.save_labels(picture, str(picture), DOG, 0.25)
    assert picture.read_bytes() == b"picture"


def test_colors_of_coco():
    assert [class_color(j, 80) for j in (0, 16, 2)] == [(255, 0, 255), (0, 255, 255), (0, 255, 223)]
    assert class_color(0, 1) == (255, 0, 255)


def test_drawing_touches_edges_and_labels_only():
    picture = np.full((100, 200, 3), 7, np.uint8)
    drawn = output.draw_detections(picture, table([((0.5, 0.6, 0.5, 0.4), {0: 0.9})]), NAMES, 0.25)
    color = color_of(0, "distinct", 6)
    assert (picture == 7).all()
    for row, col in ((40, 100), (80, 100), (60, 50), (60, 150)):
        assert tuple(drawn[row, col]) == color
    assert (drawn[45:79, 55:149] == 7).all()
    assert (drawn[:20] == 7).all()


@pytest.mark.parametrize("box", [(0, 0, 0.2, 0.2), (1, 1, 0.2, 0.2), (0.5, 0.5, 2, 2), (1.5, 1.5, 0.1, 0.1)])
def test_labels_stay_inside_the_picture(box):
    """The label's ground is drawn whole: as many coloured pixels as in the middle of a large picture, at least."""
    picture = np.zeros((120, 300, 3), np.uint8)
    drawn = output.draw_detections(picture, table([(box, {5: 0.9})]), NAMES, 0.25)
    ground = (drawn == color_of(5, "distinct", 6)).all(axis=2)
    rows, _ = np.nonzero(ground)
    assert np.bincount(rows).max() >= 50
    assert len(rows) > 400


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (20, 20)])
def test_tiny_pictures(size):
    rows = table([((0.5, 0.5, 0.9, 0.9), {0: 0.9, 1: 0.8, 2: 0.7})])
    assert output.draw_detections(np.zeros((*size, 3), np.uint8), rows, NAMES, 0.25).shape == (*size, 3)


def test_saving(tmp_path):
    picture = np.full((8, 8, 3), 99, np.uint8)
    output.save_picture(tmp_path / "ö.jpg", picture)
    assert cv2.imdecode(np.fromfile(tmp_path / "ö.jpg", np.uint8), 1).shape == (8, 8, 3)
    with pytest.raises(OutputError, match="cannot be written"):
        output.save_picture(tmp_path / "no" / "a.jpg", picture)
    with pytest.raises(OutputError, match="format"):
        output.save_picture(tmp_path / "a.xyz", picture)


def test_golden_list_of_the_command():
    """Boxes read back from the reference's JSON give its text, labels and JSON again."""
    folder = kit()
    names = (folder / "names" / "coco.names").read_text().splitlines()
    text = (folder / "golden/cli/detector_test_list_yolo-fastest-1.1-xl.txt").read_text()
    for want in json.loads((folder / "golden/cli/detector_test_list_yolo-fastest-1.1-xl.json").read_text()):
        boxes = [
            (tuple(o["relative_coordinates"].values()), {o["class_id"]: o["confidence"]}) for o in want["objects"]
        ]
        rows = table(boxes, 80)
        picture = cv2.imread(str(folder / want["filename"]))
        lines = output.detection_lines(rows, names, 0.25, picture.shape[1], picture.shape[0], True)
        assert "".join(f"{line}\n" for line in lines) in text
        assert json.loads(output.frame_json(frame(rows, names, want["filename"], want["frame_id"]))) == want
        labels = (folder / "golden/cli/labels" / want["filename"].split("/")[1]).with_suffix(".txt").read_text()
        assert "".join(f"{line}\n" for line in output.label_lines(rows, 0.25)) == labels
