"""What KServe's protocol tells of a server and its models, and the names that it has here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from .jobs import Facts

__all__ = [
    "BOXES", "DETECTIONS", "IMAGE", "INPUT", "SCORES", "VERSION", "IndexEntry", "Live", "ModelMetadata", "ModelReady",
    "Ready", "ServerMetadata", "config", "index", "metadata", "outputs_of",
]  # fmt: skip

INPUT = "input"
IMAGE = "image"
BOXES = "boxes"
SCORES = "scores"
DETECTIONS = "detections"
VERSION = "1"
PLATFORM = "darknet_py"
Tensors = dict[str, tuple[str, list[int]]]  # datatype, and the shape of one picture's, by name


class Live(BaseModel):
    live: bool


class Ready(BaseModel):
    ready: bool


class ModelReady(BaseModel):
    name: str
    ready: bool


class ServerMetadata(BaseModel):
    name: str
    version: str
    extensions: list[str]


class TensorMetadata(BaseModel):
    """``shape``: -1 stands for any number of pictures."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(BaseModel):
    """A request has one of the inputs; ``boxes`` and ``scores`` are there for both, ``detections`` for "image"."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class IndexEntry(BaseModel):
    name: str
    version: str
    state: str
    reason: str


def _inputs(facts: Facts) -> Tensors:
    tensor: Tensors = {INPUT: ("FP32", [facts.channels, facts.height, facts.width])} if facts.rows else {}
    return tensor | {IMAGE: ("BYTES", [1])}


def _outputs(facts: Facts) -> Tensors:
    shapes = {BOXES: ("FP32", [facts.rows, 4]), SCORES: ("FP32", [facts.rows, facts.classes]), DETECTIONS: ("BYTES", [1])}
    return {name: shapes[name] for name in outputs_of(facts, IMAGE)}


def outputs_of(facts: Facts, given: str) -> list[str]:
    """What there is for an input.  Trees of classes have no scores without a threshold."""
    return [BOXES, SCORES] * bool(facts.rows) + [DETECTIONS] * (given == IMAGE)


def metadata(facts: Facts) -> ModelMetadata:
    def told(tensors: Tensors) -> list[TensorMetadata]:
        return [TensorMetadata(name=name, datatype=kind, shape=[-1, *shape]) for name, (kind, shape) in tensors.items()]

    inputs, outputs = told(_inputs(facts)), told(_outputs(facts))
    return ModelMetadata(name=facts.name, versions=[VERSION], platform=PLATFORM, inputs=inputs, outputs=outputs)


def config(facts: Facts, most: int) -> dict[str, Any]:
    """A model's configuration as Triton has it; ``most``: pictures of a request."""

    def told(tensors: Tensors, **more: object) -> list[dict[str, Any]]:
        return [{"name": name, "data_type": f"TYPE_{kind.replace('BYTES', 'STRING')}", "dims": shape, **more}
                for name, (kind, shape) in tensors.items()]  # fmt: skip

    return {
        "name": facts.name, "platform": PLATFORM, "backend": PLATFORM, "max_batch_size": most,
        "input": told(_inputs(facts), optional=True), "output": told(_outputs(facts)),
    }  # fmt: skip


def index(models: Iterable[Facts]) -> list[IndexEntry]:
    return [IndexEntry(name=facts.name, version=VERSION, state="READY" if facts.ready else "UNAVAILABLE", reason="")
            for facts in models]  # fmt: skip
