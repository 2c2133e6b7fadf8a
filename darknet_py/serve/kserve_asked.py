"""A request of KServe's protocol as jobs for the workers, and their answers as its outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel, StrictBool, ValidationError

from . import candidates
from .errors import refusal_of
from .jobs import Answer, Facts, Job, Refusal
from .json_size import check_json
from .kserve_facts import BOXES, DETECTIONS, IMAGE, INPUT, VERSION, outputs_of
from .kserve_form import Output, body, files, floats
from .kserve_request import InferInput, InferOutput, InferRequest, RequestParameters
from .options import DetectOptions

__all__ = ["IndexRequest", "Wanted", "index_asked"]

MOST = 64  # values and names that an index is asked with
NOT_HERE = {"shared_memory_region": "shared memory", "classification": "classification"}


class IndexRequest(BaseModel):
    """``ready``: the models that take requests alone."""

    ready: StrictBool = False


def index_asked(data: bytes) -> IndexRequest:
    """What is asked of the index; no bytes ask for all.  Raises Refusal."""
    check_json(data, MOST, MOST)
    try:
        return IndexRequest.model_validate_json(data or b"{}")
    except ValidationError as e:
        raise refusal_of(e) from e


class Wanted:
    """What a request wants of a model; ``most``: pictures.  Raises Refusal for what the model does not take or give."""

    def __init__(self, facts: Facts, asked: InferRequest, most: int) -> None:
        self.facts, self.asked, self.given = facts, asked, _only_input(facts, asked)
        self.options = _options(asked.parameters, self.given.name)
        there = [name for name in outputs_of(facts, self.given.name) if name == DETECTIONS or "tile" not in self.options]
        self.outputs = _outputs(asked, there)
        self.count = _count(facts, self.given, most)

    def seconds(self, most: float) -> float:
        """How long an answer may take: ``timeout`` says it in microseconds."""
        asked = self.asked.parameters.timeout
        if asked < 0:
            raise Refusal(400, f"timeout is {asked!r:.40}; it is a number of microseconds")
        return min(most, asked / 1e6) if asked else most

    def jobs(self, raw: memoryview | None) -> list[Job]:
        """One for each picture."""
        given = self.given.model_copy()
        self.given.data = None  # which nobody needs any more
        if given.name == INPUT:
            kind, data = "infer", [picture.tobytes() for picture in floats(given, raw)]
        else:
            kind, data = "detect" if [*self.outputs] == [DETECTIONS] else "infer_image", files(given, raw)
        return [Job(self.facts.name, kind, each, self.options, i) for i, each in enumerate(data, 1)]

    def body(self, answers: Sequence[Answer]) -> tuple[bytes, int | None]:
        """The answer, and the length of its JSON where tensors follow it."""
        head: dict[str, Any] = {"model_name": self.facts.name, "model_version": VERSION}
        head |= {"id": self.asked.id} if self.asked.id else {}
        return body(head, [self._output(name, answers) for name in self.outputs])

    def _output(self, name: str, answers: Sequence[Answer]) -> Output:
        if [*self.outputs] == [DETECTIONS]:
            return Output(name, [self.count, 1], [answer.body for answer in answers], self.outputs[name])
        parts = [candidates.unpacked(answer.body) for answer in answers]
        if name == DETECTIONS:
            return Output(name, [self.count, 1], [text for _, _, text in parts], self.outputs[name])
        arrays = [boxes if name == BOXES else scores for boxes, scores, _ in parts]
        if len({array.shape for array in arrays}) > 1:
            raise Refusal(503, "the model was swapped meanwhile; send the request again", 1)
        both = np.stack(arrays)
        return Output(name, both.shape, both, self.outputs[name])


def _only_input(facts: Facts, asked: InferRequest) -> InferInput:
    known = [INPUT, IMAGE] if facts.rows else [IMAGE]
    given = asked.inputs[0]
    if len(asked.inputs) > 1 or given.name not in known:
        names = ", ".join(repr(each.name[:40]) for each in asked.inputs[:5])
        raise Refusal(400, f"the inputs are {names}; this model takes one of {', '.join(known)}")
    _check_parameters(given)
    return given


def _check_parameters(tensor: InferInput | InferOutput) -> None:
    for name, what in NOT_HERE.items():
        if getattr(tensor.parameters, name, None):
            raise Refusal(400, f"{tensor.name[:40]!r}: there is no {what} here; send and take tensors in the request")


def _options(parameters: RequestParameters, given: str) -> dict[str, Any]:
    """Those of detection; the protocol's own have other homes, or, as priority, no meaning here."""
    if parameters.sequence_id or parameters.sequence_start or parameters.sequence_end:
        raise Refusal(400, "there are no sequences here: models keep nothing from one request to the next")
    asked = parameters.__pydantic_extra__
    if "model" in asked:
        raise Refusal(422, "there is no option model; the address says which is meant")
    if asked and given == INPUT:
        raise Refusal(400, f"parameters {', '.join(asked):.80} are for {IMAGE!r}; {INPUT!r} gives all boxes")
    try:
        return DetectOptions.model_validate(asked).given
    except ValidationError as e:
        raise refusal_of(e, DetectOptions) from e


def _outputs(asked: InferRequest, there: Sequence[str]) -> dict[str, bool]:
    """The wanted ones by name, and whether they are binary."""
    usual = asked.parameters.binary_data_output
    wanted = asked.outputs or [InferOutput(name=name) for name in there]
    for output in wanted:
        _check_parameters(output)
        if output.name not in there:
            raise Refusal(400, f"there is no output {output.name[:40]!r} for this; there are {', '.join(there)}")
    if len({output.name for output in wanted}) < len(wanted):
        raise Refusal(400, "an output is wanted twice")
    own = {output.name: output.parameters.binary_data for output in wanted}
    return {name: usual if binary is None else binary for name, binary in own.items()}


def _count(facts: Facts, given: InferInput, most: int) -> int:
    """Pictures of an input, whose shape must be the model's."""
    one = [facts.channels, facts.height, facts.width] if given.name == INPUT else [1]
    count, *shape = given.shape or [0]
    if shape != one and not (given.name == IMAGE and given.shape and not shape):
        raise Refusal(400, f"input {given.name!r} has the shape {given.shape!s:.60}; it is pictures x {one}")
    if not 1 <= count <= most:
        raise Refusal(413 if count else 400, f"input {given.name!r} has {count!s:.20} pictures; 1 to {most} are taken")
    return count
