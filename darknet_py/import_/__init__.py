"""Models of PyTorch as Darknet's files."""

from __future__ import annotations

from .checkpoint import Record, Reference, read_checkpoint

__all__ = ["Record", "Reference", "read_checkpoint"]
