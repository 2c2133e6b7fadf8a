"""Large pictures tile by tile, by ``Network`` itself and by SAHI."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import small_detector
from reference import kit_file

from darknet_py import DarknetError, Network


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A small network and weights of it."""
    return small_detector.write(tmp_path_factory.mktemp("small"))


def picture(height: int, width: int) -> np.ndarray:
    return np.random.RandomState(1).randint(0, 256, (height, width, 3), np.uint8)


def test_a_picture_within_a_tile_is_seen_as_ever(files: tuple[Path, Path]) -> None:
    net = Network.load(*files)
    whole = net.detect(picture(40, 60), thresh=0.3)
    assert whole
    assert net.detect(picture(40, 60), thresh=0.3, tile=60) == whole


def test_each_tile_is_a_picture_of_its_own(files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    net, seen = Network.load(*files), []
    rows = net.detect_rows

    def detect_rows(im, *options):
        seen.append(im.shape)
        assert options[:3] == (0.4, 0.3, True)
        return rows(im, *options)

    monkeypatch.setattr(net, "detect_rows", detect_rows)
    found = net.detect(picture(100, 150), thresh=0.4, nms=0.3, letter_box=True, tile=64, overlap=0.25)
    assert seen == [(3, 100, 150), *[(3, 64, 64)] * 6]
    assert (found.width, found.height) == (150, 100)


def test_small_objects_of_a_large_picture_are_found() -> None:
    """A real network: dogs of a wall of small pictures, which are too small in the whole."""
    files = kit_file("cfg/yolo-fastest-1.1.cfg"), kit_file("weights/yolo-fastest-1.1.weights")
    net = Network.load(*files)
    dog = cv2.resize(cv2.imread(str(kit_file("images/dog.png"))), (320, 240), interpolation=cv2.INTER_AREA)
    wall = np.tile(dog, (4, 4, 1))
    centres = {(round(i / 4 + 0.07, 1), round(j / 4 + 0.17, 1)) for i in range(4) for j in range(4)}

    def dogs(**options):
        return {(round(d.box[0], 1), round(d.box[1], 1)) for d in net.detect(wall, 0.4, **options) if d.name == "dog"}

    assert len(dogs()) < 8
    found = dogs(tile=320, overlap=0.3)
    assert len(found) >= 14, (found, centres)


def test_sahi(files: tuple[Path, Path]) -> None:
    predict = pytest.importorskip("sahi.predict")
    from darknet_py.compat.sahi import DarknetDetectionModel

    cfg_path, weights_path = map(str, files)
    model = DarknetDetectionModel(weights_path, config_path=cfg_path, confidence_threshold=0.3, names=["a", "b"])
    im = picture(40, 60)
    net = Network.load(*files, names=["a", "b"])
    found = predict.get_prediction(im[..., ::-1], model).object_prediction_list
    expected = net.detect(im, 0.3)
    assert [(p.category.name, round(p.score.value, 6)) for p in found] == [(d.name, round(d.prob, 6)) for d in expected]
    corners = np.clip(expected.xyxy, 0, [60, 40, 60, 40])
    np.testing.assert_allclose([p.bbox.to_xyxy() for p in found], corners, atol=1e-3)
    sliced = predict.get_sliced_prediction(picture(100, 150), model, slice_height=64, slice_width=64, verbose=0)
    assert max(p.bbox.maxx for p in sliced.object_prediction_list) > 64
    assert DarknetDetectionModel(model=net, confidence_threshold=0.3).num_categories == 2


def test_sahi_complaints(files: tuple[Path, Path]) -> None:
    pytest.importorskip("sahi")
    from darknet_py.compat.sahi import DarknetDetectionModel

    with pytest.raises(DarknetError, match=r"needs config_path, the \.cfg"):
        DarknetDetectionModel("a.weights")
    with pytest.raises(DarknetError, match="device='cuda:0' is not possible"):
        DarknetDetectionModel(*map(str, files), device="cuda:0")
