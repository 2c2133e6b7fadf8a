"""darknet_py beside other engines: time, memory and results on the same network, weights and picture.

    python benchmarks/peers.py [NAME | CFG] ... [--weights FOLDER] [--image FILE] [--darknet BINARY] [--venv FOLDER]
                               [--engines onnxruntime,openvino:CPU] [--csv FILE] [--plot FILE]

Each engine lives in a process of its own; they take turns of a few runs each, for several rounds, with the same number of
threads.  The time is that of the network alone on a loaded input: the median of each slice, and of those the least.
See README.md in this folder for what each figure means.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cases
import machine
import numpy as np
from compare import compare
from prepare import Files, Unavailable, create_venv
from report import BF16, FLOAT32, HALF, Row, ratios, table, verdict, write_csv
from turns import EngineError, EngineProcess, take_turns

from darknet_py import engines
from darknet_py.engine.native import executor
from darknet_py.errors import DarknetError

RUNS_BEFORE_PEAK = 5
VENV_MODULES = ("opencv", "onnxruntime", "openvino", "ncnn")


@dataclass(frozen=True)
class Contestant:
    """An engine as it is set up: ``module`` of engines/, ``forms`` of the network that it reads.

    ``kind``: how it computes; ratios are to peers of the same kind.
    ``variants``: other options whose peak memory is told too.
    """

    name: str
    module: str
    forms: tuple[str, ...]
    options: dict[str, Any] = field(default_factory=dict)
    peer: bool = True
    kind: str = FLOAT32
    variants: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def must_run(self) -> bool:
        """Whether there is no table without it; another one that cannot run stays in the table, with the reason."""
        return not self.peer and self.kind == FLOAT32 and "engine" not in self.options

    def row(self, network: str, **figures: Any) -> Row:
        """Its row in the table of a network."""
        return Row(network, self.name, peer=self.peer, kind=self.kind, **figures)


DARKNET_FORMS = ("cfg", "weights")
OURS = (
    Contestant("darknet_py exact", "darknet_py", DARKNET_FORMS, {"numerics": "exact", "check": True}, peer=False),
    Contestant("darknet_py fast", "darknet_py", DARKNET_FORMS, {"numerics": "fast", "check": False}, peer=False),
    Contestant("darknet_py bf16", "darknet_py", DARKNET_FORMS, {"numerics": "bf16", "check": False}, peer=False, kind=BF16),
)


def behind(engine: str) -> Contestant:
    """``Network.predict`` with another engine, ``engines.spec``'s."""
    options = {"numerics": "exact", "check": False, "engine": engine}
    return Contestant(f"darknet_py {engine}", "darknet_py", DARKNET_FORMS, options, peer=False,
                      kind=HALF if engines.spec(engine).fp16 else FLOAT32)  # fmt: skip


OPENVINO_FLOAT32 = {"form": "xml", "mmap": True, "precision": "f32"}
PEERS = {
    "darknet": Contestant("darknet", "darknet", DARKNET_FORMS),
    "opencv": Contestant("opencv", "opencv", ("cfg", "shifted")),
    "onnxruntime": Contestant("onnxruntime", "onnxruntime", ("onnx",)),
    "openvino": Contestant(
        "openvino", "openvino", ("xml", "onnx"), OPENVINO_FLOAT32,
        variants={"not mapped": {**OPENVINO_FLOAT32, "mmap": False}, "from ONNX": {**OPENVINO_FLOAT32, "form": "onnx"}},
    ),
    "openvino-bf16": Contestant("openvino-bf16", "openvino", ("xml",), {**OPENVINO_FLOAT32, "precision": "bf16"}, kind=BF16),
    "ncnn": Contestant("ncnn", "ncnn", ("param", "bin")),
}  # fmt: skip


