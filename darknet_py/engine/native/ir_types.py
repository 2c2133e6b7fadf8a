"""LLVM's types, for all that writes LLVM code."""

from __future__ import annotations

from ..._support.with_llvmlite import ir

__all__ = ["F32", "F64", "I8", "I16", "I32", "I64", "IR_TYPES", "VOID"]

F32 = ir.FloatType()
F64 = ir.DoubleType()
I8 = ir.IntType(8)
I16 = ir.IntType(16)
I32 = ir.IntType(32)
I64 = ir.IntType(64)
VOID = ir.VoidType()

# Of the arguments of kernels, by the names of their types
IR_TYPES = {"Floats": F32.as_pointer(), "Ints": I64.as_pointer(), "Bytes": I8.as_pointer(), "Int": I64, "Real": F32,
            "Double": F64}  # fmt: skip
