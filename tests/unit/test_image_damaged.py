"""Picture files that are cut off or changed: what Darknet reads of them is read, with a warning, all else an error."""

from __future__ import annotations

import struct
import warnings

import cv2
import numpy as np
import pytest
from photos import JPEGS, jpeg
from pictures import formula

from darknet_py import image
from darknet_py.errors import DarknetWarning, ImageError

AS_STORED = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
def read(path, data):
    """The picture, or None, and the warnings."""
    path.write_bytes(data)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            return image.read_image(path), said
        except ImageError:
            return None, said


@pytest.mark.parametrize("kind", JPEGS)
def test_a_jpeg_without_its_end_is_read_as_opencv_does(tmp_path, kind):
    """Cut anywhere, in the middle of markers too; nothing before the first scan's data is a picture."""
    data, path, read_by = JPEGS[kind], tmp_path / "x.jpg", [0, 0]
    data_at = data.find(b"\xff\xda", len(data) - len(jpeg()) if kind == "thumbnail" else 0) + 14
    for end in {*range(2, len(data), 61), *(len(data) - cut for cut in (1, 2, 3, 5, 200)), len(data) // 2}:
        picture, said = read(path, data[:end])
        expected = cv2.imread(str(path), AS_STORED)
        if end <= data_at:
            assert picture is None
            continue
        assert [str(w.message) for w in said] == [f"{path}: the JPEG ends early; what is missing of the picture is blank"]
        assert isinstance(said[0].message, DarknetWarning)
        if expected is not None:
            np.testing.assert_array_equal(picture, expected)
        read_by[0] += picture is not None
        read_by[1] += expected is not None
    assert read_by[0] >= read_by[1] > 20


@pytest.mark.parametrize("where", ["before the picture", "behind it", "instead of it"])
@pytest.mark.parametrize("segment", [b"\xff\xfe\x00\x02", b"\xff\x01"])
def test_a_jpeg_of_endless_segments_is_refused_at_once(tmp_path, where, segment):
    picture, many = jpeg(), segment * 70000
    data = {"before the picture": picture[:2] + many + picture[2:], "behind it": picture[:-2] + many,
            "instead of it": picture[:2] + many}[where]  # fmt: skip
    (tmp_path / "x.jpg").write_bytes(data)
    with pytest.raises(ImageError, match=r"x\.jpg: a JPEG of more than 65536 segments"):
        image.read_image(tmp_path / "x.jpg")


def test_a_later_scan_whose_header_is_cut_is_left_out(tmp_path):
    """OpenCV refuses it; the scans before it are a picture."""
    data = JPEGS["progressive"]
    last = data.rfind(b"\xff\xda")
    picture, said = read(tmp_path / "x.jpg", data[: last + 6])
    np.testing.assert_array_equal(picture, read(tmp_path / "y.jpg", data[:last])[0])
    assert len(said) == 1


@pytest.mark.parametrize("kind", JPEGS)
@pytest.mark.parametrize("more", [b"", bytes(40), b"garbage", jpeg()[: len(jpeg()) // 2], jpeg()])
def test_what_stands_behind_a_jpeg_is_none_of_it(tmp_path, kind, more):
    """As with several pictures in one file, MPO, of which the first counts."""
    picture, said = read(tmp_path / "x.jpg", JPEGS[kind] + more)
    np.testing.assert_array_equal(picture, cv2.imdecode(np.frombuffer(JPEGS[kind], np.uint8), AS_STORED))
    assert not said


PNG = cv2.imencode(".png", formula(40, 40))[1].tobytes()
PALE = 16 + 13 + 4  # where the chunks after the header begin


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(PNG[:-cut], id=f"without its last {cut} bytes") for cut in (1, 4, 5, 11, 12)
    ] + [
        pytest.param(PNG[:-1] + b"!", id="check sum of the end"),
        pytest.param(PNG[:-16] + b"!!!!" + PNG[-12:], id="check sum of pixels"),
        pytest.param(PNG[:PALE] + b"\0\0\0\4tEXtabcd!!!!" + PNG[PALE:], id="check sum of a text"),
    ],
)  # fmt: skip
def test_a_png_whose_pixels_are_whole_is_read(tmp_path, capfd, data):
    picture, said = read(tmp_path / "x.png", data)
    np.testing.assert_array_equal(picture, formula(40, 40))
    assert [str(w.message).partition(": ")[2][:26] for w in said] == ["the PNG lacks its end or h"]
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "data",
    [PNG[:cut] for cut in (8, 9, 20, 33, 60, len(PNG) // 2, len(PNG) - 13)]
    + [PNG[:18] + b"\1" + PNG[19:], PNG[:60] + b"!" + PNG[61:]],
)
def test_a_png_without_all_its_pixels_is_not(tmp_path, capfd, data):
    """C: stb_image.h refuses those that are cut; changed ones it takes for what they are not."""
    (tmp_path / "x.png").write_bytes(data)
    with pytest.raises(ImageError, match="damaged PNG"):
        image.load_image(tmp_path / "x.png")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("options", [formula(20, 31), formula(20, 31)[..., 0], np.dstack([formula(20, 31)] * 2)[..., :4]])
def test_a_bmp_without_its_end_has_black_in_place_of_it(tmp_path, options):
    """C: stb_image.h, whose bytes are 0 behind the end; OpenCV refuses it."""
    data = cv2.imencode(".bmp", options)[1].tobytes()
    (first,) = struct.unpack_from("<I", data, 10)
    for cut in (1, 2, 5, 200, (len(data) - first) // 2, len(data) - first - 1):
        picture, said = read(tmp_path / "x.bmp", data[:-cut])
        expected, _ = read(tmp_path / "y.bmp", data[:-cut] + bytes(cut))
        np.testing.assert_array_equal(picture, expected)
        assert [str(w.message) for w in said] == [
            f"{tmp_path / 'x.bmp'}: the BMP ends early; what is missing of the picture is black"
        ]
    for end in (2, 10, 20, 40, first):
        assert read(tmp_path / "x.bmp", data[:end])[0] is None
