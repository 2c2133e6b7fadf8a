"""What pages about a service show is run from top to bottom, against the services that they start."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import doc_folder
import processes
import pytest
from doc_pages import DOCS, SERVED, Block, Story, blocks
from running_service import free_port

from darknet_py.cli.commands import module

PAGE, PORT = DOCS / "serve.md", "8000"
STARTS = "serves until it is stopped"
NEITHER = {"", "ini", "json", "yaml"}  # what is shown and not run
PACKAGES = ("fastapi", "uvicorn", "prometheus_client", "requests", "tritonclient")
PAGES = [PAGE, DOCS / "faq.md", DOCS / "migration.md", DOCS.parent / "README.md", *sorted((DOCS / "tutorials").glob("*.md"))]


def lines_of(page: Path) -> list[str]:
    """Each command line of a service that a page shows, in blocks and between words."""
    text = page.read_text("utf-8")
    shown = [line for block in blocks(page) if block.language == "sh" for line in commands_of(block)]
    shown += re.findall(r"`(darknet_py serve [^`]*)`", text)
    return [line for line in shown if line.startswith("darknet_py serve ")]


def commands_of(block: Block) -> list[str]:
    return [re.split(r"\s#\s", line)[0].strip() for line in block.text.replace("\\\n", " ").splitlines()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_command_lines_are_such(page: Path) -> None:
    """Their flags are there, and have values that are taken."""
    for line in lines_of(page):
        module("serve").Options.parse(shlex.split(line)[2:])


def test_the_page_shows_some() -> None:
    assert len(lines_of(PAGE)) > 3


@contextlib.contextmanager
def running(line: str, port: str) -> Iterator[None]:
    """The service of a command line, on another port, until the block ends; then it is told to end, and does."""
    words = [*shlex.split(line)[1:], "-port", port]
    with subprocess.Popen(processes.command(*words), env=processes.environment(), text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as process:  # fmt: skip
        try:
            said = []
            for text in process.stdout:
                said.append(text)
                if f":{port}" in text:
                    break
            assert process.poll() is None, "".join(said)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=20)
            process.kill()
    assert process.returncode == 0


class Services(contextlib.ExitStack):
    """Those of command lines, each of which is begun once."""

    def __init__(self) -> None:
        super().__init__()
        self.ports: dict[str, str] = {}

    def port(self, line: str) -> str:
        if line not in self.ports:
            self.ports[line] = str(free_port())
            self.enter_context(running(line, self.ports[line]))
        return self.ports[line]


class Served(Story):
    """A page that begins services, and asks them by whatever program."""

    def __init__(self, capsys: pytest.CaptureFixture[str], services: Services) -> None:
        super().__init__(capsys)
        self.services, self.port = services, ""

    def tell(self, block: Block) -> None:
        if block.title == STARTS:
            self.port = self.services.port(block.text.strip())
        else:
            super().tell(dataclasses.replace(block, text=block.text.replace(PORT, self.port)))

    def _commands(self, block: Block) -> None:
        line = ["node", "--input-type=module"] if block.language == "js" else ["bash", "-euo", "pipefail"]
        text = block.text.replace("python ", f"{sys.executable} ")
        done = subprocess.run(line, input=text, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == block.code, f"{block.page}:{block.line}: {done.stdout}{done.stderr}"
        sys.stdout.write(done.stdout)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for package in PACKAGES:
        pytest.importorskip(package, reason=f"needs pip install {package}")
    for name in ("curl", "node"):
        if not shutil.which(name):
            pytest.skip(f"needs {name}")
    doc_folder.prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.skipif(sys.platform == "win32", reason="the page's commands are for a shell")
def test_pages_are_run_from_top_to_bottom(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Services() as services:
        for page in SERVED:
            story = Served(capsys, services)
            for block in blocks(page):
                if not block.reason and block.language not in NEITHER:
                    story.tell(block)
