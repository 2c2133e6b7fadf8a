"""Inputs made by OpenCV and numpy in the ways of other programs, and the diagnosis that names the way."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from comparing import causes
from seeded import picture as seeded_picture

from darknet_py import compare, image
from darknet_py.compare.pipeline import Photo, Pipeline
from darknet_py.compare.runner import Runner
from darknet_py.errors import DarknetWarning


def opencv_input(bgr: np.ndarray, size: tuple[int, int] = (96, 80), interpolation: int = cv2.INTER_LINEAR) -> np.ndarray:
    return cv2.resize(bgr, size, interpolation=interpolation)[..., ::-1].transpose(2, 0, 1).astype(np.float32) / 255


def yolov5_input(bgr: np.ndarray, width: int = 96, height: int = 80, grey: int = 114) -> np.ndarray:
    """Letterbox as YOLOv5 has it: rounded sides, half of the border before."""
    h, w = bgr.shape[:2]
    r = min(height / h, width / w)
    new_w, new_h = round(w * r), round(h * r)
    dw, dh = (width - new_w) / 2, (height - new_h) / 2
    small = cv2.resize(bgr, (new_w, new_h), interpolation=cv2.INTER_LINEAR)
    top, bottom = round(dh - 0.1), round(dh + 0.1)
    left, right = round(dw - 0.1), round(dw + 0.1)
    boxed = cv2.copyMakeBorder(small, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(grey,) * 3)
    return boxed[..., ::-1].transpose(2, 0, 1).astype(np.float32) / 255


def boxed_input(bgr: np.ndarray, grey: int) -> np.ndarray:
    """96 x 59 pixels of 96 x 80."""
    boxed = np.full((80, 96, 3), grey, np.uint8)
    boxed[10:69] = cv2.resize(bgr, (96, 59))
    return boxed[..., ::-1].transpose(2, 0, 1).astype(np.float32) / 255


def half_pixel_input(bgr: np.ndarray) -> np.ndarray:
    floats = bgr[..., ::-1].astype(np.float32) / 255
    return cv2.resize(floats, (96, 80)).transpose(2, 0, 1)


def darknet_input(bgr: np.ndarray) -> np.ndarray:
    return image.resize_image(image.from_array(bgr), 96, 80)


def cropped_input(bgr: np.ndarray) -> np.ndarray:
    """75 x 121 pixels, made 96 high, and 80 rows and 96 columns of the middle."""
    whole = image.resize_image(image.from_array(bgr), 154, 96)
    return whole[:, 8:88, 29:125]


MEAN, STD = (np.array(v)[:, None, None] for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
INPUTS = {
    "cv2.resize": opencv_input,
    "half-pixel resize": half_pixel_input,
    "cv2.resize INTER_AREA": lambda bgr: opencv_input(bgr, interpolation=cv2.INTER_AREA),
    "cv2.resize INTER_CUBIC": lambda bgr: opencv_input(bgr, interpolation=cv2.INTER_CUBIC),
    "cv2.resize INTER_NEAREST": lambda bgr: opencv_input(bgr, interpolation=cv2.INTER_NEAREST),
    "letterbox of YOLOv5": yolov5_input,
    "cv2 letterbox on grey 128": lambda bgr: boxed_input(bgr, 128),
    "cv2 letterbox on grey 127": lambda bgr: boxed_input(bgr, 127),
    "centre crop": cropped_input,
    "BGR": lambda bgr: darknet_input(bgr)[::-1],
    "0 to 255": lambda bgr: darknet_input(bgr) * 255,
    "scale 0.00392": lambda bgr: darknet_input(bgr) * 255 * 0.00392,
    "-1 to 1": lambda bgr: darknet_input(bgr) * 2 - 1,
    "mean and deviation": lambda bgr: (darknet_input(bgr) - MEAN) / STD,
    "BGR and 0 to 255": lambda bgr: darknet_input(bgr)[::-1] * 255,
    "cv2.resize and BGR and 0 to 255": lambda bgr: opencv_input(bgr)[::-1] * 255,
    "cv2.resize INTER_AREA and mean and deviation and BGR":
        lambda bgr: (opencv_input(bgr, interpolation=cv2.INTER_AREA)[::-1] - MEAN) / STD,
}  # fmt: skip


@pytest.mark.parametrize("names", INPUTS)
def test_inputs(place, names):
    x = INPUTS[names](cv2.imread(place.picture)).astype(np.float32)
    comparison = place.compare(place.npz({"input": x}))
    assert set(causes(comparison)) == set(names.replace("mean and deviation", "mean & deviation").replace(" and ", "|")
                                          .replace("&", "and").split("|"))  # fmt: skip
    assert comparison.diagnosis.explanations[-1].complete
    assert comparison.first.place == "the input"


def test_an_input_seen_in_its_layers_alone(place):
    """The reference does not say what it was fed."""
    other = place.saved()
    fed = opencv_input(cv2.imread(place.picture))[::-1]
    engine = Runner(place.net, Photo(place.picture), {-1: fed.copy})
    p = Pipeline(place.net.options)
    first = engine.outputs(p, (0,), frozenset({-1}))[0]
    comparison = place.compare(place.npz({**other, "layer_0": first}, lambda name: name == "layer_0"))
    assert set(causes(comparison)) == {"cv2.resize", "BGR"}


def jpeg(path: Path, bgr: np.ndarray, orientation: int = 0) -> str:
    data = cv2.imencode(".jpg", bgr)[1].tobytes()
    tiff = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    tag = b"\xff\xe1" + struct.pack(">H", len(tiff) + 8) + b"Exif\0\0" + tiff if orientation else b""
    path.write_bytes(data[:2] + tag + data[2:])
    return str(path)


def test_exif(place):
    path = jpeg(place.folder / "turned.jpg", seeded_picture("turned"), orientation=6)
    turned = darknet_input(cv2.imread(path))
    plain = darknet_input(cv2.imread(path, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION))
    for x, exif, cause in ((turned, False, "EXIF"), (plain, True, "no EXIF")):
        comparison = compare.compare(place.net, path, place.npz({"input": x}), compare.Settings(exif=exif))
        assert causes(comparison) == [cause]


@pytest.mark.parametrize("known", ["input", "boxes"])
def test_another_jpeg_decoder(place, known):
    """One or two levels in a tenth of all bytes; and no such excuse for a PNG."""
    random = np.random.RandomState(3)
    bgr = seeded_picture("photo")
    path = jpeg(place.folder / "photo.jpg", cv2.GaussianBlur(bgr, (9, 9), 3))
    decoded = cv2.imread(path)
    off = random.randint(-2, 3, decoded.shape) * (random.rand(*decoded.shape) < 0.1)
    other = str(place.folder / "decoded.png")
    cv2.imwrite(other, np.clip(decoded + off, 0, 255).astype(np.uint8))
    compare.save(place.net, other, place.folder / "decoded.npz")
    with np.load(place.folder / "decoded.npz") as arrays:
        reference = place.npz({known: arrays[known]})
    assert causes(compare.compare(place.net, path, reference)) == ["JPEG decoder"]
    png = str(place.folder / "photo.png")
    cv2.imwrite(png, decoded)
    assert causes(compare.compare(place.net, png, reference)) == []


def test_a_damaged_picture_is_told_once(place, tmp_path):
    """Though it is looked at as it is stored and upright."""
    path = tmp_path / "x.jpg"
    data = cv2.imencode(".jpg", cv2.imread(place.picture))[1].tobytes()
    path.write_bytes(data[:-2])
    photo = Photo(str(path))
    with pytest.warns(DarknetWarning, match="ends early") as said:
        np.testing.assert_array_equal(photo.turned, photo.plain)
    assert len(said) == 1
