"""Embeddings of boxes as the API gives them, and numbers that the demo gives objects by them."""

from __future__ import annotations

import copy
import warnings
from pathlib import Path

import numpy as np
import pytest
from networks import NET
from small_detector import picture, write

from darknet_py import CfgError, DarknetWarning, Network
from darknet_py.boxes.table import Boxes
from darknet_py.layers.yolo import Tracking
from darknet_py.video.detector import tracker_of
from darknet_py.video.embedding_tracker import EmbeddingTracker

CONV = "[convolutional]\nfilters={}\nsize=1\nactivation=linear\n"
YOLO = "[yolo]\nmask=0,1\nanchors=4,6, 10,12\nclasses=2\nnum=2\n{}"
TRUNK = "[convolutional]\nfilters=8\nsize=3\nstride=2\npad=1\nactivation=leaky\n"
ONE = NET.format(32, 24, 3) + TRUNK + CONV.format(10) + "[route]\nlayers=0\n" + CONV.format(14) + YOLO.format("{}")
SECOND = "[route]\nlayers=0\n[maxpool]\nsize=2\nstride=2\n" + CONV.format("{}") + CONV.format(14) + YOLO


def load(folder: Path, text: str, **options: object) -> Network:
    return Network.load(*write(folder, text), **options)  # type: ignore[arg-type]


@pytest.fixture
def net(tmp_path: Path) -> Network:
    return load(tmp_path, ONE.format("embedding_layer=1\n"))


def test_each_detection_has_its_embedding(net: Network) -> None:
    """That of its cell and anchor: the layer's own numbers."""
    found = net.detect(picture(), thresh=0.3, nms=0)
    layer = net.activations(net.fitted(np.float32(picture()[..., ::-1].transpose(2, 0, 1)) / 255))[1]
    columns = {tuple(vector) for vector in layer.reshape(2, 5, -1).transpose(0, 2, 1).reshape(-1, 5).tolist()}
    assert found
    for detection in found:
        assert detection.embedding is not None
        assert detection.embedding.dtype == np.float32
        assert tuple(detection.embedding.tolist()) in columns


def test_many_pictures_and_copies_have_them_too(net: Network) -> None:
    alone, many = net.detect(picture(), thresh=0.3), next(net.detect_many([picture()], thresh=0.3))
    other = copy.deepcopy(net).detect(picture(), thresh=0.3)
    assert alone == many == other
    for a, b, c in zip(alone, many, other, strict=True):
        assert np.array_equal(a.embedding, b.embedding)
        assert np.array_equal(a.embedding, c.embedding)


def test_predict_gives_the_heads_alone(net: Network) -> None:
    x = np.random.default_rng(0).random((2, 3, 24, 32), np.float32)
    assert [head.shape for head in net.predict(x)] == [(2, 14, 12, 16)]
    assert [output.shape for output in net.outputs(x)] == [(2, 14, 12, 16), (2, 10, 12, 16)]
    fit = net.fit((32, 24))
    assert net.rows(net.predict(x[0]), fit, 0.3).embeddings is None
    rows = net.rows(net.outputs(x[0]), fit, 0.3)
    assert rows.embeddings is not None
    assert rows.embeddings.shape == (len(rows), 5)
    with pytest.raises(ValueError, match="longer"):
        net.rows([*net.outputs(x[0]), x[0]], fit)


def test_other_networks_have_none(tmp_path: Path) -> None:
    found = load(tmp_path, ONE.format("")).detect(picture(), thresh=0.3)
    assert found
    assert all(detection.embedding is None for detection in found)


@pytest.mark.parametrize(("second", "zeros"), [("", 5), ("embedding_layer=-2\n", 2)])
def test_heads_with_shorter_embeddings_and_with_none(tmp_path: Path, second: str, zeros: int) -> None:
    """What is missing is 0, as in memory that C has made for the longest."""
    net = load(tmp_path, ONE.format("embedding_layer=1\n") + SECOND.format(6, second))
    rows = net.rows(net.outputs(np.random.default_rng(0).random((3, 24, 32), np.float32)), net.fit((32, 24)), 0.3, nms=0)
    assert rows.embeddings is not None
    assert rows.embeddings.shape == (len(rows), 5)
    ends = (rows.embeddings[:, 5 - zeros :] == 0).all(1)
    assert ends.any()
    assert not ends.all()


def test_tiles_and_the_whole_have_them(net: Network) -> None:
    found = net.detect(picture(shape=(60, 80, 3)), thresh=0.3, tile=40)
    assert len({d.embedding.shape for d in found if d.embedding is not None}) == 1
    assert all(d.embedding is not None for d in found)


