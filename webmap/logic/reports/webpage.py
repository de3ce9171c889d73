"""The report as one HTML file with a map that opens from a disk without a network: Folium, its parts laid inside.

Folium links scripts and styles of five hosts even without tiles. They are left out, and Leaflet, the only one that is
needed, stands in the file; a content security policy in it forbids the browser to fetch anything.
"""

import html
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import folium
import shapely

from webmap.logic.colours import CLOSED, GAPS, INK, OPEN, RED, UNKNOWN, WATER
from webmap.logic.coverage.moment import AreaCoverage
from webmap.logic.gap_classes import share_classes, share_colour
from webmap.logic.reports.maps import LISTED
from webmap.logic.reports.numbers import CoverageReport, Gap
from webmap.logic.reports.package import about
from webmap.logic.reports.report_text import ReportText
from webmap.logic.reports.shapes import Shapes

LEAFLET = Path(__file__).parents[2] / "static" / "vendor" / "leaflet"
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
_STYLE = """
html, body { height: 100%; margin: 0; font: 15px/1.5 "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
body { display: flex; color: #1f2933; }
.leaflet-container { background: #fafaf7; font: inherit; }
.folium-map { flex: 1 1 auto; position: relative !important; height: 100% !important; }
#panel { flex: 0 0 400px; box-sizing: border-box; height: 100%; overflow: auto; padding: 16px; background: #fff; }
#panel h1 { font-size: 20px; } #panel h2 { font-size: 16px; }
#panel table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
#panel td, #panel th { border-bottom: 1px solid #e3e5e8; padding: 2px 4px; text-align: right; }
#panel td:first-child, #panel th:first-child { text-align: left; }
#panel small { color: #616d7a; overflow-wrap: anywhere; }
.mark { color: #c8102e; font-weight: bold; }
#stamp { position: fixed; right: 12%; top: 42%; z-index: 900; font-size: 64px; opacity: .35; pointer-events: none;
  transform: rotate(-20deg); }
#credits { position: fixed; right: 0; bottom: 0; z-index: 900; padding: 0 8px; background: #fff; font-size: 12px; }
.leaflet-control-attribution { display: none; }
.swatch { display: inline-block; width: 24px; height: 12px; margin-right: 8px; border: 1px solid #d5d9de; }
.dot { display: inline-block; box-sizing: border-box; width: 14px; height: 14px; margin: 0 13px 0 5px;
  border: 3px solid; border-radius: 50%; vertical-align: -2px; }
.number { color: #fff; font: bold 12px/22px sans-serif; text-align: center; pointer-events: none !important; }
#legend { position: fixed; left: 412px; bottom: 48px; z-index: 900; padding: 8px 12px; border: 1px solid #d5d9de;
  border-radius: 8px; background: rgb(255 255 255 / 92%); font-size: 13px; }
#legend p { margin: 4px 0; }
.leaflet-touch .leaflet-control-layers-toggle, .leaflet-control-layers-toggle { width: auto; height: auto;
  padding: 8px 16px; background: none; color: #1f2933; font-weight: bold; text-decoration: none; }
@media (max-width: 900px) { body { flex-direction: column; }
  .folium-map { flex: 0 0 60%; width: 100% !important; order: 0; }
  #panel { flex: 1 1 auto; order: 1; height: auto; }
  #legend { position: static; } }
"""


def write_webpage(path: Path, report: CoverageReport, shapes: Shapes, words: ReportText) -> None:
    """Write the page; the same report is the same bytes."""
    drawn = _draw(report, shapes, words)
    page = drawn.get_root().render().replace("L.control.scale()", "L.control.scale({imperial: false})")
    # Elements are called by random numbers; count them instead.
    names: dict[str, str] = {}
    page = re.sub(r"(?<=_)[0-9a-f]{32}", lambda found: names.setdefault(found[0], str(len(names))), page)
    title = html.escape(" · ".join(filter(None, (words.mark, words.title))))
    css = re.sub(r"url\([^)]*\)", "none", (LEAFLET / "leaflet.css").read_text(encoding="utf-8"))
    head = (
        f'<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{css}</style><style>{_STYLE}</style>"
        f'<style>.leaflet-control-layers-toggle::after {{ content: "{words.translate("Layers")}"; }}</style>'
        f"<script>{(LEAFLET / 'leaflet.js').read_text(encoding='utf-8')}</script>"
    )
    # Nothing of ours goes through Folium's templates: names in files may hold what a template would obey.
    page = page.replace("<head>", head, 1).replace("<body>", f"<body>{_panel(report, words)}", 1)
    lang = "zh-Hans" if words.lang == "zh" else "en"
    path.write_text(page.replace("<html>", f'<html lang="{lang}">', 1), encoding="utf-8", newline="\n")


