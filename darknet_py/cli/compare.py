"""``darknet_py compare cfg weights picture -against file``: where two runs of a network first differ, and why."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from .. import compare
from ..errors import PATH, one_line, printable
from ..network import Network
from .command import Command, UsageError
from .flags import group, switch, threshold, valued, within
from .guard import Guard
from .loading import load
from .options import NetworkOptions, ReadingOptions
from .roles import NETWORK, network_and_rest

__all__ = ["Options", "run"]


@dataclass(frozen=True)
class Options(Command):
    name = "compare"
    arguments = f"{NETWORK} PICTURE -against FILE"
    about = """Run a network layer by layer beside a reference; name the first layer that differs, by how much, and why.
    FILE is what another run gave:
      .npz   arrays named input, layer_12 or 12 or out12 (what layer 12 gives), in12 (what it reads), boxes (n, 6):
             class, probability, centre x, y, width, height relative to the picture; any may be missing.  -save
             writes such a file.
      .json  what detector test -out writes, here or in Darknet; the picture is found by its filename.
      .onnx  a model of darknet_py export, or of another exporter: ONNX Runtime runs it on the same input
             (pip install darknet-runtime[compare]).
    Causes are tried, not guessed: resize and letterbox, colours and range, EXIF, max pool, numerics, batch norm,
    decoding, thresholds, suppression, the letterbox's inverse.  A layer "by itself" is computed from the reference's
    own values.  -quiet leaves the table out.
    Exit codes: 0 all agree within the tolerance, 1 they differ, 2 wrong usage."""
    example = "darknet_py compare cfg/yolov4-tiny.cfg yolov4-tiny.weights dog.png -against result.json"
    least = 2

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


def run(arguments: list[str], options: Options) -> int:
    model, rest = network_and_rest(arguments, options, options.network)
    if not rest:
        raise options.wrong_usage()
    picture, *more = rest
    options.no_more(more)
    if not (options.against or options.save):
        raise UsageError("nothing to compare with: give -against FILE, or -save FILE to write one", options.name)
    Guard(*model.files, picture, options.against).target("-save", options.save)
    if options.against:
        compare.kind(options.against)  # an error before anything is computed
    net = load(model, options.network, silent=True, detector=False)
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
