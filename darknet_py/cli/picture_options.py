"""Flags of commands that look for objects: what is looked for, how it is drawn, and what is written where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from .. import feed, output
from ..boxes.selection import Selection, selection
from ..boxes.thresholds import NMS
from ..drawing import Style
from ..drawing.marks import Colors, Form, Labels
from ..errors import DarknetError
from .flags import choice, count, group, share, switch, threshold, valued, within
from .options import STDOUT, NetworkOptions, ReadingOptions, out_file, recursive_flag

__all__ = ["FolderOptions", "OutOptions", "PictureOptions", "SearchOptions", "SelectionOptions", "StyleOptions"]

PROJECT = "runs"  # where none is named


@dataclass(frozen=True)
class SelectionOptions:
    """Which detections count."""

    classes: str | None = valued("look for these classes alone, by name or number", "CLASS[,CLASS]", str, several=True)
    skip_classes: str | None = valued("look for all classes but these", "CLASS[,CLASS]", str, several=True)
    max_det: int | None = valued("the N most probable detections of a picture alone", "N", count)
    agnostic_nms: bool = switch("boxes suppress each other whatever their class, and have but their best one")

    def __post_init__(self) -> None:
        """Raises ValueError for flags that exclude each other."""
        if self.classes is not None and self.skip_classes is not None:
            raise ValueError("-classes and -skip_classes exclude each other")

    def of(self, names: Sequence[str]) -> Selection:
        """Of a network whose classes have these names.  Raises DarknetError for one that there is not."""
        try:
            return selection(names, len(names), self.classes, self.skip_classes, self.max_det, self.agnostic_nms)
        except DarknetError as e:
            raise DarknetError(f"-{e.message}") from e


def _tile_share(text: str) -> float:
    if (value := share(text)) == 1:
        raise ValueError("not below 1")
    return value


@dataclass(frozen=True)
class SearchOptions:
    """Suppression, tiles, and which detections count."""

    nms: float | None = valued(
        f"largest overlap of two boxes of a class, {NMS} if not given (yolo test: .4); 0: keep all", "IOU", threshold("nms")
    )
    tile: int | None = valued(
        "look for small objects too: in tiles of so many pixels a side, beside the whole picture", "N", count
    )
    overlap: float = valued("what neighbouring tiles share of a side, .2 if not given", "SHARE", _tile_share, 0.2)
    selection: SelectionOptions = group(SelectionOptions)

    def __post_init__(self) -> None:
        """Raises ValueError for flags that exclude each other."""
        if self.nms == 0 and self.selection.agnostic_nms:
            raise ValueError("-agnostic_nms has no effect with -nms 0, which suppresses nothing; leave one of them out")

    def looking(
        self, names: Sequence[str], thresh: float, letter_box: bool | None, nms: float = NMS, nms_kind: str | None = None
    ) -> feed.Looking:
        """What is looked for; ``nms``: where no flag says another.  Raises DarknetError for classes that there are not."""
        nms = nms if self.nms is None else self.nms
        return feed.Looking(thresh, nms, letter_box, self.tile, self.overlap, nms_kind, self.selection.of(names))


@dataclass(frozen=True)
class StyleOptions:
    """How pictures are drawn; see ``drawing.Style``."""

    line_width: float | None = valued("of drawn boxes, in pixels; by the picture's size if not given", "PIXELS",
                                      within("a number of pixels from .1 to 1000", 0.1, 1000))  # fmt: skip
    labels: Labels = valued("at drawn boxes: none, class names, or names with probabilities (default)", "off|name|prob",
                            choice("off", "name", "prob"), "prob")  # fmt: skip
    style: Form = valued("boxes (default); or what is in them pixelated or blurred; or how sure the network is, as heat",
                         "box|pixelate|blur|heatmap", choice("box", "pixelate", "blur", "heatmap"), "box")  # fmt: skip
    colors: Colors = valued("such as eyes tell apart (default), or Darknet's", "distinct|c", choice("distinct", "c"),
                            "distinct")  # fmt: skip

    def check_unused(self, flag: str) -> None:
        """Raises ValueError where they say how to draw and a flag says not to."""
        if self != StyleOptions():
            raise ValueError(f"{flag} excludes -line_width, -labels, -style and -colors, which say how to draw")

    @property
    def made(self) -> Style:
        return Style(self.line_width, self.labels, self.colors, self.style)


@dataclass(frozen=True)
class OutOptions:
    """Boxes as data."""

    out: str | None = valued(
        "write all boxes into a file, as its suffix says: .json (Darknet's), .jsonl, .csv; - is stdout, in place of the "
        "text", "FILE", out_file,
    )  # fmt: skip
    format: str | None = valued(
        "what goes into -out or, without it, on stdout in place of the text; with -out FOLDER/ yolo writes a file a "
        "picture", "|".join(output.FORMATS), choice(*output.FORMATS),
    )  # fmt: skip
    append: bool = switch("put them behind those that are in -out already")
    resume: bool = switch("the same, and pass over the pictures that -out holds already")

    def __post_init__(self) -> None:
        """Raises ValueError for flags that exclude each other."""
        flag = "-resume" if self.resume else "-append"
        if self.continues and self.out in (None, STDOUT):
            raise ValueError(f"{flag} needs -out FILE, the file to go on with")
        if self.continues and self.format == "coco":
            raise ValueError(f"{flag} and -format coco exclude each other: a set cannot go on; use .jsonl, .json or .csv")

    @property
    def continues(self) -> bool:
        return self.append or self.resume

    @property
    def bare(self) -> bool:
        """Whether stdout takes results in a format, and nothing else."""
        return self.out == STDOUT or bool(self.format and not self.out)


def _name(text: str) -> str:
    if text in (".", "..") or PurePath(text).name != text:
        raise ValueError("not a name of a folder alone; -project says where that is")
    return text


@dataclass(frozen=True)
class FolderOptions:
    """Files that are written for each picture."""

    save_labels: bool = switch("write each picture's boxes as a label file where its labels belong")
    save_txt: bool = switch("write each picture's boxes as a label file into labels/ of -project or -save_dir")
    save_crop: bool = switch("write each box as a picture into crops/CLASS/ of -project or -save_dir")
    project: str | None = valued(
        f"put all that is written into a new folder of this one, {PROJECT} with -save_txt and -save_crop: "
        f"{PROJECT}/detect, {PROJECT}/detect2 ...", "FOLDER", str,
    )  # fmt: skip
    run_name: str | None = valued("the name of that folder, detect if not given", "NAME", _name)
    save_dir: str | None = valued("the folder for drawn pictures, this one if not given", "FOLDER", str)
    drawn: str = valued("what drawn pictures and crops are, jpg if not given", "jpg|png|bmp|webp|tif",
                        choice("jpg", "png", "bmp", "webp", "tif"), "jpg")  # fmt: skip
    dont_draw: bool = switch("draw no pictures")

    def __post_init__(self) -> None:
        """Raises ValueError for flags that exclude each other."""
        if self.project and self.save_dir:
            raise ValueError("-project and -save_dir exclude each other: each says where drawn pictures go")
        if self.project and self.save_labels:
            raise ValueError("-project takes all that is written, and -save_labels writes beside pictures: use -save_txt")
        if self.run_name and not self.parent:
            raise ValueError("-run_name names a folder of -project FOLDER, which is not given")

    @property
    def parent(self) -> str | None:
        """The folder that gets a new one, if there is to be one."""
        return self.project or (PROJECT if (self.save_txt or self.save_crop) and not self.save_dir else None)


@dataclass(frozen=True)
class PictureOptions:
    """What is looked for in pictures, and where the results go."""

    recursive: bool = recursive_flag()
    ext_output: bool = switch("print each box in pixels as well")
    search: SearchOptions = group(SearchOptions)
    out: OutOptions = group(OutOptions)
    folders: FolderOptions = group(FolderOptions)
    style: StyleOptions = group(StyleOptions)
    benchmark_layers: bool = switch("after each picture, print time, GFLOP/s and share of the machine's peak of every layer")
    reading: ReadingOptions = group(ReadingOptions)
    network: NetworkOptions = group(NetworkOptions)

    def __post_init__(self) -> None:
        """Raises ValueError for flags that exclude each other."""
        if self.folders.dont_draw:
            self.style.check_unused("-dont_draw")
        if self.folders.parent and self.out.continues:
            raise ValueError("-append and -resume go on with a file that is there, and -project, or -save_txt and "
                             "-save_crop without -save_dir, begin a new folder")  # fmt: skip
        if self.folders.project and self.out.out and (PurePath(self.out.out).anchor or ".." in PurePath(self.out.out).parts):
            raise ValueError(f"-project takes all that is written, so that -out is a name in it, not {self.out.out}")
