"""``/plan``: whom the stations reach and whom they miss, by town and on the map.

Every state of the page is in its address, so that it can be sent to a colleague; the script fetches the same address
and takes over the numbers, so there is one rendering of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from flask import Blueprint, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime, get_locale
from sqlalchemy import Engine

from geo.coverage.classes import round_breaks
from geo.db.regions import Bounds, region_bounds
from geo.db.session import reading
from geo.db.tables import SERVICES, Source
from geo.network.modes import load_modes
from webmap import answers, coverage
from webmap.live import DistrictState
from webmap.pages import district_state, render_page
from webmap.question import MINUTES, Question, moment_of, read_question
from webmap.security import public
from webmap.snapshots import SERVED_MODES

planner = Blueprint("planner", __name__)

SHARE_BREAKS = (0.25, 0.5, 0.75)
CLASSES = len(SHARE_BREAKS) + 1
"""As many as there are colours of gaps."""


@dataclass(frozen=True)
class LegendClass:
    """A class of the map: values from `low` up to `high` (None: no limit), its squares or towns, and its people."""

    low: float
    high: float | None
    count: int
    people: float


def gap_breaks(state: DistrictState) -> list[float]:
    """Return the class breaks of the squares: of all people, so that a colour means the same whatever is asked."""
    # Within no time nobody is reached: these are the squares of all people.
    everybody = coverage.squares(state, coverage.Asked(mode=SERVED_MODES[0], minutes=0))
    return round_breaks(
        np.array([feature["properties"]["people"] for feature in everybody["features"]]), classes=CLASSES
    )


def class_sums(breaks: Sequence[float], values: Sequence[float], people: Sequence[float]) -> list[LegendClass]:
    """Return the classes between `breaks` with how many of `values` lie in each and the sum of their `people`."""
    index = np.searchsorted(np.asarray(breaks), np.asarray(values), side="right")
    counts = np.bincount(index, minlength=len(breaks) + 1)
    sums = np.bincount(index, weights=np.asarray(people), minlength=len(breaks) + 1)
    edges = [0.0, *breaks]
    return [
        LegendClass(low, high, int(count), float(total))
        for low, high, count, total in zip(edges, [*breaks, None], counts, sums, strict=True)
    ]


class Held:
    """What a state's page needs beyond its answers, read once a state."""

    def __init__(self) -> None:
        self._bounds: WeakKeyDictionary[DistrictState, dict[str, Bounds]] = WeakKeyDictionary()
        self._breaks: WeakKeyDictionary[DistrictState, list[float]] = WeakKeyDictionary()

    def bounds(self, state: DistrictState, engine: Engine) -> dict[str, Bounds]:
        """Return where each town lies."""
        if state not in self._bounds:
            with reading(engine) as session:
                self._bounds[state] = region_bounds(session, state.district.code)
        return self._bounds[state]

    def breaks(self, state: DistrictState) -> list[float]:
        """Return `gap_breaks` of a state."""
        if state not in self._breaks:
            self._breaks[state] = gap_breaks(state)
        return self._breaks[state]


@planner.record_once
def hold(setup: Any) -> None:
    """Give the application what this blueprint keeps between requests."""
    setup.app.extensions["fuchun_plan"] = Held()


@planner.get("/plan")
@public
def plan() -> ResponseReturnValue:
    """Show coverage by town and on the map."""
    state = district_state()
    question = read_question(request.args)
    at = moment_of(question, state.calendar, now=datetime.now(UTC))
    asked: dict[str, Any] = {"minutes": question.minutes, "services": question.services, "at": at}
    by_mode = {mode: coverage.coverage(state, coverage.Asked(mode=mode, **asked)) for mode in SERVED_MODES}
    towns = sort_towns(by_mode[question.mode]["by_town"], question.sort)
    missed = coverage.squares(state, coverage.Asked(mode=question.mode, **asked))
    squares = [feature["properties"]["people"] for feature in missed["features"]]
    held: Held = current_app.extensions["fuchun_plan"]
    breaks = held.breaks(state)
    return render_page(
        "planner/plan.html",
        state=state,
        question=question,
        at=at,
        moment_words=format_datetime(at, "yyyy-MM-dd EEE HH:mm", rebase=False) if at else "",
        minutes=MINUTES,
        services=offered_services(state),
        weekday_names=get_locale().days["format"]["abbreviated"],
        speeds={mode: load_modes()[mode].speed_kph for mode in SERVED_MODES},
        measured=by_mode[question.mode],
        by_mode=by_mode,
        towns=towns,
        bounds=held.bounds(state, current_app.extensions["fuchun_engine"]),
        breaks=breaks,
        gap_classes=class_sums(breaks, squares, squares),
        share_classes=share_classes(towns),
        share_class=share_class,
        sources=sources_by_layer(state),
        address=lambda **changes: address(question, **changes),
        gaps_url=url_for("api.coverage_squares", **layer_query(state, question, at)),
        stations_url=url_for("api.stations", district=state.district.code, at=at and at.isoformat()),
    )


def sort_towns(towns: Sequence[Mapping[str, Any]], sort: str) -> list[dict[str, Any]]:
    """Return the towns with `missed`, those where most is to be done first (by name: in the order of their codes)."""
    rows = [{**town, "missed": town["people"] - town["covered"]} for town in towns]
    if sort == "name":
        return rows
    if sort == "share":
        return sorted(rows, key=lambda row: (row["people"] == 0, row["share"], -row["people"]))
    return sorted(rows, key=lambda row: -row[sort])


def share_classes(towns: Sequence[Mapping[str, Any]]) -> list[LegendClass]:
    """Return the classes of the towns by share of people covered, with the people *missed* in each."""
    lived_in = [town for town in towns if town["people"] > 0 and town["code"]]
    return class_sums(SHARE_BREAKS, [town["share"] for town in lived_in], [town["missed"] for town in lived_in])


def share_class(share: float) -> int:
    """Return the class of a share among the colours of gaps: 0, the lightest, where most are covered."""
    return len(SHARE_BREAKS) - int(np.searchsorted(SHARE_BREAKS, share, side="right"))


def offered_services(state: DistrictState) -> list[str]:
    """Return the services that any station of the district offers, in the order of the store."""
    offered = {s for place in state.with_function(answers.STATION) for s in place.functions[answers.STATION].services}
    return [service for service in SERVICES if service in offered]


def sources_by_layer(state: DistrictState) -> dict[str, list[Source]]:
    """Return the loaded files by layer; demand layers are together under ``demand``."""
    layers: dict[str, list[Source]] = {}
    for source in state.sources:
        layers.setdefault(source.layer.partition(":")[0], []).append(source)
    return layers


def address(question: Question, **changes: Any) -> str:
    """Return the address of the page with `changes` to the question."""
    return url_for("planner.plan", district=request.args.get("district"), **replace(question, **changes).query())


def layer_query(state: DistrictState, question: Question, at: datetime | None) -> dict[str, Any]:
    """Return the query of the interface that gives the map what the page counts."""
    return {
        "district": state.district.code,
        "mode": question.mode,
        "minutes": question.minutes,
        "service": list(question.services),
        "at": at and at.isoformat(),
    }
