"""Every section that a cfg may have, one row each.   C: parser.c string_to_layer_type"""

from __future__ import annotations

from functools import cache

from .._support.spelling import hint, meant
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
from .dropout import Dropout
from .empty import Empty
from .gaussian_yolo import GaussianYolo
from .local_avgpool import LocalAvgPool
from .maxpool import MaxPool
from .net import NetOptions
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
    "HEADS", "HEAD_NAMES", "LAYERS", "NO_HEADS", "UNSUPPORTED", "inference_options", "is_head", "known_options",
    "meant_option", "parse_layer", "parse_net",
]  # fmt: skip

HEADS: dict[str, type[Layer]] = {
    "Gaussian_yolo": GaussianYolo,
    "region": Region,
    "yolo": Yolo,
}
HEAD_NAMES = "[yolo], [Gaussian_yolo] or [region]"
NO_HEADS = "the network has no detection layer"

LAYERS: dict[str, type[Layer]] = {
    "activation": ActivationLayer,
    "avgpool": AvgPool,
    "batchnorm": BatchNorm,
    "connected": Connected,
    "contrastive": Contrastive,
    "convolutional": Convolutional,
    "cost": Cost,
    "crop": Crop,
    "dropout": Dropout,
    "empty": Empty,
    "local_avgpool": LocalAvgPool,
    "maxpool": MaxPool,
    "reorg": Reorg,
    "reorg3d": Reorg3d,
    "route": Route,
    "sam": Sam,
    "scale_channels": ScaleChannels,
    "shortcut": Shortcut,
    "softmax": Softmax,
    "upsample": Upsample,
    **HEADS,
}

_YOLOR = "layers of YOLOR's cfgs, which are for PyTorch"

UNSUPPORTED: dict[str, str] = {
    "conv_lstm": "recurrent layers",
    "crnn": "recurrent layers",
    "detection": "YOLOv1 detection",
    "gru": "recurrent layers",
    "history": "recurrent layers",
    "implicit": "implicit knowledge",
    "local": "locally connected layers",
    "lrn": "local response normalization",
    "lstm": "recurrent layers",
    "normalization": "local response normalization",
    "rnn": "recurrent layers",
    # of other programs that read such files
    "alternate_channels": _YOLOR,
    "control_channels": _YOLOR,
    "deconv": "transposed convolution, which is not in AlexeyAB's Darknet either",
    "deconvolutional": "transposed convolution, which is not in AlexeyAB's Darknet either",
    "deformableconvolutional": _YOLOR,
    "implicit_add": _YOLOR,
    "implicit_mul": _YOLOR,
    "iseg": "instance segmentation, which is not in AlexeyAB's Darknet either",
    "l2norm": "normalization by length, which is not in AlexeyAB's Darknet either",
    "logistic": "logistic loss, which is not in AlexeyAB's Darknet either",
    "logxent": "logistic loss, which is not in AlexeyAB's Darknet either",
    "select_channels": _YOLOR,
    "shift_channels": _YOLOR,
}

NEEDED = {"width": "1", "height": "1", "channels": "1", "from": "-1", "layers": "-1"}


def parse_net(section: Section) -> NetOptions:
    """The first section of a cfg.  Raises CfgError when it is not a usable [net]."""
    section.doubts.clear()
    return NetOptions.parse(section)


def parse_layer(section: Section, index: int) -> Layer:
    """The layer of any other section, being layer number ``index``.

    Raises CfgError for unknown or unsupported sections and for whatever the layer's own ``parse`` refuses.
    """
    section.doubts.clear()
    if section.name in UNSUPPORTED:
        raise section.error(f"is not supported: darknet_py has no {UNSUPPORTED[section.name]}")
    if section.name == "net":
        raise section.error("appears twice; a cfg has one network")
    if section.name not in LAYERS:
        raise section.error(f"is not a layer of Darknet; {_nearest(section.name)}")
    section.ignore(*TRAINING)
    return LAYERS[section.name].parse(section, index)


def is_head(layer: Layer) -> bool:
    """Whether boxes are decoded from this layer's output."""
    return isinstance(layer, tuple(HEADS.values()))


def known_options(name: str) -> set[str]:
    """The options of a section: those that parsing one asks for.  None for sections that are not supported."""
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


def _nearest(name: str) -> str:
    otherwise = "section names are written as in the reference, in lower case"
    return hint(name, [*LAYERS, "net"], hint(name.lower(), LAYERS, otherwise, "[{}]"), "[{}]")
