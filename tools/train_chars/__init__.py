"""The recipe of cfg/yolov4-chars.cfg and its weights: scenes with characters, the network in PyTorch, its training."""

from __future__ import annotations

__all__ = ["CLASSES", "SIZE"]

CLASSES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SIZE = 416
