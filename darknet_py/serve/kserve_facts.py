"""What KServe's protocol tells of models: their tensors, their configuration, and Triton's statistics."""

from __future__ import annotations

from typing import Any

from .jobs import Facts
from .metrics import Metrics

__all__ = ["BOXES", "DETECTIONS", "IMAGE", "INPUT", "PLATFORM", "READY", "VERSION", "config", "index_entry", "metadata",
           "outputs_of", "statistics"]  # fmt: skip

INPUT = "input"
IMAGE = "image"
BOXES = "boxes"
SCORES = "scores"
DETECTIONS = "detections"
VERSION = "1"
READY = "READY"
PLATFORM = "darknet_py"
LACKING = "it cannot be loaded at the moment; the server's log says why"
STAGES = {
    "queue": ["queue"],
    "compute_input": ["decode"],
    "compute_infer": ["network"],
    "compute_output": ["boxes", "encode"],
}
Tensors = dict[str, tuple[str, list[int]]]  # datatype, and the shape of one picture's, by name


def _inputs(facts: Facts) -> Tensors:
    tensor: Tensors = {INPUT: ("FP32", [facts.channels, facts.height, facts.width])} if facts.rows else {}
    return tensor | {IMAGE: ("BYTES", [1])}


def _outputs(facts: Facts) -> Tensors:
    shapes = {BOXES: ("FP32", [facts.rows, 4]), SCORES: ("FP32", [facts.rows, facts.classes]), DETECTIONS: ("BYTES", [1])}
    return {name: shapes[name] for name in outputs_of(facts, IMAGE)}


def outputs_of(facts: Facts, given: str) -> list[str]:
    """What there is for an input.  Trees of classes have no scores without a threshold."""
    return [BOXES, SCORES] * bool(facts.rows) + [DETECTIONS] * (given == IMAGE)


def metadata(facts: Facts) -> dict[str, Any]:
    """-1 in a shape stands for any number of pictures."""

    def told(tensors: Tensors) -> list[dict[str, Any]]:
        return [{"name": name, "datatype": kind, "shape": [-1, *shape]} for name, (kind, shape) in tensors.items()]

    return {
        "name": facts.name, "versions": [VERSION], "platform": PLATFORM, "inputs": told(_inputs(facts)),
        "outputs": told(_outputs(facts)),
    }  # fmt: skip


def config(facts: Facts, most: int) -> dict[str, Any]:
    """A model's configuration as Triton has it; ``most``: pictures of a request."""

    def told(tensors: Tensors, **more: object) -> list[dict[str, Any]]:
        return [{"name": name, "data_type": f"TYPE_{kind.replace('BYTES', 'STRING')}", "dims": shape, **more}
                for name, (kind, shape) in tensors.items()]  # fmt: skip

    return {
        "name": facts.name, "platform": PLATFORM, "backend": PLATFORM, "max_batch_size": most,
        "input": told(_inputs(facts), optional=True), "output": told(_outputs(facts)),
    }  # fmt: skip


def index_entry(name: str, facts: Facts | None) -> dict[str, str]:
    """In Triton's words; without facts it was dropped."""
    state, reason = (READY, "") if facts and facts.ready else ("UNAVAILABLE", LACKING if facts else "unloaded")
    return {"name": name, "version": VERSION, "state": state, "reason": reason}


def statistics(name: str, metrics: Metrics) -> dict[str, Any]:
    """A model's since the server was started, of all requests, not of KServe's alone, from the figures of /metrics."""

    def value(sample: str, **labels: str) -> float:
        return metrics.registry.get_sample_value(f"darknet_{sample}", {"model": name, **labels}) or 0.0

    count = int(value("batch_pictures_count"))
    ns = {key: sum(round(value("stage_seconds_sum", stage=stage) * 1e9) for stage in stages)
          for key, stages in STAGES.items()}  # fmt: skip
    refused = sum(sample.value for metric in metrics.refused.collect() for sample in metric.samples
                  if sample.name.endswith("_total") and sample.labels["model"] == name)  # fmt: skip
    return {
        "name": name, "version": VERSION, "last_inference": round(value("last_answer_timestamp_seconds") * 1000),
        "inference_count": count, "execution_count": round(value("network_runs_total")), "batch_stats": [],
        "inference_stats": {
            "success": {"count": count, "ns": sum(ns.values())}, "fail": {"count": int(refused), "ns": 0},
            **{key: {"count": count, "ns": spent} for key, spent in ns.items()},
        },
    }  # fmt: skip
