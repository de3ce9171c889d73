"""GPX 1.1 (Topografix, https://www.topografix.com/GPX/1/1/): a tour's stops as waypoints, each day's way as a track."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

NAMESPACE = "http://www.topografix.com/GPX/1/1"
SCHEMA = f"{NAMESPACE} http://www.topografix.com/GPX/1/1/gpx.xsd"
MEDIA_TYPE = "application/gpx+xml"
CREATOR = "fuchun-map"

# What XML 1.0 cannot hold, even escaped; names come from files that people typed.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Waypoint:
    """A named point, degrees WGS84."""

    lon: float
    lat: float
    name: str
    description: str
    kind: str


@dataclass(frozen=True, eq=False)
class Track:
    """A named track: segments of float64 (n, 2), degrees WGS84; between two segments the route is not known."""

    name: str
    description: str
    segments: Sequence[NDArray[np.float64]]


def write_gpx(
    *,
    name: str,
    description: str = "",
    attribution: str = "",
    waypoints: Sequence[Waypoint] = (),
    tracks: Sequence[Track] = (),
) -> bytes:
    """Return a GPX 1.1 file, UTF-8.

    Parameters
    ----------
    name, description : str
        Of the whole file.
    attribution : str
        Whose streets the tracks follow.
    waypoints : sequence of Waypoint
    tracks : sequence of Track
        One without segments is left out.
    """
    root = ElementTree.Element(
        "gpx",
        {
            "version": "1.1",
            "creator": CREATOR,
            "xmlns": NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": SCHEMA,
        },
    )
    # The schema fixes the order of elements: name, desc, copyright; points before tracks.
    metadata = ElementTree.SubElement(root, "metadata")
    _add(metadata, "name", name)
    _add(metadata, "desc", description)
    if attribution:
        ElementTree.SubElement(metadata, "copyright", {"author": _clean(attribution)})
    for waypoint in waypoints:
        point = ElementTree.SubElement(root, "wpt", _position(waypoint.lon, waypoint.lat))
        _add(point, "name", waypoint.name)
        _add(point, "desc", waypoint.description)
        _add(point, "type", waypoint.kind)
    for track in tracks:
        if track.segments:
            element = ElementTree.SubElement(root, "trk")
            _add(element, "name", track.name)
            _add(element, "desc", track.description)
            for segment in track.segments:
                parts = ElementTree.SubElement(element, "trkseg")
                for lon, lat in segment:
                    ElementTree.SubElement(parts, "trkpt", _position(lon, lat))
    ElementTree.indent(root, " ")
    file: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return file


def _add(parent: ElementTree.Element, tag: str, text: str) -> None:
    if text:
        ElementTree.SubElement(parent, tag).text = _clean(text)


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)


def _position(lon: float, lat: float) -> dict[str, str]:
    return {"lat": f"{lat:.6f}", "lon": f"{lon:.6f}"}
