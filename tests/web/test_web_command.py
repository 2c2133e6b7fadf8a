"""``darknet_py export -web``: what it writes and says, and what it refuses before any work."""

from __future__ import annotations

import json

import pytest
import small_detector
from npm_archive import archive, stand_in

pytest.importorskip("onnx")

from darknet_py.cli import main


@pytest.fixture
def words(tmp_path, monkeypatch) -> list[str]:
    """cfg, weights, and the runtime's archive, in this folder."""
    monkeypatch.chdir(tmp_path)
    small_detector.write(tmp_path)
    (tmp_path / "ort.tgz").write_bytes(archive())
    (tmp_path / "small.names").write_text("cat\ndog\n")
    stand_in(monkeypatch, archive())
    return ["export", "small.cfg", "small.weights", "-runtime", "ort.tgz"]


def network(folder) -> dict[str, object]:
    return json.loads((folder / "network.json").read_text("utf-8"))


def test_a_page(words, tmp_path, capsys):
    assert main([*words, "-web", "a page"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("a page: ")
    assert out.endswith("to look at it: python3 -m http.server -d 'a page', then open http://localhost:8000\n")
    found = network(tmp_path / "a page")
    assert (found["names"], found["thresh"], found["nms"], found["width"]) == (["cat", "dog"], 0.24, 0.45, 32)


def test_what_is_asked_for(words, tmp_path):
    asked = ["-thresh", ".5", "-nms", "0", "-size", "64x48", "-fp16"]
    assert main([*words, "-web", "page", *asked]) == 0
    found = network(tmp_path / "page")
    assert (found["thresh"], found["nms"], found["width"], found["height"]) == (0.5, 0, 64, 48)


@pytest.mark.parametrize(
    ("names", "shown", "says"),
    [
        ("Auto\nGröße\n", ["Auto", "Größe"], ""),
        ("cat\n", ["cat", "1"], "1 class names for classes=2; classes without a name are shown by number"),
        ("a\nb\nc\n", ["a", "b"], "3 class names for classes=2; those after the first 2 are not used"),
    ],
)
def test_names(words, tmp_path, capsys, names, shown, says):
    (tmp_path / "own.names").write_text(names, "utf-8")
    assert main([*words, "-web", "page", "-names", "own.names"]) == 0
    assert network(tmp_path / "page")["names"] == shown
    err = capsys.readouterr().err
    assert says in err if says else not err


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["-web", "small.cfg"], "-web small.cfg would overwrite small.cfg, which is read"),
        (["-web", "small.names"], "which is read"),
        (["-web", "full"], "full: is no earlier page, but has other files (mine.txt)"),
        (["-web", "."], "is no earlier page, but has other files"),
        (["-web", "page", "-o", "x.onnx"], "-o has no effect with -web"),
        (["-web", "page", "-batch", "2"], "-batch has no effect with -web"),
        (["-web", "page", "-outputs", "nms"], "-outputs has no effect with -web"),
        (["-web", "page", "-thresh", "3"], "-thresh 3: not from 0 to 1"),
        (["-web", "page", "-triton", "store"], "-web and -triton write different things"),
        (["-web", "page", "-runtime", "small.cfg"], "small.cfg: is not the archive of onnxruntime-web"),
        (["-web", "page", "-runtime", "none.tgz"], "none.tgz: cannot be read (No such file or directory)"),
        ([], "-runtime has no effect without -web FOLDER"),
    ],
)
def test_what_is_refused_leaves_everything_as_it_was(words, tmp_path, capsys, flags, says):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    assert main([*words, *flags]) in (1, 2)
    assert says in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_page_is_written_again(words, tmp_path):
    assert main([*words, "-web", "page"]) == 0
    assert main([*words, "-web", "page/", "-thresh", ".7"]) == 0
    assert network(tmp_path / "page")["thresh"] == 0.7
