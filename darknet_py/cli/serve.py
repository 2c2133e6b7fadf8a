"""``darknet_py serve [MODEL ...]``: models as a service."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from .._support.optional import from_extra
from ..boxes.thresholds import DETECT_THRESH, NMS
from ..engine_api.options import NumericsName
from ..errors import PATH, printable
from ..serve import Settings, start_workers
from ..serve.http_settings import HttpSettings
from .command import Command
from .flags import Size, choice, count, group, repeated, share, switch, valued, within
from .options import (
    NetworkOptions,
    encoding_flag,
    engine_flag,
    fetch_flag,
    maxpool_flag,
    names_flag,
    numerics_flag,
    size_flag,
    threads_flag,
)
from .serve_doors import DoorOptions
from .serve_models import Named, models_of, named
from .serve_streams import StreamOptions
from .stopping import asked

__all__ = ["Options", "run"]

MEGABYTE = 1_000_000
LogForm = Literal["text", "json", "off"]
_milliseconds = within("milliseconds from 0 to 10000", 0, 10_000)
_seconds = within("a number of seconds from .1", 0.1, 86400)


@dataclass(frozen=True)
class Options(Command):
    name = "serve"
    arguments = "[MODEL ...]"
    least = 0
    about = """
    Offer models at a port: POST /v1/detect and /v1/read take pictures, / is a page to look at, /docs lists all.
    MODEL: as detect takes it, by a name that finds cfg, weights and names, or by these files; a folder: each model in it.
    Without any it is the one that comes along, which finds characters.  Only this machine is served, without -bind.
    Ctrl-C or SIGTERM ends it when all that were taken have their answers, a second Ctrl-C at once."""
    example = "darknet_py serve yolo-fastest-1.1 -fetch -workers 2"

    model: Sequence[Named] = repeated("a model by a name of its own; may be given several times", "NAME=CFG,WEIGHTS,NAMES",
                                      named)  # fmt: skip
    door: DoorOptions = group(DoorOptions)
    workers: int = valued("processes that compute, 1 if not given; where one dies others go on", "N", count, 1)
    max_batch: int | None = valued("pictures that a network gets at once, as suits the engine if not given", "N", count)
    max_wait_ms: float = valued("how long it waits for them, 0 if not given", "MS", _milliseconds, 0.0)
    queue: int | None = valued("pictures that may be waiting or in work, 12 a core, at least 24, if not given; more are "
                               "refused", "N", count)  # fmt: skip
    timeout: float = valued("for a request to come, and for its answer; 30 if not given", "S", _seconds, 30.0)
    grace: float = valued("how long the end waits for answers, 30 if not given", "S", _seconds, 30.0)
    max_body: float = valued("megabytes that a request may have, 32 if not given", "MB", within("from .001", 0.001), 32.0)
    max_pixels: int = valued("pixels that a picture may have, 50000000 if not given", "N", count, 50_000_000)
    max_parts: int = valued("pictures that a request may have, 16 if not given", "N", count, 16)
    max_connections: int = valued("connections at the same time, 1000 if not given", "N", count, 1000)
    stream: StreamOptions = group(StreamOptions)
    watch: bool = switch("load a model anew when its files change")
    control: bool = switch("let clients load models anew and drop them, as KServe's protocol has it")
    log: LogForm = valued("a line a request on stderr, text if not given", "text|json|off", choice("text", "json", "off"),
                          "text")  # fmt: skip
    thresh: float = valued("least probability, where a request says no other; .24 if not given", "P", share, DETECT_THRESH)
    nms: float = valued(f"largest overlap of boxes of a class, likewise; {NMS} if not given", "IOU", share, NMS)
    letter_box: bool = switch("keep the proportions of pictures, likewise")
    exif: bool = switch("turn pictures upright as their EXIF orientation says, likewise")
    fetch: bool = fetch_flag()
    names: str | None = names_flag()
    names_encoding: str | None = encoding_flag()
    numerics: NumericsName = numerics_flag()
    engine: str = engine_flag()
    size: Size | None = size_flag()
    threads: int | None = threads_flag()
    avx_maxpool: bool = maxpool_flag()

    @property
    def network(self) -> NetworkOptions:
        """What is looked for where the models are."""
        return NetworkOptions(fetch=self.fetch, names=self.names, names_encoding=self.names_encoding, engine=self.engine)


def run(arguments: list[str], options: Options) -> int:
    with from_extra("serve", "a service needs packages that are not here ({reason})"):
        from ..serve.logs import shown
        from ..serve.server import Service, listening
    http = _http(options)
    models, settings = models_of(arguments, options.model, options, options.network), _compute(options)
    streams = options.stream.streams(models, settings)
    with listening(http.address, http.port) as socket, shown(options.log):
        place = socket.getsockname()[:2]
        begin = partial(start_workers, models, settings)
        service = Service(begin, http, streams, lambda: _ready(list(models), place, options))
        with asked(service.end, service.give_up):
            service.run([socket])
    return 0


def _http(options: Options) -> HttpSettings:
    door = options.door
    return HttpSettings(
        address=door.bind, port=door.port, names=door.allow_host, origins=door.allow_origin, token=door.secret,
        max_body=round(options.max_body * MEGABYTE), max_parts=options.max_parts, max_connections=options.max_connections,
        timeout=options.timeout, grace=options.grace, control=options.control,
        fetch=door.allow_urls or door.allow_private_urls,
        fetch_private=door.allow_private_urls,
    )  # fmt: skip


def _compute(options: Options) -> Settings:
    return Settings(
        workers=options.workers, queue=options.queue, max_batch=options.max_batch, max_wait_ms=options.max_wait_ms,
        thresh=options.thresh, nms=options.nms, letter_box=options.letter_box or None, exif=options.exif,
        max_pixels=options.max_pixels, numerics=options.numerics, engine=options.engine, size=options.size,
        threads=options.threads, avx_maxpool=options.avx_maxpool, names_encoding=options.names_encoding, watch=options.watch,
    )  # fmt: skip


def _ready(names: Sequence[str], place: Sequence[Any], options: Options) -> None:
    """Tell in a line that it is."""
    gc.freeze()  # what is there stays, and need not be looked through again and again
    door, (address, port) = options.door, place
    who = "this machine alone" if door.alone else "other machines too"
    how = "with the token" if door.secret else "without a token"
    host = f"[{address}]" if ":" in str(address) else address
    models = printable(", ".join(names), PATH)
    print(f"darknet_py: {models} at http://{host}:{port}/ for {who}, {how}; Ctrl-C ends it", flush=True)
