"""Parts of the OpenAPI document that FastAPI does not make of functions: bodies that these read by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

__all__ = ["body_of"]


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
