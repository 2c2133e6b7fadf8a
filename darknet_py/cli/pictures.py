"""Pictures, one after the other, through a network: what ``detect`` and ``detector test`` share.

C: detector.c test_detector
"""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .. import feed, output
from ..boxes.table import Boxes
from ..errors import PATH, ImageError, OutputError, printable
from ..files.lists import streamed
from ..image import Fit, Planes, Reading, Size, enough_memory
from ..network import Network
from ..store import Model
from .loading import class_names, head_lines, load
from .options import PictureOptions
from .picture_files import Out, Pictures, Targets
from .progress import Progress, progress
from .stopping import reporting

__all__ = ["pictures_from", "prompted", "run_pictures"]


def prompted(quiet: bool) -> Iterator[str]:
    """Paths from stdin, one a line, each after a prompt; empty lines are passed over."""
    source = streamed(sys.stdin)
    while True:
        if not quiet:
            print("Enter Image Path: ", end="", flush=True)
        path = next(source, None)
        if path is None:
            return
        if path:
            yield path


def pictures_from(
    net: Network, paths: Sequence[str] | None, fits: feed.Fits, how: Reading, quiet: bool
) -> Generator[tuple[str, feed.Loaded | ImageError]]:
    """The pictures by path, loaded ahead; None: as their paths come in on stdin, after a prompt if not ``quiet``."""
    if paths is not None:
        with closing(feed.loaded(net, paths, fits, how)) as source:
            yield from zip(paths, source)
    else:
        for path in prompted(quiet):
            yield path, feed.load(net, path, fits, how)


def run_pictures(
    model: Model, words: Sequence[str], read: Sequence[str | Path | None], names: str | Path | None,
    options: PictureOptions, thresh: float, letter_box: bool,
) -> int:  # fmt: skip
    """Detect on every picture, print, draw, and write what the flags ask for; the exit code.

    ``words``: see ``Pictures``; ``read``: files that are read besides, ``names`` among them.
    A picture that fails is reported on stderr and in the formats, and does not stop the others.
    """
    pictures, failed, outs = Pictures(words, options, read), False, list[Out]()
    net = load(model, options.network, names, silent=options.bare)
    with reporting(files=lambda: [out.name for out in outs if out.name]), ExitStack() as stack:
        if (out := pictures.out()) is not None:
            outs.append(out)
            stack.callback(out.end)
        bar = stack.enter_context(progress(len(pictures.paths or [])))
        boxed = letter_box or None
        job = _Job(net, class_names(net, names), options, thresh, boxed, pictures, outs, bar)
        fits = _Whole if options.tile else partial(net.fit, letter_box=boxed)
        source = pictures_from(net, pictures.paths, fits, options.reading.reading(), options.network.quiet or options.bare)
        for frame_id, (path, loaded) in enumerate(stack.enter_context(closing(source)), 1):
            failed |= not job.done(frame_id, path, loaded)
            bar.step()
    return int(failed)


class _Whole(Fit):
    """A picture of its own size, as it is, for tiles."""

    def __init__(self, size: Size) -> None:
        super().__init__(size, size)

    def input(self, im: Planes) -> Planes:
        return im


@dataclass(frozen=True)
class _Job:
    """What to do with each picture; ``letter_box`` as in ``Network.detect``."""

    net: Network
    names: list[str]
    options: PictureOptions
    thresh: float
    letter_box: bool | None
    pictures: Pictures
    outs: list[Out]
    progress: Progress

    def done(self, frame_id: int, path: str, loaded: feed.Loaded | ImageError) -> bool:
        """Detect on a picture and write it up; whether that could be done.  Raises OutputError for -out."""
        try:
            targets = self.pictures.targets(path)
            if isinstance(loaded, ImageError):
                raise loaded
            with enough_memory(path):
                frame = self._detected(frame_id, loaded)
        except (ImageError, OutputError) as e:
            self.progress.complain(e)
            self._write(output.DetectedPicture(frame_id, path, 0, 0, Boxes.empty(len(self.names)), self.names, error=str(e)))
            return False
        self._write(frame)
        return self._saved(frame, loaded, targets)

    def _write(self, frame: output.DetectedPicture) -> None:
        with self.progress.aside():
            for out in self.outs:
                out.add(frame)

    def _detected(self, frame_id: int, loaded: feed.Loaded) -> output.DetectedPicture:
        """The boxes of a picture, printed."""
        rows, seconds = self._tiled(loaded, tile) if (tile := self.options.tile) else self._whole(loaded)
        frame = output.DetectedPicture(frame_id, loaded.path, *loaded.size, rows, self.names)
        if not self.options.bare:
            with self.progress.aside():
                self._print(frame, seconds, loaded)
        return frame

    def _whole(self, loaded: feed.Loaded) -> tuple[Boxes, float]:
        """The boxes, and the seconds that the network took."""
        start = time.perf_counter()
        outputs = self.net.predict(loaded.x)
        seconds = time.perf_counter() - start
        return self.net.rows(outputs, loaded.fit, self.thresh, self.options.nms), seconds

    def _tiled(self, loaded: feed.Loaded, tile: int) -> tuple[Boxes, float]:
        """The boxes of the picture and its tiles, and the seconds that it all took."""
        options, start = self.options, time.perf_counter()
        rows = self.net.tiled_rows(loaded.x, tile, options.overlap, self.thresh, options.nms, self.letter_box)
        return rows, time.perf_counter() - start

    def _print(self, frame: output.DetectedPicture, seconds: float, loaded: feed.Loaded) -> None:
        if not self.options.network.quiet:
            print(*head_lines(self.net.heads), sep="\n")
        print(f"{printable(frame.filename, PATH)}: Predicted in {seconds * 1000:f} milli-seconds.")
        size = frame.width, frame.height
        for line in output.detection_lines(frame.rows, self.names, self.thresh, *size, self.options.ext_output):
            print(line)
        if self.options.benchmark_layers:
            profile = self.net.profile(self.net.fitted(loaded.x, self.letter_box))
            print("", profile.table(), "", profile.sorted_table(), "", sep="\n")
        sys.stdout.flush()

    def _saved(self, frame: output.DetectedPicture, loaded: feed.Loaded, targets: Targets) -> bool:
        """Whether labels and the drawn picture could be written."""
        try:
            if targets.labels:
                output.save_labels(frame.filename, frame.rows, self.thresh)
            if targets.drawn:
                drawn = output.draw_detections(loaded.picture, frame.rows, self.names, self.thresh)
                output.save_picture(targets.drawn, drawn)
        except OutputError as e:
            self.progress.complain(e)
            return False
        return True
