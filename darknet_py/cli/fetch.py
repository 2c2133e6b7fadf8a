"""``darknet_py fetch [name ...]``: published weights."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import store, zoo
from ..errors import PATH, FetchError, printable
from .command import Command, UsageError
from .flags import switch, valued
from .hints import here
from .others import nearest
from .stopping import reporting

__all__ = ["Options", "bar", "run"]


@dataclass(frozen=True)
class Options(Command):
    name = "fetch"
    arguments = "[NAME ...]"
    about = """
    Download published weights and verify them.  They go into weights/ of this folder if there is one, else into the
    user's data folder (DARKNET_PY_WEIGHTS), where detect NAME finds them.  A broken download is taken up again.
    Without names, and with -list: which there are, with their bytes and addresses, or where they lie already.
    Needs: pip install "darknet-runtime[fetch]"."""
    example = "darknet_py fetch yolov4-tiny yolov4-csp -o models"
    least = 0

    list: bool = switch("which weights there are")
    o: str | None = valued("the folder to put them into", "FOLDER", str)
    folder: str | None = valued("the same as -o", "FOLDER", str)
    mirror: str | None = valued(
        "a folder, or an http, https or file address of one, that has the same files, for machines without internet",
        "URL|PATH", str,
    )  # fmt: skip


def run(arguments: list[str], options: Options) -> int:
    entries = [_published(name) for name in dict.fromkeys(arguments)]
    if options.list or not arguments:
        for entry in entries or store.PUBLISHED.values():
            print(f"{entry.name:20s} {entry.size:11d}  {store.find(entry.file) or entry.address}")
        return 0
    store.need("requests", "filelock", "tqdm")
    chosen = options.o or options.folder
    folder = Path(chosen) if chosen else store.folder()
    fetched: list[bool] = []
    with reporting(lambda: f"{len(fetched)} of {len(entries)} files; what has come of the next one is kept"):
        for entry in entries:
            fetched.append(_fetch(entry, folder, options.mirror))
    return int(not all(fetched))


def _published(name: str) -> store.Published:
    if name in store.PUBLISHED:
        return store.PUBLISHED[name]
    if name in zoo.NETWORKS:
        raise UsageError(f"no weights are published for {name}", Options.name)
    raise UsageError(f"no weights {name}{nearest(name, store.PUBLISHED)}", Options.name)


def _fetch(entry: store.Published, folder: Path, mirror: str | None) -> bool:
    """Whether the weights are there now; what went wrong is said on stderr."""
    try:
        with bar(entry.name) as report:
            fetched = store.fetch(entry, folder, mirror, report)
    except FetchError as e:
        print(f"darknet_py: error: {here(str(e))}", file=sys.stderr)
        return False
    known = f"{entry.checksum.partition(':')[0]} as published" if entry.checksum else "no checksum is published"
    path, new = printable(fetched.path, PATH), "" if fetched.new else "already there, "
    print(f"{path}: {new}{entry.size} bytes, {known}", flush=True)
    return True


@contextmanager
def bar(name: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr, where that is a terminal; called with bytes that are there, and of all."""
    bars: list[Any] = []

    def show(done: int, size: int) -> None:
        if not bars:
            from tqdm import tqdm

            bars.append(tqdm(desc=name, total=size, initial=done, unit="B", unit_scale=True, leave=False,
                             disable=not sys.stderr.isatty()))  # fmt: skip
        bars[0].update(done - bars[0].n)

    try:
        yield show
    finally:
        for bar in bars:
            bar.close()
