"""What the HTTP side of a service is told: where it is, who may ask, and how much."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

__all__ = ["HttpSettings"]


@dataclass(frozen=True)
class HttpSettings:
    """``names``: those by which clients may call the server, beside its address; ``*``: any.  ``origins``: pages of other
    servers that may use it.  ``token``: what clients must know, empty: nothing.

    Sizes are in bytes, times in seconds.  ``max_body``: of a request; ``max_bodies``: of all that are there at a time;
    ``timeout``: for a body to come, and again for what is done with it; ``max_head``: of a request's line and headers,
    which must be there within ``head_timeout``; ``keep_alive``: how long a connection may be idle.
    ``fetch``, ``fetch_private``: whether pictures are got from addresses, and from those of the own network too.
    ``control``: whether clients may load and drop models.
    """

    address: str = "127.0.0.1"
    port: int = 8000
    names: Collection[str] = ()
    origins: Collection[str] = ()
    token: str = ""
    max_body: int = 32 << 20
    max_bodies: int = 512 << 20
    max_parts: int = 16
    max_connections: int = 1000
    max_head: int = 32 << 10
    timeout: float = 30.0
    head_timeout: float = 10.0
    keep_alive: int = 75
    grace: float = 30.0
    fetch: bool = False
    fetch_private: bool = False
    control: bool = False
