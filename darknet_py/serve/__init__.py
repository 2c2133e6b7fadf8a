"""A model as a service: HTTP in front, processes that compute behind it.  Needs the extra ``serve``."""

from __future__ import annotations

from .jobs import Answer, Facts, Job, Refusal, Workers
from .settings import Settings
from .workers import start_workers

__all__ = ["Answer", "Facts", "Job", "Refusal", "Settings", "Workers", "start_workers"]
