"""Files of PyTorch, safetensors and ONNX, read without these packages; nothing that a file holds is run.

    model = read_checkpoint("best.pt")["model"]         # a Record: of what class, with what in it
    model.modules["model"].modules["0"].tensor("weight")

Tensors become read-only arrays of NumPy, float16 as it is and bfloat16 as float32; those that share a storage share it
here.  Dicts, lists, texts and numbers are what they were; an instance of a class is a ``Record``, and a class or function
that is only named a ``Reference``.  What asks for anything else to be run is refused with its name.
"""

from __future__ import annotations

from .onnx_file import OnnxGraph, OnnxNode
from .reading import read_checkpoint
from .values import Array, Record, Reference

__all__ = ["Array", "OnnxGraph", "OnnxNode", "Record", "Reference", "read_checkpoint"]
