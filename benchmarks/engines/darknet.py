"""Darknet in C: ``detector test`` fed with picture names one by one; the time is the one that it prints."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from engines.base import Engine, Job, peak_mb

__all__ = ["ENGINE"]

PROMPT = b"Enter Image Path: "


class Darknet(Engine):
    """``options``: binary, classes, boxes (whether to tell them).

    The binary's folder must have data/labels, as Darknet's own does.  "Predicted in" covers network_predict alone, not
    the decoding, resizing and drawing of the picture.
    """

    version = "C"

    def __init__(self, job: Job) -> None:
        self.job = job
        self.folder = tempfile.TemporaryDirectory()
        self.binary = Path(job.options["binary"]).resolve()
        self._lay_out(Path(self.folder.name))
        self.process = self._start(subprocess.PIPE, subprocess.PIPE, "-thresh", "1")  # draws nothing
        self._answer()

    def _lay_out(self, folder: Path) -> None:
        (folder / "data").symlink_to(self.binary.parent / "data")
        classes = self.job.options["classes"]
        (folder / "net.names").write_text("".join(f"{i}\n" for i in range(classes)))
        (folder / "net.data").write_text(f"classes = {classes}\nnames = net.names\n")

    def _start(self, commands: int, answers: int, *words: str) -> subprocess.Popen[bytes]:
        files = [self.job.files["cfg"], self.job.files["weights"]]
        command = [str(self.binary), "detector", "test", "net.data", *files, *words, "-dont_show"]
        environment = {**os.environ, "OMP_NUM_THREADS": str(self.job.threads)}
        return subprocess.Popen(command, stdin=commands, stdout=answers, stderr=subprocess.DEVNULL,
                                cwd=self.folder.name, env=environment)  # fmt: skip

    def _answer(self) -> bytes:
        """What the binary prints up to its next prompt."""
        told = b""
        while not told.endswith(PROMPT):
            more = os.read(self.process.stdout.fileno(), 1 << 16)
            if not more:
                raise OSError(f"{self.binary} ended: {told[-200:].decode('utf-8', 'replace')}")
            told += more
        return told

    def forward(self) -> bytes:
        self.process.stdin.write(self.job.image.encode() + b"\n")
        self.process.stdin.flush()
        return self._answer()

    def run(self) -> float:
        found = re.search(rb"Predicted in ([\d.]+) milli-seconds", self.forward())
        if found is None:
            raise OSError(f"{self.binary} prints no time for {self.job.image}")
        return float(found.group(1)) / 1e3

    def peak(self) -> float:
        return peak_mb(self.process.pid)

    def heads(self) -> dict[str, np.ndarray]:
        """Boxes, from a process of their own: the list is complete when it ends.  None of random weights: too many."""
        if not self.job.options["boxes"]:
            return {}
        self._start(subprocess.DEVNULL, subprocess.DEVNULL, self.job.image, "-out", "boxes.json").wait()
        told = json.loads((Path(self.folder.name) / "boxes.json").read_text("utf-8"))
        rows = [(o["class_id"], o["confidence"], *o["relative_coordinates"].values()) for o in told[0]["objects"]]
        return {"boxes": np.array(rows).reshape(-1, 6)}

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()
        self.folder.cleanup()


ENGINE = Darknet
