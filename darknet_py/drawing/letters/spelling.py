"""Other scripts in Latin letters, for where nothing can write them."""

from __future__ import annotations

import unicodedata
import warnings

from ..._support.optional import pip_install
from ...errors import DarknetWarning
from . import pillow

__all__ = ["spellable", "spelled", "told"]

# Cyrillic, Greek, Latin with strokes, Arabic, Hebrew, signs; below each what is written for it
_SCRIPTS = "абвгґдеєёжзиіїйклмнопрстуфхцчшщъыьэюяўљњћђџјѓќѕ" "αβγδεζηθικλμνξοπρσςτυφχψω" "ßæœøłđðþıħŋ" \
           "ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأإؤئىةپچژگ" "אבגדהוזחטיכךלמםנןסעפףצץקרשת" "…–—·×÷“”‘’«»№"
_LATIN = "a b v g g d e ye yo zh z i i yi y k l m n o p r s t u f kh ts ch sh shch ' y ' e yu ya u lj nj c dj dz j gj kj " \
         "dz a v g d e z i th i k l m n x o p r s s t y f ch ps o ss ae oe o l d d th i h ng " \
         "a b t th j h kh d dh r z s sh s d t z ' gh f q k l m n h w y ' a a i w y a a p ch zh g " \
         "' b g d h v z ch t y k k l m m n n s ' p p ts ts k r sh t " \
         "... - - . x / \" \" ' ' \" \" No"
_LETTERS = dict(zip(_SCRIPTS, _LATIN.split(), strict=True))
FRACTION = "\u2044"
_SPOKEN = "LETTER", "SYLLABLE", "VOWEL", "CHARACTER"
_NO_A = "VOWEL SIGN", "VIRAMA"  # what takes the place of the a that India's letters end with

_told: list[str] = []  # the first text of which a warning told


def spelled(text: str, lacking: frozenset[str]) -> str:
    """A text without the characters that are ``lacking``: in Latin letters as far as there is a way, else U+72D7."""
    parts = [""]
    for c in text:
        if c in lacking and any(word in unicodedata.name(c, "") for word in _NO_A):
            parts[-1] = parts[-1].removesuffix("a")
        parts.append(_spelled(c) if c in lacking else c)
    return "".join(parts)


def spellable(characters: frozenset[str]) -> bool:
    """Whether there is a way in Latin letters for all of them."""
    return not any(_spelled(c).startswith("U+") for c in characters)


def _spelled(character: str) -> str:
    parts = unicodedata.normalize("NFKD", character).replace(FRACTION, "/")
    plain = "".join(c for c in parts if not unicodedata.combining(c))
    if plain.isascii() and plain:
        return plain
    if unicodedata.combining(character) and "VOWEL" not in unicodedata.name(character, ""):
        return ""
    latin = _LETTERS.get(character.lower(), _LETTERS.get(plain.lower(), "")) or _from_name(character)
    return latin.capitalize() if character.isupper() else latin


def _from_name(character: str) -> str:
    """What a letter or a syllable is called: ``ka`` of Hiragana's, ``gae`` of Hangul's."""
    kind, _, name = unicodedata.name(character, "").rpartition(" ")
    if kind.startswith(("THAI CHARACTER ", "LAO LETTER ")) and "SARA" not in kind:
        name = kind.split()[2].removesuffix("O")
    spoken = any(word in kind for word in _SPOKEN) and name.isalpha()
    return name.lower() if spoken else f"U+{ord(character):04X}"


def told(text: str, lacking: frozenset[str], shown: str) -> None:
    """Warn that a text is spelled ``shown``, and what would help; once in a process."""
    if not _told:
        _told.append(text)
        warnings.warn(f"{text!r} is drawn as {shown!r}: {_remedy(lacking)}", DarknetWarning, stacklevel=2)


def _remedy(lacking: frozenset[str]) -> str:
    one = min(lacking)
    if pillow.writer() is None:
        return f"OpenCV has no letters for it; {pip_install('text')} draws those of the system's fonts"
    return (f"no font of this system has {one} (U+{ord(one):04X} {unicodedata.name(one, 'without a name')}); install one "
            "(of Debian and Ubuntu fonts-noto or fonts-noto-cjk), or put a .ttf or .otf where fonts are kept")  # fmt: skip
