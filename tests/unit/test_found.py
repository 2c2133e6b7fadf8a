"""What ``detect`` returns, from a network to the picture, and what a network says of itself."""

from __future__ import annotations

import json
import pickle
import weakref
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from picture_files import PICTURE, jpeg, tiff
from small_detector import files, net, picture

from darknet_py import Detections, ImageError, Network, OutputError, cfg
from darknet_py.cli import main

__all__ = ["files", "net"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    cv2.imwrite(str(tmp_path / "a.png"), picture())
    return tmp_path / "a.png"


def test_a_file_is_read_again_and_an_array_stays(net: Network, file: Path) -> None:
    of_file, of_array = net.detect(file), net.detect(picture())
    assert of_file == of_array
    np.testing.assert_array_equal(of_file.plot(), of_array.plot())
    assert np.shares_memory(net.detect(held := picture()).picture, held)
    with pytest.raises(ImageError, match="not kept"):
        next(net.detect_many([picture()])).plot()
    np.testing.assert_array_equal(next(net.detect_many([file])).plot(), of_file.plot())
    (drawn,) = [found.plot() for _, found in net.stream([picture()])]
    np.testing.assert_array_equal(drawn, of_file.plot())


def test_a_file_is_not_written_over_however_it_came(net: Network, file: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    before = file.read_bytes()
    with file.open("rb") as opened:
        several = [net.detect(opened), net.detect(image.open(file)), net.detect(file.as_uri())]
    several += net.detect([image.open(file)])
    for found in [*several, several[0][:1], pickle.loads(pickle.dumps(several[1])), several[1].copy()]:
        with pytest.raises(OutputError, match="is the picture itself"):
            found.save(file, picture=picture())
    assert file.read_bytes() == before
    assert several[1].save(file.with_name("b.png")).exists()


def test_of_many_arrays_none_is_held(net: Network) -> None:
    held: list[weakref.ref[Any]] = []

    def frames() -> Any:
        for i in range(12):
            frame = picture(i)
            held.append(weakref.ref(frame))
            yield frame
            del frame

    everything = list(net.detect_many(frames()))
    assert len(everything) == 12
    assert not [frame for frame in held if frame() is not None]


def test_a_photo_that_was_turned_is_turned_again(net: Network, tmp_path: Path) -> None:
    photo = tmp_path / "phone.jpg"
    photo.write_bytes(jpeg(tiff(6)))
    height, width = PICTURE.shape[:2]
    upright, stored = net.detect(photo, exif=True), net.detect(photo, exif=False)
    assert (upright.size, stored.size) == ((height, width), (width, height))
    assert upright.plot().shape == pickle.loads(pickle.dumps(upright)).plot().shape == (width, height, 3)
    assert stored.plot().shape == (height, width, 3)


def test_darknets_json_is_that_of_the_command(
    net: Network, files: tuple[Path, Path], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    Path("small.names").write_text("cat\ndog\n")
    main(["detect", *map(str, files), "a.png", "-thresh", "0.4", "-out", "out.json", "-dont_show"])
    found = net.detect("a.png", thresh=0.4)
    assert len(found) > 3
    assert Path("out.json").read_text() == found.to_json()
    again = Detections.from_json("out.json", *found.size)
    assert [(d.class_id, d.name) for d in again] == [(d.class_id, d.name) for d in found]
    np.testing.assert_allclose(again.xywhn, found.xywhn, atol=1e-6)
    assert json.loads(found.to_json())[0]["filename"] == again.source == "a.png"


def test_a_network_says_which_it_is(net: Network, files: tuple[Path, Path]) -> None:
    threads = f"threads={net.options.threads}"
    assert repr(net) == f"Network('small', 32 x 24, 2 classes, numerics='exact', engine='native', {threads})"
    fast = Network.load(*files, numerics="fast", threads=1, size=(64, 32))
    assert repr(fast) == "Network('small', 64 x 32, 2 classes, numerics='fast', engine='native', threads=1)"
    parsed = Network.load(cfg.parse(files[0].read_text()), files[1], threads=1)
    assert repr(parsed) == "Network(32 x 24, 2 classes, numerics='exact', engine='native', threads=1)"
    assert repr(Network.of(net.graph, net.weights, threads=3)) == repr(parsed).replace("threads=1", "threads=3")
