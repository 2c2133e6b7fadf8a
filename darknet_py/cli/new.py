"""``darknet_py new NETWORK``: a cfg for a user's own classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

from .. import cfg, graph, weights, zoo
from ..errors import PATH, CfgError, printable
from ..files.text import read_text
from ..output.files import write_text
from ..zoo.datasets import data_text
from ..zoo.writer import Anchors, pairs
from .flags import NAMES_ENCODING, SIZE, Command, Flag, UsageError, count, number
from .guard import Guard

__all__ = ["COMMAND", "run"]


class _Given(NamedTuple):
    """Anchors, and the words or the file that said so."""

    anchors: Anchors
    text: str


def _anchors(text: str) -> _Given:
    """Those of ``10,14, 23,27``, or of a file that holds such a list."""
    path = Path(text)
    numbers = (read_text(path) if path.is_file() else text).replace(",", " ").split()
    try:
        sides = [round(float(n)) for n in numbers]
    except ValueError:
        sides = []
    if not sides or len(sides) % 2 or min(sides) < 1:
        raise ValueError("neither a file nor a list of widths and heights in pixels, as in 10,14,23,27")
    return _Given(pairs(*sides), text)


COMMAND = Command(
    "new",
    "NETWORK",
    "Write a cfg for your own classes: filters, classes, masks, anchors and sizes fit each other.\n"
    f"Networks: {', '.join(zoo.NETWORKS)}.",
    "darknet_py new yolov4-p5 --classes 3 --names my.names --size 896 -o my.cfg",
    (
        Flag("classes", "how many classes; the number of names, if not given", "N", count),
        Flag("names", "class names, one a line; with -o, a .data file that points to them is written too", "FILE"),
        NAMES_ENCODING,
        Flag(SIZE.name, "width and height of the input in place of the published ones", SIZE.value, SIZE.read),
        Flag("width_multiple", "all channels but those of the heads times this, in whole eights", "X", number, 1.0),
        Flag("anchors", "widths and heights in pixels of the input, the smallest first, or a file of them", "LIST|FILE",
             _anchors),
        Flag("o", "the file to write; stdout, if not given", "FILE"),
        Flag("force", "write over files that are there"),
    ),
    least=1,
)  # fmt: skip


def run(argv: Sequence[str]) -> int:
    """The command, without its name; the exit code.  Raises UsageError, DarknetError."""
    if (parsed := COMMAND.parse(argv)) is None:
        return 0
    (name, *rest), flags = parsed
    if rest:
        raise UsageError(f"{rest[0]}: new takes one NETWORK", COMMAND.name)
    if name not in zoo.NETWORKS:
        raise UsageError(f"no network {name}; there are {', '.join(zoo.nearest(name))}", COMMAND.name)
    classes = _classes(flags)
    text = zoo.write(name, classes, flags.size, flags.width_multiple, flags.anchors and flags.anchors.anchors)
    facts = _facts(text, flags.o or name)
    if flags.o is None:
        print(text, end="")
        return 0
    files = [Path(flags.o), *([Path(flags.o).with_suffix(".data")] if flags.names else [])]
    _check(files, flags)
    write_text(flags.o, text)
    print(f"{printable(flags.o, PATH)}: {facts}")
    for path in files[1:]:
        write_text(path, data_text(path.stem, classes, flags.names, {}))
        where, names = (printable(one, PATH) for one in (path, flags.names))
        print(f"{where}: names={names}; for training, put the lists of your pictures where train= and valid= say")
    return 0


def _check(files: Sequence[Path], flags: SimpleNamespace) -> None:
    """Raises OutputError, CfgError before anything is written."""
    guard = Guard(flags.names, *([flags.anchors.text] if flags.anchors else []))
    for file, what in zip(files, ("-o", "the .data file")):
        guard.target(what, file)
        if file.exists() and not flags.force:
            raise CfgError(f"{file}: is there already; choose another name with -o, or say -force to write over it")


def _classes(flags: SimpleNamespace) -> int:
    """How many classes are wanted.  Raises CfgError when names are fewer or more, empty or not different."""
    if flags.names is None:
        if flags.classes is None:
            raise UsageError("needs -classes N, or -names FILE", COMMAND.name)
        return int(flags.classes)
    names = cfg.read_names(flags.names, flags.names_encoding)
    for line, name in enumerate(names, 1):
        if not name.strip():
            raise CfgError(f"{flags.names}:{line}: an empty line; it would be a class without a name")
        if name in names[: line - 1]:
            raise CfgError(f"{flags.names}:{line}: {name} is there twice; a class has one line")
    if flags.classes not in (None, len(names)):
        raise CfgError(f"{flags.names}: {len(names)} names for -classes {flags.classes}; each class has one line")
    return len(names)


def _facts(text: str, path: str) -> str:
    network = graph.build(cfg.parse(text, path))
    net, heads = network.net, len(network.heads)
    return (f"{net.width}x{net.height}, {heads} heads, {graph.billions(network):.3f} BFLOPS; "
            f"its weights have {weights.expected_size(network)} bytes")  # fmt: skip
