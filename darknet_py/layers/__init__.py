"""Every section that a cfg may have, one row each.   C: parser.c string_to_layer_type"""

from __future__ import annotations

from functools import cache

from .._support.spelling import close, hint, meant
from ..cfg import Option, Section
from .activation import ActivationLayer
from .avgpool import AvgPool
from .base import TRAINING, Layer
from .batchnorm import BatchNorm
from .connected import Connected
from .contrastive import Contrastive
from .convolutional import Convolutional
from .cost import Cost
from .crop import Crop
from .detection import Detection
from .dialect import PYTORCH, as_darknet, is_for_pytorch
from .dropout import Dropout
from .empty import Empty
from .gaussian_yolo import GaussianYolo
from .implicit import Implicit
from .local import Local
from .local_avgpool import LocalAvgPool
from .maxpool import MaxPool
from .net import NetOptions
from .normalization import Normalization
from .region import Region
from .reorg import Reorg, Reorg3d
from .route import Route
from .sam import Sam
from .scale_channels import ScaleChannels
from .shortcut import Shortcut
from .softmax import Softmax
from .upsample import Upsample
from .yolo import Yolo

__all__ = [
    "HEADS", "HEAD_NAMES", "LAYERS", "NO_HEADS", "UNSUPPORTED", "inference_options", "is_for_pytorch", "is_head",
    "known_options", "meant_option", "parse_layer", "parse_net",
]  # fmt: skip

HEADS: dict[str, type[Layer]] = {layer.kind: layer for layer in (Detection, GaussianYolo, Region, Yolo)}
HEAD_NAMES = "[yolo], [Gaussian_yolo], [region] or [detection]"
NO_HEADS = "the network has no detection layer"

LAYERS: dict[str, type[Layer]] = {
    layer.kind: layer
    for layer in (
        ActivationLayer, AvgPool, BatchNorm, Connected, Contrastive, Convolutional, Cost, Crop, Dropout, Empty, Implicit,
        Local, LocalAvgPool, MaxPool, Normalization, Reorg, Reorg3d, Route, Sam, ScaleChannels, Shortcut, Softmax, Upsample,
    )
} | HEADS  # fmt: skip

_ABSENT = {  # the last of them are sections of other programs that read such files
    "recurrent layers; Darknet itself divides by zero while it loads most of its own networks of them on a CPU": (
        "conv_lstm", "crnn", "gru", "history", "lstm", "rnn",
    ),
    "layers of YOLOR's cfgs; darknet_py import MODEL.pt -cfg NET.cfg puts implicit knowledge into convolutions": (
        "alternate_channels", "control_channels", "deformableconvolutional", "implicit_add", "implicit_mul",
        "select_channels", "shift_channels",
    ),
    "transposed convolution, which is not in AlexeyAB's Darknet either": ("deconv", "deconvolutional"),
    "instance segmentation, which is not in AlexeyAB's Darknet either": ("iseg",),
    "normalization by length, which is not in AlexeyAB's Darknet either": ("l2norm",),
    "logistic loss, which is not in AlexeyAB's Darknet either": ("logistic", "logxent"),
}  # fmt: skip
UNSUPPORTED = {name: what for what, names in _ABSENT.items() for name in names}

NEEDED = {"width": "1", "height": "1", "channels": "1", "from": "-1", "layers": "-1", "coords": "4"}


def parse_net(section: Section) -> NetOptions:
    """The first section of a cfg.  Raises CfgError when it is not a usable [net]."""
    section.doubts.clear()
    return NetOptions.parse(section)


def parse_layer(section: Section, index: int) -> Layer:
    """The layer of any other section, being layer number ``index``.

    Raises CfgError for unknown or unsupported sections and for whatever the layer's own ``parse`` refuses.
    """
    section.doubts.clear()
    section = as_darknet(section)
    if section.name in UNSUPPORTED:
        raise section.error(f"is not supported: darknet_py has no {UNSUPPORTED[section.name]}")
    if section.name == "net":
        raise section.error("appears twice; a cfg has one network")
    if section.name not in LAYERS:
        section.meant |= {"": near} if (near := _meant_name(section.name)) else {}
        raise section.error(f"is not a layer of Darknet; {_nearest(section.name)}")
    section.ignore(*TRAINING)
    return LAYERS[section.name].parse(section, index)


def is_head(layer: Layer) -> bool:
    """Whether boxes are decoded from this layer's output."""
    return isinstance(layer, tuple(HEADS.values()))


def known_options(name: str) -> set[str]:
    """The options of a section: those that parsing one asks for.  None for sections that are not supported."""
    name = PYTORCH.get(name, (name,))[0]
    return _smallest(name).used | _smallest(name).ignored


def inference_options(name: str) -> set[str]:
    """The options of a section that matter at inference."""
    return _smallest(name).used


def meant_option(section: Section, key: str) -> str | None:
    """The known option, absent from the section, that ``key`` is a misspelling of; None when it is like none of them."""
    return meant(key, known_options(section.name) - section.options.keys())


@cache
def _smallest(name: str) -> Section:
    """A section with what none can do without, after it was parsed."""
    section = Section(name, "", 0, {key: Option(value, 0) for key, value in NEEDED.items()})
    if name == "net":
        parse_net(section)
    elif name in LAYERS:
        parse_layer(section, 1)
    return section


def _meant_name(name: str) -> str:
    """The section that is meant by a name like it; nothing where none is."""
    return next(iter(close(name, LAYERS) or close(name.lower(), LAYERS)), "")


def _nearest(name: str) -> str:
    otherwise = "section names are written as in the reference, in lower case"
    return hint(name, [*LAYERS, "net"], hint(name.lower(), LAYERS, otherwise, "[{}]"), "[{}]")
