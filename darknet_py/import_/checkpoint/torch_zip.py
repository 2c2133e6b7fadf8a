"""The files of PyTorch from 1.6 on: a zip archive of a pickle and of the numbers, a member each, none of them compressed."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .faults import Malformed, Unsupported
from .machine import Machine
from .operations import load
from .rebuild import BUILDERS, STATES, dtype_of_storage
from .tensors import Storage, element

__all__ = ["read"]

PICKLE = "data.pkl"
LOCAL = struct.Struct("<4s22xHH")  # signature, bytes of the name and of what follows it
NEWEST = 10  # version of the archive that PyTorch itself reads
ENCRYPTED = 1
BROKEN = (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OverflowError, EOFError, IndexError)
PROGRAM = "is {}, a program with its weights; give the checkpoint that it was made from, the .pt that training wrote"
SCRIPTED, EXPORTED = PROGRAM.format("a TorchScript archive"), PROGRAM.format("a program of torch.export (.pt2)")


def read(data: bytes, _path: Path) -> Any:
    """What ``torch.save`` was given.  Raises Malformed, Refused, Unsupported."""
    archive = Archive(data)
    order = bytes(archive.member("byteorder", b"little")).decode("latin-1").strip()
    if order not in ("little", "big"):
        raise Malformed(f"the byte order {order}")
    version = bytes(archive.member("version", b"3")).strip()
    if not version.isdigit() or int(version[:9]) > NEWEST:
        raise Unsupported(f"is of version {version.decode('latin-1')!r} of PyTorch's archives; up to {NEWEST} is read")
    machine = Machine(archive.member(PICKLE), 0, BUILDERS, STATES, _storages(archive, order))
    return load(machine)


def _storages(archive: Archive, order: str) -> Callable[[Any], Storage]:
    """What gives the storage of a persistent id, the same one each time."""
    made: dict[tuple[str, str], Storage] = {}

    def storage(identity: Any) -> Storage:
        """``identity``: ("storage", class, key, device, numbers)"""
        match identity:
            case ("storage", kind, str(key), _, int(count), *_):
                dtype = dtype_of_storage(kind)
            case _:
                raise Malformed("a persistent id that is no storage's")
        if (key, dtype) not in made:
            name = f"data/{key}"
            made[key, dtype] = Storage(name, _numbers(archive.member(name), name, dtype, count), dtype, order)
        return made[key, dtype]

    return storage


def _numbers(data: memoryview, name: str, dtype: str, count: int) -> memoryview:
    size = count * element(dtype).itemsize
    if not 0 <= size <= len(data):
        raise Malformed(f"{name} holds {len(data)} bytes, but {count} numbers of {dtype} are to be in it")
    return data[:size]


class Archive:
    """The members below the folder of the pickle, whatever its name; their bytes are those of the file, not copies."""

    def __init__(self, data: bytes) -> None:
        self.data = memoryview(data)
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as file:
                members = file.infolist()
        except BROKEN as e:
            raise Malformed(f"a zip archive that is not whole ({e})") from e
        names = [member.filename for member in members]
        if odd := next((name for name in names if name.startswith("/") or ".." in name.split("/")), ""):
            raise Malformed(f"a member {odd:.60}, a name that PyTorch does not give")
        self.folder = _folder(names)
        if f"{self.folder}constants.pkl" in names or any(n.startswith(f"{self.folder}code/") for n in names):
            raise Unsupported(SCRIPTED)
        self.has_checksums = any(member.CRC for member in members)  # torch.serialization.set_crc32_options(False)
        self.members = {member.filename.removeprefix(self.folder): member for member in members}
        if len(self.members) < len(members):
            raise Malformed("a zip archive with two members of one name")

    def member(self, name: str, default: bytes | None = None) -> memoryview:
        """Raises Malformed for what is missing, compressed, encrypted, or not what its checksum says."""
        found = self.members.get(name)
        if found is None:
            if default is None:
                raise Malformed(f"{name} is not in it")
            return memoryview(default)
        if found.flag_bits & ENCRYPTED:
            raise Unsupported("is an encrypted zip archive; unpack it with its password")
        if found.compress_type != zipfile.ZIP_STORED or found.file_size != found.compress_size:
            raise Malformed(f"{name} is compressed, which PyTorch does not do")
        content = self._content(found)
        if self.has_checksums and zlib.crc32(content) != found.CRC:
            raise Malformed(f"{name} is not what its checksum says")
        return content

    def _content(self, member: zipfile.ZipInfo) -> memoryview:
        at = member.header_offset
        local = self.data[max(0, at) : at + LOCAL.size]
        signature, name, extra = LOCAL.unpack(local) if at >= 0 and len(local) == LOCAL.size else (b"", 0, 0)
        start = at + LOCAL.size + name + extra
        if signature != b"PK\3\4" or start + member.file_size > len(self.data):
            raise Malformed(f"{member.filename} lies beyond the end of the file")
        return self.data[start : start + member.file_size]


def _folder(names: list[str]) -> str:
    """Of the pickle, with its /; "" at the top.  Raises Unsupported for archives of something else."""
    if any(n.endswith("/archive_format") for n in names):
        raise Unsupported(EXPORTED)
    found = sorted((n for n in names if n == PICKLE or n.endswith(f"/{PICKLE}")), key=len)
    if found:
        return found[0].removesuffix(PICKLE)
    within = next((n for n in names if n.endswith((".pt", ".pth", ".weights", ".onnx", ".safetensors"))), "")
    advice = f"unpack it and give {within}" if within else "give the .pt file of the model"
    raise Unsupported(f"is a zip archive of something else than a PyTorch model; {advice}")
