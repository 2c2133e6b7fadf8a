"""Questions to a service whose answers are known: those of ``darknet_py detect``."""

from __future__ import annotations

import json
import random
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from processes import command, environment
from service_clients import Reply, base64s, parts, post

PATH = "/v1/detect"


@dataclass(frozen=True)
class Question:
    """A good request, and the objects of each of its pictures."""

    request: bytes
    objects: list[Any]

    def answered_by(self, reply: Reply) -> bool:
        """Whether it has these objects, and nothing else."""
        try:
            return [frame["objects"] for frame in reply.json()] == self.objects
        except (ValueError, KeyError, TypeError):
            return False


def known(model: str, pictures: Sequence[Path]) -> list[Any]:
    """The objects of each picture, by ``darknet_py detect``."""
    cfg, weights, *names = model.split(",")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "known.json")
        line = command("detect", cfg, weights, *(("-names", *names) if names else ()), *pictures, "-dont_draw", "-quiet",
                       "-format", "json", "-out", out)  # fmt: skip
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL, env=environment())
        return [frame["objects"] for frame in json.loads(out.read_bytes())]


def questions(model: str, pictures: Sequence[Path]) -> list[Question]:
    """Each picture raw; some again as parts of a request of two, or of three as JSON."""
    data, objects = [path.read_bytes() for path in pictures], known(model, pictures)
    made = [Question(post(PATH, one), [found]) for one, found in zip(data, objects)]
    for i in range(0, len(data), 8):
        made.append(Question(parts(PATH, *data[i : i + 2]), objects[i : i + 2]))
        made.append(Question(base64s(PATH, *data[i : i + 3]), objects[i : i + 3]))
    random.Random(1).shuffle(made)
    return made