def _draw(report: CoverageReport, shapes: Shapes, words: ReportText) -> folium.Map:
    translate = words.translate
    drawn = folium.Map(tiles=None, control_scale=True, prefer_canvas=True, zoom_snap=0.25)
    drawn.default_js, drawn.default_css = [], []
    towns = [(shapes.towns[town.code], _town_facts(town, words)) for town in report.towns if town.code in shapes.towns]
    labels = {"name": translate("Town"), "share": translate("Share covered"), "missed": translate("Missed")}
    _add(drawn, translate("Towns"), towns, lambda facts: _surface(GAPS[facts["class"]], 0.75, "white"), labels=labels)
    if shapes.water is not None:
        _add(drawn, translate("Water"), [(shapes.water, {})], lambda _: _surface(WATER, 1.0, "none"))
    if shapes.outline is not None:
        _add(drawn, "", [(shapes.outline, {})], lambda _: {"fill": False, "color": INK, "weight": 2})
    squares = [(cell, {"people": words.count(people)}) for cell, people in shapes.squares]
    _add(
        drawn, translate("People missed by square of 500 m"), squares, lambda _: _surface(GAPS[3], 0.6, "none"),
        labels={"people": translate("Missed")}, is_shown=False,
    )  # fmt: skip
    streets = [(shapely.MultiLineString(lines), {"station": code}) for code, lines in shapes.service.items()]
    _add(drawn, translate("within the standard"), streets, lambda _: {"color": OPEN, "weight": 2.5})
    _add_gaps(drawn, report, words)
    _add_stations(drawn, report, words)
    # Closed, for it would lie over the district.
    folium.LayerControl().add_to(drawn)
    everything = [shape for shape in (shapes.outline, *shapes.towns.values()) if shape is not None]
    if everything:
        west, south, east, north = map(float, shapely.total_bounds(everything))
        drawn.fit_bounds([[south, west], [north, east]])
    return drawn


def _add_gaps(drawn: folium.Map, report: CoverageReport, words: ReportText) -> None:
    translate = words.translate
    gaps = [(shapely.Point(gap.lon, gap.lat), _gap_facts(gap, words)) for gap in report.gaps]
    labels = {
        "rank": "#",
        "name": translate("Named place"),
        "people": translate("Missed"),
        "minutes": translate("Minutes to the nearest"),
        "cause": translate("Cause"),
    }
    largest, rest = translate("The ten largest gaps"), translate("Smaller gaps")
    _add(drawn, rest, gaps[LISTED:], labels=labels, marker=_dot(INK, "white", 4), is_shown=False)
    if not gaps:
        return
    # A number on each: the one that the tables begin with. It lets the pointer through to the gap below it.
    numbered = folium.FeatureGroup(name=html.escape(largest))
    numbered.add_to(drawn)
    _add(numbered, "", gaps[:LISTED], labels=labels, marker=_dot(INK, "white", 11))
    for gap in report.gaps[:LISTED]:
        number = folium.DivIcon(html=str(int(gap.rank)), icon_size=(22, 22), icon_anchor=(11, 11), class_name="number")
        folium.Marker((gap.lat, gap.lon), icon=number, interactive=False, keyboard=False).add_to(numbered)


def _add_stations(drawn: folium.Map, report: CoverageReport, words: ReportText) -> None:
    translate = words.translate
    colours = {"open": OPEN if report.at else "white", "closed": CLOSED, "unknown": UNKNOWN}
    labels = {"name": translate("Station"), "hours": translate("Hours")}
    for state, colour in colours.items():
        chosen = [
            (
                shapely.Point(each.lon, each.lat),
                {"name": words.named(each.name), "hours": words.hours(each.hours)},
            )
            for each in report.stations
            if each.state == state
        ]
        name = translate("Stations") if report.at is None else f"{translate('Stations')} · {words.state(state)}"
        _add(drawn, name, chosen, labels=labels, marker=_dot(colour, RED, 6))


def _town_facts(town: AreaCoverage, words: ReportText) -> dict[str, Any]:
    return {
        "name": words.named(town.name),
        "share": words.percent(town.share),
        "missed": words.count(town.missed),
        "class": share_colour(town.share, words.report.share_breaks),
    }


def _gap_facts(gap: Gap, words: ReportText) -> dict[str, Any]:
    return {
        "rank": gap.rank,
        "name": words.gap_name(gap),
        "people": words.count(gap.people),
        "minutes": words.minutes(gap.nearest_min),
        "cause": words.cause(gap.cause),
    }


