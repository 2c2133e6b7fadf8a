"""Every command that the README and docs/ show is run, its placeholders standing for small files; links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import npm_archive
import pytest
import small_detector
import videos
from doc_pages import SERVED, STORIES
from reference import REPO

from darknet_py import Network, compare, layers, zoo
from darknet_py.cli import main
from darknet_py.cli.commands import COMMANDS
from darknet_py.layers import convolutional, maxpool
from darknet_py.store.places import built_in
from tools.commands import pages as command_pages

PAGES = [REPO / "README.md", *sorted((REPO / "docs").rglob("*.md"))]
CLASSIFIER = """[net]
width=8
height=8
channels=3
[conv]
filters=2
size=3
activation=linear
[avgpool]
[softmax]
"""
YOLOV1 = """[net]
width=8
height=8
channels=3
[local]
filters=3
size=3
stride=4
activation=leaky
[connected]
output=48
activation=linear
[detection]
side=2
num=2
coords=4
classes=2
"""

# What the placeholders of a command stand for; a command of its own kind has its own
WORDS = {
    "CFG": "x.cfg", "WEIGHTS": "x.weights", "DATA": "x.data", "PICTURE": "a.png", "VIDEO": "a.avi", "FILE": "x.names",
    "NETWORK": "yolov4-tiny", "SCRIPT": "script.py", "ARGUMENT": "7", "NAME": "", "MODEL": "m.onnx", "SHELL": "bash",
}  # fmt: skip
ELSEWHERE = {
    "run": "changes the process; test_compat_darknet_scripts.py runs it in one of its own",
    "serve": "goes on until it is stopped; test_serve_command.py does that",
}
SPECIAL = {
    "classifier": {"CFG": "c.cfg", "WEIGHTS": "c.weights"},
    "yolo": {"CFG": "v1.cfg", "WEIGHTS": "v1.weights", "LIST": "list.txt"},
    "compare": {"FILE": "out/x.npz"}, "partial": {"OUT": "out/x.conv.1", "N": "1"},
    "export yolov4-chars": {"examples": "a.png"},
    "average": {"OUT": "out/mean.weights"}, "rgbgr": {"OUT": "out/bgr.weights"},
}
MORE = {
    "detector demo": ["-out_filename", "out/seen.avi"], "new": ["-names", "x.names"], "export": ["-o", "out/x.onnx"],
    "export CFG WEIGHTS -outputs boxes -batch dynamic -triton": [],
    "export CFG WEIGHTS -web": ["-runtime", "out/ort.tgz"], "export yolov4-chars": ["-runtime", "out/ort.tgz"],
    "import": ["-cfg", "x.cfg", "-o", "out/m", "-force"],
    "detector calc_anchors": ["-num_of_clusters", "2", "-width", "64", "-height", "48"],
}  # fmt: skip


def commands() -> list[str]:
    """The rows of the tables of commands, and the lines of blocks, without what they say about themselves."""
    lines = []
    for page in set(PAGES) - {*STORIES, *SERVED}:  # which test_pages.py and test_serve_page.py run from top to bottom
        text = page.read_text("utf-8")
        lines += re.findall(r"^\| `(darknet_py [^`]+)` \|", text, re.M)
        for block in re.findall(r"```sh\n(.*?)```", text, re.S):
            lines += [line.split("  #")[0].strip() for line in block.splitlines() if line.startswith("darknet_py ")]
    return sorted(set(lines))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small files of every kind that a command takes."""
    here = tmp_path_factory.mktemp("readme")
    videos.detector(here)
    (here / "x.data").write_text("classes=2\nnames=x.names\nvalid=list.txt\ntrain=list.txt\nlabels=x.names\ntop=2\n")
    (here / "list.txt").write_text("a.png\n")
    cv2.imwrite(str(here / "a.png"), videos.picture((2, 1, videos.RED), (5, 3, videos.GREEN)))
    (here / "a.txt").write_text("0 0.3125 0.25 0.125 0.1667\n1 0.6875 0.5833 0.125 0.1667\n")
    videos.write_video(here / "a.avi", videos.moving(4))
    small_detector.write(here, CLASSIFIER, "c")
    small_detector.write(here, YOLOV1, "v1")
    (here / "script.py").write_text("import darknet, sys\nprint(darknet.network_width, sys.argv[1])\n")
    (here / "out").mkdir()
    (here / "out/ort.tgz").write_bytes(npm_archive.archive())
    Network.load(here / "x.cfg", here / "x.weights").export(here / "m.onnx")
    compare.save(Network.load(here / "x.cfg", here / "x.weights"), here / "a.png", here / "out/x.npz")
    return here


