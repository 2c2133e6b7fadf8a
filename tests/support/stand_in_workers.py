"""Workers of a service that compute nothing, and a service with them on a port of this machine."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from darknet_py.serve.jobs import Answer, Facts, Job, Refusal

SOON, START = 20.0, 60.0
BROKEN, SLOW, CRASH = b"no picture", b"slow", b"crash"
SECONDS = {"queue": 0.001, "decode": 0.002, "network": 0.003, "boxes": 0.004, "encode": 0.005}


def facts(name: str = "small") -> Facts:
    return Facts(name, 64, 64, 3, ("cat", "dog"), False, "exact", "native", "0" * 64, 0.24, 0.45, "greedynms", 0.6)


class StandIn:
    """Of every picture it says how long its file is; BROKEN is no picture, SLOW takes until it is cancelled."""

    def __init__(self, *names: str) -> None:
        self.models = {name: facts(name) for name in names or ("small",)}
        self.ready = True
        self.alive, self.deaths = 1, 0
        self.jobs: list[Job] = []
        self.cancelled = 0

    async def ask(self, job: Job, seconds: float) -> Answer:
        self.jobs.append(job)
        if job.data == BROKEN:
            raise Refusal(422, f"{job.filename or 'the picture'}: no picture")
        if job.data == CRASH:
            raise RuntimeError("/a/path of a fault")
        if job.data == SLOW:
            try:
                await asyncio.sleep(seconds)
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
            raise Refusal(504, f"it took longer than {seconds:g} seconds")
        body = json.dumps({"frame_id": job.frame_id, "filename": job.filename, "bytes": len(job.data)})
        return Answer(body.encode(), SECONDS, 2)

    async def load(self, name: str) -> None:
        self.models = {**self.models, name: facts(name)}

    async def unload(self, name: str) -> None:
        if name not in self.models:
            raise Refusal(404, f"there is no model {name}")
        self.models = {other: known for other, known in self.models.items() if other != name}

    async def close(self, grace: float) -> None:
        self.ready = False


@contextlib.contextmanager
def service(*given: Any, **settings: Any) -> Iterator[str]:
    """Its address, until the block ends; see ``serving``."""
    with serving(*given, **settings) as server:
        yield server.url


@contextlib.contextmanager
def serving(
    workers: Any = None, streams: Mapping[str, Any] = MappingProxyType({}),
    begin: Callable[[], Awaitable[Any]] | None = None, **settings: Any,
) -> Iterator[Any]:  # fmt: skip
    """A Service with its ``url``, until the block ends; ``begin``: gives workers that are to be started in its loop."""
    from darknet_py.serve.http_settings import HttpSettings
    from darknet_py.serve.server import Service, listening

    async def there() -> Any:
        return workers or StandIn()

    told = HttpSettings(**{"port": 0, "grace": 2.0, **settings})
    socket = listening(told.address, told.port)
    server = Service(begin or there, told, streams)
    thread = threading.Thread(target=server.run, args=([socket],), daemon=True)
    thread.start()
    end = time.monotonic() + START
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < end, "it did not start"
        time.sleep(0.002)
    try:
        server.url = f"http://{told.address}:{socket.getsockname()[1]}"  # type: ignore[attr-defined]
        yield server
    finally:
        server.end()
        thread.join(SOON)
        assert not thread.is_alive()
