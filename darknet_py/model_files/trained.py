"""The weights of a cfg: those of its name, or those that Darknet's training writes for it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .. import cfg as cfgs
from .. import weights
from .._support import same_file
from .._support.words import brief
from ..errors import CfgError, WeightsError
from ..graph import Graph, draft
from .cfgs import TRAINED
from .folder import folded, inside, names, shown, stem_of

__all__ = ["drafted", "weights_of"]

log = logging.getLogger("darknet_py")
ORDER = "", "best", "final", "last"  # then the highest number
BESIDE = "backup", "weights"  # folders, of the working directory, in which weights are usually kept


@dataclass(frozen=True, order=True)
class Candidate:
    """A file, and how likely it is meant, the lowest first."""

    rank: tuple[int, ...]
    path: str = field(compare=False)


def weights_of(cfg: str, folders: Sequence[str] = (), alone: bool = False) -> str:
    """The weights for a cfg: ``x.weights``, else ``x_best``, ``x_final``, ``x_last`` or the highest of ``x_4000``.

    They lie beside it, in ``folders``, in this folder, its backup/ or weights/, and have the network's length if any has.
    ``alone``: the only weights in the cfg's folder will do under any name, if they have its length.
    Raises WeightsError where there are none, and where two may be meant.
    """
    places = _places(cfg, folders)
    candidates = sorted(found for number, place in enumerate(places) for found in _candidates(cfg, number, place))
    if not candidates:
        return _any(cfg, alone)
    graph = drafted(cfg) if candidates[1:] else None
    fitting = [one for one in candidates if graph and fits(graph, one.path)] or candidates
    best, *others = fitting
    if others and others[0].rank == best.rank:
        raise WeightsError(f"{cfg}: {best.path} and {others[0].path} may both be its weights: name those that are meant")
    _tell(cfg, best.path, [one.path for one in others], [one.path for one in candidates if one not in fitting])
    return best.path


def _places(cfg: str, folders: Sequence[str]) -> list[str]:
    places: list[str] = []
    for place in (os.path.dirname(cfg), *folders, "", *BESIDE):
        if os.path.isdir(place or ".") and not any(same_file(place or ".", other or ".") for other in places):
            places.append(place)
    return places


def _candidates(cfg: str, number: int, folder: str) -> Iterator[Candidate]:
    """The files of a folder, the ``number``-th, that are named after a cfg."""
    stem = stem_of(cfg, ".cfg")
    for path in inside(folder, ".weights"):
        own = stem_of(path, ".weights")
        trained = TRAINED.fullmatch(own)
        for base, what in [(own, ""), *([(trained[1], trained[2])] if trained else [])]:
            if folded(base) == folded(stem):
                yield Candidate((number, 0, int(base != stem), *_order(what)), path)
            elif what and folded(base) == folded(stem.split(".")[0]):  # C: utils.c basecfg
                yield Candidate((number, 1, int(base != stem.split(".")[0]), *_order(what)), path)


def _order(what: str) -> tuple[int, int]:
    return (ORDER.index(what.lower()), 0) if what.lower() in ORDER else (len(ORDER), -int(what))


def drafted(cfg: str) -> Graph | None:
    """The graph of a cfg, if it has no mistakes; they are told when it is loaded."""
    try:
        return draft(cfgs.scan(cfgs.text_of(cfg), cfg)[0]).graph
    except CfgError:
        return None


def fits(graph: Graph, path: str) -> bool:
    """Whether weights have the length of a network's."""
    try:
        return weights.misfit(graph, *weights.peek(path, graph)) is None
    except WeightsError:
        return False


def _tell(cfg: str, chosen: str, others: list[str], unfit: list[str]) -> None:
    """Say which was chosen, where there were several or it lies elsewhere."""
    if not others and not unfit and os.path.dirname(chosen) == os.path.dirname(cfg):
        return
    before = f", before {brief(others)}" if others else ""
    not_its = f"; {brief(unfit)}: not of its length" if unfit else ""
    log.info("%s: weights are %s%s%s", cfg, chosen, before, not_its)


def _any(cfg: str, alone: bool) -> str:
    """The only weights there are beside a cfg.  Raises WeightsError, which tells what lies there."""
    folder, stem = os.path.dirname(cfg), stem_of(cfg, ".cfg")
    others, graph = inside(folder, ".weights"), drafted(cfg)
    fitting = [path for path in others if graph and fits(graph, path)]
    if alone and len(others) == len(fitting) == 1:
        log.info("%s: weights are %s, the only ones there", cfg, others[0])
        return others[0]
    text = f"{cfg}: no weights for it in {shown(folder)} ({stem}.weights, or {stem}_ and best, final, last or a number)"
    raise WeightsError(f"{text}{_there(others, fitting)}")


def _there(others: list[str], fitting: list[str]) -> str:
    """What weights of other names lie there, and what to do."""
    if not others:
        return ": name the weights too"
    told = fitting or others
    length = "with its length" if fitting else "of another length"
    return f"; {names(told)} {'lie' if told[1:] else 'lies'} there, {length}: name the weights that are meant"
