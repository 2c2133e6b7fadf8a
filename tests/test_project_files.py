"""What surrounds the code: workflows, forms, citation, container. Held to what the package says of itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from reference import REPO

from darknet_py._support.version import __version__

yaml = pytest.importorskip("yaml", reason="needs pip install pyyaml")
GITHUB = REPO / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = [path for path in sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml")) if path.stem != "config"]
KINDS = {"markdown", "textarea", "input", "dropdown", "checkboxes"}


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def test_tests_run_on_each_python_that_is_promised() -> None:
    promised = re.findall(r"Python :: (3\.\d+)", (REPO / "pyproject.toml").read_text("utf-8"))
    matrix = read(GITHUB / "workflows" / "ci.yml")["jobs"]["tests"]["strategy"]["matrix"]
    assert matrix["python"] == promised
    assert {"ubuntu-latest", "ubuntu-24.04-arm", "macos-latest", "windows-latest"} == set(matrix["system"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_may_do_little_and_end(path: Path) -> None:
    flow = read(path)
    assert flow["permissions"]["contents"] == "read"
    for name, job in flow["jobs"].items():
        assert job["timeout-minutes"] <= 60, name
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])


def test_a_release_knows_no_password() -> None:
    publish = read(GITHUB / "workflows" / "release.yml")["jobs"]["publish"]
    assert publish["permissions"] == {"id-token": "write"}
    assert "secrets." not in (GITHUB / "workflows" / "release.yml").read_text("utf-8")


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_forms_are_such_and_ask_for_the_report(path: Path) -> None:
    form = read(path)
    assert form["name"]
    assert form["description"]
    ids = [field["id"] for field in form["body"] if field["type"] != "markdown"]
    assert len(set(ids)) == len(ids)
    assert {field["type"] for field in form["body"]} <= KINDS
    for field in form["body"]:
        assert field["attributes"]["value" if field["type"] == "markdown" else "label"]
    assert any("darknet_py doctor --report" in field["attributes"].get("label", "") for field in form["body"])


def test_the_three_forms() -> None:
    assert [path.stem for path in FORMS] == ["boxes", "bug", "feature"]


def test_the_version_is_cited_and_told_of() -> None:
    citation, changes = read(REPO / "CITATION.cff"), (REPO / "CHANGELOG.md").read_text("utf-8")
    assert citation["version"] == __version__
    told = re.search(rf"^## \[{re.escape(__version__)}\] - (\d{{4}}-\d\d-\d\d)$", changes, re.M)
    assert told
    assert str(citation["date-released"]) == told[1]
    assert re.findall(r"^## \[(.+?)\]", changes, re.M)[0] == "Unreleased"


def test_the_container_gets_what_it_copies() -> None:
    """.dockerignore leaves in what the wheel is built from, and no more than the files that it names."""
    kept = [line[1:] for line in (REPO / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")]
    assert all((REPO / name).exists() for name in kept)
    text = (REPO / "Dockerfile").read_text("utf-8")
    copied = re.findall(r"^COPY (?!--from)(\S+)", text, re.M)
    assert all(name == "." or name in kept for name in copied)
    core = re.search(r"^dependencies = \[(.*?)^\]", (REPO / "pyproject.toml").read_text("utf-8"), re.M | re.S)
    assert core
    for name, least in re.findall(r'"([\w-]+)>=([\d.]+)', core[1]):
        named = "opencv-python-headless" if name == "opencv-python" else name
        assert f'"{named}>={least}"' in text
    assert re.search(r"^USER [1-9]\d*$", text, re.M)
