"""Pictures, one after the other, through a network: what ``detect`` and ``detector test`` share.

C: detector.c test_detector
"""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from .. import feed, output
from ..errors import PATH, ImageError, OutputError, printable
from ..files.lists import expand
from ..image import Planes
from ..layers.head import Boxes
from ..network import Network
from .arguments import check_overwriting
from .facts import head_lines
from .flags import Flag, choice, count, number, share
from .loading import EXIF, NETWORK_FLAGS, bare, class_names
from .progress import Progress, progress

__all__ = ["PICTURE_FLAGS", "Predictions", "pictures_from", "prompted", "run_pictures"]

NMS = 0.45


def _overlap(text: str) -> float:
    if (value := share(text)) == 1:
        raise ValueError("not below 1")
    return value


PICTURE_FLAGS = (
    Flag("ext_output", "print each box in pixels as well"),
    Flag("nms", f"largest overlap of two boxes of a class, {NMS} if not given; 0: keep all", "IOU", number, NMS),
    Flag("tile", "look for small objects too: in tiles of so many pixels a side, beside the whole picture", "N", count),
    Flag("overlap", "what neighbouring tiles share of a side, .2 if not given", "SHARE", _overlap, 0.2),
    Flag("out", "write all boxes into a file: Darknet's JSON, or what -format says", "FILE"),
    Flag("format", "what goes into -out or, without it, on stdout in place of the text; with -out FOLDER/ yolo writes a "
         "file a picture", "|".join(output.FORMATS), choice(*output.FORMATS)),
    Flag("save_labels", "write each picture's boxes as a label file where its labels belong"),
    Flag("save_dir", "the folder for drawn pictures, this one if not given", "FOLDER"),
    Flag("dont_draw", "draw no pictures"),
    Flag("benchmark_layers", "after each picture, print time, GFLOP/s and share of the machine's peak of every layer"),
    EXIF,
    *NETWORK_FLAGS,
)  # fmt: skip


