"""A line of the log for each request, as text or JSON; of pictures it has nothing but their size."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import one_line, printable
from .request_context import RequestContext

__all__ = ["shown", "tell", "tell_refused"]

log = logging.getLogger("darknet_py.serve")


def tell(context: RequestContext) -> None:
    """Log a request that has its answer."""
    if not log.isEnabledFor(logging.INFO):
        return
    scope = context.scope
    client, path = scope.get("client"), scope["raw_path"].decode("latin-1")
    facts = {
        "request_id": context.number, "client": client[0] if client else "", "method": scope["method"],
        "path": printable(path, 200), "status": context.code, "ms": round(context.seconds * 1000, 2),
        "received": context.received, "sent": context.sent, **context.facts,
    }  # fmt: skip
    level = logging.ERROR if context.code >= 500 and context.code != 503 else logging.INFO
    log.log(level, "request", extra={"facts": facts})


def tell_refused(number: str, client: tuple[str, int] | None, status: int, message: str) -> None:
    """Log what came of no request."""
    facts = {"request_id": number, "client": client[0] if client else "", "status": status, "reason": message}
    log.info("refused", extra={"facts": facts})


@contextmanager
def shown(form: str) -> Iterator[None]:
    """What is logged in the block goes to stderr as ``text`` or ``json``; ``off``: as text, without requests."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    loggers = [logging.getLogger(name) for name in ("darknet_py", "uvicorn.error")]
    before = [(logger.handlers[:], logger.propagate) for logger in loggers]
    log.setLevel(logging.INFO if form != "off" else logging.WARNING)
    for logger in loggers:
        logger.handlers[:], logger.propagate = [handler], False
    try:
        yield
    finally:
        for logger, (handlers, propagate) in zip(loggers, before):
            logger.handlers[:], logger.propagate = handlers, propagate


class JsonLines(logging.Formatter):
    """An object a line: time, level, message, and the request's facts; of an error the traceback too."""

    def format(self, record: logging.LogRecord) -> str:
        facts: dict[str, Any] = {"time": _time(record), "level": record.levelname.lower(), "message": record.getMessage()}
        facts |= getattr(record, "facts", {})
        if record.exc_info:
            facts["traceback"] = self.formatException(record.exc_info)
        return json.dumps(facts)


class TextLines(logging.Formatter):
    """A line for people."""

    def format(self, record: logging.LogRecord) -> str:
        facts = dict(getattr(record, "facts", {}))
        if not facts:
            text = f"{_time(record)} {record.levelname.lower()}: {one_line(record.getMessage())}"
            return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text
        head = [str(facts.pop(key)) for key in ("client", "method", "path", "status") if key in facts]
        return " ".join([_time(record), *head, *(f"{key}={value}" for key, value in facts.items())])


def _time(record: logging.LogRecord) -> str:
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))}.{int(record.msecs):03d}Z"
