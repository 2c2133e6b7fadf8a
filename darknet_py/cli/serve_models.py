"""Which models a service has, and what they are called."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from .. import zoo
from ..errors import DarknetError
from ..files.roles import FILES, role_of
from ..model_files import cfgs_in
from ..store import Model, model
from .command import Command
from .options import NetworkOptions
from .roles import network_and_rest

__all__ = ["Named", "models_of", "named"]

Named = tuple[str, list[str]]
"""A model's name and the words that say it."""


def named(text: str) -> Named:
    """``NAME=CFG,WEIGHTS,NAMES``.  Raises ValueError."""
    name, equals, words = text.partition("=")
    files = [word for word in words.split(",") if word]
    if not equals or not files or not name or not name.isprintable() or "/" in name or len(name) > 100:
        raise ValueError("not NAME=CFG,WEIGHTS,NAMES, as in cars=cars.cfg,cars_best.weights,cars.names")
    return name, files


def models_of(words: Sequence[str], given: Sequence[Named], command: Command, options: NetworkOptions) -> dict[str, Model]:
    """The models that words of a line and flags say, by their names.  Raises UsageError, DarknetError."""
    groups = [("", group) for group in _groups(words)] + list(given)
    found: dict[str, Model] = {}
    for name, group in groups:
        one, rest = network_and_rest(group, command, options)
        command.no_more(rest)
        name = name or one.stem
        if name in found:
            raise DarknetError(f"two models are called {name}, {found[name].label} and {one.label}; give one another name: "
                               f"-model NAME={','.join(group)}")  # fmt: skip
        found[name] = one
    if not found:
        return {zoo.DEFAULT: replace(model(zoo.DEFAULT, names=options.names), model=options.engine_model)}
    if options.names and len(found) > 1:
        raise DarknetError(f"-names {options.names} is one list for {len(found)} models; -model NAME=CFG,WEIGHTS,NAMES "
                           "says which it belongs to")  # fmt: skip
    return found


def _groups(words: Sequence[str]) -> list[list[str]]:
    """Words that say a model each; files of one, whose cfg is one of them, belong together."""
    if any(role_of(word) in FILES and role_of(word) != "cfg" for word in words):
        return [list(words)]
    return [[cfg] for word in words for cfg in (cfgs_in(word) if os.path.isdir(word) else [word]) or [word]]
