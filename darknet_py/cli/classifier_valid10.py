"""``darknet_py classifier valid10 data cfg weights``.   C: classifier.c validate_classifier_10"""

from __future__ import annotations

from dataclasses import dataclass

from ..image import TenCrops
from . import classifier_valid

__all__ = ["Options", "run"]


@dataclass(frozen=True)
class Options(classifier_valid.Options):
    name = "classifier valid10"
    about = """
    As classifier valid, with ten looks at each picture: five parts of it, stretched to the input and 32 pixels more, and the
    same of the mirrored picture; probabilities are added up."""
    example = "darknet_py classifier valid10 cfg/imagenet1k.data cfg/darknet19.cfg darknet19.weights"


def run(arguments: list[str], options: Options) -> int:
    return classifier_valid.evaluate(arguments, options, TenCrops)
