"""Pascal VOC's XML of a picture: the first and the last pixel of boxes, counted from 1."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath
from xml.etree import ElementTree

import numpy as np

from ...boxes.detection import Detection
from ...boxes.geometry import corners, inside, pixels
from ...errors import DatasetError
from ...image import Size
from ..choosing import Choosing
from .reading import Parts, Text, box_of, class_of, detection, number, size_of, text_of

__all__ = ["from_voc", "to_voc"]

FORM = "VOC's XML"
SIDES = "xmin", "ymin", "xmax", "ymax"
FIRST = 1  # the number of a picture's first pixel
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # characters that XML cannot have


def to_voc(found: Choosing) -> str:
    """See ``Detections.to_voc``."""
    path = PurePath("") if isinstance(found.source, int) else PurePath(found.source)
    root = ElementTree.Element("annotation")
    _add(root, "folder", path.parent.name)
    _add(root, "filename", path.name)
    size = _add(root, "size")
    for name, value in (("width", found.width), ("height", found.height), ("depth", 3)):
        _add(size, name, value)
    _add(root, "segmented", 0)
    for d in found:
        _object(root, d, found.size)
    ElementTree.indent(root)
    return ElementTree.tostring(root, "unicode") + "\n"


def _object(root: ElementTree.Element, d: Detection, size: Size) -> None:
    """A box of the whole picture is from 1 to width and height, beyond which there is no pixel."""
    left, top, right, bottom = inside(np.nan_to_num(pixels(corners(np.array(d.box)), size)), size).tolist()
    (xmin, xmax), (ymin, ymax) = _span(left, right, size[0]), _span(top, bottom, size[1])
    one = _add(root, "object")
    for name, value in (("name", d.name), ("pose", "Unspecified"), ("truncated", 0), ("difficult", 0)):
        _add(one, name, value)
    box = _add(one, "bndbox")
    for name, value in zip(SIDES, (xmin, ymin, xmax, ymax)):
        _add(box, name, value)


def _span(low: float, high: float, side: int) -> tuple[int, int]:
    """The first and the last pixel between two places; where they round to one place, the pixel that they are in."""
    first, last = round(low) + FIRST, round(high)
    if last < first:
        first = last = min(int((low + high) / 2) + FIRST, side)
    return first, last


def _add(parent: ElementTree.Element, name: str, value: object = None) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, name)
    if value is not None:
        child.text = _NO_XML.sub("", str(value))
    return child


def from_voc(given: Text, names: Sequence[str]) -> Parts:
    """See ``Detections.from_voc``."""
    where, text = text_of(given, (".xml",), FORM)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise DatasetError(f"{where}: defines entities, which no annotation does; it is not read")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as e:
        raise DatasetError(f"{where}: no XML ({e})") from e
    if root.tag != "annotation":
        raise DatasetError(f"{where}: holds <{root.tag}>, no <annotation>")
    size = size_of(root.findtext("size/width"), root.findtext("size/height"), where, "it has no <size>")
    found = [_detection(one, size, names, f"{where}: object {i}") for i, one in enumerate(root.findall("object"), 1)]
    return Parts(found, *size, root.findtext("filename") or 0)


def _detection(one: ElementTree.Element, size: Size, names: Sequence[str], where: str) -> Detection:
    name, sides = one.findtext("name"), [one.findtext(f"bndbox/{side}") for side in SIDES]
    if name is None or None in sides:
        raise DatasetError(f"{where}: has no {'name' if name is None else 'bndbox of xmin, ymin, xmax, ymax'}")
    left, top, right, bottom = (number(side, "a side of bndbox", where) for side in sides)
    box = box_of((left - FIRST, top - FIRST, right, bottom), size)
    return detection(class_of(name.strip(), names, where), name.strip(), 1.0, box)
