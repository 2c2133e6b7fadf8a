"""Triton's ModelConfig, as far as it is written here, for protobuf's own reader of texts: its fields and their types.

The numbers are those of model_config.proto of triton-inference-server/common.
"""

from __future__ import annotations

from pathlib import Path

import pytest

DATA_TYPES = ["INVALID", "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32"]
KINDS = ["AUTO", "GPU", "CPU", "MODEL"]
MESSAGES = {
    "Input": {"name": (1, "string"), "data_type": (2, ".DataType"), "dims": (4, "int64*")},
    "Output": {"name": (1, "string"), "data_type": (2, ".DataType"), "dims": (3, "int64*"), "label_filename": (4, "string")},
    "Group": {"name": (1, "string"), "count": (2, "int32"), "kind": (4, ".Kind")},
    "Batching": {"preserve_ordering": (3, "bool")},
    "ModelConfig": {
        "name": (1, "string"), "max_batch_size": (4, "int32"), "input": (5, ".Input*"), "output": (6, ".Output*"),
        "instance_group": (7, ".Group*"), "dynamic_batching": (11, ".Batching"), "backend": (17, "string"),
    },
}  # fmt: skip


def config(path: Path):
    """A config.pbtxt, read by protobuf; it fails for what is no field, and for what is no text of protobuf."""
    pb2 = pytest.importorskip("google.protobuf.descriptor_pb2", reason="needs protobuf, which comes with onnx")
    from google.protobuf import descriptor_pool, message_factory, text_format

    file = pb2.FileDescriptorProto(name="small_model_config.proto", syntax="proto3")
    for name, prefix, values in (("DataType", "TYPE", DATA_TYPES), ("Kind", "KIND", KINDS)):
        enum = file.enum_type.add(name=name)
        for number, value in enumerate(values):
            enum.value.add(name=f"{prefix}_{value}", number=number)
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            _add(pb2.FieldDescriptorProto, message, field, number, kind)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    made = message_factory.GetMessageClass(pool.FindMessageTypeByName("ModelConfig"))()
    return text_format.Parse(path.read_text("utf-8"), made)


def _add(types, message, name: str, number: int, kind: str) -> None:
    one = kind.rstrip("*")
    field = message.field.add(name=name, number=number)
    field.label = types.LABEL_REPEATED if kind.endswith("*") else types.LABEL_OPTIONAL
    if not one.startswith("."):
        field.type = getattr(types, f"TYPE_{one.upper()}")
        return
    field.type_name = one
    field.type = types.TYPE_ENUM if one in (".DataType", ".Kind") else types.TYPE_MESSAGE
