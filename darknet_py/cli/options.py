"""Flags that several commands have, and those of networks and of reading pictures; see picture_options too."""

from __future__ import annotations

import os
from dataclasses import dataclass

from .. import engines, image
from ..engine_api.options import NumericsName
from ..engine_api.spec import FORM
from ..errors import DarknetError
from ..files.names import check_encoding
from ..files.roles import FILES, role_of
from ..model_files import missing
from .flags import IDLE, Size, choice, count, idle, size, switch, valued
from .words import is_network

__all__ = [
    "STDOUT", "NetworkOptions", "ReadingOptions", "encoding_flag", "engine_flag", "fetch_flag", "maxpool_flag",
    "names_flag", "numerics_flag", "out_file", "recursive_flag", "size_flag", "threads_flag",
]  # fmt: skip

STDOUT = "-"


def encoding_flag() -> str | None:
    known = "gbk, big5, shift_jis, euc_kr, cp1251, latin-1 ..."
    return valued(f"of the class names, where it is not UTF-8: {known}", "NAME", check_encoding)


def numerics_flag() -> NumericsName:
    help = (
        "exact (default): Darknet's own bits; fast: equal within rounding; bf16: factors rounded to 8 bits, on processors "
        "with AVX512_BF16"
    )
    return valued(help, "exact|fast|bf16", choice("exact", "fast", "bf16"), "exact")


def _engine(text: str) -> str:
    try:
        engines.spec(text)
    except DarknetError as e:
        raise ValueError(e.message) from e
    return text


def engine_flag() -> str:
    help = (
        "what computes the network: native (default), onnxruntime, onnxruntime:cuda, :tensorrt ..., openvino, openvino:GPU "
        "...; fp16: in half precision; FILE.onnx: run in place of a model made from the weights"
    )
    return valued(help, FORM, _engine, "native")


def _network(text: str) -> str:
    """Raises ValueError, CfgError for what says no network."""
    role = role_of(text)
    if role in FILES or is_network(text) or (os.path.exists(text) and not role):  # such as pipes
        return text
    raise missing(text)


def size_flag(help: str = "width and height of the network's input in place of those of the cfg") -> Size | None:
    return valued(help, "WxH", size)


def threads_flag() -> int | None:
    return valued("how many threads, all cores if not given", "N", count)


def recursive_flag() -> bool:
    return switch("folders stand for the pictures in their folders too")


def maxpool_flag() -> bool:
    return switch("repeat the wrong max pool of Darknet's AVX build")


def fetch_flag() -> bool:
    return switch("download the weights of a built-in network where they are not here, without asking")


def names_flag() -> str | None:
    return valued("class names, one a line", "FILE", str)


@dataclass(frozen=True)
class NetworkOptions:
    """How a network is made, and what is said about it."""

    model: str | None = valued(
        "the network, in place of a word of the line: the name of a built-in one, a cfg, or what lies beside it", "NAME",
        _network, first=True,
    )  # fmt: skip
    fetch: bool = fetch_flag()
    names: str | None = names_flag()
    names_encoding: str | None = encoding_flag()
    numerics: NumericsName = numerics_flag()
    engine: str = engine_flag()
    size: Size | None = size_flag()
    threads: int | None = threads_flag()
    avx_maxpool: bool = maxpool_flag()
    show_layers: bool = switch("print the table of layers on stderr")
    quiet: bool = switch("print results only")
    dont_show: bool = switch(f"{IDLE}: no window is ever opened")
    i: object = idle("N", f"{IDLE}: there is no GPU to choose")

    @property
    def engine_model(self) -> str:
        """The file of the model that the engine runs in place of one made from the weights, or empty."""
        return engines.spec(self.engine).model


def out_file(text: str) -> str:
    """Standard output has one name."""
    return STDOUT if text in (STDOUT, "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1") else text


@dataclass(frozen=True)
class ReadingOptions:
    """How picture files are read."""

    exif: bool = switch("turn pictures upright as their EXIF orientation says; Darknet, and this without the flag, does not")
    no_exif: bool = switch("take pictures as they are stored, without the warning")
    max_pixels: int | None = valued(f"refuse pictures of more pixels, {image.MAX_PIXELS} if not given", "N", count)

    def __post_init__(self) -> None:
        """Raises ValueError for flags that exclude each other."""
        if self.exif and self.no_exif:
            raise ValueError("-exif and -no_exif exclude each other")

    def reading(self) -> image.Reading:
        """What they ask for, with a warning about EXIF that is given once."""
        chosen = self.exif or self.no_exif
        return image.Reading(self.exif if chosen else None, self.max_pixels, image.Told())
