"""``Network.stream`` and ``detect`` of several: pictures and frames from everywhere, when they are asked for."""

from __future__ import annotations

import errno
import itertools
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
import pytest
import webserver
from small_detector import files, net, picture
from videos import write_video

from darknet_py import DarknetError, DarknetWarning, DatasetError, ImageError, VideoError
from darknet_py.capture import FrameNumber, sources
from darknet_py.files import walking
from darknet_py.files.pictures import place_of

__all__ = ["files", "net"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with pictures in it and below it, lists, and a video of seven frames."""
    for name in ("b.png", "a.png", "sub/c.png", "sub/deep/d.PNG", ".hidden/e.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / name), picture(len(name)))
    (tmp_path / "sub" / "l.txt").write_text("c.png\n\na.png\n")
    write_video(tmp_path / "v.avi", [picture(i, (32, 48, 3)) for i in range(7)])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(net: Any, source: Any, **options: Any) -> list[str]:
    return [str(found.source).replace("\\", "/") for _, found in net.stream(source, **options)]


@pytest.mark.parametrize(
    ("source", "options", "want"),
    [
        ("a.png", {}, "a.png"),
        (Path("a.png"), {}, "a.png"),
        ("sub", {}, "sub/c.png"),
        ("sub", {"recursive": True}, "sub/c.png sub/deep/d.PNG"),
        ("*.png", {}, "a.png b.png"),
        ("[ab].*", {}, "a.png b.png"),
        ("**/*.png", {}, "a.png b.png sub/c.png"),
        ("**", {}, "a.png b.png 0 1 2 3 4 5 6 sub/c.png sub/deep/d.PNG"),
        ("s?b/**/d.*", {}, "sub/deep/d.PNG"),
        ("**/deep/**/*", {}, "sub/deep/d.PNG"),
        ("sub/l.txt", {}, "sub/c.png a.png"),
        (["b.png", "sub", Path("a.png")], {}, "b.png sub/c.png a.png"),
        (iter(["b.png", "v.avi"]), {"every": 4}, "b.png 3"),
        ("v.avi", {"every": 3}, "0 3 6"),
        (("v.avi", "a.png"), {"batch": 1}, "0 1 2 3 4 5 6 a.png"),
    ],
)
def test_where_pictures_come_from(net: Any, place: Path, source: Any, options: Any, want: str) -> None:
    assert names(net, source, **options) == want.split()


def test_frames_and_what_is_found_are_those_of_detect(net: Any, place: Path) -> None:
    for source in ("sub/l.txt", "v.avi", [picture(1), "a.png", picture(2, (30, 40))]):
        for frame, found in net.stream(source, thresh=0.1, letter_box=True):
            assert frame.dtype == np.uint8
            assert frame.shape == (found.height, found.width, 3)
            assert found == net.detect(frame, thresh=0.1, letter_box=True)


def test_frames_of_a_video_know_it_and_their_time(net: Any, place: Path) -> None:
    numbers = [found.source for _, found in net.stream("v.avi", every=2)]
    assert numbers == [0, 2, 4, 6]
    assert all(isinstance(n, FrameNumber) and n.video == "v.avi" for n in numbers)
    assert numbers[1].time == pytest.approx(2 / 25, abs=0.2)


def test_arrays_bytes_and_several_at_once(net: Any, place: Path) -> None:
    data, frames = Path("a.png").read_bytes(), np.stack([picture(i) for i in range(3)])
    assert [found.source for _, found in net.stream(frames)] == [0, 1, 2]
    assert [found.source for _, found in net.stream(data)] == [0]
    assert names(net, [data, picture(1), "b.png"]) == ["0", "1", "b.png"]
    assert net.detect(["a.png", data, picture(1)]) == [net.detect("a.png"), net.detect(data), net.detect(picture(1))]
    assert net.detect(p for p in ()) == []


def test_nothing_is_taken_before_it_is_asked_for_and_little_ahead(net: Any) -> None:
    taken = []

    def frames() -> Iterator[np.ndarray]:
        for i in itertools.count():
            taken.append(i)
            yield picture(i % 5)

    stream = net.stream(frames())
    assert taken == []
    assert next(stream)[1].source == 0
    assert len(taken) < 60
    stream.close()
    assert not [t for t in threading.enumerate() if "ahead" in t.name]
    taken.clear()
    with closing(net.stream(frames(), batch=1)) as one:
        next(one)
    assert len(taken) <= 6


def test_a_picture_that_cannot_be_read(net: Any, place: Path) -> None:
    stream = net.stream(["a.png", "no.png", "b.png"])
    next(stream)
    with pytest.raises(ImageError, match=r"no\.png: cannot be read"):
        next(stream)
    assert list(stream) == []
    results = list(net.stream(["a.png", b"x", "b.png"], return_exceptions=True))
    assert [frame is None for frame, _ in results] == [False, True, False]
    assert "picture 1, bytes: not a picture" in str(results[1][1])


def test_pixels_stay_until_the_next_ones_are_asked_for(net: Any, place: Path) -> None:
    stream = net.stream("v.avi")
    frame, found = next(stream)
    assert found._picture is frame
    assert found.plot().shape == frame.shape
    next(stream)
    assert found._picture is None
    stream.close()


@pytest.mark.parametrize(
    ("source", "error", "says"),
    [
        ("none", ImageError, "none: cannot be read"),
        ("none/*.png", DatasetError, r"none/\*\.png: no picture is found by this pattern"),
        (".hidden/deeper", ImageError, "cannot be read"),
        ("no.txt", DatasetError, "no.txt: cannot be read"),
        ("no.avi", VideoError, "no.avi: no such file"),
        ([0, "a.png"], VideoError, "camera 0 among other sources"),
        (["http://127.0.0.1:1/v.mp4"], VideoError, "cannot be opened"),
        (None, ImageError, "cv2.imread"),
    ],
)
def test_sources_that_are_none(net: Any, place: Path, source: Any, error: type[DarknetError], says: str) -> None:
    stream = net.stream(source)
    with pytest.raises(error, match=says):
        list(stream)


def test_options_are_told_at_the_call(net: Any) -> None:
    for name, value in (("every", 0), ("batch", 1.5), ("every", True)):
        with pytest.raises(DarknetError, match=f"{name}={value}"):
            net.stream("x.png", **{name: value})
    with pytest.warns(DarknetWarning, match="thresh=45") as told:
        net.stream("x.png", thresh=45)
    assert told[0].filename == __file__
    with pytest.raises(DarknetError, match="no class 'unicorn'"):
        net.stream("x.png", classes="unicorn")
    with pytest.raises(TypeError, match="treshold"):
        net.stream("x.png", treshold=0.5)


def test_folders_that_cannot_be_read_are_told(net: Any, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def refused(path: Any) -> Any:
        if str(path).endswith("deep"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    with pytest.warns(DarknetWarning, match=r"deep: cannot be read \(Permission denied\); passed over"):
        assert names(net, "sub", recursive=True) == ["sub/c.png"]
    monkeypatch.setattr(os, "scandir", scandir)
    (place / "all" / "deep").mkdir(parents=True)
    (place / "all" / "zoo").mkdir()
    (place / "all" / "zoo" / "a.png").write_bytes(Path("a.png").read_bytes())
    monkeypatch.setattr(os, "scandir", refused)
    place_of("all", recursive=True).check()
    with pytest.raises(DatasetError, match="deep: cannot be read"):
        names(net, "sub/deep")


# ---------------------------------------------------------------------------------------------- cameras and streams


class Camera:
    """Stands for cv2.VideoCapture: gives frames without end, a millisecond each."""

    opened: ClassVar[list[Camera]] = []

    def __init__(self, *_what: Any) -> None:
        self.count, self.released = 0, threading.Event()
        Camera.opened.append(self)

    def isOpened(self) -> bool:  # noqa: N802
        return True

    def get(self, _prop: int) -> float:
        return 0.0

    def set(self, *_: Any) -> None:
        """Takes every size."""

    def read(self) -> tuple[bool, Any]:
        time.sleep(0.001)
        self.count += 1
        return True, picture(self.count % 5)

    def release(self) -> None:
        self.released.set()


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> list[Camera]:
    Camera.opened = []
    monkeypatch.setattr(sources, "opened", Camera)
    return Camera.opened


@pytest.mark.parametrize("source", [0, "0", np.int64(1), "rtsp://me:secret@host/1", "http://host/stream.mjpg",
                                    "rtsps://me:?secret#@host/1", "rtp://host:5004", "RTMPS://host/1", "srt://host:9000",
                                    Path("rtsp://host/1")])
def test_a_camera_is_opened_when_it_is_asked_for_and_freed_when_nobody_wants_more(
    net: Any, camera: list[Camera], source: Any
) -> None:
    stream = net.stream(source, every=2, thresh=0.1)
    assert camera == []
    seen = [found.source for _, found in itertools.islice(stream, 4)]
    assert [n % 2 for n in seen] == [0, 0, 0, 0]
    assert seen == sorted(set(seen))
    assert "secret" not in seen[0].video
    assert seen[0].time <= seen[-1].time <= time.monotonic()
    stream.close()
    assert camera[0].released.wait(10)
    assert not [t for t in threading.enumerate() if t.name in ("capture", "detection")]


def test_a_loop_that_is_left_frees_the_camera_too(net: Any, camera: list[Camera]) -> None:
    for _frame, _found in net.stream(0):
        break
    assert camera[0].released.wait(10)


def test_a_stream_in_the_midst_of_others_is_refused_and_closed(net: Any, camera: list[Camera]) -> None:
    with pytest.raises(VideoError, match="host/1: a stream without an end among other sources; give it alone"):
        list(net.stream(["rtsp://host/1"]))
    assert camera[0].released.is_set()


def test_a_picture_on_a_server(net: Any, place: Path) -> None:
    with webserver.served(Path("a.png").read_bytes()) as site:
        assert names(net, f"{site.url}/a.png?x=1") == [f"{site.url}/a.png?x=1"]
        for address in (f"{site.url}/snapshot?camera=3", f"{site.url}/snap.cgi"):
            (_, found), *more = net.stream(address, thresh=0.1)
            assert (found, found.source, more) == (net.detect("a.png", thresh=0.1), address, [])
            assert names(net, [address, "b.png"]) == [address, "b.png"]
        (place / "net.txt").write_text(f"{site.url}/a.png\nb.png\n")
        assert names(net, "net.txt") == [f"{site.url}/a.png", "b.png"]


@pytest.mark.parametrize("source", [-1, np.int64(-2), np.int8(-1), 1 << 31, True, np.False_])
def test_numbers_that_no_camera_has(net: Any, monkeypatch: pytest.MonkeyPatch, source: Any) -> None:
    """OpenCV is not asked: -1 ends the process where there is no camera."""
    monkeypatch.setattr(sources, "opened", lambda *what: pytest.fail(f"{what} was opened"))
    with pytest.raises(VideoError, match=r"there is none of that number|is no camera; give its number"):
        next(net.stream(source))


# ---------------------------------------------------------------------------------------------- links and names


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
@pytest.mark.parametrize("source", [".", "*.png", "**", "**/*.png"])
def test_a_link_to_itself_is_one_picture_that_cannot_be_read(net: Any, place: Path, source: str) -> None:
    os.symlink("aa.png", "aa.png")
    os.symlink("none.png", "ab.png")
    os.symlink("round", "round")
    seen = [(str(error or found.source)) for _, found in net.stream(source, recursive=True, return_exceptions=True)
            for error in [found if isinstance(found, Exception) else None]]  # fmt: skip
    wrong = [text for text in seen if "cannot be read" in text]
    assert [text.split(":")[0] for text in wrong] == ["aa.png", "ab.png"]
    assert "b.png" in seen
    with pytest.raises(ImageError, match=r"^aa\.png: cannot be read"):
        list(net.stream("aa.png"))


def test_entries_that_the_system_says_nothing_of(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    scandir = os.scandir

    class Entry:
        def __init__(self, entry: os.DirEntry[str]) -> None:
            self.name, self.entry = entry.name, entry

        def is_dir(self, *, follow_symlinks: bool = True) -> bool:
            if self.name == "b.png":
                raise PermissionError(errno.EACCES, "Permission denied")
            return self.entry.is_dir(follow_symlinks=follow_symlinks)

    @contextmanager
    def entries(folder: str) -> Iterator[Iterator[Entry]]:
        with scandir(folder) as there:
            yield map(Entry, there)

    monkeypatch.setattr(walking.os, "scandir", entries)
    assert list(walking.in_folder(".", {".png"}, recursive=True))[:2] == ["a.png", "b.png"]
    assert list(walking.matching("*.png", {".png"})) == ["a.png", "b.png"]
    assert walking.has_any(".", {".png"})


def test_a_name_that_is_too_long_is_said_in_one_line(net: Any, place: Path) -> None:
    for source in ("x" * 5000 + ".png", "x" * 5000 + ".mp4"):
        with pytest.raises(DarknetError, match=r"cannot be read|no such file") as told:
            next(net.stream(source))
        assert "\n" not in str(told.value)


# ---------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize("call", ["detect", "detect_many", "stream"])
def test_keywords_that_there_are_not_are_those_of_what_was_called(net: Any, call: str) -> None:
    with pytest.raises(TypeError, match=rf"^{call}\(\) got an unexpected keyword argument 'bogus'"):
        list(getattr(net, call)([picture()], bogus=1))


@pytest.mark.parametrize("several", [{}, {"a": picture()}, {"a.png"}, frozenset(), OrderedDict()])
def test_what_has_no_order_is_refused(net: Any, several: Any) -> None:
    for call in (net.detect, lambda p: list(net.detect_many(p)), lambda p: list(net.stream(p))):
        with pytest.raises(ImageError, match=type(several).__name__) as told:
            call(several)
        assert "\n" not in str(told.value)
    assert net.detect(dict.fromkeys(["a"], picture()).values()) == [net.detect(picture())]
