"""Which detections count: classes by name or number, the most probable, one class a place; of detect and detect_many."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from small_detector import files, net, picture

from darknet_py import DarknetError, Network
from darknet_py.boxes.selection import ALL, Selection, selection
from darknet_py.boxes.suppression import IN_PLACE, agnostically, as_head_says
from darknet_py.boxes.table import Boxes
from darknet_py.boxes.tiling import joined

__all__ = ["files", "net"]

NAMES = ["person", "traffic light", "dog", "cat", "7", "a,b", "dog"]
LOW = 0.02


def test_classes_by_name_and_number() -> None:
    def numbers(asked: Any) -> Any:
        return selection(NAMES, 9, asked).classes

    assert numbers(None) is None
    assert numbers("cat") == numbers(["cat"]) == numbers(3) == numbers(np.int64(3)) == numbers("3") == (3,)
    assert numbers("traffic light, cat ,") == (1, 3)
    assert numbers("dog") == (2, 6)  # all of that name
    assert numbers("a,b") == (5,)  # a name comes before a list of names, and before a number
    assert numbers("7") == (4,)
    assert numbers(7) == numbers(["8", 7, 7])[1:] == (7,)
    assert numbers(name for name in ("cat", "person")) == (3, 0)
    assert selection(NAMES, 9, None, ["person", 8, "dog"]).classes == (1, 3, 4, 5, 7)
    assert selection(NAMES, 9) == ALL


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"classes": "persn"}, "classes: no class 'persn'; did you mean person?"),
        ({"classes": "trafic light,cat"}, "did you mean traffic light"),
        ({"skip_classes": ["cat", "Dog"]}, "skip_classes: no class 'Dog'; did you mean dog?"),
        ({"classes": "zebra"}, "no class 'zebra'; there are person, traffic light, .* or numbers from 0 to 8"),
        ({"classes": 9}, "classes: no class 9; the network's have the numbers 0 to 8"),
        ({"classes": "-1"}, "no class -1"),
        ({"classes": 1.0}, r"no class 1\.0"),
        ({"classes": True}, "no class True"),
        ({"classes": [None]}, "no class None"),
        ({"classes": []}, r"classes=\[\] names no class"),
        ({"classes": " ,"}, "names no class"),
        ({"classes": "cat", "skip_classes": "dog"}, "classes and skip_classes exclude each other"),
        ({"max_det": 0}, "max_det=0 is not possible; it must be a whole number from 1"),
        ({"max_det": 2.0}, r"max_det=2\.0 is not possible"),
        ({"max_det": True}, "max_det=True is not possible"),
    ],
)
def test_what_cannot_be_selected(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(DarknetError, match=says) as raised:
        selection(NAMES, 9, **asked)
    assert "\n" not in str(raised.value)


def rows(*table: tuple[float, ...]) -> Boxes:
    """Rows of x, y, w, h and the probabilities of classes."""
    made = np.array(table, np.float32)
    return Boxes(made[:, :4], made[:, 4:].max(1), made[:, 4:], np.zeros((len(made), 4), np.float32))


def naive(boxes: Boxes, thresh: float) -> list[tuple[int, int]]:
    """(row, class) that stay where boxes suppress each other whatever their class: the slow, obvious way."""

    def iou(a: Any, b: Any) -> float:
        low, high = [[box[i] + half * box[i + 2] for i in (0, 1) for box in (a, b)] for half in (-0.5, 0.5)]
        inter = max(min(high[:2]) - max(low[:2]), 0) * max(min(high[2:]) - max(low[2:]), 0)
        return float(inter / (a[2] * a[3] + b[2] * b[3] - inter))

    left: list[tuple[int, int]] = []
    for row, j in sorted(np.argwhere(boxes.probs > 0).tolist(), key=lambda at: -float(boxes.probs[tuple(at)])):
        if all(row != other and iou(boxes.xywh[row], boxes.xywh[other]) <= thresh for other, _ in left):
            left.append((row, j))
    return left


@pytest.mark.parametrize("kind", ["default", IN_PLACE])
@pytest.mark.parametrize("seed", range(3))
def test_agnostic_suppression_equals_its_naive_twin(seed: int, kind: str) -> None:
    random = np.random.default_rng(seed)
    probs = np.where(random.random((60, 4)) < 0.5, random.random((60, 4)), 0)
    boxes = rows(*np.hstack([random.uniform(0.3, 0.7, (60, 2)), random.uniform(0.1, 0.5, (60, 2)), probs]))
    head: Any = type("Head", (), {"nms_kind": "default", "beta_nms": 0.6})
    left = as_head_says(boxes, head, 0.45, kind, agnostic=True)
    want = Counter((float(boxes.probs[at]), tuple(boxes.xywh[at[0]])) for at in naive(boxes, 0.45))
    got = Counter((float(left.probs[i, j]), tuple(left.xywh[i])) for i, j in np.argwhere(left.probs > 0).tolist())
    assert got == want
    assert kind != IN_PLACE or (left.xywh == boxes.xywh).all()


def test_without_rows_and_without_suppression() -> None:
    assert len(agnostically(Boxes.empty(2), lambda boxes: (np.arange(0), boxes))) == 0
    head: Any = type("Head", (), {"nms_kind": "default", "beta_nms": 0.6})
    with pytest.raises(DarknetError, match="agnostic_nms has no effect with nms=0"):
        as_head_says(Boxes.empty(2), head, 0, agnostic=True)


def test_the_most_probable() -> None:
    boxes = rows((0.1, 0.1, 0.1, 0.1, 0.9, 0.4), (0.5, 0.5, 0.1, 0.1, 0.5, 0.5), (0.9, 0.9, 0.1, 0.1, 0, 0.8))
    for most, want in ((1, [0.9]), (2, [0.9, 0.8]), (3, [0.9, 0.5, 0.8]), (9, [0.9, 0.4, 0.5, 0.5, 0.8])):
        left = Selection(max_det=most).most_probable(boxes).probs
        assert left[left > 0].tolist() == pytest.approx(want)


def test_tiles_of_any_class_cover_each_other() -> None:
    one, other = rows((0.5, 0.5, 0.2, 0.2, 0.9, 0)), rows((0.5, 0.5, 0.2, 0.18, 0, 0.8), (0.1, 0.1, 0.1, 0.1, 0, 0.3))
    assert joined([one, other]).probs[joined([one, other]).probs > 0].tolist() == pytest.approx([0.9, 0.8, 0.3])
    left = joined([one, other], agnostic=True).probs
    assert left[left > 0].tolist() == pytest.approx([0.9, 0.3])


@pytest.mark.parametrize("more", [{}, {"tile": 30}, {"nms": 0.1}])
def test_detect_finds_what_it_finds_without_the_rest(net: Network, more: Any) -> None:
    im = picture(3)
    everything = net.detect(im, thresh=LOW, **more)
    assert {d.name for d in everything} == {"cat", "dog"}
    for asked in ({"classes": "dog"}, {"classes": [1]}, {"skip_classes": "cat"}):
        only = net.detect(im, thresh=LOW, **more, **asked)  # type: ignore[arg-type]
        assert [*only] == [d for d in everything if d.name == "dog"]
    few = net.detect(im, thresh=LOW, max_det=5, **more)
    assert [*few] == [d for d in everything if d in sorted(everything, key=lambda d: -d.prob)[:5]]


def test_of_many_pictures_the_same(net: Network) -> None:
    pictures = [picture(i) for i in range(3)]
    for asked in ({"classes": "dog", "max_det": 3}, {"agnostic_nms": True}, {"agnostic_nms": True, "tile": 30}):
        want = [net.detect(p, thresh=LOW, **asked) for p in pictures]  # type: ignore[arg-type]
        assert list(net.detect_many(pictures, thresh=LOW, **asked)) == want  # type: ignore[arg-type]
        assert any(want)


def test_agnostic_detections_do_not_overlap(net: Network) -> None:
    found = net.detect(picture(), thresh=LOW, nms=0.3, agnostic_nms=True)
    assert len(found) > 3
    assert len({d.box for d in found}) == len(found)  # no box has two classes
    names = Counter(d.name for d in net.detect(picture(), thresh=LOW, nms=0.3))
    assert sum(names.values()) > len(found)
    assert all(a.box != b.box for a, b in combinations(found, 2))


def test_keywords_that_there_are_not(net: Network) -> None:
    with pytest.raises(TypeError, match="clases"):
        net.detect(picture(), clases="dog")  # type: ignore[call-arg]
    with pytest.raises(DarknetError, match=r"did you mean cat\?"):
        net.detect_many([picture()], classes="cats")
