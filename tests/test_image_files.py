"""Picture files that are cut off or changed, claim too much, or are none at all."""

from __future__ import annotations

import os
import socket
import struct
import sys
import warnings
import zlib

import cv2
import numpy as np
import pytest
from test_image import formula, planes

from darknet_py import image, machine
from darknet_py.errors import DarknetWarning, ImageError
from darknet_py.image.sizes import claimed_size

AS_STORED = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
PHOTO = cv2.resize(np.random.default_rng(0).integers(0, 256, (9, 12, 3), np.uint8), (120, 90), interpolation=cv2.INTER_CUBIC)


def jpeg(*options: int) -> bytes:
    return cv2.imencode(".jpg", PHOTO, options)[1].tobytes()


def with_thumbnail() -> bytes:
    """Its EXIF data hold a whole JPEG, start and end and all."""
    whole = jpeg()
    thumbnail = cv2.imencode(".jpg", PHOTO[:16, :16])[1].tobytes()
    body = b"Exif\0\0II*\0" + struct.pack("<IHI", 8, 0, 0) + thumbnail
    return whole[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + whole[2:]


JPEGS = {
    "baseline": jpeg(),
    "progressive": jpeg(cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    "restarts": jpeg(cv2.IMWRITE_JPEG_RST_INTERVAL, 2),
    "thumbnail": with_thumbnail(),
}


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


def bomb(suffix: str, options: tuple[int, ...] = ()) -> bytes:
    """A small file of this kind whose header claims 30000 x 30000 pixels."""
    data = bytearray(cv2.imencode(suffix, formula(20, 30), options)[1].tobytes())
    side = 30000
    if suffix == ".jpg":
        struct.pack_into(">HH", data, data.find(b"\xff\xc0") + 5, side, side)
    elif suffix == ".png":
        struct.pack_into(">II", data, 16, side, side)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    elif suffix == ".bmp":
        struct.pack_into("<ii", data, 18, side, -side)
    elif suffix in (".ppm", ".pam", ".hdr"):
        data = bytearray(bytes(data).replace(b"30", b"30000", 1).replace(b"20", b"30000", 1))
    elif suffix == ".tiff":
        at = struct.unpack_from("<I", data, 4)[0] + 2
        for entry in range(at, at + 24, 12):
            if struct.unpack_from("<H", data, entry)[0] in (256, 257):
                struct.pack_into("<HII", data, entry + 2, 4, 1, side)
    return bytes(data)


HEADERS = {
    "jpeg": bomb(".jpg"), "png": bomb(".png"), "bmp": bomb(".bmp"), "tiff": bomb(".tiff"), "pnm": bomb(".ppm"),
    "pam": bomb(".pam"), "hdr": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 30000 +X 30000\n" + bytes(99),
    "tiff, big-endian": b"MM\0*\0\0\0\x08\0\2\1\0\0\4\0\0\0\1\0\0\x75\x30\1\1\0\4\0\0\0\1\0\0\x75\x30" + bytes(99),
    "bigtiff": b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2)
    + b"".join(struct.pack("<HHQQ", tag, 16, 1, 30000) for tag in (256, 257)) + bytes(99),
    "bmp of OS/2": b"BM" + bytes(12) + struct.pack("<IHH", 12, 30000, 30000) + bytes(99),
    "webp": b"RIFF\x40\0\0\0WEBPVP8X" + bytes(8) + (29999).to_bytes(3, "little") * 2 + bytes(99),
    "gif": b"GIF89a" + struct.pack("<HH", 30000, 30000) + bytes(99),
    "jpeg 2000": b"\xff\x4f\xff\x51\0\x2f\0\0" + struct.pack(">IIII", 30000, 30000, 0, 0) + bytes(99),
    "sun raster": b"\x59\xa6\x6a\x95" + struct.pack(">II", 30000, 30000) + bytes(99),
    "avif": b"\0\0\0\x1cftypavif" + bytes(16) + b"\0\0\0\x14ispe\0\0\0\0" + struct.pack(">II", 30000, 30000),
    "tga": struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 30000, 30000, 24, 0) + bytes(99),
}  # fmt: skip


