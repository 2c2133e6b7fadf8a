"""The rows of each class from the best to the worst, in the order that the reference's sorts leave."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..codegen.jit import Floats, Int, Ints, Real, bits, inline

__all__ = ["COUNTS", "Ranks", "Table", "sort_classes"]

FEW = 24  # words that are sorted by insertion
COUNTS = 256  # values of a byte
RANK = 0xFFFFFFFF  # the low half of a word


class Table(NamedTuple):
    """``values`` of ``rows`` rows, ``step`` apart, of which the ``live`` first in ``order`` are sorted; by ``classes``
    classes from number ``first`` on.
    """

    values: Floats
    rows: Int
    step: Int
    first: Int
    classes: Int
    order: Ints
    live: Int


class Ranks(NamedTuple):
    """Room: for the ``rank`` of each row, the ``row`` of each rank (rows, and twice the pairs of a row and a class), what
    is sorted (``words``: pairs, ``others``: rows), and how often each byte is there (``counts``: COUNTS).
    """

    rank: Ints
    row: Ints
    words: Ints
    others: Ints
    counts: Ints


@inline
def descending(value: Real) -> Int:
    """Integers of 32 bits in the order of values turned round, NaN last."""
    b = bits(np.float32(np.inf) if np.isnan(value) else -value)
    return b ^ ((b >> 31) & 0x7FFFFFFF)


@inline
def insert(words: Ints, first: Int, size: Int) -> None:
    """Sort a few words."""
    for i in range(first + 1, first + size):
        word, j = words[i], i
        while j > first and words[j - 1] > word:
            words[j] = words[j - 1]
            j -= 1
        words[j] = word


@inline
def distribute(words: Ints, first: Int, size: Int, others: Ints, counts: Ints) -> None:
    """Sort words byte by byte, from the lowest on, but for bytes that are the same in all of them."""
    differing = 0
    for i in range(first, first + size):
        differing |= words[i] ^ words[first]
    here, start, there, there_start = words, first, others, 0
    for shift in range(0, 64, 8):
        if (differing >> shift) & 255 != 0:
            sign, place = 128 if shift == 56 else 0, there_start
            for c in range(COUNTS):
                counts[c] = 0
            for i in range(start, start + size):
                counts[((here[i] >> shift) & 255) ^ sign] += 1
            for c in range(COUNTS):
                counts[c], place = place, place + counts[c]
            for i in range(start, start + size):
                byte = ((here[i] >> shift) & 255) ^ sign
                there[counts[byte]] = here[i]
                counts[byte] += 1
            here, start, there, there_start = there, there_start, here, start
    for i in range(size):
        words[first + i] = here[start + i]


@inline
def collect(table: Table, rows: Ints, bounds: Ints, ranks: Ranks) -> None:
    """The rows of each class whose value is not 0, that value as the high half of a word, and where each class begins."""
    for k in range(table.classes + 2):
        bounds[k] = 0
    for row in range(table.rows):
        for k in range(table.classes if ranks.rank[row] >= 0 else 0):
            bounds[k + 2] += 1 if table.values[row * table.step + table.first + k] != 0 else 0
    for k in range(table.classes):
        bounds[k + 2] += bounds[k + 1]
    for row in range(table.rows):
        for k in range(table.classes if ranks.rank[row] >= 0 else 0):
            value = table.values[row * table.step + table.first + k]
            if value != 0:
                rows[bounds[k + 1]], ranks.words[bounds[k + 1]] = row, descending(value) << 32
                bounds[k + 1] += 1


@inline
def sort_class(rows: Ints, first: Int, size: Int, ranks: Ranks) -> Int:
    """Sort the rows of one class by value, then rank; returns how many values are above 0."""
    for i in range(first, first + size):
        ranks.words[i] += ranks.rank[rows[i]]
    if size > FEW:
        distribute(ranks.words, first, size, ranks.others, ranks.counts)
    else:
        insert(ranks.words, first, size)
    above = 0
    for i in range(first, first + size):
        rows[i] = ranks.row[ranks.words[i] & RANK]
        above += 1 if ranks.words[i] < 0 else 0
    return above


@inline
def sort_classes(table: Table, rows: Ints, bounds: Ints, ranks: Ranks) -> None:
    """``rows[bounds[k] : bounds[k + 1]]``: those of a class whose value is not 0, the best first; room for one bound more.

    Brings ``order`` to what stable sorts of all rows, by one class after the other, leave: each moves its few rows to the
    front and leaves the others in order, so that rows of equal value stand as earlier classes left them.  Values below 0,
    which a negative threshold lets through, move to the end.
    """
    front = table.live * table.classes
    back = front + table.live
    for row in range(table.rows):
        ranks.rank[row] = -1
    for i in range(table.live):
        ranks.rank[table.order[i]], ranks.row[front + i] = front + i, table.order[i]
    collect(table, rows, bounds, ranks)
    for k in range(table.classes):
        first, size = bounds[k], bounds[k + 1] - bounds[k]
        above = sort_class(rows, first, size, ranks)
        for i in range(size):
            place = front - above + i if i < above else back + i - above
            ranks.rank[rows[first + i]], ranks.row[place] = place, rows[first + i]
        front, back = front - above, back + size - above
    end = 0
    for place in range(front, back):
        row = ranks.row[place]
        if ranks.rank[row] == place:
            table.order[end] = row
            end += 1
