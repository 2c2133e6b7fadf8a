"""Flags that several commands have, and groups of them."""

from __future__ import annotations

from dataclasses import dataclass

from .. import engines, image, output
from ..boxes.thresholds import NMS
from ..engine_api.options import NumericsName
from ..engine_api.spec import FORM
from ..errors import DarknetError
from ..files.names import check_encoding
from .flags import IDLE, Size, choice, count, group, idle, share, size, switch, threshold, valued

__all__ = [
    "STDOUT", "NetworkOptions", "PictureOptions", "ReadingOptions", "encoding_flag", "engine_flag", "maxpool_flag",
    "numerics_flag", "size_flag", "threads_flag",
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
    def model(self) -> str:
        """The file of the model that the engine runs in place of one made from the weights, or empty."""
        return engines.spec(self.engine).model


def _tile_share(text: str) -> float:
    if (value := share(text)) == 1:
        raise ValueError("not below 1")
    return value


def _out_file(text: str) -> str:
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


@dataclass(frozen=True)
class PictureOptions:
    """What is looked for in pictures, and where the results go."""

    ext_output: bool = switch("print each box in pixels as well")
    nms: float | None = valued(
        f"largest overlap of two boxes of a class, {NMS} if not given (yolo test: .4); 0: keep all", "IOU", threshold("nms")
    )
    tile: int | None = valued(
        "look for small objects too: in tiles of so many pixels a side, beside the whole picture", "N", count
    )
    overlap: float = valued("what neighbouring tiles share of a side, .2 if not given", "SHARE", _tile_share, 0.2)
    out: str | None = valued(
        "write all boxes into a file, as its suffix says: .json (Darknet's), .jsonl, .csv; - is stdout, in place of the "
        "text", "FILE", _out_file,
    )  # fmt: skip
    format: str | None = valued(
        "what goes into -out or, without it, on stdout in place of the text; with -out FOLDER/ yolo writes a file a "
        "picture", "|".join(output.FORMATS), choice(*output.FORMATS),
    )  # fmt: skip
    save_labels: bool = switch("write each picture's boxes as a label file where its labels belong")
    save_dir: str | None = valued("the folder for drawn pictures, this one if not given", "FOLDER", str)
    dont_draw: bool = switch("draw no pictures")
    benchmark_layers: bool = switch("after each picture, print time, GFLOP/s and share of the machine's peak of every layer")
    reading: ReadingOptions = group(ReadingOptions)
    network: NetworkOptions = group(NetworkOptions)

    @property
    def bare(self) -> bool:
        """Whether stdout takes results in a format, and nothing else."""
        return self.out == STDOUT or bool(self.format and not self.out)
