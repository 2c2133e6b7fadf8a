"""What the HTTP side of a service asks of its workers, and what they answer: the seam between the two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..errors import DarknetError

__all__ = ["Answer", "Facts", "Job", "Refusal", "Workers"]


class Refusal(DarknetError):
    """Why a job is not done, as a status of HTTP and one line that may be shown: it holds no path of this machine.

    ``retry_after``: seconds after which it may be asked again, where that makes sense.
    """

    def __init__(self, status: int, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status, self.retry_after = status, retry_after

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.status, str(self), self.retry_after)


@dataclass(frozen=True)
class Job:
    """One picture and what is wanted of it.

    ``kind``: one of ``seeing.KINDS``.  ``data``: the picture's file; of "infer" the tensor's float32 bytes.  ``options``:
    the keywords of ``Network.detect`` that were given, and those of its kind.  ``frame_id`` (from 1) and ``filename``: as
    the answer's JSON has them.
    """

    model: str
    kind: str
    data: bytes
    options: Mapping[str, Any] = field(default_factory=dict)
    frame_id: int = 1
    filename: str = ""


@dataclass(frozen=True)
class Answer:
    """What was made of a job: bytes of the kind's own form.

    ``seconds``: of each stage: queue, decode, network (with the wait for its batch), boxes, encode.  ``batch``: how many
    pictures the network had at once.
    """

    body: bytes
    seconds: Mapping[str, float] = field(default_factory=dict)
    batch: int = 1


@dataclass(frozen=True)
class Facts:
    """What is told of a model.  ``digest``: SHA-256 of cfg and weights, which changes when the model is another one.

    ``rows``, ``classes``: boxes of a picture before suppression, and their scores; see ``candidates.count``.  ``ready``:
    whether a worker has the model, or may have it soon.
    """

    name: str
    width: int
    height: int
    channels: int
    names: Sequence[str]
    letter_box: bool
    numerics: str
    engine: str
    digest: str
    thresh: float
    nms: float
    nms_kind: str
    beta_nms: float
    rows: int = 0
    classes: int = 0
    ready: bool = True


class Workers(Protocol):
    """What the HTTP side knows of those who compute."""

    @property
    def models(self) -> Mapping[str, Facts]:
        """Those that take jobs, by name."""
        ...

    @property
    def ready(self) -> bool:
        """Whether a job would be taken now: a worker lives, and one of the models is ready."""
        ...

    @property
    def alive(self) -> int:
        """How many processes compute."""
        ...

    @property
    def deaths(self) -> int:
        """How many have ended though nobody wanted them to."""
        ...

    async def ask(self, job: Job, seconds: float) -> Answer:
        """What becomes of a job within ``seconds``.  Cancelling it, as when the client has left, frees its place.

        Raises Refusal: 404 no such model, 422 not a picture, 503 too many are waiting, no worker has the model, or ending;
        504 too late.
        """
        ...

    async def load(self, name: str) -> None:
        """Have the model anew from its files, beside the old one until then.  Raises DarknetError: the old one stays."""
        ...

    async def unload(self, name: str) -> None:
        """Take no more jobs for it, and drop it after the last one.  Raises Refusal for another name."""
        ...

    async def close(self, grace: float) -> None:
        """Take no more jobs, wait for those that are there for ``grace`` seconds at most, end the processes."""
        ...
