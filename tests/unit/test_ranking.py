"""Rows sorted by one class after the other: a stable sort of all of them each time."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet_py.boxes.overlaps import Overlaps
from darknet_py.boxes.tree import Overlap
from darknet_py.engine.kernels.ranking import FEW

VALUES = np.float32([0, 0.25, 0.5, 1, -0.25, np.nan, np.inf, -np.inf, 1e-42, -1e-42, 3e38, np.nextafter(np.float32(0.5), 1)])
SIZES = [0, 1, 2, FEW, FEW + 1, 300, 3000]


def by_stable_sorts(values: np.ndarray, order: list[int]) -> tuple[list[list[int]], list[int]]:
    """Of each class the rows that are not 0, the best first; the order of all rows after the last sort."""
    classes = []
    for column in np.where(np.isnan(values), -np.inf, values).T:
        order = sorted(order, key=lambda row: -column[row])
        classes.append([row for row in order if column[row] != 0])
    return classes, order


def ranked(values: np.ndarray, first: int, classes: int, order: np.ndarray, live: int) -> tuple[np.ndarray, np.ndarray]:
    """The rows of each class, and where each begins, without suppression."""
    overlaps = Overlaps(np.zeros((len(values), 4), np.float32), Overlap(), 0.5)
    rows, bounds, done = overlaps.ranked(values, first, classes, order, live, -1)
    assert not done
    return rows, bounds


def check(values: np.ndarray, order: np.ndarray, live: int) -> None:
    wanted, after = by_stable_sorts(values, order[:live].tolist())
    rest = order[live:].tolist()
    rows, bounds = ranked(values, 0, values.shape[1], order, live)
    assert [rows[a:b].tolist() for a, b in itertools.pairwise(bounds)] == wanted
    assert order.tolist() == after + rest


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 6), st.integers(0, 3), st.integers(1, len(VALUES)))
def test_few_of_all_values(seed: int, n: int, classes: int, more: int, kinds: int) -> None:
    r = np.random.default_rng(seed)
    values = r.choice(r.choice(VALUES, kinds), (n + more, classes))
    check(values, r.permutation(n + more), n)


@pytest.mark.parametrize("n", SIZES[1:])
@pytest.mark.parametrize("share", [0, 0.02, 0.5, 1])
def test_many(n: int, share: float) -> None:
    r = np.random.default_rng(n)
    values = np.stack([r.random(n), r.integers(-3, 9, n) / 8, np.full(n, 0.5), r.random(n) - 0.5], 1).astype(np.float32)
    check(np.where(r.random((n, 4)) < share, values, np.float32(0)), np.arange(n), n)


def test_a_part_of_the_classes() -> None:
    """Others neither sort nor are told."""
    values = np.random.default_rng(0).integers(0, 3, (50, 6)).astype(np.float32)
    order, other = np.arange(50), np.arange(50)
    rows, bounds = ranked(values, 2, 3, order, 50)
    wanted, wanted_bounds = ranked(np.ascontiguousarray(values[:, 2:5]), 0, 3, other, 50)
    assert (rows.tolist(), bounds.tolist(), order.tolist()) == (wanted.tolist(), wanted_bounds.tolist(), other.tolist())
