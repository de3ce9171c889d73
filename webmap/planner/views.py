"""``/plan``: the coverage page, people reached and missed by town and on the map.

Every state of the page is in its address, so that it can be sent to a colleague; the script fetches the same address
and takes over the numbers, so there is one rendering of them.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import shapely
from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime, gettext

from geo.coverage.question import CoverageQuestion
from geo.db.regions import Bounds, region_bounds
from geo.db.session import reading
from geo.db.tables import SERVICES
from geo.network.modes import load_modes
from webmap.logic import coverage
from webmap.logic.cache import cached
from webmap.logic.coverage.gaps import GapsAnswer, find_gap
from webmap.logic.coverage.moment import AreaCoverage, CoverageAnswer
from webmap.logic.coverage.plan_question import MINUTES, PlanQuestion, moment_of, read_plan_question
from webmap.logic.district_state import DistrictState, SourceInfo
from webmap.logic.gap_classes import class_sums, share_breaks, share_classes, share_colour
from webmap.logic.places import STATION
from webmap.logic.snapshots import SERVED_MODES
from webmap.map.overview import Spot, overview_of
from webmap.planner.heatmap import draw_week
from webmap.web.access import planning
from webmap.web.context import config, is_staff, planning_state, public_engine
from webmap.web.i18n import lang
from webmap.web.pages import render_page
from webmap.words.labels import GAP_STATES, MODES
from webmap.words.labels import SERVICES as SERVICE_NAMES
from webmap.words.names import gap_name, marked, name_of
from webmap.words.numbers import count, percent
from webmap.words.times import day_names

planner = Blueprint("planner", __name__)

WORKDAY, EVENING = 3, 20
"""ISO weekday and hour at which longer hours are tried where no moment is asked about: Wednesday at 20:00."""

SHOWN_TOWNS = 8
SHOWN_GAPS = 10
"""Rows that are shown; the others open with a click."""


@planner.get("/plan/gaps")
@planning
def all_gaps() -> ResponseReturnValue:
    """Show every gap of a question, by people; ``/plan`` takes the rows over when all are asked for."""
    state, question, at = asked_here()
    gaps = coverage.gaps(state, question.coverage_question(at=at), count=None)
    return render_page(
        "planner/all_gaps.html",
        state=state,
        is_staff=is_staff(),
        question=question,
        gaps=gaps,
        listed_gaps=gaps.gaps,
        gap_outline=None,
        unit=gaps.basis.unit,
        gap_states={code: str(words) for code, words in GAP_STATES.items()},
        address=lambda **changes: address(question, **changes),
    )


@planner.get("/plan")
@planning
def plan() -> ResponseReturnValue:
    """Show whom the stations reach, at which hours, and whom they miss."""
    state, question, at = asked_here()
    return render_page(
        "planner/plan.html",
        state=state,
        minutes=MINUTES,
        services=offered_services(state),
        areas=area_choices(state),
        overview=overview_of(state, [Spot(place.lon, place.lat) for place in state.with_function(STATION)]),
        has_details=True,
        **answer_values(state, question, at),
        **detail_values(state, question, at),
    )


@planner.get("/plan/answer")
@planning
def answer() -> ResponseReturnValue:
    """Answer a changed question without the page around it, and without what is not looked at yet."""
    state, question, at = asked_here()
    return render_template("planner/answer.html", state=state, has_details=False, **answer_values(state, question, at))


@planner.get("/plan/details")
@planning
def details() -> ResponseReturnValue:
    """Show the curve, the week, what depends on single stations, and the standards."""
    state, question, at = asked_here()
    asked = question.coverage_question(at=at)
    measured = coverage.coverage(state, asked)
    values = detail_values(state, question, at)
    return render_template("planner/details.html", **common_values(state, question, at), measured=measured, **values)


def asked_here() -> tuple[DistrictState, PlanQuestion, datetime | None]:
    """Return the state, the question and the moment of a request."""
    state = planning_state(request.args.get("district"))
    question = read_plan_question(request.args)
    return state, question, moment_of(question, state.calendar, now=datetime.now(UTC))


def common_values(state: DistrictState, question: PlanQuestion, at: datetime | None) -> dict[str, Any]:
    """Return what every part of the page reads."""
    return {
        "state": state,
        "is_staff": is_staff(),
        "question": question,
        "at": at,
        "weekday_names": day_names(),
        "sources": sources_by_layer(state),
        "address": lambda **changes: address(question, **changes),
    }


def answer_values(state: DistrictState, question: PlanQuestion, at: datetime | None) -> dict[str, Any]:
    """Return what the numbers and the legend show."""
    asked = question.coverage_question(at=at)
    by_mode = {mode: coverage.coverage(state, replace(asked, mode=mode)) for mode in SERVED_MODES}
    measured = by_mode[question.mode]
    gaps = coverage.gaps(state, asked, count=None)
    listed = [gap for rank, gap in enumerate(gaps.gaps) if rank < SHOWN_GAPS or gap.id == question.gap]
    towns = sort_towns(measured.by_town, question.sort)
    squares = [square.people for square in coverage.squares(state, asked).squares]
    breaks = state.ready().gap_breaks.tolist()
    place: dict[str, Any] = {"district": state.district.code, "mode": question.mode}
    values = common_values(state, question, at) | {
        "evening": question if at else replace(question, when="week", weekday=WORKDAY, hour=EVENING),
        "moment_words": format_datetime(at, "yyyy-MM-dd EEE HH:mm", rebase=False) if at else "",
        "speeds": {mode: load_modes()[mode].speed_kph for mode in SERVED_MODES},
        "measured": measured,
        "by_mode": by_mode,
        "brief": brief_words(state, measured, gaps),
        "services_words": services_words(question),
        "towns": towns,
        "shown_towns": SHOWN_TOWNS,
        "gaps": gaps,
        "listed_gaps": listed,
        "gap_states": {code: str(words) for code, words in GAP_STATES.items()},
        "gap_outline": next((outline_json(state, asked, gap.id) for gap in listed if gap.id == question.gap), None),
        "area_outline": area_json(state, question.area),
        "follow_url": url_for("manage.new_gap", gap=question.gap, **layer_query(state, question, at)),
        "bounds": kept_bounds(state),
        "breaks": breaks,
        "gap_classes": class_sums(breaks, squares, squares),
        "share_classes": share_classes(towns),
        "share_colour": partial(
            share_colour, breaks=share_breaks([each.share for each in towns if each.people and each.code])
        ),
        "gaps_url": url_for("api.coverage_squares", **layer_query(state, question, at)),
        "cut_off": coverage.cut_off(state, mode=question.mode),
        "cut_off_url": url_for("api.coverage_cut_off", **place),
        "reach_url": url_for("api.coverage_service_area", **place, minutes=question.minutes),
        "stations_url": url_for("api.stations", district=state.district.code, at=at and at.isoformat()),
    }
    return {name: value for name, value in values.items() if name != "state"}


def detail_values(state: DistrictState, question: PlanQuestion, at: datetime | None) -> dict[str, Any]:
    """Return what is looked at after the answer."""
    asked = question.coverage_question(at=at)

    def hour_address(day: int, hour: int) -> str:
        return address(question, when="week", weekday=day, hour=hour)

    return {
        "week": draw_week(coverage.week(state, asked).days, hour_address),
        "hours_url": url_for("planner.hours", district=request.args.get("district"), **question.query()),
        "curve": coverage.curve(state, asked),
        "closure": coverage.closure(state, asked),
        "standards": coverage.standards(state, config().standards, lang=lang()),
    }


def outline_json(state: DistrictState, asked: CoverageQuestion, gap_id: str) -> dict[str, Any]:
    """Return the outline of a gap as GeoJSON, to the metre."""
    shape = shapely.set_precision(find_gap(state, asked, gap_id).outline, 1e-5, mode="pointwise")
    found: dict[str, Any] = json.loads(shapely.to_geojson(shape))
    return found


def area_json(state: DistrictState, code: str | None) -> dict[str, Any] | None:
    """Return the outline of a key area as GeoJSON, to the metre; None where there is none of this code."""
    area = next((area for area in state.areas if area.code == code), None)
    if area is None:
        return None
    found: dict[str, Any] = json.loads(shapely.to_geojson(shapely.set_precision(area.geometry, 1e-5, mode="pointwise")))
    return found


def services_words(question: PlanQuestion) -> str:
    """Return which services are asked for, as the closed menu says it."""
    if not question.services:
        return str(gettext("Any service"))
    if len(question.services) == 1:
        return str(SERVICE_NAMES[question.services[0]])
    return str(gettext("%(count)s services", count=len(question.services)))


def brief_words(state: DistrictState, measured: CoverageAnswer, gaps: GapsAnswer) -> str:
    """Return the answer as somebody would write it into a message."""
    basis = measured.basis
    named = ", " if lang() == "en" else "、"
    first = named.join(f"{gap_name(gap)} {count(gap.people, basis.unit)}" for gap in gaps.gaps[:3])
    parts = [
        gettext(
            "%(district)s: %(share)s are covered %(mode)s within %(minutes)s minutes (%(covered)s of %(all)s); "
            "%(missed)s are not.",
            district=marked(state, name_of(state.district)),
            share=percent(measured.share),
            mode=MODES[basis.mode],
            minutes=f"{basis.minutes:g}",
            covered=count(measured.covered, basis.unit),
            all=count(measured.people, basis.unit),
            missed=count(measured.missed, basis.unit),
        )
    ]
    if first:
        parts.append(gettext("The largest gaps: %(gaps)s.", gaps=first))
    return ("" if lang() == "zh" else " ").join(map(str, parts))


def kept_bounds(state: DistrictState) -> dict[str, Bounds]:
    """Return where each town of a state lies, read from the store once."""
    return cached(state, "bounds", lambda: read_bounds(state.district.code))


def read_bounds(district: str) -> dict[str, Bounds]:
    """Return where each town of a district lies."""
    with reading(public_engine()) as session:
        return region_bounds(session, district)


def area_choices(state: DistrictState) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what the question may be narrowed to: key areas, then towns, each with code and name."""
    groups = [
        (gettext("Key areas"), [(area.code, area.name) for area in state.areas]),
        (gettext("Towns"), [(region.code, town_name(state, region.code)) for region in state.regions]),
    ]
    return [(name, choices) for name, choices in groups if choices]


