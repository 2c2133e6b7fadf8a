"""What all addresses do that have pictures computed: they find the model, ask the workers, count, and give times."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from .http_settings import HttpSettings
from .jobs import Answer, Job, Refusal, Workers
from .metrics import Metrics
from .request_context import RequestContext
from .requests import Asked

__all__ = ["Inference", "timing", "together"]

T = TypeVar("T")
AT_ONCE = 8  # pictures of a request
Failed = Callable[[int, str, str], str]
"""What stands for a picture that is none, of its number, its name and the reason."""


class Inference:
    """The workers, as what answers requests sees them."""

    def __init__(self, workers: Workers, settings: HttpSettings, metrics: Metrics) -> None:
        self.workers, self.settings, self.metrics = workers, settings, metrics

    def model(self, name: str) -> str:
        """The model that is meant.  Raises Refusal."""
        known = self.workers.models
        if name in known:
            return name
        if not name and len(known) == 1:
            return next(iter(known))
        if not name and not known:
            raise Refusal(503, "there is no model now; try again later", 1)
        there = f"there are {', '.join(known) or 'none'}"
        if name:
            raise Refusal(404, f"there is no model {name[:80]}; {there}")
        raise Refusal(422, f"say which model is meant, model=NAME; {there}")

    async def ask(self, job: Job) -> Answer:
        """What becomes of a job.  Raises Refusal."""
        with self.metrics.in_hand.track_inprogress():
            try:
                answer = await self.workers.ask(job, self.settings.timeout)
            except Refusal as e:
                self.metrics.refused.labels(job.model, str(e.status)).inc()
                raise
        self.metrics.of_answer(job.model, answer)
        return answer

    async def all(self, context: RequestContext, kind: str, asked: Asked, failed: Failed) -> Sequence[Answer]:
        """Of each picture.  Of several, ``failed`` stands for those that are none, if not all are.  Raises Refusal."""
        model = self.model(asked.model)
        jobs = [Job(model, kind, data, asked.options, i, name) for i, (name, data) in enumerate(asked.pictures, 1)]
        context.facts |= {"model": model, "pictures": len(jobs)}
        if len(jobs) == 1:
            answer = await self.ask(jobs[0])
            context.facts |= {f"{stage}_ms": round(seconds * 1000, 1) for stage, seconds in answer.seconds.items()}
            return [answer]
        try:
            tried = await asyncio.wait_for(together([partial(self._tried, job) for job in jobs]), self.settings.timeout)
        except asyncio.TimeoutError:
            raise Refusal(504, f"no answer within {self.settings.timeout:g} s") from None
        refused = [one for one in tried if isinstance(one, Refusal)]
        if len(refused) == len(tried):
            raise refused[0]
        return [one if isinstance(one, Answer) else Answer(failed(job.frame_id, job.filename, str(one)).encode())
                for job, one in zip(jobs, tried)]  # fmt: skip

    async def _tried(self, job: Job) -> Answer | Refusal:
        try:
            return await self.ask(job)
        except Refusal as e:
            if e.status != 422:
                raise
            return e


async def together(asked: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """What comes of all, of a few at the same time, so that many fit into the queue.  Where one raises, the others are
    cancelled."""
    places = asyncio.Semaphore(AT_ONCE)

    async def in_turn(one: Callable[[], Awaitable[T]]) -> T:
        async with places:
            return await one()

    tasks = [asyncio.ensure_future(in_turn(one)) for one in asked]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


def timing(seconds: Mapping[str, float]) -> str:
    """Times of stages as the header Server-Timing has them, in milliseconds."""
    return ", ".join(f"{stage};dur={value * 1000:.3f}" for stage, value in seconds.items())
