"""``darknet_py import MODEL``: a trained model of PyTorch as Darknet's files."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from .. import cfg as cfgs
from .. import weights
from .._support.words import counted
from ..errors import PATH, printable
from ..import_ import Converted, Saved, convert, files_of, save
from .command import Command
from .facts import facts
from .flags import Size, choice, share, valued
from .guard import Guard
from .hints import here
from .options import encoding_flag, size_flag
from .weights_files import force_flag

__all__ = ["Options", "run"]


def _truth(text: str) -> bool:
    return choice("0", "1")(text) == "1"


@dataclass(frozen=True)
class Options(Command):
    name = "import"
    arguments = "MODEL"
    about = """Write a YOLO of PyTorch (.pt, .safetensors) as NAME.cfg, NAME.weights and NAME.names, for this program and for
    Darknet.  Models: Scaled-YOLOv4 (CSP, P5, P6, P7), PyTorch_YOLOv4, YOLOv7 (tiny, x too; in training or deploy form) and
    YOLOv3 of their authors' repositories; state dicts with their cfg; ONNX models of darknet_py export.
    PyTorch is not needed, and nothing that the file holds is run."""
    example = "darknet_py import best.pt -o cars"

    cfg: str | None = valued("the cfg that the model was built from, which a state dict needs", "FILE", str)
    o: str | None = valued("the name of the files; that of MODEL, in this folder, if not given", "NAME", str)
    size: Size | None = size_flag("width and height of the input in place of those that the model was made for")
    eps: float | None = valued("batch norm's epsilon of a state dict, in place of its family's", "EPS", share)
    new_coords: bool | None = valued("how heads of a state dict give boxes, 0 or 1, as in a cfg", "0|1", _truth)
    names: str | None = valued("class names, one a line, in place of those in MODEL", "FILE", str)
    names_encoding: str | None = encoding_flag()
    force: bool = force_flag()


def run(arguments: list[str], options: Options) -> int:
    model, *rest = arguments
    options.no_more(rest)
    names = cfgs.read_names(options.names, options.names_encoding) if options.names else []
    stem = options.o or Path(model).stem
    stem = f"{stem}{Path(model).stem}" if stem.endswith(("/", os.sep)) else stem
    guard = Guard(model, options.cfg, options.names)
    for file in files_of(stem, names):
        guard.new("-o", file, options.force)
    converted = convert(model, options.cfg, options.size, options.eps, options.new_coords)
    if names:
        converted = replace(converted, names=tuple(names))
    for file in files_of(stem, converted.names)[2:]:
        guard.new("-o", file, options.force)
    _tell(model, converted, save(converted, stem))
    return 0


def _tell(model: str, converted: Converted, saved: Saved) -> None:
    """What the model was, what its files are, and how to go on."""
    shown = [printable(file, PATH) for file in saved.files]
    print(f"{printable(model, PATH)}: {converted.family}")
    print(f"{shown[0]}: {facts(saved.graph)}")
    print(f"{shown[1]}: {weights.expected_size(saved.graph)} bytes")
    if converted.names:
        print(f"{shown[2]}: {counted(len(converted.names), 'name')}")
    else:
        print(f"no names of classes are in it: write {Path(shown[0]).with_suffix('.names')}, one a line")
    for note in converted.notes:
        print(note)
    print(here(f"now: darknet_py detect {' '.join(map(shlex.quote, shown[:2]))} PICTURE"))
