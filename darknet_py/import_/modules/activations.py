"""PyTorch's activations by Darknet's names."""

from __future__ import annotations

from .module import Module

__all__ = ["activation_of"]

# {class: Darknet's name}, wherever it is from: torch.nn, mish_cuda, models.common, utils.activations
NAMES = {
    "Identity": "linear", "MemoryEfficientMish": "mish", "MemoryEfficientSwish": "swish", "Mish": "mish",
    "MishCuda": "mish", "ReLU": "relu", "SiLU": "swish", "Sigmoid": "logistic", "Swish": "swish", "Tanh": "tanh",
}  # fmt: skip
# {class: (Darknet's name, attribute, the only value of it that Darknet has)}
OF_ONE_VALUE = {"LeakyReLU": ("leaky", "negative_slope", 0.1), "ELU": ("elu", "alpha", 1.0)}


def activation_of(module: Module) -> str:
    """Raises CheckpointError for a function that Darknet does not have."""
    if module.name in OF_ONE_VALUE:
        name, attribute, needed = OF_ONE_VALUE[module.name]
        value = module.record.get(attribute, None)
        if value != needed:
            module.fail(f"has {attribute} {value!r:.40}; that of Darknet's {name} is {needed:g}")
        return name
    return NAMES.get(module.name) or module.fail("is a function that Darknet does not have")