def prompted(quiet: bool = False) -> Iterator[str]:
    """Paths from stdin, one a line, each after a prompt; empty lines are passed over."""
    while True:
        if not quiet:
            print("Enter Image Path: ", end="", flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        if path := line.rstrip("\r\n"):
            yield path


def pictures_from(
    net: Network, paths: Sequence[str] | None, fit: feed.Fit, flags: SimpleNamespace
) -> Generator[feed.Loaded | ImageError]:
    """The pictures, loaded ahead; None: as their paths come in on stdin."""
    if paths is not None:
        yield from feed.loaded(net, paths, fit, flags.exif)
    else:
        load = partial(feed.load, net, fit=fit, exif=flags.exif)
        yield from map(load, prompted(flags.quiet or bare(flags)))


@dataclass
class Predictions:
    """File names for drawn pictures: predictions.jpg for a single one, else predictions_<name>.jpg, never one twice."""

    single: bool
    used: set[str] = field(default_factory=set)

    def name(self, picture: str) -> str:
        stem = "predictions" if self.single else f"predictions_{Path(picture).stem}"
        return f"{output.unused(stem, self.used)}.jpg"


def run_pictures(net: Network, words: Sequence[str], flags: SimpleNamespace) -> int:
    """Detect on every picture, print, draw, and write what the flags ask for; the exit code.

    ``words``: pictures, folders and lists of them; none: stdin.  A picture that fails is reported on stderr and does not
    stop the others; ``frame_id`` counts it all the same.
    """
    pictures, failed = expand(words), False
    check_overwriting("out", flags.out, [*words, *pictures])
    with ExitStack() as stack:
        single = len(words) == 1 and pictures == list(words)
        job = _Job(
            net, class_names(net), flags, Predictions(single),
            _formats(flags, stack), stack.enter_context(progress(len(pictures))),
        )  # fmt: skip
        fit = _as_it_is if flags.tile else job.fitted
        source = stack.enter_context(closing(pictures_from(net, pictures if words else None, fit, flags)))
        for frame_id, loaded in enumerate(source, 1):
            failed |= not job.done(frame_id, loaded)
    return int(failed)


def _formats(flags: SimpleNamespace, stack: ExitStack) -> list[output.Format]:
    """What -out and -format ask for; ``stack`` makes it whole and closes it."""
    if flags.out and flags.format == "yolo" and (flags.out.endswith("/") or Path(flags.out).is_dir()):
        return [output.LabelFiles(flags.out)]
    if not flags.out and not flags.format:
        return []
    file = stack.enter_context(output.open_text(flags.out)) if flags.out else sys.stdout
    written = output.FORMATS[flags.format or "json"](file)
    stack.callback(written.end)
    return [written]


def _as_it_is(im: Planes) -> Planes:
    return im


@dataclass(frozen=True)
class _Job:
    """What to do with each picture."""

    net: Network
    names: list[str]
    flags: SimpleNamespace
    predictions: Predictions
    formats: list[output.Format]
    progress: Progress

    @property
    def letter_box(self) -> bool:
        return bool(self.flags.letter_box or self.net.letter_box)

    def fitted(self, im: Planes) -> Planes:
        """A picture as the network's input."""
        return self.net.fitted(im, self.letter_box)

    def done(self, frame_id: int, loaded: feed.Loaded | ImageError) -> bool:
        """Detect on a picture and write it up; whether that could be done."""
        try:
            if isinstance(loaded, ImageError):
                raise loaded
            self._detect(frame_id, loaded)
        except (ImageError, OutputError) as e:
            self.progress.complain(e)
            return False
        finally:
            self.progress.step()
        return True

    def _detect(self, frame_id: int, loaded: feed.Loaded) -> None:
        rows, seconds = self._tiled(loaded) if self.flags.tile else self._whole(loaded)
        frame = output.Frame(frame_id, loaded.path, *loaded.size, rows, self.names)
        with self.progress.aside():
            if not bare(self.flags):
                self._print(frame, seconds, loaded)
            for written in self.formats:
                written.add(frame)
        self._save(frame, loaded)

    def _whole(self, loaded: feed.Loaded) -> tuple[Boxes, float]:
        """The boxes, and the seconds that the network took."""
        start = time.perf_counter()
        outputs = self.net.predict(loaded.x)
        seconds = time.perf_counter() - start
        return self.net.rows(outputs, loaded.size, self.flags.thresh, self.flags.nms, self.letter_box), seconds

    def _tiled(self, loaded: feed.Loaded) -> tuple[Boxes, float]:
        """The boxes of the picture and its tiles, and the seconds that it all took."""
        flags, start = self.flags, time.perf_counter()
        rows = self.net.tiled_rows(loaded.x, flags.tile, flags.overlap, flags.thresh, flags.nms, self.letter_box)
        return rows, time.perf_counter() - start

    def _print(self, frame: output.Frame, seconds: float, loaded: feed.Loaded) -> None:
        if not self.flags.quiet:
            print(*head_lines(self.net.heads), sep="\n")
        print(f"{printable(frame.filename, PATH)}: Predicted in {seconds * 1000:f} milli-seconds.")
        size = frame.width, frame.height
        for line in output.detection_lines(frame.rows, self.names, self.flags.thresh, *size, self.flags.ext_output):
            print(line)
        if self.flags.benchmark_layers:
            profile = self.net.profile(self.fitted(loaded.x) if self.flags.tile else loaded.x)
            print("", profile.table(), "", profile.sorted_table(), "", sep="\n")
        sys.stdout.flush()

    def _save(self, frame: output.Frame, loaded: feed.Loaded) -> None:
        if self.flags.save_labels:
            output.save_labels(frame.filename, frame.rows, self.flags.thresh)
        if not self.flags.dont_draw:
            folder = output.make_folder(self.flags.save_dir or ".")
            drawn = output.draw_detections(loaded.picture, frame.rows, self.names, self.flags.thresh)
            output.save_picture(folder / self.predictions.name(frame.filename), drawn)
