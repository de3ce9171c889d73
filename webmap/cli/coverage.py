"""``fuchun coverage``: coverage in people by town, as lines or as the JSON of the API."""

import os
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import click

from geo.errors import InputError
from webmap.cli.console import count_name, language, mode_name, print_answer, state_name, translate
from webmap.cli.options import (
    any_mode_option,
    ask_district,
    at_option,
    district_option,
    json_option,
    layers_option,
    minutes_option,
    service_option,
)

ORDINARY = "ordinary"


@click.command()
@any_mode_option
@minutes_option
@service_option
@at_option
@layers_option
@click.option("--area", metavar="CODE", help="Count only the people of a town or key area.")
@click.option(
    "--week", is_flag=False, flag_value=ORDINARY, metavar="[DATE]", help="All 168 hours, of an ordinary week or DATE's."
)
@click.option("--gaps", is_flag=True, help="The named places where people are missed, and why.")
@click.option("--closure", is_flag=True, help="Who loses cover if a station is locked.")
@click.option("--standards", is_flag=True, help="Which standards are met, which not, and by how much.")
@click.option("--count", type=click.IntRange(1, 2000), help="Lines at most, with --gaps (200) or --closure (10).")
@district_option
@json_option
def coverage(
    mode: str,
    minutes: float,
    services: tuple[str, ...],
    at: datetime | None,
    layers: tuple[str, ...],
    area: str | None,
    week: str | None,
    gaps: bool,
    closure: bool,
    standards: bool,
    count: int | None,
    district: str | None,
    as_json: bool,
) -> None:
    """Count the people who reach a station in time, by town, by hour of the week, or whom they miss."""
    from webmap.logic import coverage as coverages

    if sum((week is not None, gaps, closure, standards)) > 1:
        raise click.UsageError("--week, --gaps, --closure and --standards are different questions: ask one at a time")
    asked = coverages.CoverageQuestion.read(
        {"mode": mode, "minutes": minutes, "services": services, "at": at, "layers": layers, "area": area}
    )
    some = {} if count is None else {"count": count}
    lines: Callable[[dict[str, Any]], Sequence[str]]
    if week is not None:
        day = None if week == ORDINARY else _read_day(week)
        answer = ask_district(district, lambda state: coverages.week(state, asked, day=day))
        lines = _week_lines
    elif gaps:
        answer = ask_district(district, lambda state: coverages.gaps(state, asked, **some))
        lines = _gap_lines
    elif closure:
        answer = ask_district(district, lambda state: coverages.closure(state, asked, **some))
        lines = _closure_lines
    elif standards:
        from webmap.logic.config import configured_standards

        held_to = configured_standards(os.environ)
        answer = ask_district(district, lambda state: coverages.standards(state, held_to, lang=language()))
        lines = _standard_lines
    else:
        answer = ask_district(district, lambda state: coverages.coverage(state, asked))
        lines = _moment_lines
    print_answer(answer, as_json=as_json, lines=lambda: [*lines(answer), *_proxy_lines(answer)])


def _proxy_lines(answer: dict[str, Any]) -> list[str]:
    from webmap.words.labels import DEMAND_LAYERS, PROXY_NOTE

    names = [
        translate(str(DEMAND_LAYERS[row["layer"]]))
        for row in answer.get("layers", ())
        if row["proxy"] and row["weight"]
    ]
    return [translate(str(PROXY_NOTE)).format(layers=", ".join(names))] if names else []


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError("{value} is no day such as 2026-10-01", value=text) from error


def _moment_lines(answer: dict[str, Any]) -> list[str]:
    unit, places = answer["unit"], answer["places"]
    by_people = answer["nearest"]["by_people"]
    worst = by_people["worst_tenth"]
    percentiles = ", ".join(f"{each['percent']} %: {_minutes(each['minutes'])}" for each in by_people["percentiles"])
    return [
        translate("{mode} {minutes} min: {covered} of {all} covered ({share}), {unattached} near no street").format(
            mode=mode_name(answer["mode"]),
            minutes=f"{answer['minutes']:g}",
            covered=f"{answer['covered']:,.0f}",
            all=count_name(answer["people"], unit),
            share=f"{answer['share']:.1%}",
            unattached=f"{answer['unattached']:,.0f}",
        ),
        translate("Covered only if stations of unknown hours are open: {count} ({share})").format(
            count=f"{answer['covered_if_open']:,.0f}", share=f"{answer['share_if_open']:.1%}"
        ),
        translate("Covered by two stations or more: {count} ({share})").format(
            count=f"{answer['covered_twice']:,.0f}", share=f"{answer['share_twice']:.1%}"
        ),
        translate("Places: {covered} of {all} covered ({share})").format(
            covered=f"{places['covered']:,}", all=f"{places['all']:,}", share=f"{places['share']:.1%}"
        ),
        translate("Minutes to the nearest station: {percentiles}").format(percentiles=percentiles),
        translate("The worst served tenth: {minutes} on average; {share} of it reach no station").format(
            minutes=_minutes(worst["mean_min"]), share=f"{worst['share_unreached']:.1%}"
        ),
        *(_area_line(row) for row in (*answer["by_town"], *answer["by_area"])),
    ]