@pytest.mark.parametrize("kind", HEADERS)
def test_headers_that_claim_too_much(tmp_path, kind):
    path = tmp_path / "x"
    path.write_bytes(HEADERS[kind])
    says = "30000 x 30000 pixels.*limit of 268435456; -max_pixels 900000000 .max_pixels=900000000"
    with pytest.raises(ImageError, match=says):
        image.read_image(path)


SUFFIXES = ".jpg", ".png", ".bmp", ".tiff", ".webp", ".ppm", ".pgm", ".pam", ".ras", ".hdr", ".jp2"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_sizes_by_the_header_are_those_of_the_picture(suffix):
    picture = formula(96, 72)[..., 0] if suffix == ".pgm" else formula(96, 72)
    data = cv2.imencode(suffix, picture.astype(np.float32) if suffix == ".hdr" else picture)[1].tobytes()
    assert claimed_size(data) == (72, 96)
    for end in range(0, min(len(data), 200), 7):
        claimed_size(data[:end])  # raises nothing


def test_the_limit_is_the_users(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(PNG)
    assert image.load_image(path, max_pixels=1600).shape == (3, 40, 40)
    with pytest.raises(ImageError, match="limit of 1599; -max_pixels 1600"):
        image.load_image(path, max_pixels=1599)


def test_no_more_pixels_than_memory_allows(tmp_path, monkeypatch):
    monkeypatch.setattr("darknet_py.image.reading.memory_limit", lambda: machine.MemoryLimit(1 << 30, "a small machine"))
    path = tmp_path / "x.png"
    path.write_bytes(HEADERS["png"])
    with pytest.raises(ImageError, match=r"13\.4 GiB of memory; there are 1\.0 GiB \(a small machine\)"):
        image.read_image(path, max_pixels=10**9)


@pytest.mark.parametrize("fails", ["cv2.imdecode", "darknet_py.image.reading.read_bytes"])
def test_no_memory_is_a_failed_picture(tmp_path, monkeypatch, fails):
    def full(*_: object) -> None:
        raise MemoryError

    path = tmp_path / "x.png"
    path.write_bytes(PNG)
    monkeypatch.setattr(fails, full)
    with pytest.raises(ImageError, match=r"x\.png: not enough memory"):
        image.read_image(path)


def test_a_file_larger_than_any_picture_is_not_read(tmp_path):
    path = tmp_path / "x.jpg"
    with open(path, "wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ImageError, match="1099511627776 bytes"):
        image.read_image(path)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
@pytest.mark.parametrize(("kind", "says"), [
    ("pipe", "a pipe"), ("socket", "a socket"), ("/dev/zero", "a device"), ("/dev/null", "a device"),
    ("folder", "a directory"),
])  # fmt: skip
def test_what_is_no_file_is_refused_at_once(tmp_path, monkeypatch, kind, says):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    os.mkdir("folder")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        with pytest.raises(ImageError, match=f"{kind}: is {says}; give a picture file"):
            image.read_image(kind)


@pytest.mark.parametrize("path", ["a\0b.png", "n" * 5000, "no/such/file.png"])
def test_paths_that_cannot_be(path):
    with pytest.raises(ImageError, match="cannot be read"):
        image.load_image(path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden")
def test_a_file_of_others(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(PNG)
    path.chmod(0)
    with pytest.raises(ImageError, match="Permission denied"):
        image.load_image(path)


def test_a_path_of_any_kind(tmp_path):
    (tmp_path / "x.png").write_bytes(PNG)
    for path in (tmp_path / "x.png", str(tmp_path / "x.png")):
        np.testing.assert_array_equal(image.load_image(path), planes(formula(40, 40)[..., ::-1]))


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


def test_light_without_bound_as_darknet_takes_it(tmp_path):
    """C: stb_image.h stbi__hdr_to_ldr: 255 times light to the power 1 / 2.2."""
    light = np.float32([[[0, 0.25, 0.5], [1, 2, 100]]]).repeat(8, 1)
    path = tmp_path / "x.hdr"
    path.write_bytes(cv2.imencode(".hdr", light)[1].tobytes())
    np.testing.assert_array_equal(image.read_image(path)[0, [0, 8]], [[0, 136, 186], [255, 255, 255]])
