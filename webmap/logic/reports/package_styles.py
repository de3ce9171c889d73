"""How QGIS draws the layers of a report's GeoPackage, and what their columns are called there.

Styles stand in ``layer_styles``, the table from which QGIS takes a layer's default; names of columns in
``gpkg_data_columns`` (OGC GeoPackage 1.3, extension *schema*), which GDAL and QGIS show as aliases.
"""

import sqlite3
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import quoteattr

from webmap.logic.colours import GAPS, INK, OPEN, RED, UNKNOWN, rgb
from webmap.logic.gap_classes import ALIKE, share_colour
from webmap.logic.labels import Texts, msgid
from webmap.logic.reports.report_text import ReportText

COLUMNS: Texts = {
    "code": msgid("Code"),
    "name": msgid("Name"),
    "mark": msgid("Mark"),
    "people": msgid("People"),
    "covered": msgid("Covered"),
    "share": msgid("Share covered"),
    "missed": msgid("Missed"),
    "covered_twice": msgid("Covered by two stations or more"),
    "share_twice": msgid("Share covered twice"),
    "covered_if_open": msgid("Covered only if stations of unknown hours are open"),
    "unattached": msgid("Near no street"),
    "class": msgid("Class"),
    "town": msgid("Town"),
    "hours": msgid("Hours"),
    "services": msgid("Services"),
    "state": msgid("State"),
    "counts": msgid("Counts"),
    "rank": msgid("Number"),
    "place": msgid("Gap"),
    "people_if_open": msgid("Covered only if stations of unknown hours are open"),
    "people_here": msgid("All who live there"),
    "nearest": msgid("Nearest station"),
    "nearest_min": msgid("Minutes to the nearest"),
    "nearest_any_min": msgid("Minutes, whatever its hours"),
    "cause": msgid("Cause"),
    "site_lon": msgid("Longitude"),
    "site_lat": msgid("Latitude"),
    "station": msgid("Station"),
    "label": msgid("Figure"),
    "value": msgid("Value"),
}
"""Names of the columns by their name in the file."""

_TABLES = """
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
  constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
  max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
CREATE TABLE IF NOT EXISTS gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME);
"""
_NO_LIMIT = 1e12
_SCHEMA = ("gpkg_schema", "http://www.geopackage.org/spec131/#extension_schema", "read-write")


def add_styles(path: Path, words: ReportText) -> None:
    """Add the styles and the names of columns to a report's GeoPackage; the same report is the same bytes."""
    styles = _styles(words)
    moment = words.report.made_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    with sqlite3.connect(path) as store:
        store.executescript(_TABLES)
        layers = store.execute("SELECT table_name, last_change FROM gpkg_contents ORDER BY table_name").fetchall()
        store.executemany(
            "INSERT INTO gpkg_extensions VALUES (?, NULL, ?, ?, ?)",
            [(table, *_SCHEMA) for table in ("gpkg_data_columns", "gpkg_data_column_constraints")],
        )
        for layer, _ in layers:
            names: dict[str, str] = {}
            for _, column, *_ in store.execute(f'PRAGMA table_info("{layer}")').fetchall():
                if column in COLUMNS:
                    # Two columns of a layer may not be called the same.
                    title = words.translate(COLUMNS[column])
                    names[column] = title if title not in names.values() else f"{title} ({column})"
            store.executemany(
                "INSERT INTO gpkg_data_columns (table_name, column_name, name, title) VALUES (?, ?, ?, ?)",
                [(layer, column, title, title) for column, title in names.items()],
            )
            if layer in styles:
                store.execute(
                    "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
                    "styleName, styleQML, styleSLD, useAsDefault, description, owner, update_time) "
                    "VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, '', ?)",
                    (layer, layer, styles[layer], words.mark or words.title, moment),
                )
        store.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
            (layers[0][1] if layers else moment,),
        )
    store.close()


def station_state(state: str, words: ReportText) -> str:
    """Return the state of a station in words; without a moment only that it is in service."""
    return words.state(state) if words.report.at else words.translate("Station in service")


