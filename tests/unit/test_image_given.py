"""What stands for a picture: addresses, bytes, open files, PIL's images, with the same pixels as the file."""

from __future__ import annotations

import io
import itertools
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from threading import Event
from typing import Any

import cv2
import numpy as np
import pytest
import webserver
from small_detector import files, net

from darknet_py import DarknetWarning, ImageError, image
from darknet_py.image import Reading, web

__all__ = ["files", "net"]

READING = Reading()
PIXELS = np.random.default_rng(5).integers(0, 256, (6, 8, 3), np.uint8)
PNG = cv2.imencode(".png", PIXELS)[1].tobytes()


def same(picture: Any, pixels: np.ndarray = PIXELS, **options: Any) -> bool:
    got = image.from_any(picture, READING, **options)
    return got.dtype == np.uint8 and got.shape == pixels.shape and bool((got == pixels).all())


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, io.BytesIO, "slow"])
def test_bytes_and_open_files(kind: Any) -> None:
    assert same(Slow(PNG) if kind == "slow" else kind(PNG))


class Slow(io.RawIOBase):
    """Gives a byte at a time, as sockets may."""

    def __init__(self, data: bytes) -> None:
        self.left = io.BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        return self.left.read(1)


def test_files_on_disk_and_their_addresses(tmp_path: Path) -> None:
    path = tmp_path / "a b%.png"
    path.write_bytes(PNG)
    with path.open("rb") as file:
        assert same(file)
    address = path.as_uri()
    assert all(same(p) for p in (path, str(path), address, Path(address), address.replace("//", "//localhost", 1)))
    with tempfile.SpooledTemporaryFile() as spooled:
        spooled.write(PNG)
        spooled.seek(0)
        assert same(spooled)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (b"", r"^the picture, bytes: no bytes"),
        (b"dog.jpg", "bytes: not a picture that can be read; give a whole PNG"),
        (PNG[:60], "damaged PNG"),
        (io.BytesIO(), r"nothing is left to be read; .*seek\(0\)"),
        (io.StringIO("x"), r"gives str, not bytes; open it with open\(path, 'rb'\)"),
        (io.BytesIO(b"x"), "an open file: not a picture"),
        ("rtsp://me:secret@host/1", r"^rtsp://host/1: no address of a picture; streams are for net\.stream"),
        ("file://host/a.png", "a file of another machine, host"),
        ("file:///no/a.png", "^/no/a.png: cannot be read"),
        ("http://", "^http://: cannot be fetched"),
        ("http://[::1/a.png", "cannot be fetched .Invalid IPv6 URL"),
        ("http://me:secret@127.0.0.1:1/a.png", r"^http://127\.0\.0\.1:1/a\.png: cannot be fetched \(.*efused"),
    ],
)
def test_what_is_no_picture_is_said_in_one_line(given: Any, says: str) -> None:
    with pytest.raises(ImageError, match=says) as told:
        image.from_any(given, READING)
    assert "\n" not in str(told.value)
    assert "secret" not in str(told.value)


