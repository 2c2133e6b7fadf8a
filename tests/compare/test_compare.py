"""What is compared, how far apart things are, and the engine that starts from a reference's own values."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from comparing import HEADS, Place
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import kit

from darknet_py import CompareError, Network, compare
from darknet_py.compare.box_difference import match
from darknet_py.compare.difference import measure
from darknet_py.compare.pipeline import Photo, Pipeline
from darknet_py.compare.runner import INPUT, Runner


def array(*values: float) -> np.ndarray:
    return np.array(values, np.float32).reshape(1, 1, -1)


def test_the_measure_of_arrays():
    found = measure(array(1, 2, 3), array(1, 2, 7))
    assert (found.max_abs, found.at, found.ours, found.theirs) == (4, (0, 0, 2), 3, 7)
    assert found.relative_l2 == pytest.approx(4 / math.sqrt(54))
    assert found.distance == pytest.approx(4 / 7)
    assert (found.differing, found.size, found.equal) == (1, 3, False)
    assert found.within(0.58)
    assert not found.within(0.57)
    assert "channel 0, row 0, column 2: 3 here, 7 in the reference; 1 of 3 values differ" in found.text()


def test_values_that_are_not_finite():
    nan, inf = math.nan, math.inf
    assert measure(array(1, nan, inf), array(1, nan, inf)).equal
    for ours, theirs in ((array(1, 0), array(1, nan)), (array(1, inf), array(1, 0)), (array(nan, 1), array(1, 1))):
        found = measure(ours, theirs)
        assert found.distance == inf
        assert not found.within(1e9)
    assert measure(array(0, 0), array(0, 0)).distance == 0
    assert measure(array(0, 1e-9), array(0, 0)).distance == inf
    assert measure(array(0.0), array(-0.0)).equal


def box(class_id: int, prob: float, x: float, y: float = 0.5, w: float = 0.2, h: float = 0.2) -> tuple[float, ...]:
    return class_id, prob, x, y, w, h


def table(*rows: tuple[float, ...]) -> np.ndarray:
    return np.array(rows, np.float64).reshape(-1, 6)


def test_boxes_that_are_missing_moved_and_too_many():
    theirs = table(box(0, 0.9, 0.3), box(0, 0.8, 0.35), box(1, 0.7, 0.3), box(2, 0.6, 0.8))
    ours = table(box(0, 0.8, 0.35), box(0, 0.9, 0.31), box(2, 0.5, 0.8), box(3, 0.4, 0.3))
    found = match(ours, theirs, 0.25, names=("cat", "dog"))
    assert found.matched == "3 of 4"
    assert (found.moved, found.confidence) == (pytest.approx(0.01), pytest.approx(0.1))
    assert [row[0] for row in found.missing] == [1]
    assert [row[0] for row in found.extra] == [3]
    assert found.distance == pytest.approx(0.1 * 2 / 5 + (0.01 + 0 + 0.1) / 3)
    lines = found.lines(1e-4)
    assert [line.split()[0] for line in lines] == ["missing", "too", "moved", "moved"]
    assert lines[0].startswith("missing   dog: 0.700000 at (0.300000 0.500000 0.200000 0.200000)")
    assert lines[1].startswith("too many  3: ")


def test_boxes_at_the_threshold_may_be_missing():
    near = table(box(0, 0.25005, 0.5))
    assert match(near, table(), 0.25).within(1e-4)
    assert match(table(), near, 0.25).within(1e-4)
    assert not match(near, table(), 0.25).within(1e-5)
    assert not match(table(box(0, 0.2, 0.5)), table(), 0.25).within(1e-4)


def test_digits_that_were_printed():
    theirs, ours = table(box(0, 0.123457, 0.5)), table(box(0, 0.1234567, 0.5))
    assert not match(ours, theirs, 0.1).equal
    assert match(ours, theirs, 0.1, precision=0.5e-6).equal


ROWS = st.lists(
    st.tuples(st.integers(0, 2), *(st.floats(0.01, 1) for _ in range(5))).map(lambda v: (float(v[0]), *v[1:])), max_size=8
)


@settings(max_examples=60, deadline=None)
@given(ROWS, ROWS)
def test_no_box_is_lost_or_used_twice(ours, theirs):
    found = match(table(*ours), table(*theirs), 0.25)
    assert len(found.ours) == len(found.theirs)
    assert (found.ours[:, 0] == found.theirs[:, 0]).all()
    assert sorted(map(tuple, [*found.ours, *found.extra])) == sorted(ours)
    assert sorted(map(tuple, [*found.theirs, *found.missing])) == sorted(theirs)


@settings(max_examples=30, deadline=None)
@given(ROWS, st.randoms())
def test_order_means_nothing(rows, random):
    shuffled = rows[:]
    random.shuffle(shuffled)
    assert match(table(*rows), table(*shuffled), 0.25).equal


def test_layers_from_the_references_values_are_those_of_the_network(place):
    """Each layer alone, from those before it; and pairs of cuts: the same bits as in the whole."""
    photo, p = Photo(place.picture), Pipeline(place.net.options)
    whole = place.net.activations(Runner(place.net, photo).outputs(p, (INPUT,))[INPUT])
    engine = Runner(place.net, photo, {i: (lambda y=y: y) for i, y in whole.items()})
    for i in whole:
        alone = engine.outputs(p, (i,), frozenset(whole) - {i})
        assert np.array_equal(alone[i], whole[i]), i
    for cut in itertools.combinations((0, 2, 5, 7, 9, 11), 2):
        found = engine.outputs(p, HEADS, frozenset(cut))
        assert all(np.array_equal(found[i], whole[i]) for i in HEADS), cut


def test_what_must_be_computed(place):
    engine = Runner(place.net, Photo(place.picture))
    assert engine.computed((10,), frozenset()) == frozenset({INPUT, *range(11)})
    assert engine.computed((10,), frozenset({9})) == {10}
    assert engine.computed((4,), frozenset({3})) == {4, 2, 1, 0, INPUT}
    assert engine.computed((10, 13), frozenset({10, 13})) == frozenset()


def test_the_table_and_its_data(place):
    arrays = place.saved()
    arrays["layer_3"] = arrays["layer_3"] * np.float32(1.01)
    comparison = place.compare(place.npz(arrays))
    report, data = comparison.report().splitlines(), comparison.data()
    rows = [line for line in report if line[:5].strip().isdigit()]
    assert [int(row.split()[0]) for row in rows] == list(range(14))
    assert rows[3].split() == ["3", "convolutional", "48", "x", "40", "x", "8", *rows[3].split()[7:10], "differs"]
    assert [row.split()[-1] for row in rows] == ["equal"] * 3 + ["differs"] + ["equal"] * 10
    assert f"First difference: layer 3 [convolutional] at {place.cfg}:23, beyond the tolerance of 0.0001" in report
    assert data["first"] == f"layer 3 [convolutional] at {place.cfg}:23"
    assert not data["equal"]
    assert [stage["stage"] for stage in data["stages"] if stage["verdict"] == "differs"] == ["layer 3"]
    assert data["stages"][4]["by_itself"]["relative_l2"] == pytest.approx(0.01 / 1.01, rel=1e-3)
    assert data["unexplained"] == ["layer 3"]


def test_what_follows_from_an_earlier_difference(place):
    """Layer 3 of the reference is another network's, and so is all that comes of it."""
    other = place.weighted(lambda i, name, values: values * np.float32(1.01) if (i, name) == (3, "weights") else values)
    comparison = place.compare(place.npz(place.saved(other)))
    verdicts = [r.verdict for r in comparison.results]
    assert verdicts == ["equal"] * 4 + ["differs"] + ["follows"] * 11
    assert comparison.first.stage.name == "layer 3"


