"""Engines times networks: how far boxes are from native's, and milliseconds a picture.

    python benchmarks/matrix.py FILE.csv [NAME | CFG] ... [--engines exact,fast,onnxruntime,openvino:CPU]
                                [--weights FOLDER] [--images FOLDER] [--only boxes|times] [--rounds 5]

Each engine lives in a process of its own behind ``Network``, as in peers.py.  Boxes are those of ``Network.detect`` in the
pictures of --images; the time is that of ``Network.predict`` on one picture, the least of the medians of slices in turn.
FILE.csv keeps what it has of other engines and networks, and of what is not measured now.  Weights are FOLDER/NAME.weights,
or random: boxes are compared where there are weights.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import cases
import machine
import numpy as np
from boxes import apart
from peers import specs
from prepare import Files
from turns import EngineError, EngineProcess, take_turns

from darknet_py.engine.native import executor

NUMERICS = ("exact", "fast", "bf16")  # native's
MODULES = {"web": "web_page"}  # of engines/, where it is not Network that is measured
DEFAULT = ["exact", "fast", "onnxruntime", "openvino:CPU"]
PARTS = ("boxes", "times")


@dataclass(frozen=True)
class Cell:
    """``difference``: the largest of native exact's and this engine's boxes, of a probability, or of a coordinate in parts
    of the picture.  ``lone``: boxes of one of both only, the most probable ``over`` the threshold.
    """

    network: str
    engine: str
    version: str = ""
    ms: float | None = None
    boxes: int | None = None
    difference: float | None = None
    lone: int | None = None
    over: float | None = None
    remark: str = ""


@dataclass(frozen=True)
class Bench:
    """One network; ``told`` takes what is found of an engine."""

    files: Files
    args: argparse.Namespace
    told: Callable[..., None]

    def boxes(self) -> None:
        pictures = [str(path.resolve()) for path in sorted(self.args.images.iterdir())]
        native = self._boxes("exact", pictures)
        for engine in self.args.engines:
            try:
                found = apart(native, self._boxes(engine, pictures))
            except EngineError as e:
                self.told(engine, remark=str(e))
            else:
                self.told(engine, boxes=found.boxes, difference=found.largest, lone=found.lone, over=found.over, remark="")

    def times(self) -> None:
        processes = {}
        for engine in self.args.engines:
            try:
                processes[engine] = self._process(engine)
            except EngineError as e:
                self.told(engine, remark=str(e))
        for process in processes.values():
            process.ask("run", 2, 0)
        for engine, times in take_turns(processes, self.args.rounds, self.args.seconds).items():
            processes[engine].close()
            self.told(engine, ms=min(times.medians), version=processes[engine].told["version"], remark="")

    def _boxes(self, engine: str, pictures: list[str]) -> list[np.ndarray]:
        """Of each picture."""
        process = self._process(engine, pictures=pictures)
        with np.load(process.ask("heads", str(self.files.folder / "boxes.npz"))) as found:
            rows = [found[f"boxes{i}"] for i in range(len(pictures))]
        process.close()
        return rows

    def _process(self, engine: str, **options: Any) -> EngineProcess:
        module = MODULES.get(engine, "darknet_py")
        numerics = {"numerics": engine} if engine in NUMERICS else {"numerics": "exact", "engine": engine}
        job = {
            "files": {suffix: str(self.files.form(suffix)) for suffix in ("cfg", "weights")},
            "input": str(self.files.input), "image": str(self.files.picture), "threads": self.args.threads,
            "options": {**numerics, "check": False, **options},
        }  # fmt: skip
        return EngineProcess(sys.executable, module, job, self.files.folder)


def read(file: Path) -> list[Cell]:
    """The cells of a file; none where there is no file."""
    if not file.exists():
        return []
    lines = (line for line in file.read_text("utf-8").splitlines() if not line.startswith("#"))
    return [_cell(row) for row in csv.DictReader(lines)]


def _cell(row: dict[str, str]) -> Cell:
    numbers: dict[str, Any] = {name: float(row[name]) if row[name] else None for name in ("ms", "difference", "over")}
    numbers |= {name: int(row[name]) if row[name] else None for name in ("boxes", "lone")}
    return Cell(**{**row, **numbers})


def write(file: Path, cells: Iterable[Cell], facts: dict[str, str]) -> None:
    """One line a cell, then a comment line for each fact."""
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, [field.name for field in fields(Cell)], lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: f"{v:.4g}" if isinstance(v, float) else v for k, v in asdict(cell).items()} for cell in cells)
        out.writelines(f"# {name}: {text}\n" for name, text in facts.items())


def parse(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, metavar="FILE.csv")
    parser.add_argument("networks", nargs="*", default=cases.DEFAULT, metavar="NAME")
    parser.add_argument("--engines", type=partial(specs, known=(*NUMERICS, *MODULES)), default=DEFAULT,
                        help=f"native's numerics, {', '.join(NUMERICS)}; engines behind Network; web, the page in Chromium")
    parser.add_argument("--weights", type=Path, help="folder with NAME.weights; random weights without")
    parser.add_argument("--images", type=Path, help="folder of pictures; without it no boxes")
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a slice")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=executor.cpu_count())
    return parser.parse_args(words)


def main() -> None:
    args = parse()
    facts = {**machine.facts(), "threads": str(args.threads)}
    cells = {(cell.network, cell.engine): cell for cell in read(args.file)}

    def told(network: str, engine: str, **figures: Any) -> None:
        cell = replace(cells.get((network, engine), Cell(network, engine)), **figures)
        cells[network, engine] = cell
        print(network, engine, *(f"{name}={value}" for name, value in figures.items() if value != ""), flush=True)
        write(args.file, cells.values(), facts)

    for name in args.networks:
        with tempfile.TemporaryDirectory() as folder:
            files = Files(cases.network(name), args.weights, None, None, Path(folder))
            bench = Bench(files, args, partial(told, files.case.name))
            if args.only != "times" and args.images and files.has_weights:
                bench.boxes()
            if args.only != "boxes":
                bench.times()


if __name__ == "__main__":
    main()
