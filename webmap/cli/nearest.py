"""``fuchun nearest`` and ``fuchun route``: stations and routes from a point."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from webmap.cli.console import (
    label,
    language,
    print_answer,
    translate,
)
from webmap.cli.options import (
    any_mode_option,
    ask_district,
    at_option,
    district_option,
    json_option,
    mode_option,
    service_option,
)
from webmap.logic.labels import MODES, OPEN_STATES

if TYPE_CHECKING:
    from webmap.logic.district_state import DistrictState

# "-8.61" is a longitude, not an option.
POINTS = {"ignore_unknown_options": True}


@click.command(context_settings=POINTS)
@click.argument("lon", type=float)
@click.argument("lat", type=float)
@mode_option
@click.option("--count", default=3, show_default=True, type=click.IntRange(1, 50))
@service_option
@at_option
@district_option
@json_option
def nearest(
    lon: float,
    lat: float,
    mode: str,
    count: int,
    services: tuple[str, ...],
    at: datetime | None,
    district: str | None,
    as_json: bool,
) -> None:
    """Find the stations reached soonest from LON LAT (WGS84)."""
    from webmap.logic.nearest import nearest as find_nearest
    from webmap.web.json_answers import nearest_json

    def ask(state: "DistrictState") -> dict[str, Any]:
        found = find_nearest(state, lon=lon, lat=lat, mode=mode, services=services, at=at, count=count)
        return nearest_json(state, found)

    answer = ask_district(district, ask)

    def lines() -> list[str]:
        return [
            translate("{name}: {mode} {minutes} min, {distance} m, {state}").format(
                name=s["name"],
                mode=label(MODES, mode),
                minutes=max(1, round(s["duration_s"] / 60)),
                distance=round(s["distance_m"]),
                state=label(OPEN_STATES, s["on_arrival"]),
            )
            for s in answer["stations"]
        ] or [translate("No station is reached from there.")]

    print_answer(answer, as_json=as_json, lines=lines)


@click.command(context_settings=POINTS)
@click.argument("from_lon", type=float)
@click.argument("from_lat", type=float)
@click.argument("to_lon", type=float)
@click.argument("to_lat", type=float)
@any_mode_option
@district_option
@json_option
def route(
    from_lon: float, from_lat: float, to_lon: float, to_lat: float, mode: str, district: str | None, as_json: bool
) -> None:
    """Find the quickest way between two points (WGS84)."""
    from webmap.logic.routes import route as find_route
    from webmap.web.json_answers import route_json

    def ask(state: "DistrictState") -> dict[str, Any]:
        start, end = (from_lon, from_lat), (to_lon, to_lat)
        return route_json(state, find_route(state, origin=start, to_point=end, mode=mode, lang=language()))

    answer = ask_district(district, ask)

    def lines() -> list[str]:
        head = translate("{mode} {minutes} min, {distance} m").format(
            mode=label(MODES, mode),
            minutes=max(1, round(answer["duration_s"] / 60)),
            distance=round(answer["distance_m"]),
        )
        told_steps = []
        with_seconds = translate("{step} ({seconds} s)")
        for step in answer["steps"]:
            seconds = round(step["duration_s"])
            told = with_seconds.format(step=step["text"], seconds=seconds) if seconds else step["text"]
            told_steps.append(f"  {told}")
        return [head, *told_steps]

    print_answer(answer, as_json=as_json, lines=lines)
