"""The pictures of a request and what is wanted of them, from its body in one of three forms: a file, a form, JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Request
from pydantic import ValidationError
from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from ..errors import ImageError, printable
from ..files.addresses import is_web
from ..image.web import fetched
from .errors import refusal_of
from .http_settings import HttpSettings
from .jobs import Refusal
from .json_size import check_json
from .options import DetectOptions, DetectRequest, ImageOfRequest, ReadOptions, ReadRequest
from .request_context import RequestContext

__all__ = ["Asked", "asked_of"]

Options = TypeVar("Options", bound=ReadOptions)
T = TypeVar("T")
LARGE = 1 << 18  # bytes that other requests would have to wait for
FIELD = 1 << 16  # bytes of an option in a form
NAME = 255  # characters of a file's name that are kept
LEAST_SECONDS, LATE = 0.1, 1.0  # the second: in which what fetches tells why it could not
FETCHING = ThreadPoolExecutor(8, "fetching")
VALUES = 64  # in JSON, for each picture that may come
FORM, JSON = "multipart/form-data", "application/json"


@dataclass(frozen=True)
class Asked:
    """``pictures``: names and files; ``model`` "" where none is named; ``options``: keywords that were given."""

    pictures: list[tuple[str, bytes]]
    model: str
    options: Mapping[str, Any]


async def asked_of(request: Request, known: type[ReadOptions], settings: HttpSettings) -> Asked:
    """What is asked for.  Raises Refusal.  ``known``: the options of the address, before which those of the body go."""
    try:
        query = known.model_validate(_once(request.query_params.multi_items()))
    except ValidationError as e:
        raise refusal_of(e, known) from e
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise Refusal(415, f"Content-Encoding {encoding[:40]} is not taken here; send the picture as it is")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == FORM:
        pictures, options = await _form(request, query, settings)
    elif kind == JSON:
        pictures, options = await _json(request, query, settings)
    else:
        pictures, options = [("", await _body(request))], query
    if not pictures:
        raise Refusal(400, "there is no picture in the form; send it as a file, as curl -F picture=@dog.jpg does")
    for name, data in pictures:
        if not data:
            raise Refusal(400, f"{name or 'the body'} is empty; send the bytes of a picture file")
    return Asked(pictures, options.model or "", options.given)


async def _body(request: Request) -> bytes:
    return b"".join([chunk async for chunk in request.stream()])


class _Form(MultiPartParser):
    spool_max_size = 1 << 40  # bytes: nothing goes to a disk
    ended = False

    def on_end(self) -> None:
        """Of its last boundary; a part that ends before one would be left out."""
        self.ended = True


async def _form(request: Request, query: Options, settings: HttpSettings) -> tuple[list[tuple[str, bytes]], Options]:
    most = settings.max_parts
    parser = _Form(request.headers, request.stream(), max_files=most, max_fields=32, max_part_size=FIELD)
    try:
        form = await parser.parse()
    except (MultiPartException, FormParserError) as e:
        said = e.message if isinstance(e, MultiPartException) else str(e)
        raise Refusal(413 if "Too many" in said else 400, f"the form is not understood: {said}") from e
    if not parser.ended:
        await form.close()
        raise Refusal(400, "the form is not understood: it ends before its last boundary; send it whole")
    files = [(part.filename or "", await part.read()) for _, part in form.multi_items() if isinstance(part, UploadFile)]
    fields = _once((name, value) for name, value in form.multi_items() if not isinstance(value, UploadFile))
    await form.close()
    return [(name[:NAME], data) for name, data in files], _with(query, fields)


async def _json(request: Request, query: Options, settings: HttpSettings) -> tuple[list[tuple[str, bytes]], Options]:
    form = DetectRequest if isinstance(query, DetectOptions) else ReadRequest
    body = await _body(request)
    check_json(body, VALUES * settings.max_parts, VALUES * settings.max_parts)
    parse: Callable[..., DetectRequest | ReadRequest] = form.model_validate_json
    try:
        made = await _aside(len(body), parse, body)
    except ValidationError as e:
        raise refusal_of(e, form) from e
    if len(made.images) > settings.max_parts:
        raise Refusal(413, f"there are {len(made.images)} images; {settings.max_parts} are taken at a time")
    pictures = [(image.filename, await _picture(request, image, settings)) for image in made.images]
    return pictures, _with(query, made.model_dump(exclude={"images"}, exclude_none=True))


async def _aside(size: int, function: Callable[..., T], *arguments: Any) -> T:
    """What a function gives; of many bytes it is called in a thread, so that nobody waits for it."""
    return function(*arguments) if size < LARGE else await asyncio.to_thread(function, *arguments)


async def _picture(request: Request, image: ImageOfRequest, settings: HttpSettings) -> bytes:
    if image.url is not None:
        return await _fetched(request.scope["context"], image.url, settings)
    try:
        return await _aside(len(image.data or ""), image.decoded)
    except ValueError as e:
        raise Refusal(422, f"images: {e}") from e


async def _fetched(context: RequestContext, address: str, settings: HttpSettings) -> bytes:
    """What is at an address; its bytes count as those of the body do."""
    if not settings.fetch:
        raise Refusal(403, "pictures are not got from addresses here; the server does that with -allow_urls")
    if not is_web(address):
        raise Refusal(422, "images: url is no address that begins with http:// or https://")
    most, public = settings.max_body - context.received, not settings.fetch_private
    left = max(LEAST_SECONDS, settings.timeout - context.seconds)  # for all that a request names together
    seconds = min(left, settings.grace)  # a thread cannot be cancelled, and the server's end waits for it
    fetching = asyncio.get_running_loop().run_in_executor(FETCHING, fetched, address, most, seconds, public)
    try:
        data = await asyncio.wait_for(fetching, left + LATE)
    except asyncio.TimeoutError:
        raise Refusal(503, "there are too many addresses to get pictures from; try again later", 1) from None
    except ImageError as e:
        raise Refusal(422, str(e).partition(";")[0]) from e
    context.count(len(data))
    return data


def _once(given: Iterable[tuple[str, T]]) -> dict[str, T]:
    """Options by name.  Raises Refusal for one that is given twice, of which nobody knows which is meant."""
    found: dict[str, T] = {}
    for name, value in given:
        if name in found:
            raise Refusal(422, f"{printable(name, 80)} is given several times; say it once")
        found[name] = value
    return found


def _with(query: Options, more: Mapping[str, Any]) -> Options:
    """The options of the address, and over them others.  Raises Refusal."""
    if not more:
        return query
    try:
        return type(query).model_validate({**query.model_dump(exclude_none=True), **more})
    except ValidationError as e:
        raise refusal_of(e, type(query)) from e
