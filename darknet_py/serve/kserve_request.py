"""A request of KServe's protocol, with the parameters that Triton's clients send; what is not known is refused."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["InferInput", "InferOutput", "InferRequest", "RequestParameters"]

Size: TypeAlias = Annotated[int, Field(ge=0)]


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class Shared(Strict):
    """Memory that there is not here."""

    shared_memory_region: str = ""
    shared_memory_byte_size: int = 0
    shared_memory_offset: int = 0


class InputParameters(Shared):
    binary_data_size: int | None = None


class OutputParameters(Shared):
    """``binary_data``: None: as ``binary_data_output`` of the request says."""

    binary_data: bool | None = None
    classification: int = 0


class RequestParameters(Strict):
    """``timeout``: microseconds; ``priority`` has no meaning here.  All others are options of detection."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, bool | int | float | str]

    binary_data_output: bool = False
    timeout: int = 0
    priority: int = 0
    sequence_id: int | str = 0
    sequence_start: bool = False
    sequence_end: bool = False


class InferInput(Strict):
    """A tensor: ``data``, row by row, flat or nested, or bytes behind the JSON, ``parameters.binary_data_size`` of them."""

    name: str
    shape: list[Size] = Field(max_length=8, fail_fast=True)
    datatype: str
    parameters: InputParameters = InputParameters()
    data: list[Any] | None = None


class InferOutput(Strict):
    name: str
    parameters: OutputParameters = OutputParameters()


class InferRequest(Strict):
    """``outputs``: which are wanted; none: all that there are."""

    id: str = ""
    parameters: RequestParameters = RequestParameters.model_validate({})
    inputs: list[InferInput] = Field(min_length=1, max_length=8, fail_fast=True)
    outputs: list[InferOutput] = Field([], max_length=16, fail_fast=True)
