"""Sections → the text of a cfg that says the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .section import Section

__all__ = ["written"]


def written(sections: Sequence[Section], net: Mapping[str, object] | None = None) -> str:
    """The text, without remarks; what ``net`` says stands in [net] in place of what is there."""
    first, *others = sections
    options = {key: option.value for key, option in first.options.items()} | {k: str(v) for k, v in (net or {}).items()}
    return "\n".join([*_lines(first.name, options), *(line for section in others for line in _of(section))])


def _of(section: Section) -> Iterator[str]:
    return _lines(section.name, {key: option.value for key, option in section.options.items()})


def _lines(name: str, options: Mapping[str, str]) -> Iterator[str]:
    yield f"[{name}]"
    yield from (f"{key}={value}" for key, value in options.items())
    yield ""
