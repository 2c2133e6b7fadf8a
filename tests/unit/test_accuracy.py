"""The likeliest classes, and how often they are right."""

from __future__ import annotations

import numpy as np
import pytest

from darknet_py.evaluate import Accuracy, classes_in, top_k


def slowly(scores: np.ndarray, k: int) -> list[int]:
    """Each class goes into the first place whose class has less; that one goes on to the next places."""
    places = [-1] * k
    for number in range(len(scores)):
        moving = number
        for j in range(k):
            if places[j] < 0 or scores[moving] > scores[places[j]]:
                places[j], moving = moving, places[j]
                if moving < 0:
                    break
    return places


@pytest.mark.parametrize("kinds", [2, 4, 1000])
def test_the_likeliest_classes_of_equal_ones_too(kinds):
    random = np.random.RandomState(kinds)
    for _ in range(300):
        scores = random.randint(0, kinds, random.randint(1, 12)).astype(np.float32)
        k = random.randint(1, len(scores) + 1)
        assert top_k(scores, k) == slowly(scores, k)


def test_equal_ones_do_not_stand_in_their_order():
    """7 takes the place of the first 5, which goes on behind the second."""
    assert top_k(np.array([5, 5, 7], np.float32), 3) == [2, 1, 0]
    assert top_k(np.array([5, 5, 7], np.float32), 2) == [2, 1]


def test_nothing_is_likelier_than_nan():
    scores = np.array([np.nan, 1, 3, np.nan, 2], np.float32)
    assert top_k(scores, 3) == slowly(scores, 3)


def test_accuracy():
    scores = np.array([0.1, 0.5, 0.4], np.float32)
    accuracy = Accuracy(2)
    assert np.isnan(accuracy.top1)
    for class_id in (1, 2, 0, None):
        accuracy = accuracy.with_picture(scores, class_id)
    assert (accuracy.pictures, accuracy.first, accuracy.among) == (4, 1, 2)
    accuracy = accuracy.with_picture(None, 1)
    assert (accuracy.top1, accuracy.topk) == (float(np.float32(0.2)), float(np.float32(0.4)))


def test_classes_in_a_path():
    assert classes_in("set/catfish_1.png", ["dog", "cat", "catfish", "set/"]) == [1, 2, 3]
