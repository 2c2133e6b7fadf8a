"""Recorded sessions: commands behind ``$ ``, and what they print, in blocks of ```console of a page of Markdown.

``…`` stands for what ``doc_pages.pattern`` says.  ``$ command  # exit 1`` ends so, and what it says on stderr counts,
behind the rest.
A block of another kind whose first line is ``# file: NAME`` is that file.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from doc_pages import pattern

__all__ = ["Step", "play", "steps"]

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
EXIT = re.compile(r"  # exit (\d+)$")
PATIENCE = 120  # seconds


@dataclass(frozen=True)
class Step:
    """A command with its exit code and what it prints, or a file with its text."""

    command: str
    printed: str = ""
    code: int = 0
    file: str = ""


def steps(page: Path) -> list[Step]:
    """Of a page, in order."""
    found: list[Step] = []
    for kind, text in BLOCK.findall(page.read_text("utf-8")):
        if name := re.match(r"# file: (\S+)\n", text):
            found.append(Step("", file=name[1], printed=text[name.end() :]))
        elif kind == "console":
            found += map(_step, re.split(r"^\$ ", text, flags=re.M)[1:])
    return found


def _step(text: str) -> Step:
    command, _, printed = text.partition("\n")
    code = EXIT.search(command)
    return Step(EXIT.sub("", command), printed, int(code[1]) if code else 0)


def play(page: Path, folder: Path) -> None:
    """Run all of it in a folder, one command after the other; an AssertionError names the first that does otherwise."""
    home = folder / ".home"
    home.mkdir()
    bin = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{bin}{os.pathsep}{os.environ['PATH']}", "HOME": str(home), "COLUMNS": "100",
                                "MPLCONFIGDIR": str(Path.home() / ".cache" / "matplotlib")}  # a list of fonts takes seconds
    for step in steps(page):
        if step.file:
            (folder / step.file).write_text(step.printed, "utf-8")
            continue
        command = ["bash", "-c", step.command]
        done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, timeout=PATIENCE,
                              capture_output=True, text=True, check=False)  # fmt: skip
        told = f"{page.name}: $ {step.command}\n{done.stdout}{done.stderr}"
        assert done.returncode == step.code, told
        assert re.fullmatch(pattern(step.printed), done.stdout + (done.stderr if step.code else "")), told
