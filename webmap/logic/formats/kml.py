"""KML 2.2 (OGC 07-147r2): a folder a day with its stops and the driven way."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

NAMESPACE = "http://www.opengis.net/kml/2.2"
MEDIA_TYPE = "application/vnd.google-earth.kml+xml"

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Mark:
    """A named point, degrees WGS84."""

    lon: float
    lat: float
    name: str
    description: str


@dataclass(frozen=True, eq=False)
class Folder:
    """A day: its points, and lines of float64 (n, 2), degrees WGS84, that are called like it."""

    name: str
    marks: Sequence[Mark]
    lines: Sequence[NDArray[np.float64]]


def write_kml(name: str, folders: Sequence[Folder], *, attribution: str = "") -> bytes:
    """Return a KML file, UTF-8; `attribution` says whose streets the lines follow."""
    root = ElementTree.Element("kml", {"xmlns": NAMESPACE})
    document = ElementTree.SubElement(root, "Document")
    _add(document, "name", name)
    _add(document, "description", attribution)
    for each in folders:
        folder = ElementTree.SubElement(document, "Folder")
        _add(folder, "name", each.name)
        for mark in each.marks:
            place = ElementTree.SubElement(folder, "Placemark")
            _add(place, "name", mark.name)
            _add(place, "description", mark.description)
            point = ElementTree.SubElement(place, "Point")
            _add(point, "coordinates", f"{mark.lon:.6f},{mark.lat:.6f}")
        for line in each.lines:
            place = ElementTree.SubElement(folder, "Placemark")
            _add(place, "name", each.name)
            string = ElementTree.SubElement(place, "LineString")
            _add(string, "tessellate", "1")
            _add(string, "coordinates", " ".join(f"{lon:.6f},{lat:.6f}" for lon, lat in line))
    ElementTree.indent(root, " ")
    file: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return file


def _add(parent: ElementTree.Element, tag: str, text: str) -> None:
    if text:
        ElementTree.SubElement(parent, tag).text = _NOT_XML.sub("", text)
