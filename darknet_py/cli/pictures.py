"""Pictures, one after the other, through a network: what ``detect`` and ``detector test`` share.

C: detector.c test_detector
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from .. import output
from .._support.words import counted
from ..boxes.table import Boxes
from ..boxes.thresholds import NMS
from ..errors import PATH, ImageError, OutputError, printable
from ..image import enough_memory
from ..network import Network
from ..store import Model
from .asking import answers
from .loading import class_names, head_lines, load
from .picture_files import Asked, Pictures
from .picture_options import PictureOptions
from .progress import Progress, progress
from .seeing import Seeing, Seen, write_drawing
from .stopping import finishing, reporting
from .targets import Out, Written, project

__all__ = ["DETECTOR", "Manner", "run_pictures"]


@dataclass(frozen=True)
class Manner:
    """What tells the reference's programs that look at pictures apart: suppression where no flag says another, its kind
    (None: as the last head says), the words for the seconds that the network took, the lines of boxes, and whether the cfg
    is read as for training."""

    nms: float
    nms_kind: str | None
    took: Callable[[float], str]
    lines: Callable[..., list[str]]
    as_training: bool = False


DETECTOR = Manner(NMS, None, lambda seconds: f"{seconds * 1000:f} milli-seconds", output.detection_lines)


def run_pictures(
    model: Model, words: Sequence[str], read: Sequence[str | None], options: PictureOptions, thresh: float,
    letter_box: bool | None, manner: Manner = DETECTOR,
) -> int:  # fmt: skip
    """Detect on every picture, print, draw, and write what the flags ask for; the exit code.

    ``letter_box``: None: as [net] says.  ``words``: see ``Pictures``; ``read``: files that are read besides.
    A picture that fails is reported on stderr and in the formats, and does not stop the others.
    """
    files, bare, failed = list[str](), options.out.bare, False
    with reporting(files=lambda: files), ExitStack() as stack:
        folder = stack.enter_context(project(options.folders))
        pictures = Pictures(words, options, read, folder)
        net = load(model, options.network, silent=bare, as_training=manner.as_training)
        names = class_names(net, model.names_file)
        looking = options.search.looking(names, thresh, letter_box, manner.nms, manner.nms_kind)
        if (out := pictures.written.out()) is not None:
            stack.callback(out.end)
        files += [str(folder)] if folder else []
        files += [out.name] if out and out.name and not options.folders.project else []
        bar = stack.enter_context(progress(pictures.words.total, count=pictures.words.count))
        seeing = Seeing(options.reading.reading(), looking, names, options)
        job = _Job(net, seeing, pictures.written, out, bar, manner)
        quiet, together = options.network.quiet or bare, not options.benchmark_layers
        source = answers(net, pictures.words, pictures.ask, seeing, quiet, together, pictures.written.drawings.is_made)
        for asked, seen in stack.enter_context(closing(source)):
            failed |= not job.done(asked, seen)
    if not options.network.quiet:
        _tell(folder, job.passed, options.out.out)
    return int(failed)


def _tell(folder: Path | None, passed: int, out: str | None) -> None:
    """Where results are that nobody could know of, and what was not done."""
    if passed:
        print(f"darknet_py: {counted(passed, 'picture')} passed over, which {printable(str(out), PATH)} holds",
              file=sys.stderr)  # fmt: skip
    if folder and folder.exists():
        print(f"darknet_py: written: {printable(str(folder), PATH)}", file=sys.stderr)


@dataclass
class _Job:
    """What to do with each picture that was seen; ``passed``: how many were passed over; ``numbered``: how many had a number
    when -out was begun, and left nothing there."""

    net: Network
    seeing: Seeing
    written: Written
    out: Out | None
    progress: Progress
    manner: Manner
    passed: int = 0
    numbered: int = 0

    def done(self, asked: Asked, seen: Seen | ImageError | OutputError | None) -> bool:
        """Print what was seen and write it up; whether that could be done.  Raises OutputError for -out."""
        if seen is None:
            self.passed += 1
            self.progress.skip()
            return True
        frame = self._told(self.written.first + self.progress.done - self.numbered, asked, seen)
        self.numbered += self.written.is_numbered(frame, self.passed)
        with self.out.whole() if self.out else finishing():
            saved = isinstance(seen, Seen) and not frame.error and self._saved(asked, seen)
            listed = self._listed(frame)
            self.progress.step()
        return saved and listed

    def _told(self, frame_id: int, asked: Asked, seen: Seen | ImageError | OutputError) -> output.DetectedPicture:
        """The picture, as it is to be written; what was seen, or went wrong, is told."""
        names = self.seeing.names
        try:
            if not isinstance(seen, Seen):
                raise seen
            frame = output.DetectedPicture(frame_id, asked.path, *seen.size, seen.rows, names)
            with enough_memory(asked.path):
                self._print(frame, seen)
        except (ImageError, OutputError) as e:
            self.progress.complain(e)
            return output.DetectedPicture(frame_id, asked.path, 0, 0, Boxes.empty(len(names)), names, error=str(e))
        return frame

    def _listed(self, frame: output.DetectedPicture) -> bool:
        """After all else of the picture: what is in -out is passed over when it goes on.  Whether that could be written.

        Raises OutputError where nothing more can be.
        """
        try:
            if self.out:
                with self.progress.aside():
                    self.out.format.add(frame)
        except output.LabelsThereError as e:
            self.progress.complain(e)
            return False
        return True

    def _print(self, frame: output.DetectedPicture, seen: Seen) -> None:
        if not self.seeing.options.out.bare:
            with self.progress.aside():
                self._print_lines(frame, seen)

    def _print_lines(self, frame: output.DetectedPicture, seen: Seen) -> None:
        options, looking = self.seeing.options, self.seeing.looking
        if not options.network.quiet:
            print(*(f"{line}\n" for line in head_lines(self.net.heads)), sep="", end="")
        print(f"{printable(frame.filename, PATH)}: Predicted in {self.manner.took(seen.seconds)}.")
        for line in self.manner.lines(frame.rows, frame.names, looking.thresh, *frame.size, options.ext_output):
            print(line)
        if seen.x is not None:
            profile = self.net.profile(self.net.fitted(seen.x, looking.letter_box))
            print("", profile.table(), "", profile.sorted_table(), "", sep="\n")
        sys.stdout.flush()

    def _saved(self, asked: Asked, seen: Seen) -> bool:
        """Whether labels and the drawn picture could be written."""
        try:
            targets, thresh = asked.targets, self.seeing.looking.thresh
            if targets.labels:
                output.save_labels(targets.labels, asked.path, seen.rows, thresh)
            self.written.drawings.check(targets.drawn)
            write_drawing(targets.drawn, seen.drawing)
            for name, crop in seen.crops:
                write_drawing(self.written.crop(name, asked.path), crop)
            if self.written.label_files:
                self.written.label_files.write(asked.path, seen.rows, thresh)
        except OutputError as e:
            self.progress.complain(e)
            return False
        return True
