"""``-model NAME``, ``-fetch``, and what is said after a photograph in which the network that comes along finds nothing."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import small_detector
import videos
from published_network import CFG, FILE, NAME, published, sha256
from webserver import Site

from darknet_py import store, zoo
from darknet_py.cli import main
from darknet_py.cli.commands import COMMANDS, flags
from darknet_py.store.places import built_in

for package in ("requests", "filelock", "tqdm", "platformdirs"):
    pytest.importorskip(package, reason="needs pip install darknet-runtime[fetch]")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def place(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with a picture; the server's weights are those of the built-in network ``small``."""
    monkeypatch.setenv("DARKNET_PY_WEIGHTS", str(tmp_path / "data"))
    monkeypatch.setitem(zoo.NETWORKS, NAME, lambda wanted: CFG)
    monkeypatch.setitem(store.PUBLISHED, NAME, published(site.url, sha256(site.data)))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    cv2.imwrite("a.png", small_detector.picture())
    return tmp_path


def answered(monkeypatch: pytest.MonkeyPatch, text: str) -> Terminal:
    """A person at a terminal, who types this; what the terminal shows of stderr."""
    monkeypatch.setattr(sys, "stdin", Terminal(text))
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    return shown


def test_nothing_is_downloaded_unasked(place: Path, site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detect", "a.png", "-model", NAME]) == 1
    assert f"get it: darknet_py fetch {NAME}" in capsys.readouterr().err
    assert not site.requests


def test_fetch_downloads_once(place: Path, site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert main(["detect", "a.png", "-model", NAME, "-fetch", "-quiet", "-format", "jsonl"]) == 0
        assert capsys.readouterr().out.startswith('{"frame_id"')  # stdout has the results alone
    assert len(site.requests) == 1
    assert (place / "data" / FILE).read_bytes() == site.data


@pytest.mark.parametrize(("answer", "code"), [("\n", 0), ("y\n", 0), ("Yes\n", 0), ("n\n", 1), ("what\n", 1), ("", 1)])
def test_at_a_terminal_it_is_asked(
    place: Path, site: Site, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    shown = answered(monkeypatch, answer)
    assert main(["detect", "-model", NAME, "a.png"]) == code
    assert f"Download {len(site.data) / 1e6:.3g} MB from {site.url}/{FILE}? [Y/n]" in shown.getvalue()
    assert len(site.requests) == 1 - code


def test_another_source_is_named(place: Path, site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.status = 500
    assert main(["detect", "a.png", "-model", NAME, "-fetch"]) == 1
    assert f"another source by darknet_py fetch {NAME} -mirror" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("a.png -model a.png", "a.png: a picture, no network"),
        ("a.png -model none.cfg", "none.cfg: cannot be read"),
        ("a.png -model smal", "no network of that name"),
        ("a.png yolov4-tiny -model small", "small and yolov4-tiny are both networks"),
        ("a.png -model", "-model needs a value: -model NAME"),
    ],
)
def test_what_is_no_network(place: Path, words: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detect", *words.split()]) in (1, 2)
    assert says in capsys.readouterr().err


def test_it_is_what_the_first_word_is(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    videos.detector(Path())
    printed = []
    for words in ("x.cfg a.png", "a.png -model x.cfg", "-model x a.png", "a.png --model=x.weights"):
        assert main(["detect", *words.split(), "-quiet", "-dont_draw", "-thresh", "0"]) == 0
        printed.append(capsys.readouterr().out.splitlines()[1:])
    assert printed[0]
    assert all(lines == printed[0] for lines in printed)


def test_all_commands_that_run_networks_on_pictures_have_it() -> None:
    having = {name for name in COMMANDS if "model" in flags(name)}
    assert having >= {"detect", "read", "detector test", "detector demo", "detector map", "classifier predict"}
    assert all("fetch" in flags(name) for name in having)


@pytest.fixture
def photograph(place: Path) -> str:
    """Noise with soft edges, as leaves are."""
    if not built_in(f"{zoo.DEFAULT}.weights"):
        pytest.skip("needs the package's own weights")
    pixels = np.random.default_rng(1).integers(0, 255, (12, 16, 3), np.uint8)
    cv2.imwrite("my dog.png", cv2.resize(pixels, (160, 120), interpolation=cv2.INTER_CUBIC))
    return "my dog.png"


@pytest.mark.parametrize("fetched", [False, True])
def test_where_to_look_for_objects(
    photograph: str, place: Path, fetched: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    if fetched:
        (place / "data").mkdir()
        (place / "data" / "yolo-fastest-1.1.weights").touch()
    assert main(["detect", photograph, "-size", "64"]) == 0
    err = capsys.readouterr().err
    command = "darknet_py detect 'my dog.png' -model yolo-fastest-1.1"
    assert err.count("no character is sure") == 1
    assert f"things: {command}{'' if fetched else ' -fetch (-fetch downloads 1.38 MB)'}\n" in err


@pytest.mark.parametrize("words", [["-quiet"], ["-thresh", ".9"], ["-format", "json"], ["-model", zoo.DEFAULT]])
def test_who_does_not_wonder_is_told_nothing(
    photograph: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["detect", photograph, "-size", "64", *words]) == 0
    assert "no character" not in capsys.readouterr().err


def test_characters_that_are_sure_are_enough(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = Path(__file__).parents[2] / "examples" / "plate.jpg"
    if not built_in(f"{zoo.DEFAULT}.weights"):
        pytest.skip("needs the package's own weights")
    assert main(["detect", str(picture), "-dont_draw"]) == 0
    out, err = capsys.readouterr()
    assert "A: 9" in out
    assert "no character" not in err
