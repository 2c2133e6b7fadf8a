"""The cfg of PyTorch's Darknet class → that of Darknet, and the network that it describes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ... import cfg as cfgs
from ...cfg import Edit, Section, Text
from ...doctor.case import Case
from ...doctor.correction import corrected
from ...errors import DarknetError, DarknetWarning
from ...files.text import read_bytes
from ...graph import Graph, build
from .dialect import Cfg, edits
from .insertion import bordered, pools_with_zeros

__all__ = ["Draft", "draft"]


@dataclass(frozen=True)
class Draft:
    """Darknet's cfg: its text, its network, and for each layer of that the one in the cfg given, None where none is."""

    text: Text
    graph: Graph
    origins: tuple[int | None, ...]


def draft(path: str, cfg: Cfg, size: tuple[int, int] | None) -> Draft:
    """Raises CfgError and ShapeError, which name lines of the cfg given."""
    text = Text.of(read_bytes(path)).edited(edits(cfg, size))[0]
    text = corrected(Case(path), text).text
    graph, sections = _built(path, text)
    channels = [node.inputs[0].c if node.inputs else 0 for node in graph.nodes]
    pools = pools_with_zeros(sections)
    squares = [index for index, section in enumerate(cfg.layers) if section.name == "reorg"]
    more = [edit for index in squares for edit in _convolution(sections[index + 1], channels[index])]
    if pools or squares:
        text = bordered(text, sections, channels, pools, more)
        graph, _ = _built(path, text)
    origins = [origin for index in range(len(channels)) for origin in ([None, index] if index in pools else [index])]
    return Draft(text, graph, tuple(origins))


def _convolution(section: Section, channels: int) -> Iterator[Edit]:
    """A section of squares as channels, as a convolution."""
    yield Edit(section.line, "", "convolutional")
    said = {"filters": 4 * channels, "size": 2, "stride": 2, "pad": 0, "activation": "linear"}
    yield from (Edit(section.line_of(key), key, str(value)) for key, value in said.items())


def _built(path: str, text: Text) -> tuple[Graph, Sequence[Section]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DarknetWarning)  # told when what is written is read
            sections = cfgs.parse(cfgs.decoded(text.data, path), path)
            return build(sections), sections
    except DarknetError as e:
        raise type(e)(e.message, _as_given(path, text, e)) from e


def _as_given(path: str, text: Text, error: DarknetError) -> str:
    """Where an error is, in the lines of the cfg given."""
    before, line, after = error.where.partition(f"{path}:")
    number, colon, rest = after.partition(":")
    if not number.isdigit() or not 0 < int(number) <= len(text.lines):
        return error.where
    return f"{before}{line}{text.lines[int(number) - 1].number}{colon}{rest}"