def test_a_classifier_has_no_boxes(tmp_path):
    """The network without its heads."""
    place = Place(tmp_path)
    text = place.folder / "headless.cfg"
    text.write_text("[net]\nwidth=16\nheight=16\nchannels=3\n[convolutional]\nfilters=4\nsize=3\n[avgpool]\n[softmax]\n")
    weights = tmp_path / "headless.weights"
    weights.write_bytes(b"\0\0\0\0\2\0\0\0\5\0\0\0" + bytes(8) + np.arange(112, dtype="<f4").tobytes())
    net = Network.load(text, weights)
    compare.save(net, place.picture, tmp_path / "ours.npz")
    with np.load(tmp_path / "ours.npz") as arrays:
        assert set(arrays) == {"input", "layer_0", "layer_1", "layer_2", "about"}
    comparison = compare.compare(net, place.picture, tmp_path / "ours.npz")
    assert comparison.equal
    assert len(comparison.results) == 4
    with pytest.raises(CompareError, match=r"has boxes, but the network has no \[yolo\]"):
        compare.compare(net, place.picture, place.npz({"boxes": np.zeros((0, 6))}))


def kit_network(name: str) -> Network:
    return Network.load(kit() / f"cfg/{name}.cfg", kit() / f"weights/{name}.weights")


@pytest.mark.parametrize("name", ["yolo-fastest-1.1", "yolo-fastest-1.1-xl"])
def test_the_references_own_heads(name):
    """Bits before the heads, rounding in them, and the same boxes."""
    picture = kit() / "images/dog.png"
    comparison = compare.compare(kit_network(name), picture, kit() / f"golden/{name}-dog.heads.npz", tolerance=1e-6)
    assert comparison.equal
    assert [r.verdict for r in comparison.results[:4]] == ["equal", "rounding"] * 2


@pytest.mark.parametrize("picture", ["dog", "eagle", "giraffe", "horses", "person", "scream"])
def test_the_references_own_json(picture):
    file = kit() / "golden/cli/detector_test_list_yolo-fastest-1.1-xl.json"
    comparison = compare.compare(kit_network("yolo-fastest-1.1-xl"), kit() / f"images/{picture}.png", file, tolerance=2e-6)
    assert comparison.equal
