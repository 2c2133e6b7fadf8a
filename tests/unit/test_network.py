"""``Network`` as a user calls it: loading, predicting, wrong input."""

from __future__ import annotations

import threading

import cv2
import numpy as np
import pytest
from picture_files import jpeg, tiff
from small_detector import CFG, files, net, picture, write

from darknet_py import CfgError, DarknetError, ImageError, Network, ShapeError, WeightsError
from darknet_py.engine import plan
from darknet_py.errors import DarknetWarning

__all__ = ["files", "net"]


@pytest.mark.parametrize("numerics", ["exact", "fast"])
@pytest.mark.parametrize(("threads", "pictures"), [(1, 3), (2, 1), (2, 3), (3, 7), (8, 3)])
def test_a_batch_is_its_pictures(files, numerics, threads, pictures):
    """Shared out by pictures, by rows, or one after the other: the same bits."""
    net = Network.load(*files, threads=threads, numerics=numerics)
    x = np.random.default_rng(1).random((pictures, 3, 24, 32), np.float32)
    for _ in range(2):
        (batch,) = net.predict(x)
        assert batch.shape == (len(x), 14, 12, 16)
        for one, of_batch in zip(x, batch, strict=True):
            np.testing.assert_array_equal(net.predict(one)[0], of_batch)


def test_small_networks_share_out_pictures_and_large_ones_rows(files, monkeypatch):
    """What ``plan.run_each`` is given: whole rounds of a picture a thread."""
    rounds = []
    monkeypatch.setattr(plan, "run_each", lambda plans, pictures: rounds.append((len(plans), len(pictures))))
    net = Network.load(*files, threads=2)
    net.predict(np.zeros((5, 3, 24, 32), np.float32))
    assert rounds == [(2, 2), (2, 2)]
    monkeypatch.setattr("darknet_py.engine.engine.SMALL", 0)
    net = Network.load(*files, threads=2)
    net.predict(np.zeros((4, 3, 24, 32), np.float32))
    assert len(rounds) == 2


def test_batches_from_several_threads_at_once(files):
    net = Network.load(*files, threads=2)
    x = np.random.default_rng(2).random((6, 4, 3, 24, 32), np.float32)
    want = [net.predict(batch)[0] for batch in x]
    found: list = [None] * len(x)
    workers = [threading.Thread(target=lambda i=i: found.__setitem__(i, net.predict(x[i])[0])) for i in range(len(x))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    for got, expected in zip(found, want, strict=True):
        np.testing.assert_array_equal(got, expected)


def test_activations_end_in_the_head(net):
    x = np.random.default_rng(2).random((3, 24, 32), np.float32)
    layers = net.activations(x)
    assert [layers[i].shape for i in range(3)] == [(16, 12, 16), (14, 12, 16), (14, 12, 16)]
    np.testing.assert_array_equal(layers[2], net.predict(x)[0])


def test_what_is_known_of_the_network(net):
    assert (net.width, net.height, net.letter_box, net.classes, net.names) == (32, 24, False, 2, ["cat", "dog"])
    assert net.summary().startswith("   layer   filters")


def test_detections_have_names_and_probabilities(net):
    found = net.detect(picture(3), thresh=0.1)
    assert found
    for d in found:
        assert d.name == ("cat", "dog")[d.class_id]
        assert 0.1 < d.prob <= d.objectness <= 1
        assert len(d.box) == 4


def test_another_size(files):
    net = Network.load(*files, size=(48, 16))
    assert (net.width, net.height) == (48, 16)
    assert net.predict(np.zeros((3, 16, 48), np.float32))[0].shape == (14, 8, 24)


def test_threads_that_share_a_network_get_their_own_answers(net):
    pictures = [picture(i) for i in range(8)]
    alone = [net.detect(p, thresh=0.1) for p in pictures]
    got: list[object] = [None] * len(pictures)

    def work(i: int) -> None:
        got[i] = net.detect(pictures[i], thresh=0.1)

    workers = [threading.Thread(target=work, args=(i,)) for i in range(len(pictures))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert got == alone


def test_fast_is_near_exact(files):
    x = np.random.default_rng(4).random((3, 24, 32), np.float32)
    exact, fast = (Network.load(*files, numerics=n).predict(x)[0] for n in ("exact", "fast"))
    np.testing.assert_allclose(fast, exact, rtol=1e-5, atol=1e-5)


def test_saved_weights_are_the_file(net, files, tmp_path):
    net.save_weights(tmp_path / "copy.weights")
    assert (tmp_path / "copy.weights").read_bytes() == files[1].read_bytes()


def test_names_from_a_data_file(files, tmp_path):
    (tmp_path / "my.names").write_text("tom\nrex\n")
    (tmp_path / "my.data").write_text("names = my.names\n")
    assert Network.load(*files, names=tmp_path / "my.data").names == ["tom", "rex"]
    assert Network.load(*files, names=tmp_path / "my.names").names == ["tom", "rex"]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"numerics": "quick"}, DarknetError),
        ({"threads": 0}, DarknetError),
        ({"size": "large"}, DarknetError),
        ({"size": (0, 5)}, ShapeError),
        ({"names": "missing.names"}, CfgError),
        ({"size": (60000, 30000)}, ShapeError),
    ],
)
def test_wrong_options_are_one_line(files, options, error):
    with pytest.raises(error) as e:
        Network.load(*files, **options)
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    ("x", "error"),
    [
        (np.zeros((3, 24, 31), np.float32), ShapeError),
        (np.zeros((0, 3, 24, 32), np.float32), ShapeError),
        (np.zeros((24, 32), np.float32), ShapeError),
        ("text", ShapeError),
        (None, ShapeError),
    ],
)
def test_wrong_arrays_are_one_line(net, x, error):
    with pytest.raises(error) as e:
        net.predict(x)
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("bad", [np.zeros((5, 5, 3)), np.zeros((0, 5, 3), np.uint8), "missing.png", None])
def test_wrong_pictures_are_one_line(net, bad):
    with pytest.raises(ImageError) as e:
        net.detect(bad)
    assert "\n" not in str(e.value)


