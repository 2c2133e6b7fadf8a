"""Embeddings of boxes, and numbers by them, against the C program's figures (golden/tracking/README.md)."""

from __future__ import annotations

import looks
import numpy as np
import pytest

from darknet_py import Network
from darknet_py.layers.yolo import Yolo
from darknet_py.video.detector import tracker_of
from darknet_py.video.embedding_tracker import EmbeddingTracker, Tracked

ROUNDING = 3e-6
BOX, CLASSES = slice(2, 6), slice(6, 8)


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Network:
    file = tmp_path_factory.mktemp("looks") / "looks.weights"
    looks.network(file)
    return Network.load(looks.CFG, file)


@pytest.fixture(scope="module")
def frames(net: Network) -> list[Tracked]:
    tracker, fit = tracker_of(net, 25, looks.THRESH), net.fit((net.width, net.height))
    assert isinstance(tracker, EmbeddingTracker)
    return [tracker.tracked(net.rows(net.outputs(x), fit, looks.THRESH, 0.45), fit.picture_size, 0) for x in looks.frames()]


def test_boxes_have_the_embeddings_of_their_cells_and_anchors(net: Network) -> None:
    """The same bits: convolutions, and nothing after them."""
    fit = net.fit((net.width, net.height))
    for x, golden in zip(looks.frames(), looks.golden(), strict=True):
        rows = net.rows(net.outputs(x), fit, looks.THRESH, 0.45)
        left = rows.take(np.flatnonzero(rows.probs.any(1)))
        assert len(left) == len(golden)
        assert left.embeddings is not None
        assert np.array_equal(left.embeddings, np.float32([row[CLASSES.stop :] for row in golden]))
        np.testing.assert_allclose(left.xywh, [row[BOX] for row in golden], rtol=ROUNDING, atol=ROUNDING)


def test_numbers_and_what_is_shown(net: Network, frames: list[Tracked]) -> None:
    shown = 0
    for x, frame, golden in zip(looks.frames(), frames, looks.golden(), strict=True):
        before = net.rows(net.outputs(x), net.fit((net.width, net.height)), looks.THRESH, 0.45)
        live = np.flatnonzero(before.probs.any(1))
        assert [frame.numbers[i] for i in live] == [int(row[0]) for row in golden]
        similarities = [frame.similarities[i] for i in live]
        np.testing.assert_allclose(similarities, [row[1] for row in golden], rtol=0, atol=ROUNDING)
        probs = frame.rows.probs[live]
        np.testing.assert_allclose(probs, [row[CLASSES] for row in golden], rtol=0, atol=ROUNDING)
        shown += int(probs.any(1).sum())
    assert 0 < shown < sum(map(len, looks.golden())), "some are hidden, others not"


def test_the_case_is_not_trivial(frames: list[Tracked]) -> None:
    numbers = [set(frame.numbers) - {0} for frame in frames]
    assert not numbers[0]
    assert len(numbers[-1] & numbers[-2]) > 2, "objects keep their numbers"


def test_the_cfg_says_how(net: Network) -> None:
    head = net.heads[-1][1]
    assert isinstance(head, Yolo)
    assert (head.embedding_layer, head.tracking.history, head.tracking.least) == (3, 4, 0.75)
    assert (head.tracking.frames_to_show, head.tracking.frames_to_track, head.tracking.overlap_share) == (2, 3, 0.2)
