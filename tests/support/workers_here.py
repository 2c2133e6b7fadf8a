"""Workers of a service that compute in this process: what they answer is real, and they need no start."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from stand_in_workers import SECONDS, StandIn

from darknet_py.errors import DarknetError
from darknet_py.serve import Settings
from darknet_py.serve.jobs import Answer, Job, Refusal
from darknet_py.serve.models import loaded
from darknet_py.serve.seeing import KINDS, Stages
from darknet_py.serve.worker import _refusal
from darknet_py.store import Model


class WorkersHere(StandIn):
    """``jobs``: those that came.  ``refusals``: raised in place of answers, the next one first."""

    def __init__(self, models: Mapping[str, Model], **settings: Any) -> None:
        super().__init__()
        told = Settings(threads=1, **settings)
        self.seers = {name: loaded(name, model, told, lambda: None) for name, model in models.items()}
        self.models = {name: seer.facts for name, seer in self.seers.items()}
        self.nets = {name: seer.turns.net for name, seer in self.seers.items()}
        self.refusals = list[Refusal]()

    async def ask(self, job: Job, seconds: float) -> Answer:
        self.jobs.append(job)
        if self.refusals:
            raise self.refusals.pop(0)
        return await asyncio.to_thread(self._seen, job)

    def _seen(self, job: Job) -> Answer:
        try:
            return Answer(KINDS[job.kind](self.seers[job.model], job, Stages()), SECONDS)
        except DarknetError as e:
            told = _refusal(e)
            raise told if isinstance(told, Refusal) else Refusal(422, str(told)) from e

    async def load(self, name: str) -> None:
        if name not in self.models:
            raise Refusal(404, f"there is no model {name}")

    unload = load
