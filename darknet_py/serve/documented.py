"""What the OpenAPI document has beside what FastAPI makes of functions: bodies that these read by themselves, errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

__all__ = ["BYTES", "ERRORS", "ErrorAnswer", "Frame", "body_of"]

BYTES: dict[str, Any] = {"type": "string", "format": "binary"}


class ErrorAnswer(BaseModel):
    """Why there is no answer; ``request_id``: by which the server's log knows the request."""

    error: str
    request_id: str


ERRORS: dict[int | str, dict[str, Any]] = {status: {"model": ErrorAnswer} for status in ("4XX", "500", "503", "504")}


class Place(BaseModel):
    """Centre and size, in parts of the picture."""

    center_x: float | None
    center_y: float | None
    width: float | None
    height: float | None


class Found(BaseModel):
    class_id: int
    name: str
    relative_coordinates: Place
    confidence: float | None


class Frame(BaseModel):
    """A picture as ``detect -format json`` has it; ``error``: why there is nothing in it."""

    frame_id: int
    filename: str = ""
    objects: list[Found]
    error: str = ""


def body_of(model: type[BaseModel], others: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """``openapi_extra`` of a body that is JSON of a model, or of other types with their schemas."""
    schema = model.model_json_schema()
    content = {"application/json": {"schema": _whole(schema, schema.get("$defs", {}))}}
    content |= {name: {"schema": other} for name, other in others.items()}
    return {"requestBody": {"required": True, "content": content}}


def _whole(part: Any, named: dict[str, Any]) -> Any:
    """A schema with what it refers to in its place."""
    if isinstance(part, list):
        return [_whole(each, named) for each in part]
    if not isinstance(part, dict):
        return part
    if reference := part.get("$ref"):
        return _whole(named[reference.rpartition("/")[2]], named)
    return {key: _whole(value, named) for key, value in part.items() if key != "$defs"}
