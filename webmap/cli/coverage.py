"""``fuchun coverage``: coverage in people by town, as lines or as the JSON of the API."""

import os
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from geo.errors import InputError
from webmap.cli.console import count_text, label, language, print_answer, translate
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
from webmap.logic import labels

if TYPE_CHECKING:
    from webmap.logic.coverage.closure import ClosureAnswer
    from webmap.logic.coverage.gaps import GapsAnswer, PlaceName
    from webmap.logic.coverage.measured import CountedLayer
    from webmap.logic.coverage.moment import AreaCoverage, AreaName, CoverageAnswer
    from webmap.logic.coverage.standards import StandardsAnswer
    from webmap.logic.coverage.week import WeekAnswer
    from webmap.words.names import Named

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
    from webmap.logic.encoding import to_json
    from webmap.web.json_answers import week_json

    if sum((week is not None, gaps, closure, standards)) > 1:
        raise click.UsageError("--week, --gaps, --closure and --standards are different questions: ask one at a time")
    asked = coverages.CoverageQuestion.read(
        {"mode": mode, "minutes": minutes, "services": services, "at": at, "layers": layers, "area": area}
    )
    some = {} if count is None else {"count": count}
    if week is not None:
        day = None if week == ORDINARY else _read_day(week)
        weekly = ask_district(district, lambda state: coverages.week(state, asked, day=day))
        answer, lines, layers_said = week_json(weekly), _week_lines(weekly), weekly.basis.layers
    elif gaps:
        missed = ask_district(district, lambda state: coverages.gaps(state, asked, **some))
        answer, lines, layers_said = to_json(missed), _gap_lines(missed), missed.basis.layers
    elif closure:
        shut = ask_district(district, lambda state: coverages.closure(state, asked, **some))
        answer, lines, layers_said = to_json(shut), _closure_lines(shut), shut.basis.layers
    elif standards:
        from webmap.logic.config import configured_standards

        held_to = configured_standards(os.environ)
        verdicts = ask_district(district, lambda state: coverages.standards(state, held_to, lang=language()))
        answer, lines, layers_said = to_json(verdicts), _standard_lines(verdicts), ()
    else:
        now = ask_district(district, lambda state: coverages.coverage(state, asked))
        answer, lines, layers_said = to_json(now), _moment_lines(now), now.basis.layers
    print_answer(answer, as_json=as_json, lines=lambda: [*lines, *_proxy_lines(layers_said)])


def _proxy_lines(layers: "Iterable[CountedLayer]") -> list[str]:
    names = [label(labels.DEMAND_LAYERS, layer.layer) for layer in layers if layer.is_proxy and layer.weight]
    return [translate(labels.PROXY_NOTE).format(layers=", ".join(names))] if names else []


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError("{value} is not a day such as 2026-10-01", value=text) from error


def _moment_lines(answer: "CoverageAnswer") -> list[str]:
    basis, places = answer.basis, answer.places
    by_people = answer.nearest.by_people
    worst = by_people.worst_tenth
    percentiles = ", ".join(f"{each.percent} %: {_minutes(each.minutes)}" for each in by_people.percentiles)
    return [
        translate("{mode} {minutes} min: {covered} of {all} covered ({share}), {unattached} near no street").format(
            mode=label(labels.MODES, basis.mode),
            minutes=f"{basis.minutes:g}",
            covered=f"{answer.covered:,.0f}",
            all=count_text(answer.people, basis.unit),
            share=f"{answer.share:.1%}",
            unattached=f"{answer.unattached:,.0f}",
        ),
        translate("Covered only if stations of unknown hours are open: {count} ({share})").format(
            count=f"{answer.covered_if_open:,.0f}", share=f"{answer.share_if_open:.1%}"
        ),
        translate("Covered by two stations or more: {count} ({share})").format(
            count=f"{answer.covered_twice:,.0f}", share=f"{answer.share_twice:.1%}"
        ),
        translate("Places: {covered} of {all} covered ({share})").format(
            covered=f"{places.covered:,}", all=f"{places.all:,}", share=f"{places.share:.1%}"
        ),
        translate("Minutes to the nearest station: {percentiles}").format(percentiles=percentiles),
        translate("The worst served tenth: {minutes} on average; {share} of it reach no station").format(
            minutes=_minutes(worst.mean_min), share=f"{worst.share_unreached:.1%}"
        ),
        *(_area_line(area) for area in (*answer.by_town, *answer.by_area)),
    ]


