"""Layers that Darknet's cfg needs beside those of PyTorch's.

A pool of 2 x 2 pixels at stride 1 reads zeros beyond the right and the lower border there, which Darknet leaves out.  A
depthwise convolution that passes its input on makes such a border."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...cfg import Edit, Insertion, Section, Text

__all__ = ["bordered", "pools_with_zeros"]


def pools_with_zeros(sections: Sequence[Section]) -> list[int]:
    """The numbers of layers that are such pools."""
    return [
        index for index, section in enumerate(sections[1:])
        if section.name == "maxpool" and section.integer("size", section.integer("stride", 1)) == 2
        and section.integer("stride", 1) == 1
    ]  # fmt: skip


def bordered(
    text: Text, sections: Sequence[Section], channels: Sequence[int], pools: Sequence[int], edits: Sequence[Edit],
) -> Text:  # fmt: skip
    """The text after ``edits``, with such a convolution above each pool.  ``channels``: of each layer's input."""
    numbers = [Edit(s.line_of(key), key, value) for s, key, value in _renumbered(sections[1:], pools)]
    padding = [Edit(sections[pool + 1].line_of("padding"), "padding", "0") for pool in pools]
    above = [Insertion(sections[pool + 1].line, _convolution(channels[pool])) for pool in pools]
    moved = [Edit(edit.line + _above(edit.line, above), edit.key, edit.value) for edit in (*numbers, *padding, *edits)]
    return text.with_lines(above).edited(moved)[0]


def _above(line: int, insertions: Sequence[Insertion]) -> int:
    return sum(len(insertion.lines) for insertion in insertions if insertion.line <= line)


def _convolution(channels: int) -> tuple[str, ...]:
    """A row and a column of zeros behind its input."""
    return (
        "# zeros behind the last row and column, as PyTorch's ZeroPad2d has them", "[convolutional]", f"filters={channels}",
        f"groups={channels}", "size=2", "stride=1", "pad=0", "padding=1", "activation=linear", "",
    )  # fmt: skip


def _renumbered(layers: Sequence[Section], pools: Sequence[int]) -> Iterator[tuple[Section, str, str]]:
    """(section, key, value) of the layers that name others, by their new numbers."""
    for index, section in enumerate(layers):
        for key in ("from", "layers"):
            if values := section.integers(key):
                new = [_number(value, index, pools) for value in values]
                if new != values:
                    yield section, key, ",".join(map(str, new))


def _number(value: int, index: int, pools: Sequence[int]) -> int:
    def moved(layer: int) -> int:
        return layer + sum(pool <= layer for pool in pools)

    return moved(value) if value >= 0 else moved(index + value) - moved(index)
