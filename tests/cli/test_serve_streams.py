"""``darknet_py serve -source``: what is wrong with one is told in a line before anything starts; what is right is seen."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_detector
from videos import moving, write_video

from darknet_py.cli import main, serve_streams
from darknet_py.cli.serve_streams import StreamOptions
from darknet_py.errors import DarknetError
from darknet_py.serve.settings import Settings
from darknet_py.store import Model

MODELS = {name: Model(name, f"{name}.cfg", f"{name}.weights") for name in ("cars", "signs")}
FORM = "not NAME=SOURCE, as in yard=rtsp://camera/1"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    small_detector.write(tmp_path, name="x")
    write_video(tmp_path / "v.avi", moving(2))
    return tmp_path


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["-source", "v.avi"], 2, f"-source v.avi: {FORM}"), (["-source", "a="], 2, FORM),
        (["-source", "a/b=v.avi"], 2, FORM),
        (["-source", "rtsp://h/x?a=b"], 2, FORM), (["-source", "a@=v.avi"], 2, FORM), (["-source", "=v.avi"], 2, FORM),
        (["-source", "a=no.mp4"], 1, "no.mp4: no such file"), (["-source", "a=."], 1, ".: is a directory"),
        (["-source", "a=x.cfg"], 1, "x.cfg: not a video that can be read"),
        (["-source", "a=v.avi", "-source", "a=v.avi"], 1, "two streams are called a"),
        (["-source", "a@cars=v.avi"], 1, "-source a@cars: there is no such model; there are: x"),
        (["-track"], 2, "there is none without -source"),
    ],
)  # fmt: skip
def test_a_wrong_source(folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, text: str) -> None:
    pytest.importorskip("uvicorn", reason="the extra serve is not installed")
    assert main(["serve", "x.cfg", "x.weights", *words]) == code
    out, err = capsys.readouterr()
    assert not out
    assert text in err
    assert err.count("\n") == 1


def streams(*sources: str) -> dict[str, tuple[str, str]]:
    """Of each its model and what is watched."""
    read = StreamOptions.__dataclass_fields__["source"].metadata["flag"].read
    for name in ("cars", "signs"):
        Path(f"{name}.cfg").touch()
    made = StreamOptions([read(source) for source in sources], True).streams(MODELS, Settings())
    assert all(stream.wanted.track for stream in made.values())
    return {name: (stream.model, stream.wanted.source) for name, stream in made.items()}


def test_numbers_without_what_they_need(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve_streams, "PACKAGE", "no_trackers")
    (folder / "cars.cfg").write_text("[yolo]\nembedding_layer=1\n")
    assert streams("a@cars=0")
    with pytest.raises(DarknetError, match=r"^-track: the package no_trackers is not here: .*pip install"):
        streams("a@signs=0")


def test_cameras_files_and_addresses(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cameras and streams need not be there yet."""
    monkeypatch.setattr(serve_streams, "PACKAGE", "json")
    address = "rtsp://user:p@ss=word@camera/1?a=b"
    assert streams("a@cars=v.avi", f"b-1.x@signs={address}", "c@cars=7") == {
        "a": ("cars", "v.avi"), "b-1.x": ("signs", address), "c": ("cars", "7"),
    }  # fmt: skip
    with pytest.raises(DarknetError, match=r"^-source a: say which model looks at it, .*; there are: cars, signs$"):
        streams("a=v.avi")
