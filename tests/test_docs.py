"""What the maintainers' pages name is there: tests that hold something, files, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from reference import REPO

PAGES = [*sorted((REPO / "docs").rglob("*.md")), REPO / "CONTRIBUTING.md"]
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


@pytest.mark.parametrize("page", pages())
def test_links_lead_to_files(page: str) -> None:
    here = (REPO / page).parent
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (REPO / page).read_text("utf-8"))
    assert not [link for link in links if not (here / Path(link)).exists()]
