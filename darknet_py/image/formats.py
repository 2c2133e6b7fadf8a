"""What a file is that no decoder here reads."""

from __future__ import annotations

import re

__all__ = ["begins_picture", "unread"]

_KINDS = [
    (re.compile(magic, re.DOTALL), name)
    for magic, name in [
        (rb"8BPS", "a Photoshop picture (PSD)"),
        (rb"\x53\x80\xf6\x34", "a Softimage picture (PIC)"),
        (rb"GIF8", "a GIF that OpenCV does not read here"),
        (rb"....ftyp(hei|hev|mif|msf)", "an HEIC picture"),
        (rb"....ftypavi", "an AVIF picture that OpenCV does not read here"),
        (rb"....ftyp|....moov|\x1a\x45\xdf\xa3|RIFF....AVI ", "a video, for detector demo"),
        (rb"\0\0\0\x0cJXL |\xff\x0a", "a JPEG XL picture"),
        (rb"\x76\x2f\x31\x01", "an OpenEXR picture"),
        (rb"%PDF", "a PDF"),
        (rb"%!PS", "a PostScript file"),
        (rb"\s*<(\?xml|svg|!DOCTYPE svg)", "an SVG drawing or other XML"),
        (rb"\s*<(!DOCTYPE )?html", "a web page; was the download refused?"),
        (rb"\0\0[\x01\x02]\0", "an icon (ICO)"),
        (rb"gimp xcf", "a GIMP picture (XCF)"),
        (rb"DDS ", "a DDS texture"),
        (rb"qoif", "a QOI picture"),
        (rb"version https://git-lfs", "a pointer of Git LFS; get the file itself by git lfs pull"),
        (rb"PK\x03\x04", "a ZIP archive"),
    ]
]


_BEGINS = re.compile(
    rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP|BM.{4}\0{4}|II\*\0|MM\0\*|P[1-7Ff]\s|#\?R|\0\0\0\x0cj|....ftyp|8BPS|%PDF",
    re.DOTALL,
)


def begins_picture(head: bytes) -> bool:
    """Whether a file that begins so is a picture, or some other file that pictures are found in."""
    return _BEGINS.match(head) is not None


def unread(data: bytes) -> str:
    """Why a file's bytes gave no picture, and what to do about it."""
    kind = next((name for magic, name in _KINDS if magic.match(data)), "not a picture that can be read")
    advice = "give a whole PNG, JPEG or BMP file" if kind.startswith("not") else "convert it to PNG"
    return kind if ";" in kind or "demo" in kind else f"{kind}; {advice}"
