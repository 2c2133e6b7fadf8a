"""Picture files made byte by byte: with EXIF data, or with headers that claim too much."""

from __future__ import annotations

import struct
import zlib

import cv2
from pictures import formula

PICTURE = formula(8, 24)


def tiff(turn: int, order: str = "<", number: str = "H") -> bytes:
    """EXIF data with an orientation, in either byte order, as a short or a long number."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    value = struct.pack(order + number, turn).ljust(4, b"\0")
    kind = 3 if number == "H" else 4
    return mark + struct.pack(order + "IHHHI", 8, 1, 0x0112, kind, 1) + value + bytes(4)


def jpeg(data: bytes) -> bytes:
    plain = cv2.imencode(".jpg", PICTURE)[1].tobytes()
    body = b"Exif\0\0" + data
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + plain[2:]


def png(data: bytes) -> bytes:
    plain = cv2.imencode(".png", PICTURE)[1].tobytes()
    chunk = b"eXIf" + data
    return plain[:33] + struct.pack(">I", len(data)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + plain[33:]


def webp(data: bytes) -> bytes:
    plain = cv2.imencode(".webp", PICTURE, [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes()[12:]
    canvas = bytes([8, 0, 0, 0]) + (23).to_bytes(3, "little") + (7).to_bytes(3, "little")
    data += bytes(len(data) % 2)
    body = b"WEBPVP8X" + struct.pack("<I", 10) + canvas + plain + b"EXIF" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def bomb(suffix: str, options: tuple[int, ...] = ()) -> bytes:
    """A small file of this kind whose header claims 30000 x 30000 pixels."""
    data = bytearray(cv2.imencode(suffix, formula(20, 30), options)[1].tobytes())
    side = 30000
    if suffix == ".jpg":
        struct.pack_into(">HH", data, data.find(b"\xff\xc0") + 5, side, side)
    elif suffix == ".png":
        struct.pack_into(">II", data, 16, side, side)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    elif suffix == ".bmp":
        struct.pack_into("<ii", data, 18, side, -side)
    elif suffix in (".ppm", ".pam", ".hdr"):
        data = bytearray(bytes(data).replace(b"30", b"30000", 1).replace(b"20", b"30000", 1))
    elif suffix == ".tiff":
        at = struct.unpack_from("<I", data, 4)[0] + 2
        for entry in range(at, at + 24, 12):
            if struct.unpack_from("<H", data, entry)[0] in (256, 257):
                struct.pack_into("<HII", data, entry + 2, 4, 1, side)
    return bytes(data)


HEADERS = {
    "jpeg": bomb(".jpg"), "png": bomb(".png"), "bmp": bomb(".bmp"), "tiff": bomb(".tiff"), "pnm": bomb(".ppm"),
    "pam": bomb(".pam"), "pam, height first": b"P7\nHEIGHT 30000\nWIDTH 30000\nDEPTH 3\nMAXVAL 255\nENDHDR\n" + bytes(99),
    "hdr": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 30000 +X 30000\n" + bytes(99),
    "tiff, big-endian": b"MM\0*\0\0\0\x08\0\2\1\0\0\4\0\0\0\1\0\0\x75\x30\1\1\0\4\0\0\0\1\0\0\x75\x30" + bytes(99),
    "bigtiff": b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2)
    + b"".join(struct.pack("<HHQQ", tag, 16, 1, 30000) for tag in (256, 257)) + bytes(99),
    "bmp of OS/2": b"BM" + bytes(12) + struct.pack("<IHH", 12, 30000, 30000) + bytes(99),
    "webp": b"RIFF\x40\0\0\0WEBPVP8X" + bytes(8) + (29999).to_bytes(3, "little") * 2 + bytes(99),
    "gif": b"GIF89a" + struct.pack("<HH", 30000, 30000) + bytes(99),
    "jpeg 2000": b"\xff\x4f\xff\x51\0\x2f\0\0" + struct.pack(">IIII", 30000, 30000, 0, 0) + bytes(99),
    "sun raster": b"\x59\xa6\x6a\x95" + struct.pack(">II", 30000, 30000) + bytes(99),
    "avif": b"\0\0\0\x1cftypavif" + bytes(16) + b"\0\0\0\x14ispe\0\0\0\0" + struct.pack(">II", 30000, 30000),
    "tga": struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 30000, 30000, 24, 0) + bytes(99),
}  # fmt: skip
