"""Workers of a service that compute on the thread that asks: networks as they are, without processes, queues, batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from darknet_py import Network, feed, output
from darknet_py.errors import DarknetError
from darknet_py.image import Reading
from darknet_py.serve import candidates
from darknet_py.serve.jobs import Answer, Facts, Job, Refusal

LOOKS = "thresh", "nms", "letter_box", "tile", "overlap"
SECONDS = {"queue": 0.001, "decode": 0.002, "network": 0.03, "boxes": 0.004, "encode": 0.0005}


def facts(name: str, net: Network, **changes: Any) -> Facts:
    """What is told of a network."""
    head = net.heads[-1][1]
    told = {"thresh": 0.24, "nms": 0.45, "nms_kind": head.nms_kind, "beta_nms": head.beta_nms, "digest": repr(net.names),
            "rows": candidates.count(net), "classes": head.classes}  # fmt: skip
    return Facts(name, net.width, net.height, 3, net.names, net.letter_box, "exact", "native", **{**told, **changes})


class SeeingWorkers:
    """``jobs``: those that came.  ``refusals``: raised in place of answers, the next one first."""

    def __init__(self, nets: Mapping[str, Network], **changes: Any) -> None:
        self.nets, self.changes = dict(nets), changes
        self.jobs, self.refusals, self.ready = list[Job](), list[Refusal](), True

    @property
    def models(self) -> dict[str, Facts]:
        return {name: facts(name, net, **self.changes) for name, net in self.nets.items()}

    async def ask(self, job: Job, seconds: float) -> Answer:
        self.jobs.append(job)
        if self.refusals:
            raise self.refusals.pop(0)
        try:
            return Answer(made(self.nets[job.model], job), SECONDS)
        except DarknetError as e:
            raise Refusal(422, str(e)) from e

    async def close(self, grace: float) -> None:
        self.ready = False


def made(net: Network, job: Job) -> bytes:
    """The body of an answer."""
    options = {name: value for name, value in job.options.items() if value is not None}
    chosen = {name: value for name, value in options.items() if name not in LOOKS and name != "exif"}
    looking = feed.Looking(**{name: options[name] for name in LOOKS if name in options}, selection=net.selection(**chosen))
    turns, reading = feed.Turns(net, several=False), Reading(bool(options.get("exif")))
    loaded = feed.load(net, job.data, looking.fits(net), reading, job.filename or "the picture")
    if job.kind == "candidates":
        return candidates.packed(looking.candidates(turns, loaded, looking.thresh)[1], loaded.size)
    rows, _ = looking.rows(turns, loaded)
    if job.kind == "png":
        return output.encoded(output.draw_detections(loaded.bgr, rows, net.names, looking.thresh), "picture.png")
    return output.frame_json(output.DetectedPicture(job.frame_id, job.filename, *loaded.size, rows, net.names)).encode()
