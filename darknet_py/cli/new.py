"""``darknet_py new NETWORK``: a cfg for a user's own classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .. import cfg, weights, zoo
from ..errors import PATH, CfgError, printable
from ..files.text import read_text
from ..graph import build
from ..output.files import write_text
from ..zoo.datasets import data_text
from ..zoo.writer import Anchors, pairs
from .command import Command, UsageError
from .facts import facts
from .flags import Size, count, number, switch, valued
from .guard import Guard
from .options import encoding_flag, size_flag

__all__ = ["Options", "run"]


class _AnchorList(NamedTuple):
    """Anchors, and the words or the file that said so."""

    anchors: Anchors
    text: str


def _anchors(text: str) -> _AnchorList:
    """Those of ``10,14, 23,27``, or of a file that holds such a list."""
    path = Path(text)
    numbers = (read_text(path) if path.is_file() else text).replace(",", " ").split()
    try:
        sides = [round(float(n)) for n in numbers]
    except ValueError:
        sides = []
    if not sides or len(sides) % 2 or min(sides) < 1:
        raise ValueError("neither a file nor a list of widths and heights in pixels, as in 10,14,23,27")
    return _AnchorList(pairs(*sides), text)


@dataclass(frozen=True)
class Options(Command):
    name = "new"
    arguments = "NETWORK"
    about = (
        "Write a cfg for your own classes: filters, classes, masks, anchors and sizes fit each other.\n"
        f"Networks: {', '.join(zoo.NETWORKS)}."
    )
    example = "darknet_py new yolov4-p5 --classes 3 --names my.names --size 896 -o my.cfg"

    classes: int | None = valued("how many classes; the number of names, if not given", "N", count)
    names: str | None = valued(
        "class names, one a line; with -o, a .data file that points to them is written too", "FILE", str
    )
    names_encoding: str | None = encoding_flag()
    size: Size | None = size_flag("width and height of the input in place of the published ones")
    width_multiple: float = valued("all channels but those of the heads times this, in whole eights", "X", number, 1.0)
    anchors: _AnchorList | None = valued(
        "widths and heights in pixels of the input, the smallest first, or a file of them", "LIST|FILE", _anchors
    )
    o: str | None = valued("the file to write; stdout, if not given", "FILE", str)
    force: bool = switch("write over files that are there")


def run(arguments: list[str], options: Options) -> int:
    name, *rest = arguments
    if rest:
        raise UsageError(f"{rest[0]}: new takes one NETWORK", options.name)
    if name not in zoo.NETWORKS:
        raise UsageError(f"no network {name}; there are {', '.join(zoo.nearest(name))}", options.name)
    classes = _classes(options)
    text = zoo.write(name, classes, options.size, options.width_multiple, options.anchors and options.anchors.anchors)
    facts = _facts(text, options.o or name)
    if options.o is None:
        print(text, end="")
        return 0
    names = options.names or ""
    files = [Path(options.o), *([Path(options.o).with_suffix(".data")] if names else [])]
    _check(files, options)
    write_text(options.o, text)
    print(f"{printable(options.o, PATH)}: {facts}")
    for path in files[1:]:
        write_text(path, data_text(path.stem, classes, names, {}))
        where, names = printable(path, PATH), printable(names, PATH)
        print(f"{where}: names={names}; for training, put the lists of your pictures where train= and valid= say")
    return 0


def _check(files: Sequence[Path], options: Options) -> None:
    """Raises OutputError before anything is written."""
    guard = Guard(options.names, *([options.anchors.text] if options.anchors else []))
    for file, what in zip(files, ("-o", "the .data file")):
        guard.new(what, file, options.force)


def _classes(options: Options) -> int:
    """How many classes are wanted.  Raises CfgError when names are fewer or more, empty or not different."""
    if options.names is None:
        if options.classes is None:
            raise UsageError("needs -classes N, or -names FILE", Options.name)
        return options.classes
    names = cfg.read_names(options.names, options.names_encoding)
    for line, name in enumerate(names, 1):
        if not name.strip():
            raise CfgError(f"{options.names}:{line}: an empty line; it would be a class without a name")
        if name in names[: line - 1]:
            raise CfgError(f"{options.names}:{line}: {name} is there twice; a class has one line")
    if options.classes not in (None, len(names)):
        raise CfgError(f"{options.names}: {len(names)} names for -classes {options.classes}; each class has one line")
    return len(names)


def _facts(text: str, path: str) -> str:
    graph = build(cfg.parse(text, path))
    return f"{facts(graph)}; its weights have {weights.expected_size(graph)} bytes"
