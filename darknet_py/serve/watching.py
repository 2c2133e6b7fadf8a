"""Models whose files change are loaded anew."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from ..errors import DarknetError
from ..store import Model

__all__ = ["signatures", "watch"]

SECONDS = 1.0
Signature: TypeAlias = tuple[tuple[int, int] | None, ...]
log = logging.getLogger("darknet_py")


def signatures(models: Mapping[str, Model]) -> dict[str, Signature]:
    """What tells whether a model's files have changed."""
    return {name: tuple(map(_signature, model.files)) for name, model in models.items()}


def _signature(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


async def watch(
    models: Mapping[str, Model], loaded: dict[str, Signature], load: Callable[[str], Awaitable[None]],
    served: Callable[[], Mapping[str, object]],
) -> None:  # fmt: skip
    """Load each of the ``served`` models whose files are others than those that were ``loaded``, once they stay the same
    for a while; what cannot be loaded is told, and the model stays what it is."""
    before = loaded
    while True:
        await asyncio.sleep(SECONDS)
        now = await asyncio.to_thread(signatures, models)
        for name in [n for n in served() if now[n] != loaded[n] and now[n] == before[n] and None not in now[n]]:
            loaded = {**loaded, name: now[name]}
            try:
                await load(name)
                log.info("%s: its files have changed; it was loaded anew", name)
            except DarknetError as e:
                log.error("%s: its files have changed, and cannot be loaded, so that the model stays as it was: %s", name, e)
        before = now
