"""Which of the things in a checkpoint is the model: what its own detect.py would take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import CheckpointError
from .checkpoint import Array, Record

__all__ = ["State", "model_of"]

State = Mapping[str, Array]  # a state dict: tensors by names such as "model.0.conv.weight"

# Where a checkpoint has it, the best first
MODELS = "ema", "model", "state_dict", "model_state_dict", "module", "net", "weights"
WRAPPERS = {"DataParallel", "DistributedDataParallel", "DetectMultiBackend", "AutoShape", "autoShape", "Ensemble"}
PREFIXES = "module.", "_orig_mod."  # of DataParallel and of torch.compile
DEEPEST, MOST = 64, 100_000  # modules within modules, modules


def model_of(checkpoint: object) -> Record | State:
    """The model as a Record of a torch.nn.Module, or its state dict without the prefixes of wrappers.

    The EMA counts before the model, as in the authors' own detect.py.  Raises CheckpointError without a file's name, for a
    checkpoint that has no model.
    """
    found = _found(checkpoint)
    if isinstance(found, Record):
        while found.name in WRAPPERS and found.modules:
            found = next(iter(found.modules.values()))
        _check_tree(found)
        return found
    if found is None:
        raise CheckpointError(_without_model(checkpoint))
    return _without_prefix(found)


def _found(value: object, depth: int = 0) -> Record | dict[str, Any] | None:
    if isinstance(value, Record):
        return value if value.get("_modules", None) is not None else _found(value.state, depth + 1)
    if not isinstance(value, dict) or depth > 2:
        return None
    if _is_state(value):
        return value
    inner = (_found(value[name], depth + 1) for name in MODELS if name in value)
    return next((found for found in inner if found is not None), None)


def _is_state(value: dict[Any, Any]) -> bool:
    """Tensors by name, and nothing else of importance."""
    arrays = [name for name, entry in value.items() if isinstance(entry, np.ndarray)]
    return bool(arrays) and all(isinstance(name, str) for name in value) and 2 * len(arrays) >= len(value)


def _without_prefix(state: dict[str, Any]) -> State:
    tensors = {name: value for name, value in state.items() if isinstance(value, np.ndarray)}
    for prefix in PREFIXES:
        if all(name.startswith(prefix) for name in tensors):
            tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    return tensors


def _check_tree(model: Record) -> None:
    """Raises CheckpointError for modules that hold themselves or nest deeper than any model's."""
    waiting, seen = [(model, 0)], 0
    while waiting:
        module, depth = waiting.pop()
        seen += 1
        if depth > DEEPEST or seen > MOST:
            raise CheckpointError(f"the modules of {model.kind} hold more than {MOST} others, or themselves; no model does")
        waiting += [(inner, depth + 1) for inner in module.modules.values()]


def _without_model(checkpoint: object) -> str:
    if not isinstance(checkpoint, dict):
        what = checkpoint.kind if isinstance(checkpoint, Record) else type(checkpoint).__name__
        return f"holds {what}, and no model; give the checkpoint that training wrote, such as best.pt"
    keys = ", ".join(str(name) for name in list(checkpoint)[:8] if isinstance(name, str)) or "nothing"
    what = "the state of an optimizer alone" if "optimizer" in keys or "param_groups" in keys else f"no model (only {keys})"
    return f"holds {what}; give the checkpoint with the weights, such as best.pt"