def words_of(line: str) -> list[str]:
    """The command line that a line of the table stands for."""
    known = sorted([*SPECIAL, *MORE, ""], key=len, reverse=True)
    name = next(name for name in known if line.startswith(f"darknet_py {name}"))
    own = WORDS | SPECIAL.get(name, {})
    found: list[str] = []
    for word in re.sub(r"\[|\]|\.\.\.", " ", line).split()[1:]:
        if value := own.get(word, word):
            found.append(value)
    return found + MORE.get(name, [])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("line", commands())
def test_the_command_runs(
    line: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = words_of(line)
    if words[0] in ELSEWHERE:
        pytest.skip(ELSEWHERE[words[0]])
    if (words[0] == "read" or zoo.DEFAULT in words) and not built_in(f"{zoo.DEFAULT}.weights"):
        pytest.skip("needs the package's own weights")
    monkeypatch.chdir(folder)
    npm_archive.stand_in(monkeypatch, npm_archive.archive())
    code = main(words)
    out, err = capsys.readouterr()
    assert code == 0, err
    assert out or words[0] == "read"  # there is nothing to read in it


@pytest.mark.parametrize("page", command_pages(), ids=lambda page: page.name)
def test_tables_of_commands_and_flags_are_those_of_the_commands(page: Path) -> None:
    assert page.read_text("utf-8") == command_pages()[page], "python -m tools.commands writes it"


def test_every_command_is_in_the_table() -> None:
    for page in (REPO / "README.md", REPO / "docs" / "commands.md"):
        rows = re.findall(r"^\| `darknet_py ([a-z_0-9 ]+)", page.read_text("utf-8"), re.M)
        assert [row.strip() for row in rows] == list(COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\((?!http)([^)]+)\)", text):
        path, _, anchor = target.partition("#")
        file = page if not path else page.parent / path
        assert file.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.M)
            anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
            assert anchor in anchors, target


def test_the_example_of_many_pictures(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its lines as they stand there."""
    blocks = re.findall(r"```python\n(.*?)```", (REPO / "README.md").read_text("utf-8"), re.S)
    (example,) = [block for block in blocks if "detect_many" in block]
    (folder / "photos").mkdir()
    for name in ("b.jpg", "a.jpg"):
        cv2.imwrite(str(folder / "photos" / name), small_detector.picture())
    monkeypatch.chdir(folder)
    exec(example, {"net": Network.load("x.cfg", "x.weights")})
    assert [line.split(" ")[0] for line in capsys.readouterr().out.splitlines()] == ["photos/a.jpg", "photos/b.jpg"]


def test_the_readme_names_all_that_is_not_supported():
    text = (REPO / "README.md").read_text("utf-8")
    named = text[text.index("- Not supported, with an error") : text.index("- All other options of Darknet")]
    for name in ("rnn", "crnn", "gru", "lstm", "conv_lstm", "history"):
        assert f"[{name}]" in named
        assert name in layers.UNSUPPORTED
    for option in (*convolutional.UNSUPPORTED, *maxpool.UNSUPPORTED, "spatial", "coords", "inputs"):
        assert f"`{option}`" in named
