"""What the wall map of a plan shows and says."""

from datetime import UTC, datetime

import shapely
from flask_babel import gettext

from webmap.logic.district_state import DistrictState
from webmap.logic.reports.plan_map import MapSite, MapWords
from webmap.logic.siting.by_hand import Changes, missed_squares, outline_of_site
from webmap.logic.siting.sites_question import Spot
from webmap.planner.chosen_plan import ChosenPlan
from webmap.planner.sites_text import cost_words, quality_words, site_name
from webmap.words.names import marked, name_of
from webmap.words.numbers import count, percent


def map_words(state: DistrictState, chosen: ChosenPlan) -> MapWords:
    """Return what the map of a plan says; raises as `measure_changes`."""
    asked, answer, plan, question = chosen.asked, chosen.answer, chosen.plan, chosen.question
    unit, people = answer["unit"], max(answer["people"], 1e-9)
    options = [site["option"] for site in plan["sites"]]
    spots = tuple(Spot.read(option) for option in options)
    changes = Changes(spots, tuple(asked.get("closed") or ()), tuple(asked.get("extended") or ()))
    squares = missed_squares(state, question, changes).squares
    lines = [gettext("%(people)s more covered", people=count(plan["after"] - plan["before"], unit))]
    lines += [words for words in (quality_words(answer, plan), cost_words(state, plan)) if words]
    today = datetime.now(UTC).astimezone(state.calendar.zone).date()
    return MapWords(
        title=gettext("%(district)s: map of proposed sites", district=marked(state, name_of(state.district))),
        headline=f"{percent(plan['before'] / people)} → {percent(plan['after'] / people)}",
        lines=[str(line) for line in lines],
        heads=(
            gettext("Site"),
            gettext("Adds"),
            gettext("Host"),
            gettext("Yuan (sample)") if state.is_sample else gettext("Yuan"),
        ),
        sites=[
            MapSite(
                lon=spot.lon,
                lat=spot.lat,
                reach=outline_of_site(state, question, spot),
                name=site_name(site["option"]),
                adds=f"+{count(site['gain'], unit)}",
                host=site["option"]["host"] or "",
                cost="" if site["option"]["cost"] is None else f"{site['option']['cost']:,.0f}",
            )
            for spot, site in zip(spots, plan["sites"], strict=True)
        ],
        missed=[(shapely.box(each.west, each.south, each.east, each.north), each.people) for each in squares],
        legend=(gettext("Proposed site"), gettext("newly covered"), gettext("still missed (darker: more people)")),
        signature=f"{today:%Y-%m-%d}",
    )
