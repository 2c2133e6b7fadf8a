"""What ``Network.detect`` returns: detections as a value, and in the forms of others."""

from __future__ import annotations

from ..boxes.detection import Detection
from .detection_list import Source
from .detections import Detections

__all__ = ["Detection", "Detections", "Source"]
