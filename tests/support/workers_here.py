"""Workers of a service that compute in this process: what they answer is real, and they need no start."""

from __future__ import annotations

import asyncio
from pathlib import Path

from service import model
from stand_in_workers import StandIn

from darknet_py.errors import DarknetError
from darknet_py.serve import Settings
from darknet_py.serve.jobs import Answer, Job, Refusal
from darknet_py.serve.models import loaded
from darknet_py.serve.seeing import KINDS, Stages
from darknet_py.serve.worker import _refusal


class WorkersHere(StandIn):
    """With the small detector, whose files are in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.seer = loaded("small", model(folder), Settings(threads=1), lambda: None)
        self.models = {"small": self.seer.facts}

    async def ask(self, job: Job, seconds: float) -> Answer:
        return await asyncio.to_thread(self._seen, job)

    def _seen(self, job: Job) -> Answer:
        stages = Stages()
        try:
            return Answer(KINDS[job.kind](self.seer, job, stages), stages.seconds)
        except DarknetError as e:
            told = _refusal(e)
            raise told if isinstance(told, Refusal) else Refusal(400, str(told)) from e

    async def load(self, name: str) -> None:
        if name not in self.models:
            raise Refusal(404, f"there is no model {name}")

    unload = load
