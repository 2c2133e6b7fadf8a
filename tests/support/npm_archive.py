"""A small archive in the place of onnxruntime-web's."""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import random
import tarfile

import pytest

from darknet_py.web import runtime

OTHERS = {"ort.all.js": random.Random(0).randbytes(200_000)}


@functools.cache  # gzip writes the time into it
def archive(files: tuple[str, ...] = runtime.FILES) -> bytes:
    """As npm pack saves it: every file of the runtime, with its name in it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, data in ({name: name.encode() for name in files} | OTHERS).items():
            member = tarfile.TarInfo(f"package/dist/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


def stand_in(monkeypatch: pytest.MonkeyPatch, data: bytes) -> runtime.Package:
    """``data`` is what was published from now on."""
    digest = base64.b64encode(hashlib.sha512(data).digest()).decode()
    package = runtime.Package("onnxruntime-web", "9.9.9", len(data), f"sha512-{digest}")
    monkeypatch.setattr(runtime, "PACKAGE", package)
    return package