def _add(
    drawn: folium.Map | folium.FeatureGroup,
    name: str,
    rows: Sequence[tuple[shapely.Geometry, dict[str, Any]]],
    style: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    *,
    labels: dict[str, str] | None = None,
    marker: Any = None,
    is_shown: bool = True,
) -> None:
    """Add a layer; `labels` are the properties that are shown beside the pointer or under the finger."""
    if not rows:
        return
    features = [
        {
            "type": "Feature",
            "geometry": json.loads(shapely.to_geojson(shapely.set_precision(shape, 1e-6, mode="pointwise"))),
            # Folium shows these as HTML.
            "properties": {
                key: html.escape(value) if isinstance(value, str) else value for key, value in facts.items()
            },
        }
        for shape, facts in rows
    ]
    layer = folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        name=html.escape(name), control=bool(name), show=is_shown, marker=marker,
        style_function=None if style is None else lambda feature: style(feature["properties"]),
    )  # fmt: skip
    if labels:
        fields: dict[str, Any] = {"fields": list(labels), "aliases": list(labels.values()), "localize": False}
        folium.GeoJsonTooltip(**fields).add_to(layer)
        folium.GeoJsonPopup(**fields).add_to(layer)
    layer.add_to(drawn)


def _surface(fill: str, opacity: float, line: str) -> dict[str, Any]:
    style: dict[str, Any] = {"fillColor": fill, "fillOpacity": opacity, "weight": 1, "color": line}
    return style if line != "none" else {**style, "stroke": False}


def _dot(fill: str, line: str, radius: int) -> folium.CircleMarker:
    return folium.CircleMarker(radius=radius, fill=True, fill_color=fill, fill_opacity=1.0, color=line, weight=2)


def _panel(report: CoverageReport, words: ReportText) -> str:
    translate, escape = words.translate, html.escape
    facts = [(label, words.written(value, form)) for _, label, value, form in words.facts()]
    towns = [
        (
            words.area(town.code, town.name),
            words.count(town.people),
            words.count(town.covered),
            words.percent(town.share),
        )
        for town in report.towns
        if town.people or town.name
    ]
    gaps = [
        (str(gap.rank), words.gap_name(gap), words.count(gap.people), words.cause(gap.cause)) for gap in report.gaps
    ]
    checksums = [
        f"{words.layer(each.layer)} {words.source(each.file_name)}: {each.checksum or translate('none')}"
        for each in report.inputs
    ]
    town_heads = (translate("Town"), words.unit, translate("Covered"), translate("Share covered"))
    gap_heads = ("#", translate("Gap"), translate("Missed"), translate("Cause"))
    parts = [
        f'<p class="mark">{escape(words.stamp)}</p>' if words.stamp else "",
        f"<h1>{escape(words.title)}</h1><p><small>"
        f"{'<br>'.join(map(escape, filter(None, (words.question, words.proxy, words.origin))))}</small></p>",
        *(f"<p>{escape(sentence)}</p>" for sentence in words.summary()),
        _table("facts", (translate("Figure"), translate("Value")), facts),
        f'<div id="legend"><b>{escape(translate("Share covered"))}</b>{_legend(report)}{_dots(report, words)}</div>',
        f"<h2>{escape(translate('By town'))}</h2>",
        _table("towns", town_heads, towns),
        f"<h2>{escape(translate('Gaps'))}</h2>",
        _table("gaps", gap_heads, gaps),
        f"<h2>{escape(translate('What is not known'))}</h2>",
        *(f"<p>{escape(text)}</p>" for text in words.unknowns()),
        f"<h2>SHA-256</h2><p><small>{'<br>'.join(map(escape, checksums))}</small></p>",
    ]
    mark = f'<div id="stamp" class="mark">{escape(words.mark)}</div>' if words.mark else ""
    credits = " · ".join(dict.fromkeys(each.attribution for each in report.inputs if each.attribution))
    data = json.dumps(about(report, words), ensure_ascii=False).replace("<", "\\u003c")
    numbers = f'<script type="application/json" id="about">{data}</script>'
    return f'<section id="panel">{"".join(parts)}</section>{mark}<div id="credits">{escape(credits)}</div>{numbers}'


def _legend(report: CoverageReport) -> str:
    rows = (
        f'<span class="swatch" style="background:{GAPS[each.colour]}"></span>{each.low:.0%}–{each.high:.0%}<br>'
        for each in share_classes(report.towns)
    )
    return f"<p>{''.join(rows)}</p>"


def _dots(report: CoverageReport, words: ReportText) -> str:
    """Return what the dots on the map are."""
    translate = words.translate
    dots = [(INK, INK, translate("The ten largest gaps"))]
    if report.at is None:
        dots.append(("white", RED, translate("Stations")))
    else:
        colours = (("open", OPEN), ("closed", CLOSED), ("unknown", UNKNOWN))
        dots += [(fill, RED, f"{translate('Stations')} · {words.state(state)}") for state, fill in colours]
    rows = (
        f'<span class="dot" style="background:{fill};border-color:{line}"></span>{html.escape(text)}<br>'
        for fill, line, text in dots
    )
    return f"<p>{''.join(rows)}</p>"


def _table(name: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{html.escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{html.escape(text)}</td>' for text in row)}</tr>" for row in rows)
    return f'<table id="{name}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
