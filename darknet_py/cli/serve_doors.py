"""Who may come to a service: flags of its port, and what must not stand open."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .._support.words import reason
from ..errors import DarknetError
from .demo_outputs import LOCALHOST
from .flags import hosts, integer, switch, valued

__all__ = ["DoorOptions"]

ANY = "*"
TOKEN = re.compile(r"[!-~]{8,200}")
NO_TOKEN = "a token has 8 to 200 letters, digits and signs, and no spaces"
ORIGIN = re.compile(r"https?://[^/\s]+/?|null|\*", re.IGNORECASE)


def _token(text: str) -> str:
    if not TOKEN.fullmatch(text):
        raise ValueError(NO_TOKEN)
    return text


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _hosts(text: str) -> list[str]:
    return hosts(",".join(name for name in _names(text) if name != ANY)) + [ANY] * (ANY in _names(text))


def _origins(text: str) -> list[str]:
    for origin in _names(text):
        if not ORIGIN.fullmatch(origin):
            raise ValueError("not where pages are from, as in https://example.org")
    return [origin.lower().rstrip("/") for origin in _names(text)]  # as browsers send them


@dataclass(frozen=True)
class DoorOptions:
    """Where a service is, and for whom."""

    port: int = valued("8000 if not given; 0: any free one", "PORT", integer("a port from 0 to 65535", 0, 65535), 8000)
    bind: str = valued(f"the address, {LOCALHOST} (this machine alone) if not given; 0.0.0.0: everyone", "ADDRESS", str,
                       LOCALHOST)  # fmt: skip
    token: str | None = valued("what clients must send, as Authorization: Bearer TOKEN; this machine's users see it here",
                               "TOKEN", _token)  # fmt: skip
    token_file: str | None = valued("the file that holds the token", "FILE", str)
    insecure: bool = switch("serve other machines without a token")
    allow_host: Sequence[str] = valued("other names that clients call this machine; *: any", "NAME[,NAME]", _hosts, ())
    allow_origin: Sequence[str] = valued("pages of other servers that may use this one; *: any", "ORIGIN[,ORIGIN]", _origins,
                                         ())  # fmt: skip

    allow_urls: bool = switch("get pictures from addresses of the internet that requests name")
    allow_private_urls: bool = switch("and from those of the own network, which its machines may not expect")

    def __post_init__(self) -> None:
        """Raises ValueError for flags that exclude each other, and for a door that stands open."""
        given = [f"-{name}" for name, value in (("token", self.token), ("token_file", self.token_file),
                                                ("insecure", self.insecure)) if value]  # fmt: skip
        if given[1:]:
            raise ValueError(f"{' and '.join(given)} exclude each other")
        if not given and not self.alone:
            raise ValueError(f"-bind {self.bind} lets other machines use this service: give clients a token with "
                             "-token_file FILE, or say -insecure if all of them may")  # fmt: skip

    @property
    def alone(self) -> bool:
        """Whether no other machine can come."""
        try:
            return ipaddress.ip_address(self.bind).is_loopback
        except ValueError:
            return self.bind.lower() == "localhost"

    @property
    def secret(self) -> str:
        """The token, "" for none.  Raises DarknetError for a file that holds none."""
        if not self.token_file:
            return self.token or ""
        try:
            text = Path(self.token_file).read_text("utf-8").strip()
        except (OSError, ValueError) as e:
            why = reason(e) if isinstance(e, OSError) else "it is no text"
            raise DarknetError(f"-token_file {self.token_file}: cannot be read ({why})") from e
        if not TOKEN.fullmatch(text):
            raise DarknetError(f"-token_file {self.token_file}: {NO_TOKEN}")
        return text
