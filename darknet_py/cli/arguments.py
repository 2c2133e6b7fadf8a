"""What the arguments of a command mean."""

from __future__ import annotations

from collections.abc import Sequence

from .. import zoo
from ..files.lists import holds_pictures
from ..store import Model, is_name, model
from .command import Command
from .roles import check_data, check_network, check_pictures

__all__ = ["NETWORK", "OPTIONAL_NETWORK", "data_and_network", "network_and_pictures", "network_and_rest"]

NETWORK = "CFG WEIGHTS|NAME"
OPTIONAL_NETWORK = f"[{NETWORK}]"


def network_and_rest(arguments: Sequence[str], command: Command) -> tuple[Model, list[str]]:
    """The network that the first arguments say, and the arguments after it.

    CFG WEIGHTS: two files.  NAME: a built-in cfg, and its weights where they were fetched to.  NAME x.weights: others.
    Raises UsageError for a CFG without WEIGHTS, CfgError for an unknown name, WeightsError for weights not fetched.
    """
    check_network(arguments, command)
    first, *rest = arguments
    if is_name(first) and not (rest and rest[0].endswith(".weights")):
        return model(first), rest
    if not rest:
        raise command.wrong_usage()
    return model(first, rest[0]), rest[1:]


def network_and_pictures(arguments: Sequence[str], command: Command) -> tuple[Model, list[str]]:
    """``network_and_rest``; the network that comes with the package when the first argument already is a picture."""
    check_pictures(arguments)
    weights_follow = arguments[1:] and arguments[1].endswith(".weights")
    if holds_pictures(arguments[0]) and not weights_follow:
        return model(zoo.DEFAULT), list(arguments)
    return network_and_rest(arguments, command)


def data_and_network(arguments: Sequence[str], command: Command) -> tuple[str, Model, list[str]]:
    """The .data file that the first argument says, and ``network_and_rest`` of those after it."""
    data, *rest = arguments
    check_data(data, command)
    return data, *network_and_rest(rest, command)