@dataclass
class Bench:
    """Engines on one network."""

    args: argparse.Namespace
    files: Files
    python: Path | None

    def run(self) -> list[Row]:
        names = [name for name in self.args.peers if name != "darknet" or self.args.darknet]
        rows, processes, heads = {}, {}, {}
        for one in (*OURS, *map(behind, self.args.engines), *(PEERS[name] for name in names)):
            try:
                processes[one.name], rows[one.name], heads[one.name] = self._start(one)
            except (Unavailable, EngineError) as e:
                if one.must_run:
                    raise
                rows[one.name] = one.row(self.files.case.name, remark=str(e))
        times = take_turns(processes, self.args.rounds, self.args.seconds)
        for name, process in processes.items():
            process.close()
            figures = {"ms": min(times[name].medians), "least_ms": times[name].least}
            rows[name] = _compared(replace(rows[name], **figures), heads[name], heads[OURS[0].name])
        return ratios(list(rows.values()))

    def _start(self, one: Contestant) -> tuple[EngineProcess, Row, dict[str, np.ndarray]]:
        """A loaded engine after its five runs, its row so far, and its heads."""
        if not one.peer:
            self._process(one, one.options).close()  # compiles kernels that are not yet on disk
        process, peak = self._peak(one, one.options)
        told = np.load(process.ask("heads", str(self.files.folder / f"{one.name}.npz")))
        row = one.row(self.files.case.name, version=process.told["version"], rss_mb=peak, load_s=process.told["load"],
                      remark=self._variants(one))  # fmt: skip
        return process, row, dict(told)

    def _variants(self, one: Contestant) -> str:
        """Peak memory of a contestant's other options, as a remark."""
        texts = []
        for name, options in one.variants.items():
            process, peak = self._peak(one, options)
            process.close()
            texts.append(f"{peak:.0f} MB {name}")
        return ", ".join(texts)

    def _peak(self, one: Contestant, options: dict[str, Any]) -> tuple[EngineProcess, float]:
        process = self._process(one, options)
        process.ask("run", RUNS_BEFORE_PEAK, 0)
        return process, process.ask("peak")

    def _process(self, one: Contestant, options: dict[str, Any]) -> EngineProcess:
        if one.module in VENV_MODULES and self.python is None:
            raise Unavailable("needs --venv")
        python = self.python if one.module in VENV_MODULES else sys.executable
        common = {"binary": self.args.darknet, "classes": self._classes, "boxes": self.files.has_weights}
        job = {
            "files": {suffix: str(self.files.form(suffix)) for suffix in one.forms}, "input": str(self.files.input),
            "image": str(self.files.picture), "threads": self.args.threads, "options": {**common, **options},
        }  # fmt: skip
        return EngineProcess(str(python), one.module, job, self.files.folder)

    @property
    def _classes(self) -> int:
        return getattr(self.files.graph.nodes[self.files.graph.heads[-1]].layer, "classes", 0)


def _compared(row: Row, heads: dict[str, np.ndarray], reference: dict[str, np.ndarray]) -> Row:
    """The row with its difference from the reference."""
    difference, largest, remark = compare(heads, reference)
    texts = [text for text in (row.remark, remark) if text]
    return replace(row, difference=difference, largest=largest, remark="; ".join(texts))


def parse(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", default=list(cases.DEFAULT), metavar="NAME")
    parser.add_argument("--weights", type=Path, help="folder with NAME.weights; random weights without")
    parser.add_argument("--image", type=Path, help="a picture; random pixels without")
    parser.add_argument("--darknet", type=Path, metavar="BINARY", help="C Darknet, in its own folder")
    parser.add_argument("--venv", type=Path, help="environment of the peers; made if it does not exist")
    parser.add_argument("--peers", type=lambda text: [name for name in text.split(",") if name], default=list(PEERS),
                        help=f"of {','.join(PEERS)}")  # fmt: skip
    parser.add_argument("--engines", type=specs, default=[], metavar="NAME[:PROVIDER][,fp16],...",
                        help="also darknet_py with these engines behind Network, from the packages of this environment")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a slice")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=executor.cpu_count())
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--plot", type=Path, help="PNG; drawn in the peers' environment")
    args = parser.parse_args(words)
    unknown = [name for name in args.peers if name not in PEERS]
    if unknown:
        parser.error(f"--peers {','.join(unknown)}: known are {','.join(PEERS)}")
    if args.plot and not args.csv:
        parser.error("--plot draws the CSV; name one with --csv")
    if args.darknet:
        args.darknet = str(args.darknet.resolve())
    return args


def specs(text: str, known: Sequence[str] = ()) -> list[str]:
    """Engines with a comma between them, and before the fp16 or FILE.onnx of one; ``known``: other words."""
    found: list[str] = []
    for word in filter(None, text.split(",")):
        if found and (word == "fp16" or word.endswith(".onnx")):
            found[-1] += f",{word}"
        else:
            found.append(word)
    for engine in set(found).difference(known):
        try:
            engines.spec(engine)
        except DarknetError as e:
            raise argparse.ArgumentTypeError(str(e)) from e
    return found


def main() -> None:
    args = parse()
    python = create_venv(args.venv) if args.venv else None
    facts = {**machine.facts(), "threads": str(args.threads), "slices": f"{args.rounds} of {args.seconds:g} s an engine"}
    print("\n".join(f"{name}: {text}" for name, text in facts.items()))
    rows: list[Row] = []
    for name in args.networks:
        with tempfile.TemporaryDirectory() as folder:
            files = Files(cases.network(name), args.weights, args.image, python, Path(folder))
            rows += (mine := Bench(args, files, python).run())
        print("\n" + table(mine) + "\n" + verdict(mine), flush=True)
    if args.csv:
        write_csv(args.csv, rows, facts)
    if args.plot:
        plot = str(Path(__file__).with_name("plot.py"))
        subprocess.run([str(python or sys.executable), plot, str(args.csv), str(args.plot)], check=True)


if __name__ == "__main__":
    try:
        main()
    except (DarknetError, EngineError, subprocess.CalledProcessError) as e:
        sys.exit(f"peers.py: {e}")
