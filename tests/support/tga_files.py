"""TGA files of every kind."""

from __future__ import annotations

import struct


def packed(pixels: list[bytes]) -> bytes:
    """Runs of equal pixels, and of up to three that differ."""
    out, at = b"", 0
    while at < len(pixels):
        run = next((n for n in range(1, 128) if at + n >= len(pixels) or pixels[at + n] != pixels[at]), 128)
        count = run if run > 1 else min(3, len(pixels) - at)
        out += bytes([127 + run]) + pixels[at] if run > 1 else bytes([count - 1]) + b"".join(pixels[at : at + count])
        at += count
    return out


def write(path, kind, bits, values, flags=0x20, text=b"", palette=b"", colours=0, colour_bits=0, runs=False):
    """``values``: uint8 (h, w, bytes) as they lie in the file."""
    h, w = values.shape[:2]
    head = struct.pack(
        "<BBBHHBHHHHBB", len(text), bool(palette), kind + 8 * runs, 0, colours, colour_bits, 0, 0, w, h, bits, flags
    )
    pixels = [v.tobytes() for v in values.reshape(h * w, -1)]
    path.write_bytes(head + text + palette + (packed(pixels) if runs else b"".join(pixels)))
    return path
