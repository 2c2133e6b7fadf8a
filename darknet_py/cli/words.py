"""A command's words by what they are: a file is what it is, wherever it stands; only what cannot be told has C's place."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from .. import zoo
from ..files.pictures import has_pictures
from ..files.roles import FILES, ROLES, role_of
from ..model_files import cfg_of, cfgs_in
from .command import Command, UsageError

__all__ = ["Words", "is_network", "told"]

UNKNOWN = "neither a network's file nor a picture"


@dataclass(frozen=True)
class Words:
    """The files of a network that are named, "" for those that are not, and the ``rest``: pictures, videos.

    ``network``: what says the network: its cfg, its name or folder, else another of its files.
    """

    network: str = ""
    weights: str = ""
    names: str = ""
    data: str = ""
    rest: tuple[str, ...] = ()

    @classmethod
    def of(cls, words: Sequence[str], command: Command) -> Words:
        """Raises UsageError where two are of one kind, CfgError where a name may be two cfgs'."""
        roles = [role_of(word) for word in words]
        if "cfg" not in roles:
            _name_network(words, roles)
        _place_unknown(words, roles, ["data", *FILES[:2]] if "DATA" in command.arguments else list(FILES[:2]))
        files = {role: _only(role, [word for word, own in zip(words, roles) if own == role], command) for role in FILES}
        network = files["cfg"] or files["weights"] or files["data"] or files["names"]
        rest = [word for word, role in zip(words, roles) if role not in FILES]
        if files["cfg"]:
            _check_one_network(files["cfg"], rest, command)
        return cls(network, files["weights"], files["names"], files["data"], tuple(rest))


def is_network(word: str) -> bool:
    """Whether a word that is no file says a network: by name, or as the folder that holds its cfg."""
    return (word in zoo.NETWORKS and not os.path.exists(word)) or (not os.path.isfile(word) and cfg_of(word) is not None)


def _name_network(words: Sequence[str], roles: list[str]) -> None:
    """Mark the first word that says a network without being a cfg; a folder that has pictures too only before others."""
    for i, word in enumerate(words):
        pictures = roles[i] == "folder" and has_pictures(word)
        if roles[i] in ("", "folder") and not (pictures and (i or cfgs_in(word)[1:])) and is_network(word):
            roles[i] = "cfg"
            return


def _place_unknown(words: Sequence[str], roles: list[str], places: Sequence[str]) -> None:
    """Give words that nothing is known of, such as pipes, the roles that their places have in C."""
    for i, place in enumerate(places[: len(words)]):
        if not roles[i] and place not in roles and _stands(place, i, words, roles):
            roles[i] = place


def _stands(place: str, i: int, words: Sequence[str], roles: Sequence[str]) -> bool:
    after = "".join(roles[i + 1 : i + 2])
    if place == "weights":
        return i > 0 and roles[i - 1] == "cfg" and not is_network(words[i - 1]) and not is_network(words[i])
    is_pipe = os.path.exists(words[i]) and not os.path.isfile(words[i])
    return after == ("cfg" if place == "data" else "weights") or is_pipe


def _only(role: str, words: Sequence[str], command: Command) -> str:
    if words[1:]:
        both = f"{words[0]} is given twice" if words[0] == words[1] else f"{words[0]} and {words[1]} are {ROLES[role]} each"
        raise UsageError(f"{both}; {command.name} takes one", command.name)
    return "".join(words)


def _check_one_network(network: str, rest: Sequence[str], command: Command) -> None:
    """Raises UsageError for another network's name among the pictures."""
    for word in rest:
        if not os.path.exists(word) and not role_of(word) and is_network(word):
            raise UsageError(f"{network} and {word} are both networks; {command.name} takes one", command.name)


def told(words: Words) -> str:
    """What was taken for what, as messages say it."""
    files = [(word, ROLES[role]) for role in FILES[1:] if (word := getattr(words, role))]
    rest = [(word, ROLES.get(role_of(word), UNKNOWN if os.path.exists(word) else "no file")) for word in words.rest]
    return ", ".join(f"{word} is {what}" for word, what in (files + rest)[:4])