def _area_line(area: "AreaCoverage") -> str:
    cells = (_named(area), f"{area.people:,.0f}", f"{area.covered:,.0f}", f"{area.share:.1%}")
    return "  " + "\t".join((*cells, f"{area.share_twice:.1%}"))


def _week_lines(answer: "WeekAnswer") -> list[str]:
    return [
        translate("Covered in percent at the start of each hour, week of {monday}").format(monday=answer.monday),
        "            " + " ".join(f"{hour:3d}" for hour in range(24)),
        *(f"  {day.date}" + " ".join(f"{round(share * 100):3d}" for share in day.share) for day in answer.days),
    ]


def _gap_lines(answer: "GapsAnswer") -> list[str]:
    rows = [
        translate("{place}, {town}: {people}, nearest {minutes}, {cause}").format(
            place=_place_name(gap),
            town=_named(gap.town),
            people=count_text(gap.people, answer.basis.unit),
            minutes=_minutes(gap.nearest_min),
            cause=label(labels.CAUSES, gap.cause),
        )
        for gap in answer.gaps
    ]
    others = answer.others
    if others.gaps:
        rows.append(
            translate("and {count} more places with {people}").format(
                count=others.gaps, people=count_text(others.people, answer.basis.unit)
            )
        )
    return rows or [translate("Nobody is missed.")]


def _closure_lines(answer: "ClosureAnswer") -> list[str]:
    return [
        translate("{name} ({state}): {people} lose cover if it is locked; {places}").format(
            name=_named(station),
            state=label(labels.OPEN_STATES, station.state.value),
            people=count_text(station.lost, answer.basis.unit),
            places=", ".join(_place_name(place) for place in station.places),
        )
        for station in answer.stations
    ] or [translate("No station is the only one for anybody: nobody would lose cover.")]


def _standard_lines(answer: "StandardsAnswer") -> list[str]:
    rows = []
    for verdict in answer.standards:
        rows.append(
            translate("{title}: {state}; {actual} of {total}").format(
                title=verdict.title,
                state=label(labels.VERDICTS, verdict.state),
                actual=f"{verdict.actual:,.0f}",
                total=f"{verdict.total:,.0f}",
            )
        )
        if verdict.reason:
            rows.append("  " + label(labels.VERDICT_REASONS, verdict.reason))
        if verdict.missing:
            rows.append("  " + translate("at least {count} more are needed").format(count=f"{verdict.missing:,.0f}"))
        if verdict.failing:
            rows.append("  " + translate("missing in: {towns}").format(towns=_names(verdict.failing)))
        if verdict.unsure:
            rows.append("  " + translate("cannot be said of: {towns}").format(towns=_names(verdict.unsure)))
        if not verdict.is_in_force:
            rows.append("  " + translate("not in force on {day}").format(day=answer.on))
        rows.append(f"  {verdict.citation}. {verdict.trust}")
    return rows or [translate("No standard is known that binds this district.")]


def _names(towns: "Sequence[AreaName]") -> str:
    return ", ".join(_named(town) for town in towns)


def _named(thing: "Named") -> str:
    return (language() == "en" and thing.name_en) or thing.name


def _place_name(place: "PlaceName") -> str:
    from webmap.logic.place_words import place_words

    name = _named(place) or _named(place.town)
    return place_words(translate, name, kind=place.kind, direction=place.direction, part=place.part)


def _minutes(value: float | None) -> str:
    if value is None:
        return translate("not reached")
    return translate("{minutes} min").format(minutes=f"{value:g}")
