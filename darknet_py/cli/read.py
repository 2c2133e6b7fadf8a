"""``darknet_py read picture ...``: characters in pictures, as lines of text."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from .. import feed, output
from ..boxes.detection import listed
from ..boxes.lines import THRESH, Line, read_lines, weakest
from ..errors import PATH, ImageError, OutputError, printable
from ..image import Reading, enough_memory
from ..results import Detections
from .asking import answers
from .command import Command
from .drawings import Drawings
from .flags import group, switch, threshold, valued
from .guard import Guard
from .loading import class_names, load
from .options import NetworkOptions, ReadingOptions, recursive_flag
from .picture_files import Asked, asked
from .picture_words import PictureWords
from .progress import progress
from .roles import OPTIONAL_NETWORK, network_and_pictures
from .seeing import Drawing, drawing, write_drawing
from .targets import Targets

__all__ = ["Options", "run"]


@dataclass(frozen=True)
class Options(Command):
    name = "read"
    arguments = f"{OPTIONAL_NETWORK} PICTURE ..."
    about = """Read characters in pictures and print them line by line, left to right, top to bottom: AB·1234, where · stands
    between groups.  With several pictures each line begins with its picture.  The network that comes along reads 0-9
    and A-Z; any other whose classes are named after characters may take its place."""
    example = "darknet_py read examples/plate.jpg"

    thresh: float = valued("least probability of a line's surest character, .6 if not given; the others need a third",
                           "P", threshold("thresh"), THRESH)  # fmt: skip
    json: bool = switch("print lines with boxes and probabilities as JSON, an object a picture")
    save_dir: str | None = valued("draw the lines into pictures in this folder", "FOLDER", str)
    recursive: bool = recursive_flag()
    reading: ReadingOptions = group(ReadingOptions)
    network: NetworkOptions = group(NetworkOptions)


def run(arguments: list[str], options: Options) -> int:
    model, words = network_and_pictures(arguments, options, options.network)
    if not words:
        raise options.wrong_usage()
    pictures, failed = PictureWords(words, options.recursive), False
    targets = _Targets(pictures, options.save_dir, Guard(*model.files, *words, *pictures.known))
    net = load(model, options.network, silent=True)
    see = _Seeing(options.thresh, class_names(net, model.names_file), options.reading.reading())
    source = answers(net, pictures, targets.ask, see, quiet=True, skip=targets.is_made)
    with progress(pictures.total, count=pictures.count) as bar, closing(source):
        for one, seen in source:
            try:
                if not isinstance(seen, _Seen):
                    raise seen
                with bar.aside(), enough_memory(one.path):
                    _print(one.path, seen.lines, options.json, not pictures.single)
                targets.check(one)
                write_drawing(one.targets.drawn, seen.drawing)
            except (ImageError, OutputError) as e:
                bar.complain(e)
                failed = True
            bar.step()
    return int(failed)


@dataclass(frozen=True)
class _Seen:
    """The lines in a picture, and its drawing."""

    lines: list[Line]
    drawing: Drawing


@dataclass(frozen=True)
class _Seeing:
    """Pictures are read, looked at and drawn on threads of their own."""

    thresh: float
    names: Sequence[str]
    how: Reading

    def __call__(self, turns: feed.Turns, one: Asked) -> _Seen | ImageError | OutputError:
        if one.error:
            return one.error
        looking = feed.Looking(weakest(self.thresh))
        try:
            with enough_memory(one.path):
                loaded = feed.load(turns.net, one.picture, looking.fits(turns.net), self.how, one.path)
                rows, _ = looking.rows(turns, loaded)
                lines = read_lines(Detections(listed(rows, looking.thresh, self.names), *loaded.size), self.thresh)
                return _Seen(lines, drawing(one.targets.drawn, lambda: output.draw_lines(loaded.bgr, lines)))
        except ImageError as e:
            return e


def _print(path: str, lines: Sequence[Line], as_json: bool, several: bool) -> None:
    if as_json:
        print(json.dumps({"filename": path, "lines": [output.line_data(line) for line in lines]}), flush=True)
    else:
        for line in lines:
            where = f"{printable(path, PATH)}: " if several else ""
            print(f"{where}{printable(line.text, PATH)}", flush=True)


class _Targets:
    """The file that each picture is drawn into, if there is a ``folder`` for them.  Raises OutputError."""

    def __init__(self, words: PictureWords, folder: str | None, guard: Guard) -> None:
        if folder:
            guard.folder(folder)
        self.drawings = Drawings(Path(folder), words, guard) if folder else None
        known = words.known if words.all_known and folder else ()
        self.planned = deque(self._next(picture) for picture in known)

    def ask(self, picture: str) -> Asked:
        try:
            return asked(picture, Targets(self.planned.popleft() if self.planned else self._next(picture)))
        except OutputError as e:
            return asked(picture, error=e)

    def check(self, one: Asked) -> None:
        """To be called before a picture's file is written."""
        if self.drawings:
            self.drawings.check(one.targets.drawn)

    def is_made(self, path: str) -> bool:
        return self.drawings is not None and self.drawings.is_made(path)

    def _next(self, picture: str) -> Path | None:
        return self.drawings.next(picture) if self.drawings else None
