"""Blocks of code of the documentation, and how those of a page are run from top to bottom."""

from __future__ import annotations

import glob
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from reference import REPO

from darknet_py.cli import main

FENCE = re.compile(r'^```(?P<language>\w*)(?: title="(?P<title>[^"]*)")?\n(?P<text>.*?)^```$', re.M | re.S)
SHELL = re.compile(r"[|<>;&$`]")  # more than a command and its words
DOCS = REPO / "docs"
ALONE = "index.md", "howto.md", "results.md", "faq.md", "gallery.md", "sources.md"
SERVED = [DOCS / "serve.md", DOCS / "tutorials" / "service.md"]  # beside the services that they start
TUTORIALS = [page for page in sorted((DOCS / "tutorials").glob("*.md")) if page not in SERVED]
STORIES = [*TUTORIALS, *(DOCS / name for name in ALONE)]  # run from top to bottom
NOT_RUN, FAILS = "not run: ", "ends with "
PROGRAMS = {"python": [sys.executable]}


@dataclass(frozen=True)
class Block:
    """``title``: "not run: …" with the reason; "ends with N", of the last command; or the file that it is to be."""

    page: str
    line: int
    language: str
    title: str
    text: str

    @property
    def reason(self) -> str:
        """Why it is not run; "" where it is."""
        return self.title.removeprefix(NOT_RUN) if self.title.startswith(NOT_RUN) else ""

    @property
    def code(self) -> int:
        """What its last command ends with."""
        return int(self.title.removeprefix(FAILS)) if self.title.startswith(FAILS) else 0

    @property
    def file(self) -> str:
        return self.title if re.fullmatch(r"[\w.]+\.\w+", self.title) else ""


def blocks(page: Path) -> list[Block]:
    text = page.read_text("utf-8")
    name = page.relative_to(REPO).as_posix()
    return [
        Block(name, text.count("\n", 0, found.start()) + 1, found["language"], found["title"] or "", found["text"])
        for found in FENCE.finditer(text)
    ]  # fmt: skip


class Story:
    """The blocks of a page, one after the other, in the working folder; names of its programs are kept."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.names: dict[str, Any] = {"__name__": "page"}

    def tell(self, block: Block) -> None:
        """Run a block; of a text look whether it is what the last one printed."""
        if block.language == "text":
            self._compare(block)
        elif block.file:
            Path(block.file).write_text(block.text, "utf-8")
        elif block.language == "python":
            self.capsys.readouterr()
            exec(compile("\n" * block.line + block.text, block.page, "exec"), self.names)
        else:
            self.capsys.readouterr()
            self._commands(block)

    def _commands(self, block: Block) -> None:
        lines = list(commands(block.text))
        for line in lines:
            code = self._command(line)
            wanted = block.code if line is lines[-1] else 0
            assert code == wanted, f"{block.page}:{block.line}: {line}: {self.capsys.readouterr().err}"

    def _command(self, line: str) -> int:
        program, *words = [word for piece in shlex.split(line) for word in expanded(piece)]
        if program == "darknet_py":
            return main(words)
        if program == "cat":
            sys.stdout.write("".join(Path(word).read_text("utf-8") for word in words))
            return 0
        environment = os.environ | {"PYTHONPATH": str(REPO)}
        done = subprocess.run(
            [*PROGRAMS.get(program, [program]), *words], capture_output=True, text=True, encoding="utf-8", check=False,
            timeout=120, env=environment,
        )  # fmt: skip
        sys.stdout.write(done.stdout)
        sys.stderr.write(done.stderr)
        return done.returncode

    def _compare(self, block: Block) -> None:
        out = self.capsys.readouterr().out.strip("\n") + "\n"
        assert re.fullmatch(pattern(block.text), out), f"{block.page}:{block.line}: printed was\n{out}"


def commands(text: str) -> Iterator[str]:
    """The commands of a block of sh, without what is said about them."""
    for line in text.replace("\\\n", " ").splitlines():
        command = re.split(r"(?:^|\s)#\s", line)[0].strip()
        if command:
            assert not SHELL.search(re.sub(r"'[^']*'|\"[^\"]*\"", "", command)), f"{command}: the tests have no shell"
            yield command


def expanded(word: str) -> list[str]:
    """The files that a word with * stands for."""
    return sorted(glob.glob(word)) or [word] if "*" in word else [word]


def pattern(text: str) -> str:
    """A regular expression for a text in which … stands for anything in a line, and a line of … for any lines."""
    return "".join(map(_line, text.rstrip("\n").splitlines()))


def _line(line: str) -> str:
    if line.strip() == "…":
        return r"(?:.*\n)*?"
    return re.escape(line.rstrip()).replace("…", ".*?") + r"[^\S\n]*\n"