def test_channels_that_anchors_cannot_share_out(tmp_path: Path) -> None:
    message = r"filters=10 of embedding_layer=1 is no multiple of its 3 anchors; the last 1 are not used"
    text = ONE.replace("filters=14", "filters=21").replace("mask=0,1", "mask=0,1,1").format("embedding_layer=1\n")
    with pytest.warns(DarknetWarning, match=message):
        net = load(tmp_path, text)
    assert net.detect(picture(), thresh=0.3)[0].embedding.shape == (3,)  # type: ignore[union-attr]


def test_a_layer_of_embeddings_comes_before(tmp_path: Path) -> None:
    with pytest.raises(CfgError, match=r"embedding_layer=4 of layer 4 names layer 4; it must be one of the layers 0 to 3"):
        load(tmp_path, ONE.format("embedding_layer=4\n"))


def test_an_own_tracker_for_embeddings(net: Network, tmp_path: Path) -> None:
    assert isinstance(tracker_of(net, 25, 0.5), EmbeddingTracker)


def rows(*embeddings: tuple[float, ...], probs: float = 0.9, classes: int = 1, box: float = 0.5) -> Boxes:
    """A box of the first class for each embedding, side by side."""
    n = len(embeddings)
    xywh = np.float32([[box + 0.01 * i, 0.5, 0.1, 0.1] for i in range(n)]).reshape(-1, 4)
    table = np.zeros((n, classes), np.float32)
    table[:, 0] = probs
    return Boxes(xywh, np.ones(n, np.float32), table, np.zeros((n, 4), np.float32), np.float32(embeddings).reshape(n, 3))


RED, BLUE, GREEN = (1.0, 0.0, 0.1), (0.0, 1.0, 0.0), (0.2, 0.1, 1.0)


def numbers(tracking: Tracking, *frames: Boxes) -> list[list[int]]:
    tracker = EmbeddingTracker(tracking, 0.5)
    return [list(tracker.tracked(frame, (100, 100), 0).numbers) for frame in frames]


def test_one_class_needs_frames_to_have_a_number() -> None:
    """The count begins at the number of classes - 1."""
    assert numbers(Tracking(), *[rows(RED)] * 4) == [[0], [0], [1], [1]]
    assert numbers(Tracking(), *[rows(RED, classes=3)] * 2) == [[1], [1]]
    assert numbers(Tracking(frames_to_track=3), *[rows(RED, classes=3)] * 4) == [[0], [0], [1], [1]]


def test_an_object_is_hidden_until_it_was_seen_often_enough() -> None:
    tracker = EmbeddingTracker(Tracking(frames_to_show=2), 0.5)
    shown = [tracker.tracked(rows(RED), (100, 100), 0).rows.probs.max() > 0 for _ in range(4)]
    assert shown == [False, False, True, True]


def test_objects_change_places_and_keep_their_numbers() -> None:
    looks = Tracking(overlap_share=0)
    found = numbers(looks, *[rows(RED, BLUE, classes=2), rows(BLUE, RED, classes=2)] * 3)
    assert found[2:] == [[1, 2], [2, 1]] * 2 or found[2:] == [[2, 1], [1, 2]] * 2


def test_who_is_gone_too_long_has_a_new_number() -> None:
    nobody = rows()
    for away, last in ((3, 1), (4, 2)):
        found = numbers(Tracking(history=4), rows(RED, classes=3), *[nobody] * away, rows(RED, classes=3))
        assert (found[0], found[-1]) == ([1], [last])


def test_likeness_overlap_and_class_decide() -> None:
    first = rows(RED, classes=3)
    other_class = Boxes(first.xywh, first.objectness, first.probs[:, [1, 0, 2]], first.uncertainty, first.embeddings)
    assert numbers(Tracking(), first, other_class) == [[1], [2]]
    assert numbers(Tracking(least=0.8), first, rows(BLUE, classes=3)) == [[1], [2]]
    assert numbers(Tracking(least=0.8, overlap_share=0.5), first, rows(RED, classes=3, box=0.9)) == [[1], [2]]
    assert numbers(Tracking(least=0.4, overlap_share=0.5), first, rows(RED, classes=3, box=0.9)) == [[1], [1]]
    assert numbers(Tracking(), first, rows((0, 0, 0), (np.nan, 1, 1), classes=3)) == [[1], [2, 3]]


def test_nothing_is_warned_of(net: Network) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        numbers(Tracking(history=0), rows(RED), rows(), rows((np.inf, 0, 0), GREEN))
