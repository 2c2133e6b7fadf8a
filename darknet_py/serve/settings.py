"""What a service's workers are told when they begin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .._support.machine import cpu_count
from ..boxes.thresholds import DETECT_THRESH, NMS
from ..engine_api.options import NumericsName
from ..image import Size

__all__ = ["Settings"]

A_CORE, LEAST_ROOM = 12, 24  # jobs
LOADERS = 4  # threads that read and list beside those in the network, as in ``feed``


@dataclass(frozen=True)
class Settings:
    """``workers``: processes; ``queue``: jobs that may be waiting or in work, None: as ``room`` says; ``queue_bytes``: of
    their pictures; ``max_batch``: pictures that the network gets at once, None: as many as suits the engine;
    ``max_wait_ms``: how long it waits for them; ``thresh``, ``nms``, ``letter_box``, ``exif``: where a job says nothing
    else; ``max_pixels``: of a picture.  The others are those of ``Network.load``; ``threads``: of all workers together.
    """

    workers: int = 1
    queue: int | None = None
    queue_bytes: int = 1 << 28
    max_batch: int | None = None
    max_wait_ms: float = 0.0
    thresh: float = DETECT_THRESH
    nms: float = NMS
    letter_box: bool | None = None
    exif: bool = False
    max_pixels: int | None = None
    numerics: NumericsName = "exact"
    engine: str = "native"
    size: Size | None = None
    threads: int | None = None
    avx_maxpool: bool = False
    names_encoding: str | None = None
    watch: bool = False

    @cached_property
    def cores(self) -> int:
        """Threads that compute in each worker."""
        return max(1, (self.threads or cpu_count()) // self.workers)

    @property
    def room(self) -> int:
        """Jobs that may be waiting or in work: so many for a core, that what is taken has its answer soon."""
        return self.queue or max(LEAST_ROOM, A_CORE * self.cores * self.workers)

    @cached_property
    def hands(self) -> int:
        """Jobs that each worker does at the same time: some are read while others are in the network."""
        return max(self.cores, self.max_batch or 1) + min(LOADERS, max(2, self.cores))

    def loading(self) -> dict[str, Any]:
        """The keywords of ``Network.load``."""
        return {
            "numerics": self.numerics, "engine": self.engine, "size": self.size, "threads": self.cores,
            "avx_maxpool": self.avx_maxpool, "names_encoding": self.names_encoding,
        }  # fmt: skip
