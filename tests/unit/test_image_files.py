"""Picture files that claim too much or are none at all, and formats beside PNG and JPEG."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys

import cv2
import numpy as np
import pytest
from picture_files import HEADERS
from pictures import formula, planes

from darknet_py import image
from darknet_py._support import machine
from darknet_py.errors import ImageError
from darknet_py.image.sizes import claimed_size

PNG = cv2.imencode(".png", formula(40, 40))[1].tobytes()


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


@pytest.mark.skipif(sys.platform != "linux", reason="where ulimit -v holds")
def test_little_memory_is_enough_for_little_pictures(tmp_path):
    """And what a decoder has no memory for, whatever the header says, is an ImageError."""
    (tmp_path / "x.png").write_bytes(PNG)
    (tmp_path / "y.png").write_bytes(HEADERS["png"])
    program = (
        "import resource, sys\nfrom darknet_py import image\nfrom darknet_py._support import machine\n"
        "from darknet_py.image import reading\n"
        "import cv2\ncv2.setNumThreads(1)\nheld = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (held + (256 << 20),) * 2)\nprint(image.load_image('x.png').shape)\n"
        "reading.memory_limit = lambda: machine.MemoryLimit(1 << 50, 'this test')\n"
        "try:\n    image.read_image('y.png', max_pixels=10**9)\nexcept image.reading.ImageError as e:\n    print(e)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[0] == "(3, 40, 40)"
    assert run.stdout.splitlines()[1].startswith("y.png: not enough memory")


@pytest.mark.parametrize("fails", [f"darknet_py.image.{name}" for name in (
    "reading._decoded", "reading.read_bytes", "reading.from_array",
)])  # fmt: skip
def test_no_memory_is_a_failed_picture(tmp_path, monkeypatch, fails):
    def full(*_: object) -> None:
        raise MemoryError

    path = tmp_path / "x.png"
    path.write_bytes(PNG)
    monkeypatch.setattr(fails, full)
    with pytest.raises(ImageError, match=r"x\.png: not enough memory"):
        image.load_image(path)


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


def test_light_without_bound_as_darknet_takes_it(tmp_path):
    """C: stb_image.h stbi__hdr_to_ldr: 255 times light to the power 1 / 2.2."""
    light = np.float32([[[0, 0.25, 0.5], [1, 2, 100]]]).repeat(8, 1)
    path = tmp_path / "x.hdr"
    path.write_bytes(cv2.imencode(".hdr", light)[1].tobytes())
    np.testing.assert_array_equal(image.read_image(path)[0, [0, 8]], [[0, 136, 186], [255, 255, 255]])


@pytest.mark.parametrize("green", [5, 6])
def test_bmps_of_16_bits_as_darknet_takes_them(tmp_path, green):
    """C: stb_image.h, whose five and six bits run to 255."""
    blue, greens = np.arange(1 << green) % 32, np.arange(1 << green)
    words = (blue | greens << 5 | (31 - blue) << (5 + green)).astype("<u2")
    masks = struct.pack("<III", 0xF800, 0x7E0, 0x1F) if green == 6 else b""
    first = 54 + len(masks)
    head = b"BM" + struct.pack("<IHHI", first + words.nbytes, 0, 0, first)
    head += struct.pack("<IiiHHIIiiII", 40, len(words), 1, 1, 16, 3 if masks else 0, 0, 0, 0, 0, 0)
    (tmp_path / "x.bmp").write_bytes(head + masks + words.tobytes())
    five = [n * 8 + n // 4 for n in range(32)]
    six = [n * 4 + n // 16 for n in range(64)]
    expected = [[five[b], (six if green == 6 else five)[g], five[31 - b]] for b, g in zip(blue, greens)]
    np.testing.assert_array_equal(image.read_image(tmp_path / "x.bmp")[0], expected)


def test_a_bmp_of_one_pixel_of_16_bits(tmp_path):
    head = b"BM" + struct.pack("<IHHI", 58, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, 1, 1, 1, 16, 0, 0, 0, 0, 0, 0)
    (tmp_path / "x.bmp").write_bytes(head + b"\xff\x7f\0\0")
    assert (image.read_image(tmp_path / "x.bmp") == 255).all()
