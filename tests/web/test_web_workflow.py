"""The workflow that publishes the project's page."""

from __future__ import annotations

import re

from reference import REPO

from darknet_py.cli.commands import COMMANDS

WORKFLOW = (REPO / ".github" / "workflows" / "page.yml").read_text("utf-8")


def test_it_runs_the_command_of_the_docs_which_writes_what_is_published() -> None:
    (command,) = re.findall(r"- run: (darknet_py .+)", WORKFLOW)
    assert f"```sh\n{command}\n```" in (REPO / "docs" / "web.md").read_text("utf-8")
    assert command.split()[1] in COMMANDS
    (folder,) = re.findall(r"path: (\w+)", WORKFLOW)
    assert command.endswith(f"-web {folder}/live")
    assert f"mkdocs build --strict --site-dir {folder}\n" in WORKFLOW


def test_its_picture_is_small() -> None:
    assert (REPO / "docs" / "web.png").stat().st_size < 200_000
