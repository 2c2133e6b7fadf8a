"""A service's workers in tests: a loop of their own, a small model, jobs for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import small_detector

from darknet_py import output
from darknet_py.serve import Job, Settings, start_workers
from darknet_py.store import Model

T = TypeVar("T")
SECONDS = 60  # in which whatever a test waits for must come


class Service:
    """Workers, and the loop that they live in."""

    def __init__(self, models: dict[str, Model], settings: Settings) -> None:
        self.loop = asyncio.new_event_loop()
        self.workers = self.run(start_workers(models, settings))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(work, SECONDS))

    def close(self) -> None:
        self.run(self.workers.close(1))
        self.loop.close()


@contextmanager
def workers_of(models: dict[str, Model], **settings: Any) -> Iterator[Service]:
    service = Service(models, Settings(**settings))
    try:
        yield service
    finally:
        service.close()


def model(folder: Path, name: str = "small") -> Model:
    """The small detector, in a folder."""
    cfg, weights = small_detector.write(folder, name=name)
    return Model(name, str(cfg), str(weights), ["cat", "dog"])


def jpeg(seed: int = 0, shape: tuple[int, ...] = (50, 70, 3)) -> bytes:
    return output.encoded(small_detector.picture(seed, shape), "x.jpg")


def job(data: bytes, kind: str = "detect", model: str = "small", **options: Any) -> Job:
    return Job(model, kind, data, options)


def slow_job() -> Job:
    """A picture that takes seconds, by thousands of tiles, and has few bytes."""
    return job(output.encoded(np.zeros((600, 800, 3), np.uint8), "x.jpg"), tile=8, overlap=0.5)
