"""The package in processes of their own, whatever folder they start in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from reference import REPO


def environment(**more: str) -> dict[str, str]:
    """This process's, in which the package is found."""
    return {**os.environ, "PYTHONPATH": str(REPO), **more}


def command(*words: object) -> list[str]:
    """The command line of ``darknet_py WORDS``."""
    return [sys.executable, "-m", "darknet_py", *map(str, words)]


def run(line: list[str], cwd: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """A command line to its end, which comes within minutes; what it printed, as text."""
    given = {"env": environment(), "capture_output": True, "text": True, "timeout": 300}
    return subprocess.run(line, cwd=cwd, check=False, **given | options)
