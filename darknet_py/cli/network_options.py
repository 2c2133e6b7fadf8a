"""The flags that say how a network is made; commands without the whole group have some of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..files.names import check_encoding
from .flags import IDLE, idle, switch, valued
from .values import Size, choice, count, size

if TYPE_CHECKING:
    from ..asked import Numerics

__all__ = ["NetworkOptions", "encoding_flag", "maxpool_flag", "numerics_flag", "size_flag", "threads_flag"]


def encoding_flag() -> str | None:
    known = "gbk, big5, shift_jis, euc_kr, cp1251, latin-1 ..."
    return valued(f"of the class names, where it is not UTF-8: {known}", "NAME", check_encoding)


def numerics_flag() -> Numerics:
    help = "exact (default): Darknet's own bits; fast: equal within rounding"
    return valued(help, "exact|fast", choice("exact", "fast"), "exact")


def size_flag(help: str = "width and height of the network's input in place of those of the cfg") -> Size | None:
    return valued(help, "WxH", size)


def threads_flag() -> int | None:
    return valued("how many threads, all cores if not given", "N", count)


def maxpool_flag() -> bool:
    return switch("repeat the wrong max pool of Darknet's AVX build")


@dataclass(frozen=True)
class NetworkOptions:
    """How a network is made, and what is said about it."""

    names: str | None = valued("class names, one a line", "FILE", str)
    names_encoding: str | None = encoding_flag()
    numerics: Numerics = numerics_flag()
    size: Size | None = size_flag()
    threads: int | None = threads_flag()
    avx_maxpool: bool = maxpool_flag()
    show_layers: bool = switch("print the table of layers on stderr")
    quiet: bool = switch("print results only")
    dont_show: bool = switch(f"{IDLE}: no window is ever opened")
    i: object = idle("N", f"{IDLE}: there is no GPU to choose")