def test_closed_files_and_files_without_end(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    with (tmp_path / "a.png").open("rb") as file:
        pass
    with pytest.raises(ImageError, match=r"the open file .*a\.png: cannot be read .*closed"):
        image.from_any(file, READING)
    with pytest.raises(ImageError, match="goes on after 67108872 bytes"):
        image.from_any(Endless(), Reading(max_pixels=1))


class Endless(io.RawIOBase):
    def read(self, size: int = -1, /) -> bytes:
        return bytes(1 << 24)


def test_more_pixels_than_asked_for() -> None:
    with pytest.raises(ImageError, match=r"^the picture, bytes: a picture of 8 x 6 pixels by its header"):
        image.from_any(PNG, Reading(max_pixels=47))


@pytest.mark.parametrize("path", ["/dog.png", "/old/dog.png", "/a b ö.png?x=1 2", "/a%20b.png#top"])
def test_addresses(path: str) -> None:
    with webserver.served(PNG) as site:
        assert same(f"{site.url}{path}")
        assert same(Path(f"{site.url}{path}"))
        assert image.path_of(site.url) == site.url
        assert site.requests[0]["user-agent"].startswith("darknet_py/")


@pytest.mark.parametrize("there", ["ftp://127.0.0.1:1/a.png", "file:///etc/passwd", "data:image/png,x",
                                    "//127.0.0.1:1/a.png"])
def test_redirects_stay_in_the_web(there: str) -> None:
    with webserver.served(PNG) as site:
        says = r"cannot be fetched \(.*efused" if there.startswith("//") else r"redirects to ftp|Redirection to url"
        site.location = there
        with pytest.raises(ImageError, match=says) as told:
            image.from_any(f"{site.url}/old/a.png", READING)
        assert "\n" not in str(told.value)
        assert not image.sends_picture(f"{site.url}/old/a.png")


def test_user_and_password_go_to_the_server_alone() -> None:
    with webserver.served(PNG) as site:
        assert same(site.url.replace("//", "//me:s%40cret@", 1) + "/a.png")
        assert site.requests[0]["authorization"] == "Basic bWU6c0BjcmV0"


def test_servers_that_do_not_send_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for change, says in (
        ({"status": 404}, "the server answers 404 Not Found; check the address"),
        ({"data": b"<!DOCTYPE html><p>"}, "a web page; was the download refused"),
        ({"cuts": [50]}, f"the connection ended after 50 of {len(PNG)} bytes"),
    ):
        with webserver.served(PNG) as site:
            vars(site).update(change)
            with pytest.raises(ImageError, match=says):
                image.from_any(site.url, READING)
    monkeypatch.setattr(web, "MOST", 100)
    with webserver.served(PNG) as site, pytest.raises(ImageError, match="more than 100 bytes"):
        image.from_any(site.url, READING)
    with webserver.served(PNG) as site:
        site.length = False
        with pytest.raises(ImageError, match="more than 100 bytes"):
            image.from_any(site.url, READING)


def test_a_server_that_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "TIMEOUT", 0.2)
    with webserver.served(PNG) as site:
        site.pause = Event()
        with pytest.raises(ImageError, match=r"cannot be fetched \(timed out"):
            image.from_any(site.url, READING)
        site.pause.set()
    monkeypatch.setattr(web, "LONGEST", -1)
    with webserver.served(PNG) as site, pytest.raises(ImageError, match="and no end"):
        image.from_any(site.url, READING)


# ---------------------------------------------------------------------------------------------- PIL


def pil(mode: str = "RGB") -> Any:
    """PIXELS as PIL has them, in another mode."""
    module = pytest.importorskip("PIL.Image")
    rgb = module.fromarray(np.ascontiguousarray(PIXELS[..., ::-1]))
    steps = {"La": ("LA",), "RGBa": ("RGBA",), "PA": ("LA",)}.get(mode, ())
    for step in (*steps, mode):
        rgb = rgb.convert(step)
    return rgb


def test_colours_of_pil_are_never_exchanged() -> None:
    assert same(pil())
    assert same(pil("RGBA"))
    assert same(pil("CMYK"))
    assert same(pil("RGBa"))
    assert same(pil("RGBA"), np.dstack([PIXELS, np.full((6, 8), 255, np.uint8)]), alpha=True)
    assert np.abs(image.from_any(pil("YCbCr"), READING).astype(int) - PIXELS).max() <= 4


@pytest.mark.parametrize("mode", ["L", "1", "LA", "La", "P", "PA", "HSV"])
def test_other_modes_are_what_pil_makes_rgb_of(mode: str) -> None:
    picture = pil(mode)
    want = picture if mode != "La" else picture.convert("LA")
    assert same(picture, np.asarray(want.convert("RGB"))[..., ::-1])


def test_transparency_is_dropped_not_blended_and_kept_where_it_is_asked_for() -> None:
    module = pytest.importorskip("PIL.Image")
    bgra = np.dstack([PIXELS, np.arange(48, dtype=np.uint8).reshape(6, 8)])
    picture = module.fromarray(np.ascontiguousarray(bgra[..., [2, 1, 0, 3]]))
    assert same(picture)
    assert same(picture, bgra, alpha=True)
    indexed = pil("P")
    indexed.info["transparency"] = 3
    assert image.from_any(indexed, READING, alpha=True).shape == (6, 8, 4)
    assert same(indexed, np.asarray(indexed.convert("RGB"))[..., ::-1])


