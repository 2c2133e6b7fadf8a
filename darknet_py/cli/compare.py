"""``darknet_py compare cfg weights picture -against file``: where two runs of a network first differ, and why."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from .. import compare
from ..errors import PATH, one_line, printable
from ..network import Network
from .arguments import NETWORK, network_and_rest
from .command import Command, UsageError
from .flags import group, switch, valued
from .guard import Guard
from .loading import load
from .network_options import NetworkOptions
from .picture_options import ReadingOptions
from .values import threshold, within

__all__ = ["COMMAND", "run"]


@dataclass(frozen=True)
class Options:
    against: str | None = valued("the reference: .npz, .json or .onnx", "FILE", str)
    save: str | None = valued("write input, layers and boxes of this run as .npz, for -against elsewhere", "FILE", str)
    tolerance: float = valued(
        "how far apart values may be, in parts of the largest and in relative L2; "
        f"{compare.TOLERANCE:g} if not given", "T", within("a number from 0", 0), compare.TOLERANCE,
    )  # fmt: skip
    thresh: float = valued("least probability of boxes, .25 if not given", "P", threshold("thresh"), 0.25)
    letter_box: bool = switch("keep the proportions of the picture")
    entry: str | None = valued("the picture's filename in the JSON, where it is another one there", "NAME", str)
    json: bool = switch("print the comparison as JSON")
    reading: ReadingOptions = group(ReadingOptions)
    network: NetworkOptions = group(NetworkOptions)


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
    Options,
    least=2,
)  # fmt: skip


def run(arguments: list[str], options: Options) -> int:
    """The exit code.  Raises UsageError, DarknetError."""
    model, rest = network_and_rest(arguments, COMMAND)
    if not rest:
        raise COMMAND.wrong_usage()
    picture, *more = rest
    COMMAND.no_more(more)
    if not (options.against or options.save):
        raise UsageError("nothing to compare with: give -against FILE, or -save FILE to write one", COMMAND.name)
    names = options.network.names
    Guard(*model.files, picture, options.against, names).target("-save", options.save)
    if options.against:
        compare.kind(options.against)  # an error before anything is computed
    net = load(model, options.network, names, silent=True, detector=False)
    settings = compare.Settings(
        True if options.letter_box else None, options.thresh, options.reading.exif, options.entry, options.reading.max_pixels
    )
    code = _compare(net, picture, options.against, options, settings) if options.against else 0
    if options.save:
        compare.save(net, picture, options.save, settings)
        size = Path(options.save).stat().st_size
        written = f"{printable(options.save, PATH)}: {len(net.graph.nodes)} layers, {size} bytes"
        print(written, file=sys.stderr if options.json else sys.stdout)
    return code


def _compare(net: Network, picture: str, against: str, options: Options, settings: compare.Settings) -> int:
    comparison = compare.compare(net, picture, against, settings, options.tolerance)
    text = comparison.verdict() if options.network.quiet else comparison.report()
    lines = (one_line(line, PATH) for line in text.split("\n"))
    print(json.dumps(comparison.data(), indent=1) if options.json else "\n".join(lines))
    return 0 if comparison.equal else 1
