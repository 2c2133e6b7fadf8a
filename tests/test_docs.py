"""What the maintainers' pages name is there: tests that hold something, files, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from floors import FLOORS
from reference import REPO

PAGES = [
    *sorted((REPO / "docs").rglob("*.md")), REPO / "CONTRIBUTING.md", REPO / "weights" / "README.md",
    *sorted((REPO / "tests" / "golden").rglob("README.md")),
]  # fmt: skip
TESTS = {path.stem: path.read_text("utf-8") for path in (REPO / "tests").rglob("test_*.py")}


def pages() -> list[str]:
    return [str(page.relative_to(REPO)) for page in PAGES]


@pytest.mark.parametrize("page", pages())
def test_tests_that_a_page_names_exist(page: str) -> None:
    text = (REPO / page).read_text("utf-8")
    every = "\n".join(TESTS.values())
    for name in re.findall(r"`(test_\w+)`", text):
        assert name in TESTS or f"def {name}(" in every, name
    for file, name in re.findall(r"`(test_\w+)::(test_\w+)`", text):
        assert f"def {name}(" in TESTS[file], f"{file}::{name}"


def test_the_floors_are_those_that_are_held() -> None:
    page = (REPO / "docs" / "architecture.md").read_text("utf-8")
    for number, rooms in enumerate(FLOORS):
        row = next(re.finditer(rf"^\| {number} \|([^|]*)\|", page, re.M))
        told = set(re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", row[1])))
        assert told == {room for room in rooms if not room.startswith("__")}


def test_the_glossary_is_short() -> None:
    page = (REPO / "docs" / "architecture.md").read_text("utf-8")
    words = re.findall(r"^\| (?!word)([^|`]+) \|", page[page.index("## Glossary") :], re.M)
    assert 20 <= len(words) <= 30


@pytest.mark.parametrize("page", pages())
def test_files_of_tests_that_a_page_names_exist(page: str) -> None:
    named = re.findall(r"`(tests/[\w./]+)`", (REPO / page).read_text("utf-8"))
    assert not [name for name in named if not (REPO / name).exists()]


@pytest.mark.parametrize("page", pages())
def test_links_lead_to_files(page: str) -> None:
    here = (REPO / page).parent
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (REPO / page).read_text("utf-8"))
    assert not [link for link in links if not (here / Path(link)).exists()]