def test_weights_of_another_network(files, tmp_path):
    data = files[1].read_bytes()
    for wrong in (data[:-4], data + b"\0\0\0\0", b""):
        (tmp_path / "wrong.weights").write_bytes(wrong)
        with pytest.raises(WeightsError, match=r"wrong\.weights"):
            Network.load(files[0], tmp_path / "wrong.weights")


def test_a_network_without_heads_cannot_detect(tmp_path):
    net = Network.load(*write(tmp_path, CFG.partition("[yolo]")[0]))
    assert net.predict(np.zeros((3, 24, 32), np.float32))[0].shape == (14, 12, 16)
    with pytest.raises(CfgError, match="no detection layer"):
        net.detect(picture(1))


@pytest.mark.parametrize(("given", "named"), [("x.png", "x.png"), (picture(1), "the picture array")])
def test_no_memory_for_a_picture_is_an_error_of_the_picture(net, tmp_path, monkeypatch, given, named):
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.chdir(tmp_path)
    cv2.imwrite("x.png", picture(1))
    monkeypatch.setattr(Network, "fit", full)
    with pytest.raises(ImageError, match=f"{named}: not enough memory"):
        net.detect(given)


@pytest.mark.parametrize("given", [None, 7, np.zeros((4, 4, 3)), [[]], np.array(["x.png"])])
def test_what_is_no_picture(net, given):
    with pytest.raises(ImageError, match="a picture array must be uint8"):
        net.detect(given)


def test_a_network_tells_once_that_pictures_lie_on_their_side(net, files, tmp_path):
    path = tmp_path / "x.jpg"
    path.write_bytes(jpeg(tiff(6)))
    for one in (net, Network.load(*files)):
        with pytest.warns(DarknetWarning, match=r"exif=True") as said:
            plain = [one.detect(path, thresh=0.01) for _ in range(2)]
        assert len(said) == 1
        assert (plain[0].width, plain[0].height) == (24, 8)
    turned, kept = net.detect(path, exif=True), net.detect(path, exif=False)
    assert (turned.width, turned.height, kept.width) == (8, 24, 24)
