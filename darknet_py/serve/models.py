"""A model as a worker holds it: its network, through which several threads send pictures, and what is told of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from .. import cfg, engines, feed, image, output
from ..errors import DarknetError
from ..layers import HEAD_NAMES
from ..network import Network
from ..store import Model
from . import candidates
from .gathering import Gathering
from .jobs import Facts, Job
from .seeing import KINDS, Seer, Stages
from .settings import Settings

__all__ = ["Alive", "loaded"]

Alive = Callable[[], None]
TOGETHER = 8  # pictures that engines other than the native one get at once, where they compute one at a time
SURE = 0.01  # least probability in the first pictures, so that there are boxes to suppress


def loaded(name: str, model: Model, settings: Settings, alive: Alive) -> Seer:
    """The model from its files, ready: whatever is compiled at first use has been used.

    Raises DarknetError, also for a network without boxes, or whose pictures have not its channels.
    """
    digest = _digest(model)
    net = Network.load(model.cfg, model.weights, names=model.names, **settings.loading())
    image.check_channels(net.graph.net.channels, net.graph.net.where)
    if not net.heads:
        raise DarknetError(f"{model.label}: no {HEAD_NAMES} layer, so there are no boxes to find")
    most = _most(net, settings)
    gathering = Gathering(net.compiled, settings.hands, most, settings.max_wait_ms / 1000, alive)
    names = [*net.names, *map(str, range(len(net.names), max(head.classes for _, head in net.heads)))]
    facts = _facts(name, net, names, digest, settings)
    seer = Seer(facts, feed.Turns(net.computed_by(gathering)), gathering, names, settings)
    _use(seer)
    return seer


def _most(net: Network, settings: Settings) -> int:
    """Pictures that are computed at once."""
    if settings.max_batch is not None:
        return settings.max_batch
    return 1 if net.compiled.batch > 1 or engines.spec(net.engine).name == "native" else TOGETHER


def _facts(name: str, net: Network, names: list[str], digest: str, settings: Settings) -> Facts:
    last = net.heads[-1][1]
    return Facts(
        name, net.width, net.height, net.graph.net.channels, tuple(names), net.resolve_letter_box(settings.letter_box),
        settings.numerics, net.engine, digest, settings.thresh, settings.nms, last.nms_kind, last.beta_nms,
        rows=candidates.count(net), classes=max(head.classes for _, head in net.heads),
    )  # fmt: skip


def _digest(model: Model) -> str:
    """SHA-256 of cfg and weights.  Raises DarknetError where they cannot be read."""
    made = hashlib.sha256()
    if not isinstance(model.cfg, str):
        made.update(cfg.written(model.cfg, {}).encode())
    for path in filter(Path.is_file, map(Path, model.files)):
        with path.open("rb") as file:
            while chunk := file.read(1 << 24):
                made.update(chunk)
    return made.hexdigest()


def _use(seer: Seer) -> None:
    """See a picture by as many threads as will, so that code and memory for all of them are there."""
    noise = np.random.default_rng(1).integers(0, 256, (96, 128, 3), dtype=np.uint8)
    picture = output.encoded(noise, "first.jpg")
    jobs = [Job(seer.facts.name, "detect", picture, {"thresh": SURE, "letter_box": bool(i % 2)})
            for i in range(2 * seer.gathering.batch)]  # fmt: skip
    with ThreadPoolExecutor(seer.gathering.batch) as pool:
        list(pool.map(lambda job: KINDS[job.kind](seer, job, Stages()), jobs))
