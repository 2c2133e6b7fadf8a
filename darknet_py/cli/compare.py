"""``darknet_py compare cfg weights picture -against file``: where two runs of a network first differ, and why."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
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

NATIVE = "native"


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
             (pip install "darknet-runtime[compare]").
    -engine NAME computes the reference here and now, by another engine on the same input.
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
    engine = _engine(options)
    if not (options.against or options.save or engine):
        raise UsageError("nothing to compare with: give -against FILE or -engine NAME, or -save FILE to write one",
                         options.name)  # fmt: skip
    Guard(*model.files, picture, options.against).target("-save", options.save)
    if options.against:
        compare.kind(options.against)  # an error before anything is computed
    net = load(model, replace(options.network, engine=NATIVE), silent=True, detector=False)
    settings = compare.Settings(
        True if options.letter_box else None, options.thresh, options.reading.exif, options.entry, options.reading.max_pixels
    )
    code = 0
    if engine:
        code = _told(compare.with_engine(net, picture, engine, settings, options.tolerance), options)
    elif options.against:
        code = _told(compare.compare(net, picture, options.against, settings, options.tolerance), options)
    if options.save:
        _save(net, picture, options.save, settings, options)
    return code


def _engine(options: Options) -> str | None:
    """The engine that is compared with native, if any."""
    engine = options.network.engine
    if engine == NATIVE:
        return None
    if options.against or options.save:
        what = "-against names another" if options.against else "-save writes what native computes"
        raise UsageError(f"-engine {engine} is what native is compared with, and {what}; give one of both", options.name)
    compare.check_engine(engine)
    return engine


def _save(net: Network, picture: str, path: str, settings: compare.Settings, options: Options) -> None:
    compare.save(net, picture, path, settings)
    written = f"{printable(path, PATH)}: {len(net.graph.nodes)} layers, {Path(path).stat().st_size} bytes"
    print(written, file=sys.stderr if options.json else sys.stdout)


def _told(comparison: compare.Comparison, options: Options) -> int:
    text = comparison.verdict() if options.network.quiet else comparison.report()
    lines = (one_line(line, PATH) for line in text.split("\n"))
    print(json.dumps(comparison.data(), indent=1) if options.json else "\n".join(lines))
    return 0 if comparison.equal else 1
