"""Triton's statistics of models, from the figures that /metrics has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from .kserve_facts import VERSION
from .metrics import Metrics

__all__ = ["Statistics", "statistics"]

STAGES = {
    "queue": ["queue"],
    "compute_input": ["decode"],
    "compute_infer": ["network"],
    "compute_output": ["boxes", "encode"],
}


class Duration(BaseModel):
    count: int
    ns: int


class ModelStatistics(BaseModel):
    """``last_inference``: in milliseconds since 1970; ``execution_count``: runs of the network, each with some pictures."""

    name: str
    version: str
    last_inference: int
    inference_count: int
    execution_count: int
    inference_stats: dict[str, Duration]
    batch_stats: list[Any] = []


class Statistics(BaseModel):
    model_stats: list[ModelStatistics]


def statistics(models: Iterable[str], metrics: Metrics) -> Statistics:
    """Since the server was started, of all requests, not of KServe's alone."""
    return Statistics(model_stats=[_of_model(name, metrics) for name in models])


def _of_model(name: str, metrics: Metrics) -> ModelStatistics:
    def value(sample: str, **labels: str) -> float:
        return metrics.registry.get_sample_value(f"darknet_{sample}", {"model": name, **labels}) or 0.0

    count = int(value("batch_pictures_count"))
    ns = {
        key: sum(round(value("stage_seconds_sum", stage=stage) * 1e9) for stage in stages) for key, stages in STAGES.items()
    }
    refused = [sample.value for metric in metrics.refused.collect() for sample in metric.samples
               if sample.name.endswith("_total") and sample.labels["model"] == name]  # fmt: skip
    return ModelStatistics(
        name=name, version=VERSION, last_inference=round(value("last_answer_timestamp_seconds") * 1000),
        inference_count=count, execution_count=round(value("network_runs_total")),
        inference_stats={
            "success": Duration(count=count, ns=sum(ns.values())), "fail": Duration(count=int(sum(refused)), ns=0),
            **{key: Duration(count=count, ns=spent) for key, spent in ns.items()},
        },
    )  # fmt: skip
