"""Every section that a cfg may have, one row each.   C: parser.c string_to_layer_type"""

from __future__ import annotations

from difflib import get_close_matches

from ..cfg import Section
from .activation import ActivationLayer
from .avgpool import AvgPool
from .base import Layer
from .batchnorm import BatchNorm
from .connected import Connected
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

__all__ = ["HEADS", "LAYERS", "UNSUPPORTED", "is_head", "parse_layer", "parse_net"]

HEADS: dict[str, type[Layer]] = {
    "Gaussian_yolo": GaussianYolo,
    "region": Region,
    "yolo": Yolo,
}

LAYERS: dict[str, type[Layer]] = {
    "activation": ActivationLayer,
    "avgpool": AvgPool,
    "batchnorm": BatchNorm,
    "connected": Connected,
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

UNSUPPORTED: dict[str, str] = {
    "contrastive": "training of embeddings",
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
}


def parse_net(section: Section) -> NetOptions:
    """The first section of a cfg.  Raises CfgError when it is not a usable [net]."""
    return NetOptions.parse(section)


def parse_layer(section: Section, index: int) -> Layer:
    """The layer of any other section, being layer number ``index``.

    Raises CfgError for unknown or unsupported sections and for whatever the layer's own ``parse`` refuses.
    """
    if section.name in UNSUPPORTED:
        raise section.error(f"is not supported: darknet_py has no {UNSUPPORTED[section.name]}")
    if section.name == "net":
        raise section.error("appears twice; a cfg has one network")
    if section.name not in LAYERS:
        raise section.error(f"is not a layer of Darknet; {_nearest(section.name)}")
    return LAYERS[section.name].parse(section, index)


def is_head(layer: Layer) -> bool:
    """Whether boxes are decoded from this layer's output."""
    return isinstance(layer, tuple(HEADS.values()))


def _nearest(name: str) -> str:
    close = get_close_matches(name, [*LAYERS, "net"], 1) or get_close_matches(name.lower(), LAYERS, 1)
    return f"did you mean [{close[0]}]?" if close else "section names are written as in the reference, in lower case"