def test_greys_of_sixteen_bits_keep_the_upper_eight() -> None:
    module = pytest.importorskip("PIL.Image")
    values = np.arange(48, dtype=np.uint16).reshape(6, 8) * 1300
    want = np.dstack([(values >> 8).astype(np.uint8)] * 3)
    assert same(module.fromarray(values), want)
    assert same(module.fromarray(values.astype(np.int32)), want)
    assert same(module.frombytes("I;16B", (8, 6), values.astype(">u2").tobytes()), want)
    for kind, says in ((np.int32, "mode I with values from -9"), (np.float32, "mode F")):
        with pytest.raises(ImageError, match=says):
            image.from_any(module.fromarray(values.astype(kind) - 9), READING)


def test_dark_greys_of_pil() -> None:
    """Of mode I, which has no size of its own, they are what they are for convert("L"); of 16 bits they are black."""
    module = pytest.importorskip("PIL.Image")
    values = np.arange(48).reshape(6, 8) * 5
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert same(module.fromarray(values.astype(np.int32)), np.dstack([values] * 3))
        assert same(module.fromarray(values.astype(np.int32) * 0), np.zeros_like(PIXELS))
        values[-1] = 256
        assert same(module.fromarray(values.astype(np.int32)), np.dstack([values >> 8] * 3))
        values[-1] = 255
    with pytest.warns(DarknetWarning, match="^the picture, a PIL image: is of mode I;16, .* and black"):
        assert same(module.fromarray(values.astype(np.uint16)), np.zeros_like(PIXELS))


def test_pil_images_that_stand_otherwise_or_are_too_large(tmp_path: Path) -> None:
    module = pytest.importorskip("PIL.Image")
    exif = module.Exif()
    exif[0x0112] = 6
    pil().save(tmp_path / "turned.png", exif=exif)
    with module.open(tmp_path / "turned.png") as picture:
        with pytest.warns(DarknetWarning, match="EXIF orientation 6"):
            assert same(picture)
        assert image.from_any(picture, Reading(exif=True)).shape == (8, 6, 3)
        assert np.array_equal(image.from_any(picture, Reading(exif=True)),
                              image.read_image(tmp_path / "turned.png", exif=True))  # fmt: skip
        with pytest.raises(ImageError, match="8 x 6 pixels"):
            image.from_any(picture, Reading(max_pixels=47))
    (tmp_path / "cut.png").write_bytes(PNG[:80])
    with module.open(tmp_path / "cut.png") as picture, pytest.raises(ImageError, match="mode RGB: cannot be read"):
        image.from_any(picture, READING)


def test_pil_is_not_imported() -> None:
    """Whoever has an image of it has imported it."""
    program = "import sys; from darknet_py import image; image.is_one(7); assert 'PIL' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


# ---------------------------------------------------------------------------------------------- networks


def test_a_network_says_the_same_of_all(net: Any, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    want = net.detect(PIXELS, thresh=0.1)
    given = [PNG, io.BytesIO(PNG), pil(), tmp_path / "a.png", (tmp_path / "a.png").as_uri()]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [net.detect(p, thresh=0.1) for p in given] == [want] * 5
        given[1] = io.BytesIO(PNG)
        found = list(net.detect_many(given, thresh=0.1))
    assert found == [want] * 5
    assert [f.source for f in found] == [0, 1, 2, *given[3:]]


class Tensor:
    """Stands for an array of PyTorch, whose rows can be walked."""

    def __iter__(self) -> Any:
        return itertools.repeat(self)


def test_tensors_are_refused_with_what_to_do(net: Any) -> None:
    with pytest.raises(ImageError, match=r"a Tensor; give an array .*permute\(1, 2, 0\)"):
        net.detect(Tensor())
    with pytest.raises(ImageError, match="detect_many takes many pictures"):
        net.detect_many(Tensor())
