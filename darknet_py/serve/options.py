"""What a request may ask for: the keywords of ``Network.detect``, as a query, as fields of a form, or in JSON."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["DetectOptions", "DetectRequest", "ImageOfRequest", "ReadOptions", "ReadRequest"]

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
LEAST_TILE, MOST_OVERLAP = 32, 0.9


class ReadOptions(BaseModel):
    """Options of reading characters."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    model: str | None = Field(None, max_length=200, description="the name of a model; not needed where there is one")
    thresh: Share | None = Field(None, description="least probability of what is shown")
    exif: bool | None = Field(None, description="turn pictures upright as their EXIF orientation says")

    @property
    def given(self) -> dict[str, Any]:
        """What was given, as keywords."""
        return self.model_dump(exclude={"model", "images"}, exclude_none=True)


class DetectOptions(ReadOptions):
    """Options of detection."""

    nms: Share | None = Field(None, description="largest overlap of two boxes of a class; 0: keep all")
    letter_box: bool | None = Field(None, description="keep the proportions of pictures")
    tile: int | None = Field(None, ge=LEAST_TILE, le=1 << 16, description="look in tiles of so many pixels a side too")
    overlap: float | None = Field(None, ge=0, le=MOST_OVERLAP, description="what neighbouring tiles share of a side")
    classes: str | None = Field(None, max_length=4000, description="these classes alone, by name or number: dog,cat")
    skip_classes: str | None = Field(None, max_length=4000, description="all classes but these")
    max_det: int | None = Field(None, ge=1, le=1 << 31, description="the most probable detections alone")
    agnostic_nms: bool | None = Field(None, description="boxes suppress each other whatever their class")

    @model_validator(mode="after")
    def _fit(self) -> DetectOptions:
        if self.classes is not None and self.skip_classes is not None:
            raise ValueError("classes and skip_classes exclude each other; give one of them")
        if self.overlap is not None and self.tile is None:
            raise ValueError("overlap has no effect without tile")
        if self.nms == 0 and self.agnostic_nms:
            raise ValueError("agnostic_nms has no effect with nms=0, which suppresses nothing; leave one of them out")
        return self


def in_query(options: type[ReadOptions]) -> dict[str, Any]:
    """What an OpenAPI document says of options in an address.  FastAPI, which would read them too, looks at their types
    anew for each request; that took a third of its time."""
    fields = options.model_json_schema()["properties"].items()
    told = [{"name": name, "description": field.pop("description"), "schema": field} for name, field in fields]
    return {"parameters": [{**one, "in": "query", "required": False} for one in told]}


class ImageOfRequest(BaseModel):
    """A picture in JSON: ``data``, its file in base64, or ``url``, where it is."""

    model_config = ConfigDict(extra="forbid")

    data: str | None = Field(None, description="the picture's file in base64")
    url: str | None = Field(None, max_length=2000, description="its address, if the server was started with -allow_urls")
    filename: str = Field("", max_length=255)

    @model_validator(mode="after")
    def _one(self) -> ImageOfRequest:
        if (self.data is None) == (self.url is None):
            raise ValueError("a picture is data or url, one of them")
        return self

    def decoded(self) -> bytes:
        """The file.  Raises ValueError where that is no base64."""
        text = (self.data or "").strip()
        if text.startswith("data:"):
            text = text.partition(",")[2]
        try:
            return base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError) as e:
            raise ValueError(f"data is no base64 ({e})") from e


class ReadRequest(ReadOptions):
    """Pictures in JSON."""

    images: list[ImageOfRequest] = Field(min_length=1)


class DetectRequest(DetectOptions):
    """Pictures in JSON."""

    images: list[ImageOfRequest] = Field(min_length=1)
