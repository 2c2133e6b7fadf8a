"""The page reads lines as ``darknet_py read`` does, and writes JSON as ``detect -out`` does; both run in node."""

from __future__ import annotations

import re

import numpy as np
import pytest
import web_core
from numpy.random import RandomState

from darknet_py import Detection, Detections
from darknet_py.boxes.lines import THRESH, read_lines, weakest
from darknet_py.boxes.table import Boxes
from darknet_py.output import DetectedPicture, JsonFrames

NAMES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SIZE = 640, 400
TWINS = dict(zip("015826OISBZG", "OISBZG015826", strict=True))


def text_of(random: RandomState) -> str:
    return "".join(random.choice(list(NAMES + "   "), random.randint(1, 12)))


def line_of(random: RandomState) -> list[Detection]:
    """A line anywhere, sloping, its characters shaken, some of them with a twin that looks alike."""
    x, y, high, slope = random.uniform(10, 300), random.uniform(10, 390), random.uniform(8, 60), random.uniform(-0.4, 0.4)
    pitch, found = random.uniform(0.6, 1.5), []
    for i, name in enumerate(text_of(random)):
        if name == " ":
            continue
        across = x + i * pitch * high
        box = np.array([across, y + slope * (across - x), 0.55 * high, high]) + random.normal(0, 0.03 * high, 4)
        found.append(detection(name, float(random.uniform(0.05, 1)), box))
        if name in TWINS and random.rand() < 0.6:
            prob = found[-1].prob * random.uniform(0.3, 1)
            found.append(detection(TWINS[name], prob, box + random.normal(0, 1, 4)))
    return found


def detection(name: str, prob: float, box: np.ndarray) -> Detection:
    x, y, w, h = (box / (SIZE * 2)).astype(np.float32).tolist()
    return Detection(NAMES.index(name), name, float(np.float32(prob)), 1.0, (x, y, w, h))


def scene(seed: int) -> Detections:
    """Lines and stray characters, in any order."""
    random = RandomState(seed)
    found = [d for _ in range(random.randint(0, 6)) for d in line_of(random)]
    stray = random.uniform([0, 0, 5, 8], [*SIZE, 40, 60], (random.randint(0, 8), 4))
    found += [detection(str(random.choice(list(NAMES))), random.uniform(0.05, 1), box) for box in stray]
    return Detections([found[i] for i in random.permutation(len(found))], *SIZE)


def as_page(found: Detections) -> list[dict[str, object]]:
    return [{"class_id": d.class_id, "name": d.name, "prob": d.prob, "box": d.box} for d in found]


def test_lines_of_random_scenes() -> None:
    """By several thresholds: characters above it, those beside it that are weaker, and those too weak."""
    scenes = [(scene(seed), (THRESH, 0.3, 0.9, 0.0)[seed % 4]) for seed in range(400)]
    size = dict(zip(("width", "height"), SIZE, strict=True))
    answers = web_core.run([("lines", "readLines", as_page(found), size, thresh) for found, thresh in scenes])
    for (found, thresh), lines in zip(scenes, answers, strict=True):
        expected = read_lines(found, thresh)
        assert [line["text"] for line in lines] == [line.text for line in expected]
        assert [line["prob"] for line in lines] == [line.prob for line in expected]
        assert np.allclose([line["box"] for line in lines], [line.box for line in expected], rtol=0, atol=1e-12)
        assert [[c["class_id"] for c in line["characters"]] for line in lines] == [
            [c.class_id for c in line.characters] for line in expected
        ]
    assert sum(len(answer) for answer in answers) > 800
    assert sum(line["prob"] < thresh for (_, thresh), answer in zip(scenes, answers, strict=True) for line in answer) > 100


def test_the_threshold_that_none_asked_for() -> None:
    found = scene(5)
    size = dict(zip(("width", "height"), SIZE, strict=True))
    lines, least = web_core.run([("lines", "readLines", as_page(found), size), ("lines", "weakest", 0.7)])
    assert [line["text"] for line in lines] == [line.text for line in read_lines(found)] != []
    assert least == weakest(0.7)


