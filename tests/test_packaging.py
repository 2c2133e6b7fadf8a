"""What the index is told of the package, and what a source distribution holds."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from email import message_from_string
from email.message import Message
from importlib import metadata
from pathlib import Path

import pytest
from reference import REPO

from darknet_py._support.version import __version__

PIECES = "pyproject.toml", "setup.py", "README.md", "LICENSE", "darknet_py/__init__.py", "darknet_py/_support/version.py"
METADATA = "import sys, setuptools.build_meta as m; print(m.prepare_metadata_for_build_wheel(sys.argv[1]))"
APART = {"all", "dev", "docs", "fiftyone", "test", "train"}
PLACES = (
    "pyproject.toml", "CITATION.cff", "mkdocs.yml", "SECURITY.md", "CONTRIBUTING.md", "README.md", "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
)  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Message:
    """The metadata, of a copy of what they are made from."""
    known = [one.version for one in metadata.distributions(name="setuptools")]  # importing it here changes distutils
    if not known or int(known[0].split(".")[0]) < 77:
        pytest.skip("needs setuptools 77")
    folder = tmp_path_factory.mktemp("package")
    for piece in PIECES:
        (folder / piece).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPO / piece, folder / piece)
    (folder / "made").mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", METADATA, "made"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return message_from_string(next(folder.glob("made/*/METADATA")).read_text("utf-8"))


def test_the_metadata(told: Message) -> None:
    assert (told["Name"], told["Version"]) == ("darknet-runtime", __version__)
    assert (told["License-Expression"], told.get_all("License-File")) == ("MIT", ["LICENSE"])
    assert told["Author"]
    assert told["Requires-Python"] == ">=3.10"
    classifiers = told.get_all("Classifier", [])
    assert not [one for one in classifiers if one.startswith("License")]
    assert {f"Programming Language :: Python :: 3.{minor}" for minor in range(10, 15)} <= set(classifiers)
    assert "Typing :: Typed" in classifiers
    assert {"Repository", "Documentation", "Changelog", "Issues"} == {
        url.partition(",")[0] for url in told.get_all("Project-URL", [])
    }


def test_the_core_is_three_packages(told: Message) -> None:
    core = [line for line in told.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert {re.split(r"[<>=!; ]", line)[0] for line in core} == {"numpy", "numba", "opencv-python"}


def test_all_holds_every_extra(told: Message) -> None:
    extras = set(told.get_all("Provides-Extra", []))
    (line,) = [line for line in told.get_all("Requires-Dist", []) if re.search(r"""extra == ["']all["']""", line)]
    assert set(re.findall(r"\[(.*)\]", line)[0].split(",")) == extras - APART


def test_extras_that_messages_name_are_there(told: Message) -> None:
    named = set[str]()
    for path in (REPO / "darknet_py").rglob("*.py"):
        text = path.read_text("utf-8")
        named |= set(re.findall(r"""(?:from_extra|package_of|pip_install)\("(\w+)\"""", text))
        named |= set(re.findall(r"darknet-runtime\[(\w+)\]", text))
    assert {"coco", "export", "fetch"} <= named <= set(told.get_all("Provides-Extra", []))


def test_links_of_the_readme_lead_somewhere_on_the_index(told: Message) -> None:
    """Absolute ones, to files that are in the repository; those in the repository itself stay relative."""
    text = str(told.get_payload())
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    repository = address()
    assert not [link for link in links if not link.startswith(("https://", "#"))]
    own = [link.removeprefix(repository) for link in links if link.startswith(repository)]
    assert f"/raw/v{__version__}/docs/read.jpg" in own
    assert f"/blob/v{__version__}/docs/commands.md#which-files-are-taken" in own
    for link in own:
        _, _, tag, path = link.split("/", 3)
        assert tag == f"v{__version__}"
        assert (REPO / path.partition("#")[0]).exists()


def address() -> str:
    found = re.search(r'^Repository = "(.+)"', (REPO / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert found
    return found[1]


@pytest.mark.parametrize("place", PLACES)
def test_the_address_of_the_repository_is_one(place: str) -> None:
    if not (REPO / place).exists():
        pytest.skip(f"no {place}")
    others = re.findall(r"https://github\.com/[\w-]+/darknet_py\b", (REPO / place).read_text("utf-8"))
    assert set(others) <= {address()}


def test_importing_warns_of_nothing(tmp_path: Path) -> None:
    program = "import darknet_py; print([getattr(darknet_py, name) for name in darknet_py.__all__])"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_a_source_distribution_holds_what_its_tests_need() -> None:
    """All that is tracked, by the folders and files that MANIFEST.in names."""
    if not (REPO / ".git").exists():
        pytest.skip("no clone")
    done = subprocess.run(["git", "ls-files"], cwd=REPO, capture_output=True, text=True, check=True, timeout=60)
    manifest = [line.split() for line in (REPO / "MANIFEST.in").read_text("utf-8").splitlines()]
    grafted = {word for first, *words in manifest if first == "graft" for word in words}
    patterns = [word for first, *words in manifest if first == "include" for word in words]
    always = {"LICENSE", "MANIFEST.in", "README.md", "pyproject.toml", "setup.py"}
    missing = [
        file
        for file in done.stdout.splitlines()
        if file.split("/")[0] not in grafted | always and not any(Path(file).match(pattern) for pattern in patterns)
    ]
    assert not missing, "MANIFEST.in is to name them"


def test_the_name_of_another_project_is_told_first() -> None:
    head = (REPO / "README.md").read_text("utf-8").partition("\n## ")[0]
    assert "`pip install darknet_py` brings another project" in head
    assert "`darknet-runtime`" in head
