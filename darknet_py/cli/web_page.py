"""``darknet_py export -web FOLDER``: the network as a page that runs in the browser."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .. import cfg, web, weights
from .._support.optional import installed
from ..errors import PATH, printable
from ..files.names import class_names
from ..files.pictures import expand
from ..graph import build
from ..store import Model
from .flags import Size, valued
from .guard import Guard
from .loading import named
from .model_form import FormOptions

__all__ = ["PageOptions", "write_page"]


@dataclass(frozen=True)
class PageOptions:
    """What a page needs beside the network."""

    web: str | None = valued(
        "write a page into this folder that runs the network in the browser; any web server of files can offer it; pictures "
        "on the line are its examples",
        "FOLDER", str,
    )  # fmt: skip
    runtime: str | None = valued(
        "-web: the archive of onnxruntime-web as npm pack saves it, for machines without the npm registry", "FILE.tgz", str
    )

    def check(self, file: str | None, model: FormOptions) -> None:
        """Raises ValueError for flags that say something else of a model than a page needs."""
        if not self.web:
            if self.runtime:
                raise ValueError("-runtime has no effect without -web FOLDER")
            return
        other_outputs = model.outputs not in ("heads", "boxes")
        others = {"o": file, "outputs": other_outputs, "batch": model.batch != 1, "max_det": model.max_det}
        if name := next((name for name, given in others.items() if given), None):
            raise ValueError(f"-{name} has no effect with -web, whose page has a model of its own; leave it out")


def write_page(
    source: Model, pictures: Sequence[str], size: Size | None, options: PageOptions, names_encoding: str | None,
    model: FormOptions,
) -> int:  # fmt: skip
    """Write a page with these examples into ``options.web``; of ``model`` only thresholds and ``fp16`` count."""
    folder = str(options.web)
    guard = Guard(*source.files, options.runtime, *pictures)
    guard.writes(f"-web {folder}", folder, "-web", "choose a folder")
    web.check(folder)
    examples = web.read_examples(expand(pictures))
    runtime = web.read_runtime(options.runtime) if options.runtime else None
    graph = build(cfg.read(source.cfg), size)
    names = named(class_names(source.names, graph.classes, names_encoding), graph.classes, source.names_file)
    how = {"thresh": web.first_thresh(names)} | model.page
    page = web.page_of(source.stem, graph, weights.load(graph, source.weights), names, examples=examples, **how)
    if runtime is None:
        with _bar() as report:
            runtime = web.fetch_runtime(report)
    written = web.write(folder, page, runtime)
    shown, size_of_all = printable(folder, PATH), sum(written.files.values())
    look = f"python3 -m http.server -d {shlex.quote(shown)}, then open http://localhost:8000"
    print(f"{shown}: {len(written.files)} files, {size_of_all} bytes; to look at it: {look}")
    return 0


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr, where that is a terminal and there is tqdm."""
    bars: list[Any] = []
    tqdm = installed("tqdm") if sys.stderr.isatty() else None

    def show(done: int, size: int) -> None:
        if tqdm and not bars:
            bars.append(tqdm.tqdm(desc=web.RUNTIME, total=size, initial=done, unit="B", unit_scale=True, leave=False))
        for bar in bars:
            bar.update(done - bar.n)

    try:
        yield show
    finally:
        for bar in bars:
            bar.close()