def town_name(state: DistrictState, code: str) -> str:
    """Return the name of a town in the reader's language, where it has one there."""
    found = next((region for region in state.regions if region.code == code), None)
    if found is None:
        return ""
    return name_of(found)


def sort_towns(towns: Sequence[AreaCoverage], sort: str) -> list[AreaCoverage]:
    """Return the towns, those where most is to be done first (by name: in the order of their codes)."""
    if sort == "name":
        return list(towns)
    if sort == "share":
        return sorted(towns, key=lambda town: (town.people == 0, town.share, -town.people))
    return sorted(towns, key=lambda town: -town.missed if sort == "missed" else -town.people)


def offered_services(state: DistrictState) -> list[str]:
    """Return the services that any station of the district offers, in the order of the store."""
    offered = {s for place in state.with_function(STATION) for s in place.functions[STATION].services}
    return [service for service in SERVICES if service in offered]


def sources_by_layer(state: DistrictState) -> dict[str, list[SourceInfo]]:
    """Return the loaded files by layer; demand layers are together under ``demand``."""
    layers: dict[str, list[SourceInfo]] = {}
    for source in state.sources:
        layers.setdefault(source.layer.partition(":")[0], []).append(source)
    return layers


def address(question: PlanQuestion, **changes: Any) -> str:
    """Return the address of the page with `changes` to the question."""
    return url_for("planner.plan", district=request.args.get("district"), **replace(question, **changes).query())


def layer_query(state: DistrictState, question: PlanQuestion, at: datetime | None) -> dict[str, Any]:
    """Return the query of the interface that gives the map what the page counts."""
    return {
        "district": state.district.code,
        "mode": question.mode,
        "minutes": question.minutes,
        "service": list(question.services),
        "at": at and at.isoformat(),
        "layer": list(question.layers),
        "area": question.area or None,
    }
