"""``python -m engines ENGINE JOB.json``: one engine's process, commands on standard input, answers on standard output."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from engines.base import Job, serve


def main() -> None:
    name, path = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what an engine's library prints does not go among the answers
    kind = import_module(f"engines.{name}").ENGINE
    serve(kind, Job.read(path), sys.stdin, answers)


main()
