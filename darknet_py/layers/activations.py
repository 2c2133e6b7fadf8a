"""The names of Darknet's activation functions, as data.   C: activations.c get_activation"""

from __future__ import annotations

from dataclasses import dataclass

from .._support.spelling import close, suggestion
from ..cfg import Section
from ..files import characters

__all__ = ["ACTIVATIONS", "Activation", "parse_activation", "zero_in_c"]


@dataclass(frozen=True)
class Activation:
    """What kind of function a name stands for.

    ``bit_exact``: made of float32 arithmetic only, so its results can equal the reference's bit for bit; the others
    need exp, log or tanh.  ``across_channels``: each output depends on all the channels of its pixel.
    """

    bit_exact: bool = True
    across_channels: bool = False


_NAMES = {
    Activation(): (
        "hard_mish", "hardtan", "leaky", "lhtan", "linear", "plse", "ramp", "relie", "relu", "relu6", "revleaky", "stair",
    ),
    Activation(bit_exact=False): ("elu", "gelu", "loggy", "logistic", "mish", "selu", "swish", "tanh"),
    Activation(across_channels=True): ("normalize_channels",),
    Activation(bit_exact=False, across_channels=True): (
        "normalize_channels_softmax", "normalize_channels_softmax_maxval",
    ),
}  # fmt: skip
_KINDS = {name: kind for kind, names in _NAMES.items() for name in names}
ACTIVATIONS = {name: _KINDS[name] for name in sorted(_KINDS)}

ABSENT_IN_C = {"hard_mish", "mish", "relu6", "swish"}    # C: activations.c activate has no case for them
PRESENT_IN_C = {"convolutional": {"hard_mish", "mish", "swish"}, "shortcut": {"mish", "swish"}}


def zero_in_c(kind: str, activation: str) -> bool:
    """Whether the C program on a CPU makes zeros of an activation in layers of a kind."""
    return activation in ABSENT_IN_C - PRESENT_IN_C.get(kind, set())


SAME = {
    "hardmish": "hard_mish", "hardtanh": "hardtan", "hmish": "hard_mish", "identity": "linear", "leakyrelu": "leaky",
    "lrelu": "leaky", "no": "linear", "none": "linear", "null": "linear", "rectified": "relu", "rectify": "relu",
    "sigm": "logistic", "sigmoid": "logistic", "silu": "swish",
}  # fmt: skip
"""Other programs' names of functions that Darknet has, in lower case and without lines between the words."""

ABSENT = {
    "celu", "frelu", "hardlogistic", "hardsigmoid", "hardswish", "hsigmoid", "hswish", "logsigmoid", "maxout", "prelu",
    "rrelu", "softmax", "softplus", "softsign",
}  # fmt: skip
"""Functions that Darknet does not have, though their names are like those of some that it has."""

KNOWN = {name.replace("_", ""): name for name in ACTIVATIONS} | SAME


def parse_activation(section: Section, default: str, across_channels: bool = False) -> str:
    """The section's ``activation=``; silu is swish by another name, with a warning, as the reference takes relu for it.

    Raises CfgError for an unknown name (the reference goes on with relu), and for a name that works
    ``across_channels`` in a layer whose reference has no such thing.
    """
    name = section.text("activation", default)
    if name == "silu":
        section.warn("activation=silu is read as swish, which is the same; Darknet takes relu, as it has no silu: "
                     "write activation=swish", "activation")  # fmt: skip
        section.meant["activation"] = name = "swish"
    if name not in ACTIVATIONS:
        section.meant |= {"activation": known} if (known := _other_name(name)) else {}
        odd = f" has {strange} in it and" if (strange := characters.named(name)) else ""
        raise section.error(f"activation={name}{odd} is not known; {_nearest(name)}", "activation")
    if ACTIVATIONS[name].across_channels and not across_channels:
        raise section.error(f"activation={name} works in [convolutional] only", "activation")
    return name


def _nearest(name: str) -> str:
    plain = _plain(name)
    if plain in ABSENT:
        return f"Darknet has no such function, and takes relu; it has {', '.join(ACTIVATIONS)}"
    near = [plain] if plain in KNOWN else close(plain, KNOWN, cutoff=0.75) if plain.isalnum() else []
    return suggestion(KNOWN[near[0]] if near else None, f"use one of: {', '.join(ACTIVATIONS)}")


def _other_name(name: str) -> str:
    """Darknet's name of a function, whatever stands behind it as a remark; nothing for what is only like one."""
    said = characters.COMMENT_BEGINS.split(name, maxsplit=1)[0]
    return KNOWN.get(_plain(said), "")


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
