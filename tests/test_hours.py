"""The first hour of five people, from an empty folder: each a page in hours/, whose commands print what stands there."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from reference import REPO
from transcripts import play, steps

from darknet_py.store.places import built_in

PAGES = sorted((REPO / "tests" / "hours").glob("*.md"))
NEEDS = {"notebook": ["pandas", "PIL"], "evaluator": ["pycocotools"], "frigate": ["onnx", "onnxruntime"]}
WEIGHTS = built_in("yolov4-chars.weights")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands are a Unix shell's")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a user has: a network that was trained, its class names, and two pictures."""
    if WEIGHTS is None:
        pytest.skip("needs the package's own weights")
    shutil.copy(REPO / "cfg" / "yolov4-chars.cfg", tmp_path / "plates.cfg")
    shutil.copy(WEIGHTS, tmp_path / "plates.weights")
    (tmp_path / "plates.names").write_text("".join(f"{c}\n" for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    for name in ("plate.jpg", "label.jpg"):
        shutil.copy(REPO / "examples" / name, tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_hour(page: Path, folder: Path) -> None:
    for package in NEEDS.get(page.stem, []):
        pytest.importorskip(package)
    play(page, folder)


def test_five_people_have_an_hour() -> None:
    assert [page.stem for page in PAGES] == ["c_shell", "cv2_dnn", "evaluator", "frigate", "notebook"]
    assert all(len(steps(page)) >= 5 for page in PAGES)


@pytest.mark.parametrize(("printed", "code"), [("b\n", 0), ("a\n", 1), ("a\nb\n", 0), ("", 0)])
def test_a_command_that_does_otherwise_is_seen(printed: str, code: int, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"```console\n$ echo a{f'  # exit {code}' if code else ''}\n{printed}```\n")
    (tmp_path / "here").mkdir()
    with pytest.raises(AssertionError, match="echo a"):
        play(page, tmp_path / "here")
