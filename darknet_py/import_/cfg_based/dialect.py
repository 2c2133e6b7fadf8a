"""What PyTorch's Darknet classes make of a cfg, as edits that have Darknet make the same of it.

They know five activations and take no other for any; a shortcut has none, and weights that go through the logistic function;
heads apply the logistic function themselves and obey neither scale_x_y nor new_coords.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ...cfg import Edit, Section, atof
from ...layers.base import label
from .reading import Reading
from .tensors import Tensors

__all__ = ["Cfg", "edits", "unknown_activations"]

ACTIVATIONS = {"leaky", "linear", "logistic", "mish", "silu", "swish"}
SILENT = {"implicit_add", "implicit_mul", "shift_channels", "control_channels"}


@dataclass(frozen=True)
class Cfg:
    """A cfg and what is known of how its network was trained; ``layers`` are the sections behind [net].

    ``whole_routes``: groups= of [route] was passed over, as most of these classes do.
    """

    sections: Sequence[Section]
    tensors: Tensors
    reading: Reading
    whole_routes: bool = False

    @property
    def layers(self) -> Sequence[Section]:
        return self.sections[1:]

    def name(self, index: int) -> str:
        """Of the section of a layer, nothing where there is none."""
        return self.layers[index].name if 0 <= index < len(self.layers) else ""


    def where(self, index: int) -> str:
        """``file:line: layer 5 [convolutional]``, for messages."""
        return label(self.layers[index].where(), index, self.layers[index].name)

    def before_head(self, index: int) -> int:
        """The number of the convolution whose output head ``index`` gets."""
        return index - 2 if self.name(index - 1) == "control_channels" else index - 1


def edits(cfg: Cfg, size: tuple[int, int] | None) -> Iterator[Edit]:
    """Edits of the cfg's lines, which leave it as many layers as it has."""
    net = cfg.sections[0]
    if size:
        yield from _says(net, width=size[0], height=size[1])
    if "letter_box" not in net.options:
        yield from _says(net, letter_box=1)  # pictures keep their aspect in PyTorch
    for index, section in enumerate(cfg.layers):
        if section.name in READERS:
            yield from READERS[section.name](cfg, index, section)
        yield from _last_said(section)
        if section.name in SILENT:
            yield Edit(section.line, "", "silence")
            yield from (Edit(option.line, key, None) for key, option in section.options.items())


def _last_said(section: Section) -> Iterator[Edit]:
    """Of equal keys the last one counts in PyTorch, and in Darknet the first."""
    last = {key: option.value for key, option in section.repeated}
    yield from (Edit(section.line_of(key), key, value) for key, value in last.items() if section.options[key].value != value)


def unknown_activations(cfg: Cfg) -> Iterator[str]:
    """A sentence about each activation that these classes pass over."""
    names = {
        _activation(section) for index, section in enumerate(cfg.layers)
        if section.name == "convolutional" and not _is_before_head(cfg, index)
    }  # fmt: skip
    for name in sorted(names - ACTIVATIONS):
        yield f"activation={name} is none that PyTorch's Darknet classes know: values are passed on as they are, here too"


def _convolution(cfg: Cfg, index: int, section: Section) -> Iterator[Edit]:
    fused = cfg.tensors.has(index, "Conv2d.bias") and not cfg.tensors.has(index, "BatchNorm2d.weight")
    if fused and section.integer("batch_normalize"):
        yield from _says(section, batch_normalize=0)
    if "dilation" in section.options:
        yield from _says(section, dilation=1)
    activation = _activation(section)
    if _is_before_head(cfg, index):
        yield from _says(section, activation="logistic" if cfg.reading.new_coords else "linear")
    elif activation not in ACTIVATIONS:
        yield from _says(section, activation="linear")


def _is_before_head(cfg: Cfg, index: int) -> bool:
    return any(cfg.name(head) == "yolo" and cfg.before_head(head) == index for head in (index + 1, index + 2))


def _head(cfg: Cfg, index: int, section: Section) -> Iterator[Edit]:
    if cfg.reading.new_coords:
        yield from _says(section, new_coords=1, scale_x_y="2.0")
    else:
        yield from (edit for edit in _says(section, new_coords=0, scale_x_y="1.0") if edit.key in section.options)


def _shortcut(cfg: Cfg, index: int, section: Section) -> Iterator[Edit]:
    if _activation(section, "linear") != "linear":
        yield from _says(section, activation="linear")
    if "weights_type" in section.options:
        yield from _says(section, weights_type="per_feature", weights_normalization="none")


def _pool(cfg: Cfg, index: int, section: Section) -> Iterator[Edit]:
    """PyTorch pads both sides alike; for an even size Darknet pads one pixel more behind."""
    size = section.integer("size", section.integer("stride", 1))
    if size % 2 == 0 and size > 2:
        yield from _says(section, padding=(size - 1) // 2 * 2)


def _reorg(cfg: Cfg, index: int, section: Section) -> Iterator[Edit]:
    """Of the same shape, until it is known of how many channels."""
    yield Edit(section.line, "", "reorg3d")
    yield from _says(section, stride=2)


def _upsample(cfg: Cfg, index: int, section: Section) -> Iterator[Edit]:
    if "scale" in section.options:
        yield from _says(section, scale=1)


def _route(cfg: Cfg, index: int, section: Section) -> Iterator[Edit]:
    if cfg.whole_routes and "groups" in section.options:
        yield from _says(section, groups=1, group_id=0)


READERS: dict[str, Callable[[Cfg, int, Section], Iterator[Edit]]] = {
    "convolutional": _convolution, "maxpool": _pool, "reorg": _reorg, "route": _route, "shortcut": _shortcut,
    "upsample": _upsample, "yolo": _head,
}  # fmt: skip


def _activation(section: Section, default: str = "logistic") -> str:
    option = section.options.get("activation")
    return option.value if option else default


def _says(section: Section, **said: object) -> Iterator[Edit]:
    """What a section does not say already."""
    for key, value in said.items():
        option = section.options.get(key)
        if option is None or (option.value != str(value) and not _is_number(option.value, value)):
            yield Edit(section.line_of(key), key, str(value))


def _is_number(text: str, value: object) -> bool:
    return atof(text) == atof(str(value)) and text[:1].isdigit()
