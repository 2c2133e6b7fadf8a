"""A model as a service: HTTP in front, processes that compute behind it.  Needs the extra ``serve``."""

from __future__ import annotations

from .jobs import Answer, Facts, Job, Refusal, Workers

__all__ = ["Answer", "Facts", "Job", "Refusal", "Workers"]
