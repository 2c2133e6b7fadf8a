"""A service as it is: HTTP in this process, a worker in another, for the tests that ask it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from darknet_py.serve import Settings, start_workers
from darknet_py.store import Model

SOON = 60.0


@contextlib.contextmanager
def serving(models: Mapping[str, Model], settings: Settings, **told: Any) -> Iterator[tuple[str, Any]]:
    """Where it answers, HOST:PORT, and its FastAPI app; ``told``: fields of HttpSettings."""
    from darknet_py.serve.app import make_app
    from darknet_py.serve.http_settings import HttpSettings
    from darknet_py.serve.server import Server, listening

    http = HttpSettings(**{"port": 0, "grace": 2.0, **told})
    socket, made, there = listening(http.address, http.port), [], threading.Event()

    async def serve() -> None:
        try:
            workers = await start_workers(models, settings)
            app = make_app(workers, http)
            made.extend([Server(app, http), app])
        finally:
            there.set()
        await made[0].serve([socket])
        await workers.close(1)

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert there.wait(SOON)
    assert made, "it did not start"
    try:
        yield f"{http.address}:{socket.getsockname()[1]}", made[1].app
    finally:
        made[0].end()
        thread.join(SOON)
        assert not thread.is_alive()
