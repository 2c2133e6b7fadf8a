"""Pictures, one after the other, through a network: what ``detect`` and ``detector test`` share.

C: detector.c test_detector
"""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from types import SimpleNamespace

from .. import feed, output
from ..errors import PATH, ImageError, OutputError, printable
from ..files.lists import streamed
from ..image import Planes, enough_memory
from ..layers.head import Boxes
from ..network import Network
from .facts import head_lines
from .flags import Flag, choice, count, share, threshold
from .loading import NETWORK_FLAGS, READING, bare, class_names, reading
from .picture_files import Out, Pictures, Targets, out_file
from .progress import Progress, progress
from .stopping import reporting

__all__ = ["PICTURE_FLAGS", "pictures_from", "prompted", "run_pictures"]

NMS = 0.45


def _overlap(text: str) -> float:
    if (value := share(text)) == 1:
        raise ValueError("not below 1")
    return value


PICTURE_FLAGS = (
    Flag("ext_output", "print each box in pixels as well"),
    Flag("nms", f"largest overlap of two boxes of a class, {NMS} if not given; 0: keep all", "IOU", threshold("nms"), NMS),
    Flag("tile", "look for small objects too: in tiles of so many pixels a side, beside the whole picture", "N", count),
    Flag("overlap", "what neighbouring tiles share of a side, .2 if not given", "SHARE", _overlap, 0.2),
    Flag("out", "write all boxes into a file, as its suffix says: .json (Darknet's), .jsonl, .csv; - is stdout, in place "
         "of the text", "FILE", out_file),
    Flag("format", "what goes into -out or, without it, on stdout in place of the text; with -out FOLDER/ yolo writes a "
         "file a picture", "|".join(output.FORMATS), choice(*output.FORMATS)),
    Flag("save_labels", "write each picture's boxes as a label file where its labels belong"),
    Flag("save_dir", "the folder for drawn pictures, this one if not given", "FOLDER"),
    Flag("dont_draw", "draw no pictures"),
    Flag("benchmark_layers", "after each picture, print time, GFLOP/s and share of the machine's peak of every layer"),
    *READING,
    *NETWORK_FLAGS,
)  # fmt: skip


def prompted(quiet: bool = False) -> Iterator[str]:
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
    net: Network, paths: Sequence[str] | None, fit: feed.Fit, flags: SimpleNamespace
) -> Generator[tuple[str, feed.Loaded | ImageError]]:
    """The pictures by path, loaded ahead; None: as their paths come in on stdin."""
    if paths is not None:
        with closing(feed.loaded(net, paths, fit, reading(flags))) as source:
            yield from zip(paths, source)
    else:
        for path in prompted(flags.quiet or bare(flags)):
            yield path, feed.load(net, path, fit, reading(flags))


def run_pictures(net: Network, pictures: Pictures, flags: SimpleNamespace) -> int:
    """Detect on every picture, print, draw, and write what the flags ask for; the exit code.

    A picture that fails is reported on stderr and in the formats, and does not stop the others.
    """
    failed, outs = False, list[Out]()
    with reporting(files=lambda: [out.name for out in outs if out.name]), ExitStack() as stack:
        if (out := pictures.out()) is not None:
            outs.append(out)
            stack.callback(out.end)
        bar = stack.enter_context(progress(len(pictures.paths or [])))
        job = _Job(net, class_names(net, flags.names), flags, pictures, outs, bar)
        fit = _as_it_is if flags.tile else job.fitted
        source = stack.enter_context(closing(pictures_from(net, pictures.paths, fit, flags)))
        for frame_id, (path, loaded) in enumerate(source, 1):
            failed |= not job.done(frame_id, path, loaded)
            bar.step()
    return int(failed)


def _as_it_is(im: Planes) -> Planes:
    return im


@dataclass(frozen=True)
class _Job:
    """What to do with each picture."""

    net: Network
    names: list[str]
    flags: SimpleNamespace
    pictures: Pictures
    outs: list[Out]
    progress: Progress

    @property
    def letter_box(self) -> bool:
        return bool(self.flags.letter_box or self.net.letter_box)

    def fitted(self, im: Planes) -> Planes:
        """A picture as the network's input."""
        return self.net.fitted(im, self.letter_box)

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
            self._write(output.Frame(frame_id, path, 0, 0, Boxes.empty(len(self.names)), self.names, error=str(e)))
            return False
        self._write(frame)
        return self._saved(frame, loaded, targets)

    def _write(self, frame: output.Frame) -> None:
        with self.progress.aside():
            for out in self.outs:
                out.add(frame)

    def _detected(self, frame_id: int, loaded: feed.Loaded) -> output.Frame:
        """The boxes of a picture, printed."""
        rows, seconds = self._tiled(loaded) if self.flags.tile else self._whole(loaded)
        frame = output.Frame(frame_id, loaded.path, *loaded.size, rows, self.names)
        if not bare(self.flags):
            with self.progress.aside():
                self._print(frame, seconds, loaded)
        return frame

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

    def _saved(self, frame: output.Frame, loaded: feed.Loaded, targets: Targets) -> bool:
        """Whether labels and the drawn picture could be written."""
        try:
            if targets.labels:
                output.save_labels(frame.filename, frame.rows, self.flags.thresh)
            if targets.drawn:
                drawn = output.draw_detections(loaded.picture, frame.rows, self.names, self.flags.thresh)
                output.save_picture(targets.drawn, drawn)
        except OutputError as e:
            self.progress.complain(e)
            return False
        return True
