"""Pictures by a formula, as arrays and as PNG files of any kind."""

from __future__ import annotations

import struct
import zlib

import numpy as np


def formula(h, w):
    """A deterministic RGB picture."""
    y, x, c = np.mgrid[0:h, 0:w, 0:3]
    return ((x * 7 + y * 13 + c * 101 + x * y) % 256).astype(np.uint8)


def png(path, depth, kind, rows, palette=b"", transparency=b""):
    """Write a PNG of any bit depth and colour type from its unfiltered rows of bytes."""
    width = len(rows[0]) * 8 // (depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind])
    header = struct.pack(">IIBBBBB", width, len(rows), depth, kind, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = [(b"IHDR", header), (b"PLTE", palette), (b"tRNS", transparency), (b"IDAT", pixels)]
    data = b"\x89PNG\r\n\x1a\n"
    for name, body in [*((n, b) for n, b in chunks if b), (b"IEND", b"")]:
        data += struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    path.write_bytes(data)
    return path


def rows_of(values):
    return [np.ascontiguousarray(row).tobytes() for row in values]


def planes(rgb):
    """(h, w, 3) uint8 → what the reference makes of it: division in double, then float32."""
    return np.ascontiguousarray((rgb.transpose(2, 0, 1) / 255.0).astype(np.float32))
