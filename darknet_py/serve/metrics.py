"""Figures of the service, as Prometheus asks for them at /metrics."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import APIRouter
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from starlette.responses import PlainTextResponse, Response

from .jobs import Answer, Workers
from .request_context import RequestContext

__all__ = ["Metrics"]

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
BATCHES = (1, 2, 4, 8, 16, 32, 64)
METHODS = {"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"}


class Metrics:
    """Of one service; labels have no value that a client could choose."""

    def __init__(self) -> None:
        disable_created_metrics()  # when a series began, which would be as many series again
        self.registry = CollectorRegistry()
        more: dict[str, Any] = {"namespace": "darknet", "registry": self.registry}
        timed = {**more, "buckets": SECONDS}
        self.requests = Counter("requests", "Requests that have their answer", ["method", "route", "status"], **more)
        self.seconds = Histogram("request_seconds", "From a request's head to its answer", ["route"], **timed)
        self.received = Counter("received_bytes", "Bytes of requests' bodies", **more)
        self.in_hand = Gauge("pictures_in_hand", "Pictures that wait or are computed", **more)
        self.stages = Histogram("stage_seconds", "A picture's time in a stage", ["model", "stage"], **timed)
        self.batches = Histogram("batch_pictures", "Pictures in the network at once", ["model"], buckets=BATCHES, **more)
        self.runs = Counter("network_runs", "Runs of the network, each with some pictures", ["model"], **more)
        self.last = Gauge("last_answer_timestamp_seconds", "When a picture was answered last", ["model"], **more)
        self.refused = Counter("refused_pictures", "Pictures that were not computed", ["model", "status"], **more)
        self.workers = Gauge("workers", "Worker processes that compute", **more)
        self.deaths = Counter("worker_deaths", "Worker processes that ended by themselves, or were killed", **more)
        ProcessCollector(registry=self.registry)  # this process's memory, files, time
        self.of = cache(lambda metric, *labels: metric.labels(*labels))  # which takes long to find its own

    def of_request(self, context: RequestContext) -> None:
        method, route = context.scope["method"], getattr(context.scope.get("route"), "path", "") or "other"
        self.of(self.requests, method if method in METHODS else "other", route, str(context.code)).inc()
        self.of(self.seconds, route).observe(context.seconds)
        self.received.inc(context.received)

    def of_answer(self, model: str, answer: Answer) -> None:
        for stage, seconds in answer.seconds.items():
            self.of(self.stages, model, stage).observe(seconds)
        self.of(self.batches, model).observe(answer.batch)
        self.of(self.runs, model).inc(1 / answer.batch)
        self.of(self.last, model).set_to_current_time()

    def of_workers(self, workers: Workers) -> None:
        self.workers.set(workers.alive)
        self.deaths.inc(workers.deaths - (self.registry.get_sample_value("darknet_worker_deaths_total") or 0))

    def router(self, workers: Workers) -> APIRouter:
        """/metrics."""
        router = APIRouter(tags=["operation"])

        @router.get("/metrics", response_class=PlainTextResponse, summary="Figures of the service for Prometheus")
        async def metrics() -> Response:
            self.of_workers(workers)
            return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)

        return router