def _styles(words: ReportText) -> dict[str, str]:
    """Return the QML of each layer."""
    report = words.report
    breaks = report.share_breaks or ALIKE
    shares = (0.0, *breaks, 1.0)
    towns = [
        (low, high, f"{low:.0%}–{high:.0%}", _fill(GAPS[share_colour(low, report.share_breaks)], "#FFFFFF"))
        for low, high in pairwise(shares)
    ]
    edges = (0.0, *report.gap_breaks, _NO_LIMIT)
    squares = [
        (low, high, words.count(low) + ("+" if high == _NO_LIMIT else f"–{words.count(high)}"), _fill(GAPS[at], None))
        for at, (low, high) in enumerate(pairwise(edges))
    ]
    colours = {"open": OPEN if report.at else "#FFFFFF", "closed": "#FFFFFF", "unknown": UNKNOWN}
    # Without a moment all stations are of one kind.
    states = {station_state(state, words): _dot(colours[state]) for state in (colours if report.at else ["open"])}
    stations = [(name, name, dot) for name, dot in states.items()]
    return {
        "towns": _qml(_graduated("share", towns), label="name"),
        "key_areas": _qml(_single(_fill(None, RED)), label="name"),
        "squares": _qml(_graduated("people", squares)),
        "gaps": _qml(_single(_fill(None, INK)), label="rank"),
        "service_areas": _qml(_single(_line(OPEN))),
        "stations": _qml(_categorized("state", stations), label="name"),
    }


def _qml(renderer: str, *, label: str | None = None) -> str:
    text = (
        '<labeling type="simple"><settings calloutType="simple">'
        f'<text-style fieldName={quoteattr(label or "")} fontSize="9" fontSizeUnit="Point" textColor="31,41,51,255">'
        '<text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" bufferColor="255,255,255,255"/></text-style>'
        '<placement placement="0"/><rendering obstacle="1"/></settings></labeling>'
    )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        f'<qgis version="3.22.0" styleCategories="Symbology|Labeling" labelsEnabled="{0 if label is None else 1}">'
        f"{renderer}{text if label else ''}</qgis>"
    )


def _symbols(symbols: Sequence[str]) -> str:
    return f"<symbols>{''.join(symbol.format(number=at) for at, symbol in enumerate(symbols))}</symbols>"


def _single(symbol: str) -> str:
    return f'<renderer-v2 type="singleSymbol" symbollevels="0" enableorderby="0">{_symbols([symbol])}</renderer-v2>'


def _graduated(column: str, classes: Sequence[tuple[float, float, str, str]]) -> str:
    ranges = "".join(
        f'<range symbol="{at}" lower="{low!r}" upper="{high!r}" label={quoteattr(label)} render="true"/>'
        for at, (low, high, label, _) in enumerate(classes)
    )
    symbols = _symbols([symbol for *_, symbol in classes])
    return (
        f'<renderer-v2 type="graduatedSymbol" attr={quoteattr(column)} graduatedMethod="GraduatedColor" '
        f'symbollevels="0" enableorderby="0"><ranges>{ranges}</ranges>{symbols}</renderer-v2>'
    )


def _categorized(column: str, classes: Sequence[tuple[str, str, str]]) -> str:
    categories = "".join(
        f'<category symbol="{at}" value={quoteattr(value)} label={quoteattr(label)} render="true"/>'
        for at, (value, label, _) in enumerate(classes)
    )
    return (
        f'<renderer-v2 type="categorizedSymbol" attr={quoteattr(column)} symbollevels="0" enableorderby="0">'
        f"<categories>{categories}</categories>{_symbols([symbol for *_, symbol in classes])}</renderer-v2>"
    )


def _symbol(kind: str, layer: str, properties: dict[str, str]) -> str:
    told = "".join(f'<prop k="{key}" v={quoteattr(value)}/>' for key, value in properties.items())
    return (
        f'<symbol type="{kind}" name="{{number}}" alpha="1" clip_to_extent="1" force_rhr="0">'
        f'<layer class="{layer}" enabled="1" pass="0" locked="0">{told}</layer></symbol>'
    )


def _colour(colour: str) -> str:
    return ",".join(map(str, (*rgb(colour), 255)))


def _fill(fill: str | None, line: str | None) -> str:
    properties = {
        "color": _colour(fill or "#FFFFFF"),
        "style": "solid" if fill else "no",
        "outline_color": _colour(line or "#FFFFFF"),
        "outline_style": "solid" if line else "no",
        "outline_width": "0.5",
        "outline_width_unit": "MM",
    }
    return _symbol("fill", "SimpleFill", properties)


def _line(colour: str) -> str:
    properties = {"line_color": _colour(colour), "line_width": "0.6", "line_width_unit": "MM", "line_style": "solid"}
    return _symbol("line", "SimpleLine", properties)


def _dot(fill: str) -> str:
    properties = {
        "name": "circle",
        "color": _colour(fill),
        "outline_color": _colour(RED),
        "outline_style": "solid",
        "outline_width": "0.4",
        "size": "2.6",
        "size_unit": "MM",
    }
    return _symbol("marker", "SimpleMarker", properties)
