"""What is made of a picture, by kinds of jobs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import feed, output
from ..boxes.detection import listed
from ..boxes.lines import THRESH, read_lines, weakest
from ..boxes.selection import Selected
from ..boxes.table import Boxes
from ..boxes.thresholds import check_numbers
from ..image import Fit, Reading, enough_memory
from ..results import Detections
from .candidates import every_box, input_of, packed
from .gathering import Gathering
from .jobs import Facts, Job
from .settings import Settings

__all__ = ["KINDS", "Seer", "Stages"]

SELECTED = "classes", "skip_classes", "max_det", "agnostic_nms"
LOOKED = "thresh", "nms", "letter_box", "tile", "overlap"
LEAST = 0.05  # probability of a candidate
LOWEST = weakest(float(output.JSON_THRESH))  # threshold: below it are all boxes of a picture, and nothing that is told


@dataclass
class Stages:
    """Seconds of each stage of a job."""

    seconds: dict[str, float] = field(default_factory=dict)
    last: float = field(default_factory=time.perf_counter)

    def end(self, stage: str, others: float = 0.0) -> None:
        """Count what has passed since the last stage's end, but for ``others``, to a stage."""
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self.last - others
        self.last = now


@dataclass(frozen=True)
class Seer:
    """A model that is loaded: ``turns`` go through ``gathering``."""

    facts: Facts
    turns: feed.Turns
    gathering: Gathering
    names: list[str]
    settings: Settings

    def looking(self, options: Mapping[str, Any], **other: Any) -> feed.Looking:
        """What is looked for, not below ``LOWEST``.  Raises DarknetError for classes that there are not."""
        given = {name: value for name, value in options.items() if value is not None}
        selected: Selected = {name: given[name] for name in SELECTED if name in given}  # type: ignore[misc, assignment]
        usual: dict[str, Any] = {name: getattr(self.settings, name) for name in ("thresh", "nms", "letter_box")}
        asked = {name: given[name] for name in LOOKED if name in given}
        looks = {**usual, **asked, **other}
        check_numbers(thresh=looks["thresh"])
        looks["thresh"] = max(looks["thresh"], LOWEST)
        return feed.Looking(**looks, selection=self.turns.net.selection(**selected))

    def load(self, job: Job, looking: feed.Looking, stages: Stages) -> feed.Loaded:
        """The job's picture, which must be whole: who asks hears no warnings.  Raises ImageError."""
        how = Reading(bool(job.options.get("exif", self.settings.exif)), self.settings.max_pixels, whole=True)
        loaded = feed.load(self.turns.net, job.data, looking.fits(self.turns.net), how, _name(job))
        self.gathering.alive()
        stages.end("decode")
        return loaded


def detect(seer: Seer, job: Job, stages: Stages) -> bytes:
    """An object of ``detect -format json``."""
    looking = seer.looking(job.options)
    with enough_memory(_name(job)):
        loaded = seer.load(job, looking, stages)
        rows = _rows(seer, looking, loaded, stages)
    return _frame(seer, job, loaded, rows)


def infer(seer: Seer, job: Job, stages: Stages) -> bytes:
    """Every box for an input of the network, float32 (c, h, w), relative to it; see ``candidates.packed``."""
    net = seer.turns.net
    x, size = input_of(net, job.data), (net.width, net.height)
    stages.end("decode")
    outputs, _ = seer.turns.timed(net.outputs, x)
    stages.end("network")
    return packed(every_box(net, outputs, Fit(size, size)), size)


def infer_image(seer: Seer, job: Job, stages: Stages) -> bytes:
    """Every box of a picture, relative to it; see ``candidates.packed``; behind them what ``detect`` gives."""
    net, looking = seer.turns.net, seer.looking(job.options)
    with enough_memory(_name(job)):
        loaded = seer.load(job, looking, stages)
        outputs, _ = seer.turns.timed(net.outputs, loaded.x)
        stages.end("network")
        rows = net.rows(outputs, loaded.fit, looking.thresh, looking.nms, selection=looking.selection)
        return packed(every_box(net, outputs, loaded.fit), loaded.size, _frame(seer, job, loaded, rows))


def read(seer: Seer, job: Job, stages: Stages) -> bytes:
    """An object of ``read -json``."""
    given = job.options.get("thresh")
    thresh = THRESH if given is None else given
    looking = seer.looking(job.options, thresh=weakest(thresh))
    with enough_memory(_name(job)):
        loaded = seer.load(job, looking, stages)
        rows = _rows(seer, looking, loaded, stages)
    lines = read_lines(Detections(listed(rows, looking.thresh, seer.names), *loaded.size), thresh)
    return json.dumps({"filename": job.filename, "lines": [output.line_data(line) for line in lines]}).encode()


def _drawn(suffix: str) -> Callable[[Seer, Job, Stages], bytes]:
    def draw(seer: Seer, job: Job, stages: Stages) -> bytes:
        """The picture as a file, with its boxes."""
        looking = seer.looking(job.options)
        with enough_memory(_name(job)):
            loaded = seer.load(job, looking, stages)
            rows = _rows(seer, looking, loaded, stages)
            return output.encoded(output.draw_detections(loaded.bgr, rows, seer.names, looking.thresh), suffix)

    return draw


def candidates(seer: Seer, job: Job, stages: Stages) -> bytes:
    """All boxes above ``thresh`` before suppression; see ``candidates.packed``."""
    looking = seer.looking(job.options)
    with enough_memory(_name(job)):
        loaded = seer.load(job, looking, stages)
        _, every, seconds = looking.candidates(seer.turns, loaded, max(float(job.options.get("thresh", LEAST)), LOWEST))
    _network(stages, seconds)
    return packed(every.take(np.flatnonzero(every.probs.any(1))), loaded.size)


def _frame(seer: Seer, job: Job, loaded: feed.Loaded, rows: Boxes) -> bytes:
    frame = output.DetectedPicture(job.frame_id, job.filename, *loaded.size, rows, seer.names)
    return output.frame_json(frame).encode()


def _rows(seer: Seer, looking: feed.Looking, loaded: feed.Loaded, stages: Stages) -> Boxes:
    rows, seconds = looking.rows(seer.turns, loaded)
    _network(stages, seconds)
    return rows


def _network(stages: Stages, seconds: float) -> None:
    stages.end("boxes", seconds)
    stages.seconds["network"] = seconds


def _name(job: Job) -> str:
    """How messages call the picture."""
    return job.filename or "the picture"


KINDS: dict[str, Callable[[Seer, Job, Stages], bytes]] = {
    "detect": detect, "read": read, "png": _drawn("picture.png"), "jpeg": _drawn("picture.jpg"), "candidates": candidates,
    "infer": infer, "infer_image": infer_image,
}  # fmt: skip
"""Raises ImageError for what is no picture, DarknetError for wrong options."""
