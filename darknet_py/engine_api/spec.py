"""What a user writes for an engine: ``NAME[:PROVIDER][,fp16][,FILE.onnx]``."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import DarknetError

__all__ = ["FORM", "Spec", "parse"]

FORM = "NAME[:PROVIDER][,fp16][,FILE.onnx]"


@dataclass(frozen=True)
class Spec:
    """``provider``: on what the engine computes, in lower case, empty for its default.  ``fp16``: in half precision.
    ``model``: the path of an ONNX model that is run in place of one made from the weights, or empty.
    """

    name: str
    provider: str = ""
    fp16: bool = False
    model: str = ""

    def __str__(self) -> str:
        return ",".join(filter(None, (self.target, "fp16" * self.fp16, self.model)))

    @property
    def target(self) -> str:
        """``onnxruntime:cuda``"""
        return f"{self.name}:{self.provider}" if self.provider else self.name


def parse(text: str) -> Spec:
    """Whether there is such an engine is not looked at.  Raises DarknetError for another form than ``FORM``."""
    target, *rest = text.split(",", 1)
    name, colon, provider = target.partition(":")
    if colon and not provider:
        raise DarknetError(f"engine={text!r} names no provider behind the colon; write {FORM}")
    return Spec(name, provider.lower(), *_extras(text, rest[0] if rest else None))


def _extras(text: str, extras: str | None) -> tuple[bool, str]:
    """(fp16, model) of what stands behind the first comma; a comma in a path is the path's."""
    if extras is None:
        return False, ""
    first, *rest = extras.split(",", 1)
    fp16 = first.lower() == "fp16"
    model = (rest[0] if rest else None) if fp16 else extras
    if model is not None and not model.lower().endswith(".onnx"):
        raise DarknetError(f"engine={text!r}: {model!r} is neither fp16 nor a file FILE.onnx; write {FORM}")
    return fp16, model or ""
