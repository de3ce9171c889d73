"""GPX files: the structure that the schema asks for, and GDAL reads them back."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pyogrio
import pytest

from webmap.logic.formats.gpx import NAMESPACE, Track, Waypoint, write_gpx

FIRST = np.array([[119.95, 30.05], [119.9512345, 30.0498765], [119.96, 30.04]])
SECOND = np.array([[119.97, 30.03], [119.98, 30.02]])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    data = write_gpx(
        name="示意线路 <一>",
        description="两天 & 一夜\x00",
        attribution="© OpenStreetMap contributors",
        waypoints=[
            Waypoint(119.95, 30.05, "1-1 出发", "08:30", "landmark"),
            Waypoint(119.98, 30.02, "1-2 龙门古镇", "09:20", "sight"),
        ],
        tracks=[Track("第1天", "35 分钟", [FIRST, SECOND]), Track("第2天", "", [])],
    )
    path = tmp_path / "tour.gpx"
    path.write_bytes(data)
    return path


def test_elements_stand_in_the_order_of_the_schema(file: Path):
    root = ElementTree.parse(file).getroot()
    assert root.tag == f"{{{NAMESPACE}}}gpx"
    assert root.attrib["version"] == "1.1"
    assert root.attrib["creator"]
    assert [tag(child) for child in root] == ["metadata", "wpt", "wpt", "trk"]
    assert [tag(child) for child in root[0]] == ["name", "desc", "copyright"]
    assert [tag(child) for child in root[1]] == ["name", "desc", "type"]
    assert [tag(child) for child in root[3]] == ["name", "desc", "trkseg", "trkseg"]
    for point in root.iter(f"{{{NAMESPACE}}}trkpt"):
        assert set(point.attrib) == {"lat", "lon"}


def test_text_survives_and_what_xml_cannot_hold_is_dropped(file: Path):
    metadata = ElementTree.parse(file).getroot()[0]
    assert [child.text for child in metadata][:2] == ["示意线路 <一>", "两天 & 一夜"]
    assert metadata[2].attrib == {"author": "© OpenStreetMap contributors"}


def test_day_without_a_known_way_has_no_track(file: Path):
    names = [name.text for name in ElementTree.parse(file).getroot().iterfind(f".//{{{NAMESPACE}}}trk/*")]
    assert "第2天" not in names


def test_gdal_reads_waypoints_and_tracks_where_they_are(file: Path):
    layers = dict(pyogrio.list_layers(file))
    assert layers["waypoints"] == "Point"
    assert layers["tracks"] == "MultiLineString"
    points = pyogrio.read_dataframe(file, layer="waypoints")
    assert points["name"].tolist() == ["1-1 出发", "1-2 龙门古镇"]
    assert points.crs.to_epsg() == 4326
    assert points.geometry.x.tolist() == [119.95, 119.98]
    tracks = pyogrio.read_dataframe(file, layer="tracks")
    assert tracks["name"].tolist() == ["第1天"]
    first, second = tracks.geometry[0].geoms
    np.testing.assert_allclose(first.coords, FIRST, atol=1e-6)
    np.testing.assert_allclose(second.coords, SECOND, atol=1e-6)


def tag(element: ElementTree.Element) -> str:
    return element.tag.removeprefix(f"{{{NAMESPACE}}}")
