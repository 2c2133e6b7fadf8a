"""Which command a line means: the first word that is neither a flag nor its value; of a family, the first two."""

from __future__ import annotations

from collections.abc import Sequence

from .._support.version import __version__
from ..errors import DarknetError
from . import layout
from .aliases import alias
from .command import UsageError
from .commands import COMMANDS, FAMILIES, WORDS, about, flags, module
from .hints import here
from .others import about_command, nearest

__all__ = ["run"]

HELP = "h", "help"
OTHERS = ("help COMMAND", "all about a command"), ("-h, --help", "this text"), ("--version", "the version")
ALONE = *HELP, "V", "version"
TRAINING = "training is not done here, only inference"
VALID = "it takes other parts or sizes of the pictures, which is not done here; there are classifier valid and valid10"
PREDICT = "the classes of pictures are told by classifier predict"
ABSENT = {
    "detector train": TRAINING,
    "classifier train": TRAINING,
    "yolo train": TRAINING,
    "yolo recall": "in Darknet it compares boxes in pixels with labels in parts of the picture, and finds none; "
                   "darknet_py detector recall takes these networks too",
    "yolo demo": "darknet_py detector demo takes these networks too",
    "classifier validcrop": VALID,
    "classifier validfull": VALID,
    "classifier validmulti": VALID,
    "classifier label": PREDICT,
    "classifier test": PREDICT,
    "classifier try": PREDICT,
    "classifier demo": "of videos only detectors tell, by detector demo; pictures are for classifier predict",
    "detector draw": "it paints into a picture what the network is to see there, by training and in a window, and neither "
                     "is done here; boxes are drawn by detector test",
}  # fmt: skip


def run(argv: Sequence[str]) -> int:
    """Run the command that a line means; the exit code.  Raises UsageError, DarknetError."""
    if argv[:1] == ["help"] and argv[1:]:
        argv = [*argv[1:], "-h"]
    word, rest = _first(argv)
    if word in FAMILIES:
        return _of_family(word, rest)
    if word in WORDS:
        return _call(word, rest)
    if not argv:
        raise UsageError(f"no command given; there are {', '.join(WORDS)}", "")
    if argv[0].lstrip("-") in HELP:
        print(_help())
        return 0
    if argv[0] == "-V" or argv[0].lstrip("-") == "version":
        print(f"darknet_py {__version__}")
        return 0
    answer = about_command(argv[0])
    there = nearest(argv[0], WORDS) or f"; there are {', '.join(WORDS)}"
    raise UsageError(f"no command {argv[0]}{f': {answer}' if answer else there}", "")


def _of_family(family: str, argv: Sequence[str]) -> int:
    members = FAMILIES[family]
    word, rest = _first(argv)
    if word in members:
        return _call(f"{family} {word}", rest)
    if absent := ABSENT.get(f"{family} {word}"):
        raise DarknetError(f"{family} {word}: {absent}")
    if not argv:
        raise UsageError(f"{family} needs a command: {', '.join(members)}", family)
    if argv[0].lstrip("-") not in HELP:
        raise UsageError(f"no command {family} {argv[0]}{nearest(argv[0], members)}", family)
    print(_family_help(family))
    return 0


def _call(name: str, argv: Sequence[str]) -> int:
    command = module(name)
    parsed = command.Options.parse(argv)
    return 0 if parsed is None else int(command.run(*parsed))


def _first(argv: Sequence[str]) -> tuple[str, list[str]]:
    """The first word that is neither a flag nor its value, "" where there is none, and all other words."""
    i = 0
    while i < len(argv) and argv[i].startswith("-") and argv[i] != "-":
        i += 2 if _takes_next(*argv[i : i + 2]) else 1
    return "".join(argv[i : i + 1]), [*argv[:i], *argv[i + 1 :]]


def _takes_next(word: str, following: str = "") -> bool:
    """Whether the word after a flag is its value; if only some commands have one, not where it is a command."""
    name = word.lstrip("-").replace("-", "_")
    if name in ALONE:
        return False
    found = (known.get(name) or alias(name, known) for known in map(flags, COMMANDS))
    valued = {bool(flag.value) for flag in found if flag}
    return True in valued and not (False in valued and following in WORDS)


def _help() -> str:
    wide = layout.width()
    parts = (
        "usage: darknet_py COMMAND ... [flags]", layout.prose("Darknet .cfg/.weights networks in Python.", wide),
        layout.rows(((word, about(word)) for word in WORDS), wide), layout.rows(OTHERS, wide),
        layout.command_line("darknet_py detect cfg/yolov4-tiny.cfg yolov4-tiny.weights dog.jpg", wide, "example: "),
    )  # fmt: skip
    return "\n\n".join(parts)


def _family_help(family: str) -> str:
    """Its commands; of a family of one, that one's help."""
    first = module(f"{family} {next(iter(FAMILIES[family]))}").Options
    if len(FAMILIES[family]) == 1:
        return str(first.help())
    wide = layout.width()
    parts = (
        layout.command_line(f"usage: darknet_py {family} COMMAND {first.arguments.split()[0]} ... [flags]", wide),
        layout.rows(FAMILIES[family].items(), wide),
        layout.prose(here(f"Each has its own help: darknet_py help {family} COMMAND"), wide),
        layout.command_line(first.example, wide, "example: "),
    )
    return "\n\n".join(parts)
