"""Detections as a value: what is taken from them or added to them is of the same picture."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from darknet_py import DarknetError, Detection, Detections

DOG, CAT, CAR = (Detection(i, name, prob, 0.9, (0.5, 0.5, 0.5, 0.25)) for i, name, prob in
                 ((0, "dog", 0.5), (1, "cat", 0.25), (2, "car", 0.75)))  # fmt: skip
PICTURE = np.zeros((40, 80, 3), np.uint8)


@pytest.fixture
def found() -> Detections:
    return Detections([DOG, CAT, CAR], 80, 40, "a.jpg", picture=PICTURE, exif=True)


def facts(found: Detections) -> tuple[Any, ...]:
    return type(found), found.size, found.source, found.exif


@pytest.mark.parametrize(
    ("chosen", "wanted"),
    [
        (slice(1, None), [CAT, CAR]), (slice(None, None, -1), [CAR, CAT, DOG]), (slice(5, 9), []),
        (np.array([True, False, True]), [DOG, CAR]), ([False, False, False], []), ([True, True, False], [DOG, CAT]),
        (np.array([2, 0]), [CAR, DOG]), ([-1, -1], [CAR, CAR]), ((1,), [CAT]), ([], []), (np.array([], int), []),
    ],
)  # fmt: skip
def test_what_is_chosen_is_of_the_same_picture(found: Detections, chosen: Any, wanted: list[Detection]) -> None:
    got = found[chosen]
    assert (got, facts(got)) == (wanted, facts(found))
    assert all(d.picture_size == (80, 40) for d in got)


def test_a_column_of_a_table_chooses(found: Detections) -> None:
    pandas = pytest.importorskip("pandas")
    frame = found.to_pandas()
    assert found[frame.confidence > 0.3] == [DOG, CAR]
    assert found[frame.sort_values("confidence").index] == [CAT, DOG, CAR]
    assert found[pandas.Series([], dtype=int)] == []


def test_one_by_its_number(found: Detections) -> None:
    assert [found[0], found[-1], found[np.int64(1)], found[np.array(1)]] == [DOG, CAR, CAT, CAT]
    for wrong in (3, -4, [0, 3], np.array([3])):
        with pytest.raises(IndexError):
            found[wrong]


@pytest.mark.parametrize(
    ("chosen", "says"),
    [("dog", r"not 'dog'; by class: \.of"), (1.0, "not 1.0"), (None, "not None"),
     ([True, False], "for 2 detections; here are 3"), (np.zeros((3, 1), bool), r"of shape \(3, 1\)"),
     (np.array([0.0, 1.0]), "float64"), (["dog"], "one dimension"), ([[0], [1, 2]], "one dimension"), ({1}, "not {1}")],
)  # fmt: skip
def test_what_chooses_nothing_is_one_line(found: Detections, chosen: Any, says: str) -> None:
    with pytest.raises(DarknetError, match=says) as e:
        found[chosen]
    assert "\n" not in str(e.value)


def test_sums(found: Detections) -> None:
    for both in (found + found[:1], found + [DOG], [DOG] + found, sum([found, found[:1]], [])):  # noqa: RUF005, RUF017
        assert len(both) == 4
        assert facts(both) == facts(found)
        assert all(d.picture_size == (80, 40) for d in both)
    with pytest.raises(TypeError):
        found + (DOG,)  # noqa: RUF005


def test_detections_of_pictures_of_two_sizes_are_no_sum(found: Detections) -> None:
    other = Detections([DOG], 40, 80)
    several = [
        lambda: found + other, lambda: found.extend(other), lambda: found.__iadd__(other), lambda: found.append(other[0]),
        lambda: found + list(other), lambda: list(other) + found, lambda: found.extend(iter(other)),
        lambda: found.insert(0, other[0]), lambda: found.__setitem__(0, other[0]),
        lambda: found.__setitem__(slice(1), other),
    ]  # fmt: skip
    for wrong in several:
        with pytest.raises(DarknetError, match=r"80 x 40 pixels and of one of 40 x 80 .* \[\*a, \*b\]"):
            wrong()
    assert len([*found, *other]) == 4
    assert len(found) == 3
    assert found + Detections([], 40, 80) == found


def test_what_is_put_in_has_its_picture(found: Detections) -> None:
    found.append(DOG)
    found.insert(0, CAT)
    found.extend(iter([CAR]))
    found += [DOG]
    found[1] = CAT
    found[2:4] = [CAR]
    assert [d.name for d in found] == ["cat", "cat", "car", "dog", "car", "dog"]
    assert all(d.picture_size == (80, 40) for d in found)
    assert facts(found * 2) == facts(2 * found) == facts(found)
    assert len(found * 2) == 12
    found.sort(key=lambda d: d.prob)
    assert isinstance(found, Detections)


def test_copies(found: Detections) -> None:
    for same in (found.copy(), copy.copy(found), copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
        assert (same, facts(same)) == (found, facts(found))
        assert same is not found
        assert same[0].xyxy == (20, 15, 60, 25)


def test_pixels_are_in_no_pickle_comparison_or_repr(found: Detections) -> None:
    bare = Detections([DOG, CAT, CAR], 80, 40, "a.jpg", exif=True)
    assert found == bare == [DOG, CAT, CAR]
    assert repr(found) == repr(bare) == repr([DOG, CAT, CAR])
    assert pickle.dumps(found) == pickle.dumps(bare)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(([DOG], 0, 40), "width=0: a picture has one pixel"), (([DOG], 80, -1), "height=-1"), (([DOG], 80.5, 40), "width=80.5"),
     ((["dog"], 80, 40), "not of str"), (([DOG], "80", 40), "width='80'")],
)  # fmt: skip
def test_what_detections_are_not_made_of(arguments: tuple[Any, Any, Any], says: str) -> None:
    with pytest.raises(DarknetError, match=says):
        Detections(*arguments)


def test_a_detection_in_pixels() -> None:
    (d,) = Detections([Detection(0, "dog", 0.5, 0.9, (0.5, 0.25, 0.5, 0.5))], 80, 40, Path("a.jpg"))
    assert (d.xywhn, d.xyxyn) == ((0.5, 0.25, 0.5, 0.5), (0.25, 0, 0.75, 0.5))
    assert (d.xywh, d.xyxy) == ((40, 10, 40, 20), (20, 0, 60, 20))
    assert d == DOG.__class__(0, "dog", 0.5, 0.9, (0.5, 0.25, 0.5, 0.5))
    assert pickle.loads(pickle.dumps(d)).xyxy == d.xyxy
    with pytest.raises(DarknetError, match="by itself has no pixels: give it picture_size"):
        _ = DOG.xyxy