def _area_line(row: dict[str, Any]) -> str:
    cells = (_named(row), f"{row['people']:,.0f}", f"{row['covered']:,.0f}", f"{row['share']:.1%}")
    return "  " + "\t".join((*cells, f"{row['share_twice']:.1%}"))


def _week_lines(answer: dict[str, Any]) -> list[str]:
    return [
        translate("Covered in percent at the start of each hour, week of {monday}").format(monday=answer["monday"]),
        "            " + " ".join(f"{hour:3d}" for hour in range(24)),
        *(
            f"  {day['date']}" + " ".join(f"{round(share * 100):3d}" for share in day["share"])
            for day in answer["days"]
        ),
    ]


def _gap_lines(answer: dict[str, Any]) -> list[str]:
    rows = [
        translate("{place}, {town}: {people}, nearest {minutes}, {cause}").format(
            place=_place_name(gap),
            town=_named(gap["town"]),
            people=count_name(gap["people"], answer["unit"]),
            minutes=_minutes(gap["nearest_min"]),
            cause=_cause_name(gap["cause"]),
        )
        for gap in answer["gaps"]
    ]
    others = answer["others"]
    if others["gaps"]:
        rows.append(
            translate("and {count} more places with {people}").format(
                count=others["gaps"], people=count_name(others["people"], answer["unit"])
            )
        )
    return rows or [translate("Nobody is missed.")]


def _closure_lines(answer: dict[str, Any]) -> list[str]:
    return [
        translate("{name} ({state}): {people} lose cover if it is locked; {places}").format(
            name=_named(row),
            state=state_name(row["state"]),
            people=count_name(row["lost"], answer["unit"]),
            places=", ".join(_place_name(place) for place in row["places"]),
        )
        for row in answer["stations"]
    ] or [translate("No station stands alone: nobody would lose cover.")]


def _standard_lines(answer: dict[str, Any]) -> list[str]:
    states = {
        "met": translate("met"),
        "not_met": translate("not met"),
        "unsaid": translate("cannot be said"),
    }
    reasons = {
        "class_unknown": translate("the class of {count} stations is not recorded"),
        "town_kind_unknown": translate("it is not known which places are towns and which subdistricts"),
        "no_target": translate("the source names no share"),
        "no_stations": translate("there are no stations"),
        "no_towns": translate("there are no towns of this kind"),
    }
    rows = []
    for row in answer["standards"]:
        rows.append(
            translate("{title}: {state}; {actual} of {total}").format(
                title=row["title"],
                state=states[row["state"]],
                actual=f"{row['actual']:,.0f}",
                total=f"{row['total']:,.0f}",
            )
        )
        if row["reason"]:
            rows.append("  " + reasons[row["reason"]].format(count=row["unknown_class"]))
        if row["missing"]:
            rows.append("  " + translate("at least {count} more are needed").format(count=f"{row['missing']:,.0f}"))
        if row["failing"]:
            rows.append("  " + translate("missing in: {towns}").format(towns=_names(row["failing"])))
        if row["unsure"]:
            rows.append("  " + translate("cannot be said of: {towns}").format(towns=_names(row["unsure"])))
        if not row["in_force"]:
            rows.append("  " + translate("not in force on {day}").format(day=answer["on"]))
        rows.append(f"  {row['citation']}. {row['trust']}")
    return rows or [translate("No standard is known that binds this district.")]


def _names(towns: Sequence[dict[str, Any]]) -> str:
    return ", ".join(_named(town) for town in towns)


def _named(row: dict[str, Any]) -> str:
    return str((language() == "en" and row["name_en"]) or row["name"])


def _place_name(place: dict[str, Any]) -> str:
    return _named(place) if place["part"] is None else f"{_named(place)} ({place['part']})"


def _minutes(value: float | None) -> str:
    if value is None:
        return translate("not reached")
    return translate("{minutes} min").format(minutes=f"{value:g}")


def _cause_name(cause: str) -> str:
    names = {
        "not_attached": translate("no street near"),
        "hours_unknown": translate("hours unknown"),
        "closed": translate("closed then"),
        "lacks_service": translate("lacks the service"),
        "cut_off": translate("not joined to the other streets"),
        "across_water": translate("across the water"),
        "too_far": translate("too far"),
    }
    return names[cause]
