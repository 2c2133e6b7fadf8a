"""Every block of code that the documentation shows is run, or says why it is not.

Tutorials and recipes are run from top to bottom; of older pages the programs, with our files in place of the reader's;
their commands by test_readme.py, pages about a service by test_serve_page.py, and the programs of docs/export.md by
test_export_recipes.py.
"""

from __future__ import annotations

import copy
import itertools
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import doc_folder
import numpy as np
import pytest
import videos
from doc_pages import DOCS, SERVED, STORIES, Block, Story, blocks, commands, pattern
from reference import REPO

from darknet_py import Network, compare
from darknet_py.compat import cv2_dnn
from tools import make_gallery

PAGES = [REPO / "README.md", REPO / "CONTRIBUTING.md", REPO / "benchmarks" / "README.md", *sorted(DOCS.rglob("*.md"))]
PACKAGES = {"onnx": "onnx", "onnxruntime": "onnxruntime", "pandas": "pandas", "supervision": "supervision",
            "-report": "matplotlib", "report.write": "matplotlib"}  # what a block's words ask for
NEITHER = {"", "text", "ini", "yaml", "json"}  # what is shown and not run
ELSEWHERE = {("docs/export.md", "python"): "test_export_recipes.py", ("docs/web.md", "js"): "test_web_browser.py"}
FIRST = "README.md", 'pip install ".[fetch]" && .venv/bin/darknet_py detect'  # .ci/run runs it, in a fresh clone
NOT_RUN = 38  # blocks; one more is a decision
# Programs with the reader's files: what these are here
FILES = {
    "README.md": {"yolov4-csp": "cars", "dog.jpg": "street.png", "large.jpg": "street.png", "phone.jpg": "street.png",
                  "dog.png": "street.png", "onnxruntime:cuda": "onnxruntime"},
    "docs/commands.md": {"my.cfg": "cars.cfg", "yolov4.weights": "cars.weights", "137": "1", "my.weights": "cars.weights"},
    "docs/evaluation.md": {},
    "docs/drawing.md": {"yolov4-chars": "cars"},
    "docs/import.md": {'"best.pt", size=(640, 384)': '"cars.onnx"', '"cars")': '"made")'},
    "docs/kernels.md": {},
    "docs/migration.md": {"yolov4": "cars", "coco.data": "cars.data"},
    "docs/speed.md": {},
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working folder of a page; what ``cv2_dnn.install`` changes is as before afterwards."""
    doc_folder.prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(cv2_dnn.reading, "OPTIONS", dict(cv2_dnn.reading.OPTIONS))
    before = dict(vars(cv2.dnn)), dict(vars(cv2))
    yield tmp_path
    for module, names in zip((cv2.dnn, cv2), before):
        for added in set(vars(module)) - set(names):
            delattr(module, added)
        vars(module).update(names)


def needs(block: Block) -> None:
    """Skips where a package that it uses is not there."""
    for word, package in PACKAGES.items():
        if word in block.text:
            pytest.importorskip(package, reason=f"{block.page} needs pip install {package}")


@pytest.mark.parametrize("page", STORIES, ids=lambda page: page.name)
def test_a_page_is_run_from_top_to_bottom(page: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    story = Story(capsys)
    for block in blocks(page):
        if not block.reason:
            needs(block)
            story.tell(block)


def names(folder: Path) -> dict[str, object]:
    """What programs take for given."""
    net = Network.load("cars")
    for number in (7, 8, 9):
        shutil.copy(folder / "cars.weights", folder / f"my_{number}000.weights")
    compare.save(net, "street.png", "other.npz")
    x = np.zeros((3, net.height, net.width), np.float32)
    return {
        "net": net, "x": x, "compare": compare, "copy": copy, "itertools": itertools,
        "rgb": np.zeros((net.height, net.width, 3), np.uint8), "frames": iter(videos.moving(3)), "draw": lambda *_: None,
    }  # fmt: skip


@pytest.mark.parametrize("page", FILES)
def test_programs_run(page: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = names(folder)
    programs = [block for block in blocks(REPO / page) if block.language == "python"]
    assert programs
    if page == "docs/import.md":
        pytest.importorskip("onnx", reason="needs pip install onnx")
        given["net"].export("cars.onnx")
    for block in programs:
        needs(block)
        text = block.text
        for theirs, ours in FILES[page].items():
            text = text.replace(theirs, ours)
        exec(compile("\n" * block.line + text, page, "exec"), given)


def is_run(block: Block) -> bool:
    """By a test, as a whole."""
    here = REPO / block.page
    if here in (*STORIES, *SERVED) or block.language in NEITHER or (block.page, block.language) in ELSEWHERE:
        return True
    if block.language == "python":
        return block.page in FILES
    if block.page == FIRST[0] and FIRST[1] in block.text:
        return True
    return block.language == "sh" and all(line.startswith("darknet_py ") for line in block.text.splitlines())


def test_each_block_is_run_or_says_why_not() -> None:
    every = [block for page in PAGES for block in blocks(page)]
    assert len(every) > 100
    left = [block for block in every if not block.reason and not is_run(block)]
    assert not left
    reasons = [block.reason for block in every if block.title.startswith("not run")]
    assert all(len(reason) > 5 for reason in reasons)
    assert len(reasons) == NOT_RUN


def test_no_fence_is_passed_over() -> None:
    """A block that the expression for blocks does not match would not be run."""
    for page in PAGES:
        fences = [line for line in page.read_text("utf-8").splitlines() if line.lstrip().startswith("```")]
        assert len(fences) == 2 * len(blocks(page)), page.name


def test_a_program_that_is_written_into_a_file_is_used() -> None:
    for page in (*STORIES, *SERVED):
        every = blocks(page)
        for number, block in enumerate(every):
            if block.file:
                assert any(Path(block.file).stem in later.text for later in every[number + 1 :]), block


@pytest.mark.parametrize(
    ("text", "printed", "fits"),
    [
        ("a\n", "a\n", True), ("a\n", "a\nb\n", False), ("…\nb\n", "b\n", True), ("…\nb\n", "x\ny\nb\n", True),
        ("a…c\n", "abc\n", True), ("a…c\n", "ab\nc\n", False), ("a\n…\n", "a\nx\n", True), ("a+\n", "aa\n", False),
    ],
)  # fmt: skip
def test_what_a_text_stands_for(text: str, printed: str, fits: bool) -> None:
    assert bool(re.fullmatch(pattern(text), printed)) == fits


def test_the_gallery_is_what_its_tool_writes() -> None:
    assert make_gallery.PAGE.read_text("utf-8") == make_gallery.page(), "python -m tools.make_gallery page writes it"
    pictures = sorted(make_gallery.FOLDER.glob("*.jpg"))
    assert [path.stem for path in pictures] == sorted(shown.name for shown in make_gallery.PICTURES)
    assert sum(path.stat().st_size for path in pictures) < 400_000


def test_commands_of_a_block() -> None:
    assert list(commands("a b # c\n\n# d\ne \\\n f\n")) == ["a b", "e   f"]
    with pytest.raises(AssertionError, match="no shell"):
        list(commands("a | b\n"))


def test_the_site_has_every_page_and_fetches_nothing() -> None:
    """That its links lead somewhere, ``mkdocs build --strict`` holds, in .ci/run."""
    told = (REPO / "mkdocs.yml").read_text("utf-8")
    listed = re.findall(r"(\S+\.md)$", told[told.index("\nnav:") :], re.M)
    brought = {"overview.md", "contributing.md", "changelog.md", "security.md", "conduct.md", "benchmarks.md"}
    assert sorted(listed) == sorted({path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} | brought)
    assert re.search(r"^  font: false$", told, re.M)
    assert not re.search(r"^repo_url:", told, re.M)  # for which the theme asks GitHub in the reader's browser
