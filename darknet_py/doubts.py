"""What seems to be a mistake in a cfg that can be built: options that nothing reads, values that are probably not meant."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import chain, islice

from ._support.spelling import suggestion
from .cfg.section import Section
from .errors import DarknetWarning
from .layers import meant_option
from .layers.base import Layer
from .layers.head import DetectionHead

__all__ = ["heads", "warn"]

FEW = 10  # that are told one by one

Places = dict[tuple[str, str], list[Section]]


def heads(layers: Sequence[Layer], sections: Sequence[Section]) -> None:
    """Note heads whose number of classes is not the first one's.   C: network.c make_network_boxes takes the last one's"""
    pairs = [(layer, s) for layer, s in zip(layers, sections[1:], strict=True) if isinstance(layer, DetectionHead)]
    for layer, section in pairs[1:]:
        first, its = pairs[0]
        if layer.classes != first.classes:
            section.warn(f"classes={layer.classes}, but classes={first.classes} in the [{its.name}] of line {its.line}; "
                         "Darknet knows one number of classes: write the same in all heads", "classes")  # fmt: skip


def warn(sections: Sequence[Section]) -> None:
    """One warning (DarknetWarning) for each doubt and kind of section, at its first line: the first few and a count."""
    noted, unread = _noted(sections), _unread(sections)
    told = chain((_again(places) for places in noted.values()), (_unknown(key, at) for (_, key), at in unread.items()))
    for warning in islice(told, FEW):
        warnings.warn(warning, stacklevel=3)
    if (more := len(noted) + len(unread) - FEW) > 0:
        message = f"{more} warnings more about this cfg; darknet_py check CFG shows where they are"
        warnings.warn(DarknetWarning(message, f"{sections[0].path}:"), stacklevel=3)


def _noted(sections: Sequence[Section]) -> dict[tuple[str, str], list[DarknetWarning]]:
    """What was noted while sections were read, by name and text."""
    noted: dict[tuple[str, str], list[DarknetWarning]] = {}
    for section in sections:
        for doubt in section.doubts:
            noted.setdefault((section.name, doubt.message), []).append(doubt)
    return noted


def _unread(sections: Sequence[Section]) -> Places:
    """The sections with an option that nothing reads, by name and key.   C: option_list.c option_unused"""
    places: Places = {}
    for section in sections:
        for _, key in section.unread():
            places.setdefault((section.name, key), []).append(section)
    return places


def _again(doubts: Sequence[DarknetWarning]) -> DarknetWarning:
    first = doubts[0]
    return DarknetWarning(first.message + _more(doubts), first.where, first.line)


def _unknown(key: str, places: Sequence[Section]) -> DarknetWarning:
    first = places[0]
    told = f"option {key}= is not known and has no effect{_more(places)}"
    message = "; ".join(filter(None, (told, suggestion(meant_option(first, key), form="{}="))))
    return DarknetWarning(message, first.where(key), first.line_of(key))


def _more(places: Sequence[object]) -> str:
    return f" (also in {len(places) - 1} more places)" if len(places) > 1 else ""
