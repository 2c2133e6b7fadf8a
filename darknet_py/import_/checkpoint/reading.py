"""What kind of file a checkpoint is, by its content, whatever its name; and one line for each that cannot be read."""

from __future__ import annotations

import errno
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..._support.kinds import check_lasting
from ..._support.machine import memory_limit
from ..._support.words import reason
from ...errors import CheckpointError
from ...files import contents
from . import bounds, onnx_file, safetensors, torch_legacy, torch_tar, torch_zip
from .faults import Malformed, Refused, Unsupported

__all__ = ["read_checkpoint"]

HEAD = 65536
TEXT_PICKLE = re.compile(rb"[(cdl\]}][\x20-\x7e\n]*\.$")  # of protocol 0
REFUSED = (
    "{path}: refused: it wants to run {name}, which no checkpoint needs; nothing of it was run; take it from "
    "those who trained it only, and have them save the weights alone: torch.save(model.state_dict(), FILE)"
)

Reader = Callable[[bytes, Path], Any]


def _is_pickle(head: bytes) -> bool:
    """Of any protocol; those before 2 have no mark, but the one of torch.save begins with its number."""
    marked = (head[:1] == pickle.PROTO and head[1:2] <= b"\5") or head.startswith(f"L{torch_legacy.MAGIC}L\n".encode())
    return marked or (len(head) < HEAD and bool(TEXT_PICKLE.match(head)))


READERS: tuple[tuple[Callable[[bytes], bool], Reader], ...] = (
    (lambda head: head.startswith((b"PK\3\4", b"PK\5\6")), torch_zip.read),
    (lambda head: head[257:262] == b"ustar" or head[:8] in (b"sys_info", b"storages"), torch_tar.read),
    (_is_pickle, torch_legacy.read),
    (safetensors.is_safetensors, safetensors.read),
    (onnx_file.is_onnx, onnx_file.read),
)


def read_checkpoint(path: str | Path) -> Any:
    """What a file of ``torch.save`` holds; {name: array} of safetensors; an OnnxGraph of ONNX.

    Raises CheckpointError when the file cannot be read, is damaged, is something else, or wants to have something run.
    """
    try:
        reader, data = _opened(Path(path))
        value = reader(data, Path(path))
        bounds.check(value)
        return value
    except Refused as e:
        raise CheckpointError(REFUSED.format(path=path, name=e)) from e
    except Unsupported as e:
        raise CheckpointError(f"{path}: {e}") from e
    except Malformed as e:
        raise CheckpointError(f"{path}: damaged, or no file of PyTorch: {e}; copy or download it again") from e
    except RecursionError as e:
        raise CheckpointError(f"{path}: nests too deeply for a model; copy or download it again") from e
    except MemoryError as e:
        raise CheckpointError(f"{path}: there is not enough memory for it; use a machine with more") from e
    except (OSError, ValueError) as e:  # ValueError: a NUL in the path
        raise CheckpointError(f"{path}: cannot be read ({reason(e)}); give a trained model, such as best.pt") from e


def _check_memory(path: Path) -> None:
    """Raises Unsupported for a file that is larger than what there is, however small its model may be."""
    limit = memory_limit()
    if (size := path.stat().st_size) > limit.bytes:
        raise Unsupported(f"has {size} bytes, but at most {limit.text} may be used; read it on a machine with more")


def _opened(path: Path) -> tuple[Reader, bytes]:
    """The reader for a file, and its bytes.  Raises Unsupported for other files, OSError."""
    check_lasting(path)
    if path.is_dir():
        raise OSError(errno.EISDIR, "it is a folder")
    with path.open("rb") as file:
        head = file.read(HEAD)
        for fits, reader in READERS:
            if fits(head):
                _check_memory(path)
                file.seek(0)
                return reader, file.read()
    kind = contents.kind_of(str(path))
    raise Unsupported(f"is {kind.name}, not a trained model of PyTorch; {kind.advice or 'give the .pt file'}")
