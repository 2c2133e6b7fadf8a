"""Sections of cfgs for PyTorch's Darknet classes whose meaning Darknet has too, under another name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..cfg import Option, Section

__all__ = ["PYTORCH", "as_darknet", "is_for_pytorch"]

PYTORCH: dict[str, tuple[str, dict[str, str]]] = {
    "BatchNorm2d": ("batchnorm", {}),
    "route2": ("route", {}),
    "route3": ("route", {}),
    "route_lhalf": ("route", {"groups": "2", "group_id": "0"}),  # the first half of each source's channels
}


def as_darknet(section: Section) -> Section:
    """The section by Darknet's name, with the options that it stands for; noted, as Darknet stops there."""
    if section.name not in PYTORCH:
        return section
    name, said = PYTORCH[section.name]
    options = {key: Option(value, section.line) for key, value in said.items()}
    also = f" with {' and '.join(f'{key}={value}' for key, value in said.items())}" if said else ""
    section.warn(f"is for PyTorch, and read as [{name}]{also}; Darknet has no such section: write it so")
    section.meant |= {"": name, **said}
    return replace(section, name=name, options=section.options | options)


def is_for_pytorch(sections: Iterable[Section]) -> bool:
    """Whether a cfg says silu wherever it says any curve: only PyTorch's classes read that whose heads take a side as
    ``(2·logistic(v))²`` anchors."""
    names = {section.options["activation"].value for section in sections if "activation" in section.options}
    return "silu" in names and names <= {"silu", "linear", "logistic"}
