"""What is examined: the files that were given, and all that can be made of them, each when a check first asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .. import zoo
from ..cfg import Edit, Problem, Section, scan, text_of
from ..errors import CfgError, DarknetWarning, WeightsError
from ..files.contents import BINARY, CFG, DATA, NAMES, WEIGHTS, Kind, kind_of
from ..files.data import NAMES_REMEDY, Data, scan_data
from ..files.names import scan_names
from ..files.roles import role_of
from ..files.text import decoded, read_bytes
from ..graph import Draft, Graph, draft
from ..layers.before import convolution_before
from ..layers.convolutional import Convolutional
from ..layers.head import DetectionHead
from ..weights import Header, Misfit, Weights, arrays, misfit, peek
from .finding import Place
from .numbers import Numbers, examined

__all__ = ["ROLES", "Case", "Head"]

ROLES = ("cfg", "weights", "names", "data")


@dataclass(frozen=True)
class Head:
    """A detection layer, its number and section; ``number`` of the layer whose output it gets, and that, if it is a
    convolution whose filters are the head's channels."""

    index: int
    layer: DetectionHead
    section: Section
    number: int
    before: Convolutional | None


@dataclass(frozen=True)
class Case:
    """The files by their role; ``cfg`` may be the name of a network of the zoo.

    ``given``: the role in which each path was given, where that was another.  ``content``: what is examined in place of
    what is in the cfg.
    """

    cfg: str
    weights: str | None = None
    names: str | None = None
    data: str | None = None
    given: tuple[tuple[str, str], ...] = ()
    names_encoding: str | None = None
    content: bytes | None = None

    @classmethod
    def of(cls, paths: Mapping[str, str | None], names_encoding: str | None = None) -> Case:
        """The case of files given by role, or of their own roles when these are plain and differ."""
        files = {role: path for role, path in paths.items() if path}
        proper = {role: _role(path) or role for role, path in files.items()}
        if len(set(proper.values())) < len(proper) or "cfg" not in proper.values():
            proper = {role: role for role in files}
        path = {proper[role]: file for role, file in files.items()}
        moved = tuple((file, role) for role, file in files.items() if proper[role] != role)
        return cls(path["cfg"], path.get("weights"), path.get("names"), path.get("data"), moved, names_encoding)

    @cached_property
    def kinds(self) -> dict[str, Kind | OSError]:
        """The kind of the file in each role, or why it cannot be read."""
        kinds = {role: _kind(path) for role in ROLES if (path := getattr(self, role))}
        return kinds | {"cfg": CFG} if self.is_built_in else kinds

    @property
    def is_built_in(self) -> bool:
        """Whether the cfg is a network of the zoo."""
        return self.cfg in zoo.NETWORKS and not Path(self.cfg).exists()

    @cached_property
    def scan(self) -> tuple[list[Section], list[Problem]]:
        """The cfg's sections, and the lines that cannot be used; nothing of a file that is no cfg."""
        if self.kinds["cfg"] is not CFG:
            return [], []
        try:
            return scan(self.text, self.cfg)
        except CfgError:
            return [], []

    @property
    def text(self) -> str:
        """The cfg's.  Raises CfgError."""
        if self.content is not None:
            return decoded(self.content, self.cfg)
        return zoo.write(self.cfg) if self.is_built_in else text_of(self.cfg)

    def bytes_of(self, path: str) -> bytes:
        """What is in a text, or to be in the cfg.  Raises CfgError."""
        return self.content if self.content is not None and path == self.cfg else read_bytes(path)

    @property
    def sections(self) -> list[Section]:
        """[net] and the layers'."""
        return self.scan[0]

    @cached_property
    def draft(self) -> Draft:
        """The network as far as it can be understood."""
        return draft(self.sections)

    @cached_property
    def graph(self) -> Graph | None:
        """That of the network, if all of its shapes are known."""
        return self.draft.graph

    @cached_property
    def heads(self) -> list[Head]:
        """The detection layers in order."""
        layers = self.draft.layers
        return [
            Head(i, layer, self.sections[i + 1], *(convolution_before(layers, i) if layer.anchors else (i - 1, None)))
            for i, layer in enumerate(layers) if isinstance(layer, DetectionHead)
        ]  # fmt: skip

    @property
    def anchored(self) -> list[Head]:
        """Those whose boxes start from anchors: all but [detection]."""
        return [head for head in self.heads if head.layer.anchors]

    @cached_property
    def file(self) -> tuple[Header, int] | None:
        """Header and length of the weights file."""
        if not self.weights or self.kinds["weights"] not in (WEIGHTS, BINARY):
            return None
        try:
            return peek(self.weights, self.graph)
        except WeightsError:
            return None

    @cached_property
    def misfit(self) -> Misfit | None:
        """Why the weights file has another length than the network's."""
        return misfit(self.graph, *self.file) if self.graph and self.file else None

    @cached_property
    def arrays(self) -> Weights | None:
        """What is in the weights file, if it has the network's length."""
        if not self.weights or not self.graph or not self.file or self.misfit:
            return None
        return arrays(self.graph, self.weights)

    @cached_property
    def numbers(self) -> list[Numbers]:
        """What is known of each array of the weights file."""
        return examined(self.graph, self.arrays) if self.graph and self.arrays else []

    @property
    def names_path(self) -> str | None:
        """The file of names.  Raises CfgError when the .data file leads to none."""
        if self.names:
            return self.names if self.kinds["names"] is NAMES else None
        data = self.options[0]
        return str(data.locate(data.names_key(), NAMES_REMEDY)[0]) if data else None

    @property
    def class_names(self) -> list[str] | None:
        """The names given, or those that the .data file leads to; None without any."""
        return self.names_read[0]

    @cached_property
    def names_read(self) -> tuple[list[str] | None, DarknetWarning | None]:
        """The class names, if there are any, and what is to be said about their encoding."""
        try:
            return scan_names(self.names_path, self.names_encoding) if self.names_path else (None, None)
        except CfgError:
            return None, None

    @cached_property
    def options(self) -> tuple[Data | None, list[DarknetWarning]]:
        """The options of the .data file, and what is to be said about its lines; None of what is no such file."""
        if not self.data or self.kinds["data"] is not DATA:
            return None, []
        try:
            entries, problems = scan_data(self.data)
        except CfgError:
            return None, []
        return Data(self.data, entries, (self.cfg,)), problems

    @property
    def texts(self) -> list[str]:
        """The paths of cfg, .data file and names, as far as they are such."""
        cfg = self.cfg if self.kinds["cfg"] is CFG and not self.is_built_in else None
        names = self.names_path if self.names_read[0] is not None else None
        return [path for path in (cfg, self.data if self.options[0] else None, names) if path]

    def place(self, index: int, key: str | None = None) -> Place:
        """Where layer ``index``, or its option ``key``, stands; -1 is [net]."""
        section = self.sections[index + 1]
        return Place(self.cfg, section.line_of(key), None if index < 0 else index, section.name)

    def edit(self, index: int, key: str, value: object) -> Edit:
        """That layer ``index`` says ``key=value``; without a key, that it is a section of that name."""
        section = self.sections[index + 1]
        return Edit(section.line_of(key), key, str(value))

    def meant(self, index: int, line: int) -> list[Edit]:
        """What the reader of a layer found to be meant, other than this line of the cfg says it."""
        edits = (self.edit(index, key, value) for key, value in self.sections[index + 1].meant.items())
        return [edit for edit in edits if edit.line == line]


def _role(path: str) -> str:
    """The role of one of Darknet's own files, "" of any other."""
    role = role_of(path)
    return role if role in ROLES else ""


def _kind(path: str) -> Kind | OSError:
    try:
        return kind_of(path)
    except OSError as e:
        return e
