"""``darknet_py compare cfg weights picture -against file``: where two runs of a network first differ, and why."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

from .. import compare
from ..errors import PATH, one_line, printable
from ..network import Network
from .arguments import NETWORK, network_and_rest
from .flags import Command, Flag, UsageError, number, threshold
from .guard import Guard
from .loading import NETWORK_FLAGS, READING, load

__all__ = ["COMMAND", "run"]


def _tolerance(text: str) -> float:
    value = number(text)
    if value < 0:
        raise ValueError("not a number from 0")
    return value


COMMAND = Command(
    "compare",
    f"{NETWORK} PICTURE -against FILE",
    "Run a network layer by layer beside a reference; name the first layer that differs, by how much, and why.\n"
    "FILE is what another run gave:\n"
    "  .npz   arrays named input, layer_12 or 12 or out12 (what layer 12 gives), in12 (what it reads), boxes (n, 6):\n"
    "         class, probability, centre x, y, width, height relative to the picture; any may be missing.  -save\n"
    "         writes such a file.\n"
    "  .json  what detector test -out writes, here or in Darknet; the picture is found by its filename.\n"
    "  .onnx  a model of darknet_py export, or of another exporter: ONNX Runtime runs it on the same input\n"
    "         (pip install darknet-runtime[compare]).\n"
    "Causes are tried, not guessed: resize and letterbox, colours and range, EXIF, max pool, numerics, batch norm,\n"
    "decoding, thresholds, suppression, the letterbox's inverse.  A layer \"by itself\" is computed from the reference's\n"
    "own values.  -quiet leaves the table out.\n"
    "Exit codes: 0 all agree within the tolerance, 1 they differ, 2 wrong usage.",
    "darknet_py compare cfg/yolov4-tiny.cfg yolov4-tiny.weights dog.png -against result.json",
    (
        Flag("against", "the reference: .npz, .json or .onnx", "FILE"),
        Flag("save", "write input, layers and boxes of this run as .npz, for -against elsewhere", "FILE"),
        Flag("tolerance", "how far apart values may be, in parts of the largest and in relative L2; "
             f"{compare.TOLERANCE:g} if not given", "T", _tolerance, compare.TOLERANCE),
        Flag("thresh", "least probability of boxes, .25 if not given", "P", threshold("thresh"), 0.25),
        Flag("letter_box", "keep the proportions of the picture"),
        Flag("entry", "the picture's filename in the JSON, where it is another one there", "NAME"),
        Flag("json", "print the comparison as JSON"),
        *READING,
        *NETWORK_FLAGS,
    ),
    least=2,
)  # fmt: skip


def run(argv: Sequence[str]) -> int:
    """The command, without its name; the exit code.  Raises UsageError, DarknetError."""
    if (parsed := COMMAND.parse(argv)) is None:
        return 0
    arguments, flags = parsed
    model, rest = network_and_rest(arguments, COMMAND)
    if not rest:
        raise COMMAND.wrong_usage()
    picture, *more = rest
    COMMAND.no_more(more)
    if not (flags.against or flags.save):
        raise UsageError("nothing to compare with: give -against FILE, or -save FILE to write one", COMMAND.name)
    Guard(*model.files, picture, flags.against, flags.names).target("-save", flags.save)
    if flags.against:
        compare.kind(flags.against)  # an error before anything is computed
    net = load(model, flags.names, SimpleNamespace(**{**vars(flags), "quiet": True}), detector=False)
    settings = compare.Settings(True if flags.letter_box else None, flags.thresh, flags.exif, flags.entry, flags.max_pixels)
    code = _compare(net, picture, flags, settings) if flags.against else 0
    if flags.save:
        compare.save(net, picture, flags.save, settings)
        size = Path(flags.save).stat().st_size
        written = f"{printable(flags.save, PATH)}: {len(net.graph.nodes)} layers, {size} bytes"
        print(written, file=sys.stderr if flags.json else sys.stdout)
    return code


def _compare(net: Network, picture: str, flags: SimpleNamespace, settings: compare.Settings) -> int:
    comparison = compare.compare(net, picture, flags.against, settings, flags.tolerance)
    text = comparison.verdict() if flags.quiet else comparison.report()
    lines = (one_line(line, PATH) for line in text.split("\n"))
    print(json.dumps(comparison.data(), indent=1) if flags.json else "\n".join(lines))
    return 0 if comparison.equal else 1
