"""What seems to be a mistake in a cfg that can be built: options that nothing reads, values that are probably not meant."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import chain, islice

from ._support.installation import program
from ._support.spelling import suggestion
from .cfg.section import Section
from .errors import DarknetWarning
from .layers import is_for_pytorch, meant_option
from .layers.base import Layer
from .layers.before import convolution_before
from .layers.convolutional import Convolutional
from .layers.head import DetectionHead
from .layers.yolo import Yolo

__all__ = ["heads", "warn"]

FEW = 10  # that are told one by one

Places = dict[tuple[str, str], list[Section]]


def heads(layers: Sequence[Layer], sections: Sequence[Section]) -> None:
    """Note heads whose number of classes is not the first one's.   C: network.c make_network_boxes takes the last one's

    And those that do not get what they take: no coordinates that PyTorch's heads, which apply the logistic function
    themselves, would take.
    """
    pairs = [(layer, s) for layer, s in zip(layers, sections[1:], strict=True) if isinstance(layer, DetectionHead)]
    _inputs(layers, sections)
    _embeddings(layers, sections)
    if is_for_pytorch(sections):
        _new_coords(pairs)
    for layer, section in pairs[1:]:
        first, its = pairs[0]
        if layer.classes != first.classes:
            section.warn(f"classes={layer.classes}, but classes={first.classes} in the [{its.name}] of line {its.line}; "
                         "Darknet knows one number of classes: write the same in all heads", "classes")  # fmt: skip


def _inputs(layers: Sequence[Layer], sections: Sequence[Section]) -> None:
    """Note convolutions before heads that say to leave out the logistic function, or to apply what the head applies too."""
    for index, head in enumerate(layers):
        if not isinstance(head, DetectionHead) or not head.anchors:
            continue
        number, before = convolution_before(layers, index)
        if not before:
            continue
        section = sections[number + 1]
        if "activation" in section.options and {before.activation, head.takes} == {"linear", "logistic"}:
            why = "takes values from 0 to 1" if head.takes == "logistic" else "applies the logistic function itself"
            section.warn(f"activation={before.activation} before a [{head.kind}] that {why}: its boxes will be wrong; "
                         f"write activation={head.takes}{_remedy(sections)}", "activation")  # fmt: skip


def _embeddings(layers: Sequence[Layer], sections: Sequence[Section]) -> None:
    """Note layers of embeddings whose channels its anchors cannot share out.   C: parser.c parse_yolo"""
    for layer, section in zip(layers, sections[1:], strict=True):
        number = layer.embedding_layer if isinstance(layer, Yolo) else None
        source = None if number is None else layers[number]
        if isinstance(layer, Yolo) and isinstance(source, Convolutional) and (odd := source.filters % len(layer.mask)):
            section.warn(f"filters={source.filters} of embedding_layer={number} is no multiple of its {len(layer.mask)} "
                         f"anchors; the last {odd} are not used", "embedding_layer")  # fmt: skip


def _new_coords(heads: Sequence[tuple[DetectionHead, Section]]) -> None:
    for head, section in heads:
        if isinstance(head, Yolo) and not head.new_coords:
            section.warn("activation=silu says that this cfg is for PyTorch, whose heads need new_coords=1 and scale_x_y=2 "
                         f"here, and activation=logistic before them{_remedy([section])}", "new_coords")  # fmt: skip


def _remedy(sections: Sequence[Section]) -> str:
    return f"; {program()} check {sections[0].path} -write NEW.cfg does it"


def warn(sections: Sequence[Section]) -> None:
    """One warning (DarknetWarning) for each doubt and kind of section, at its first line: the first few and a count."""
    noted, unread = _noted(sections), _unread(sections)
    told = chain((_again(places) for places in noted.values()), (_unknown(key, at) for (_, key), at in unread.items()))
    for warning in islice(told, FEW):
        warnings.warn(warning, stacklevel=3)
    if (more := len(noted) + len(unread) - FEW) > 0:
        message = f"{more} warnings more about this cfg; {program()} check CFG shows where they are"
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