@pytest.mark.parametrize(("neighbours", "reads"), [("77", "177"), ("²²", "I²²"), ("٣٣", "1٣٣"), ("七七", "I七七")])
def test_what_counts_as_a_digit(neighbours: str, reads: str) -> None:
    """Superscripts and numerals of words do not; the digits of any script do."""
    names = ["I", "1", *neighbours]
    found = [Detection(i, name, 0.9 if i != 1 else 0.8, 1.0, (0.1 + 0.02 * max(i - 1, 0), 0.5, 0.015, 0.05))
             for i, name in enumerate(names)]  # fmt: skip
    size = dict(zip(("width", "height"), SIZE, strict=True))
    ((line,),) = web_core.run([("lines", "readLines", as_page(Detections(found, *SIZE)), size)])
    (ours,) = read_lines(Detections(found, *SIZE))
    assert (line["text"], ours.text) == (reads, reads)


@pytest.mark.parametrize(
    ("names", "reads"),
    [([*NAMES], True), ([*"0123456789"], True), (["cat", "dog"], False), ([*NAMES, "space"], False), (["0", "1"], False)],
)
def test_what_can_be_read(names: list[str], reads: bool) -> None:
    assert web_core.run([("lines", "areCharacters", names)]) == [reads]


class Text:
    """A file of json."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass


def test_json_is_the_text_that_detect_writes() -> None:
    """With names beyond ASCII, boxes that begin outside, halves of the last digit, and names that are not shown."""
    random, names = RandomState(3), ["dog", 'a "cat"\\', "Zürich 車😀\x7f", "dont_show this"]
    halves = np.array([[1 / 128, 3 / 128, 5 / 128, 7 / 128], [-1 / 128, -0.25, 1, 0.5 + 3 / 128]])
    xywh = np.concatenate([halves, random.uniform(-0.2, 1.2, (40, 4))]).astype(np.float32)
    probs = np.where(random.rand(42, 4) < 0.5, 0, random.rand(42, 4)).astype(np.float32)
    probs[0] = 0.004, 0.0078125, 1, 0.5
    rows = Boxes(xywh, probs.max(1), probs, np.zeros_like(xywh))
    file = Text()
    frames = JsonFrames(file)
    for number, filename in enumerate(["dog.jpg", "gr\xfc\xdfe \u4f60.png"], 1):
        frames.add(DetectedPicture(number, filename, 640, 480, rows, names))
    frames.add(DetectedPicture(3, "x.jpg", 0, 0, Boxes.empty(), names, error='no "picture"'))
    frames.end()
    boxes = [
        {"class_id": k, "name": names[k], "prob": float(probs[i, k]), "box": xywh[i].tolist()}
        for i, k in zip(*np.nonzero(probs), strict=True)
    ]
    pictures = [{"filename": name, "boxes": boxes} for name in ("dog.jpg", "gr\xfc\xdfe \u4f60.png")]
    pictures.append({"filename": "x.jpg", "boxes": [], "error": 'no "picture"'})
    (text,) = web_core.run([("../page/darknet_json", "darknetJson", pictures)])
    assert text == file.text
    assert len(re.findall("class_id", text)) > 100


def test_labels_stay_inside_the_picture() -> None:
    random = RandomState(5)
    area = {"left": 10, "top": 20, "width": 300, "height": 200}
    boxes = [random.uniform([-0.3, -0.3, 0, 0], [1.3, 1.3, 1.5, 1.5]).tolist() for _ in range(200)]
    places = web_core.run([("../page/draw", "placeOf", box, area) for box in boxes])
    sizes = [(float(random.uniform(10, 300)), float(random.uniform(10, 40))) for _ in boxes]
    answers = web_core.run([("../page/draw", "spots", p, area, *s) for p, s in zip(places, sizes, strict=True)])
    for place, (width, height), spots in zip(places, sizes, answers, strict=True):
        assert spots
        for spot in (place, *({**spot, "width": width, "height": height} for spot in spots)):
            assert 10 <= spot["left"] <= spot["left"] + spot["width"] <= 310 + 1e-9
            assert 20 <= spot["top"] <= spot["top"] + spot["height"] <= 220 + 1e-9


def test_labels_can_be_read_on_their_colors() -> None:
    colors = web_core.run([("../page/palette", "colorOf", i) for i in range(7)])
    assert len(set(colors)) == 7
    inks = web_core.run([("../page/palette", "inkOn", color) for color in colors])
    contrasts = web_core.run([("../page/palette", "contrast", *pair) for pair in zip(colors, inks, strict=True)])
    assert min(contrasts) >= 4.5, contrasts
    assert web_core.run([("../page/palette", "contrast", "#000000", "#ffffff")]) == [21]
