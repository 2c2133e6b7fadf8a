"""What is written in the scenes: numbers, plates, words, serial numbers, characters by chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import CLASSES

__all__ = ["DIGITS", "LETTERS", "caption", "number", "plate", "random_text", "text", "word"]

Rng = np.random.Generator

DIGITS, LETTERS = CLASSES[:10], CLASSES[10:]
SMALL = "adefhmnrt"
CONTEXT = 3     # letters in a row that make a word, in which O is not 0
WORDS = (  # noqa: SIM905
    "WORDS ACME AMP AUTO AXLE BAR BATCH BOX BUS BYTE CAFE CITY CODE COLD CUP DATE DECK DOOR DRY DUTY EAST EXIT EXPO "
    "FAX FIRE FIX FLUX FROZEN FUEL GAS GATE GAUGE GOAL GRID GUEST HAZARD HERTZ HIGH HOME HOT HUB INBOX INDEX JACK JET "
    "JOB JUMP JURY KEY KILO KIT KIWI LABEL LAMP LEVEL LOT LOW MAX METER MILK MIX MODEL MOTOR NET NORTH NOZZLE OIL "
    "OPEN OXYGEN PARK PHASE PIZZA POWER PRESS PUMP QUARTZ QUEUE QUIZ QUOTA RADIO RATE RESET ROUTE SALE SAFETY SERIAL "
    "SHOP SIZE SOUTH SPEED STOP SYNC TAXI TEMP TIME TOTAL TRUCK TYPE UNIT USED VALVE VAPOR VENT VOLT VOLUME VIEW "
    "WATER WATT WAVE WEST WIDTH WORK XENON XRAY YARD YELLOW YEAR ZERO ZINC ZONE ZOOM FRESH GRAVITY JOCKEY KERNEL "
    "LIQUID MAGNET PICKUP SWITCH TURBO VACUUM WINDOW HOCKEY QUICK"
).split()
PLATES = (
    "LLDDLLL", "LL DDDD", "L DDDD LL", "DDD LLL", "LLL DDD", "LL DDD LL", "DDDD LLL", "DLLLDDD", "LL L DDDD", "LLLDDDD",
    "LL DD LL",
)  # fmt: skip
SEPARATORS = (".", ",", ":", "-", "/", " ", "")


def pick(rng: Rng, characters: str, count: int) -> str:
    """``count`` characters by chance."""
    return "".join(characters[i] for i in rng.integers(len(characters), size=count))


def number(rng: Rng) -> str:
    """Digits alone, or parted as prices, times and dates are."""
    if rng.random() < 0.6:
        return pick(rng, DIGITS, int(rng.integers(1, 9)))
    separator = SEPARATORS[rng.integers(len(SEPARATORS))]
    return separator.join(pick(rng, DIGITS, int(rng.integers(1, 4))) for _ in range(rng.integers(2, 4)))


def plate(rng: Rng) -> str:
    """The pattern of some country's number plates."""
    pattern = PLATES[rng.integers(len(PLATES))]
    return "".join(pick(rng, {"L": LETTERS, "D": DIGITS}.get(c, c), 1) for c in pattern)


def word(rng: Rng) -> str:
    """A word, or letters by chance."""
    return WORDS[rng.integers(len(WORDS))] if rng.random() < 0.5 else pick(rng, LETTERS, int(rng.integers(3, 8)))


def random_text(rng: Rng) -> str:
    """Letters and digits without order, some of them rare ones."""
    return pick(rng, CLASSES, int(rng.integers(1, 9)))


def caption(rng: Rng) -> str:
    """A word and its number; sometimes the word is of small letters that have no twin among the classes."""
    first = pick(rng, SMALL, int(rng.integers(2, 7))) if rng.random() < 0.4 else word(rng)
    return f"{first} {number(rng)}"


Kinds = tuple[tuple[float, Callable[[Rng], str]], ...]

KINDS: Kinds = (
    (0.2, number), (0.15, plate), (0.2, word), (0.35, random_text), (0.1, caption),
)  # fmt: skip


def text(rng: Rng, lookalikes: frozenset[str] = frozenset(), kinds: Kinds = KINDS) -> str:
    """A text of some kind.

    ``lookalikes``: letters that the font draws like digits.  They stay in words, where their neighbours tell what they
    are, and nowhere else.
    """
    weights = np.array([w for w, _ in kinds])
    kind = kinds[rng.choice(len(kinds), p=weights / weights.sum())][1]
    return _told_apart(rng, kind(rng), lookalikes)


def _told_apart(rng: Rng, found: str, lookalikes: frozenset[str]) -> str:
    others = "".join(c for c in LETTERS if c not in lookalikes)
    runs = found.split(" ")
    for i, run in enumerate(runs):
        if not (len(run) >= CONTEXT and all(c in LETTERS for c in run)):
            runs[i] = "".join(pick(rng, others, 1) if c in lookalikes else c for c in run)
    return " ".join(runs)
