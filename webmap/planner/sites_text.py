"""What a plan comes to as sentences that can be pasted into a report or a chat."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from webmap.logic.district_state import DistrictState
from webmap.words.labels import MODES
from webmap.words.names import marked, name_of
from webmap.words.numbers import count, percent, plain, whole


def plan_sentences(
    state: DistrictState, asked: Mapping[str, Any], answer: Mapping[str, Any], plan: Mapping[str, Any]
) -> list[str]:
    """Return a plan in sentences: what is proposed, what it gains, where, at what cost, and how sure that is."""
    unit, people = answer["unit"], max(answer["people"], 1e-9)
    district = marked(state, name_of(state.district))
    found = [
        gettext(
            "%(district)s: with %(count)s new sites, %(share)s of the people (now %(before)s) would be within "
            "%(minutes)s minutes %(mode)s of a station, %(gain)s more.",
            district=district,
            count=len(plan["sites"]),
            share=percent(plan["after"] / people),
            before=percent(plan["before"] / people),
            minutes=plain(asked.get("minutes", 15)),
            mode=MODES[asked.get("mode", "walk")],
            gain=count(plan["after"] - plan["before"], unit),
        )
    ]
    for number, site in enumerate(plan["sites"], start=1):
        name = site_name(site["option"])
        gain = count(site["gain"], unit)
        found.append(gettext("%(number)s. %(name)s: adds %(gain)s", number=number, name=name, gain=gain))
    if plan["spent"] is not None:
        money = whole(plan["spent"])
        found.append(gettext("Cost: %(money)s yuan, by what is entered for the candidates.", money=money))
    if plan["proven"]:
        found.append(gettext("By this question no other choice does better (proven)."))
    elif plan["more"]:
        found.append(gettext("Another choice could cover at most %(people)s more.", people=count(plan["more"], unit)))
    found.append(
        gettext(
            "Data version %(version)s; %(count)s stations count now; %(rest)s live near no usable street.",
            version=answer["data_version"],
            count=answer["stations"],
            rest=count(answer["unattached"], unit),
        )
    )
    return [str(each) for each in found]


def site_name(option: Mapping[str, Any]) -> str:
    """Return what a site is called; of a search area, that rooms are still to be found there."""
    if option["kind"] == "area":
        return str(gettext("around %(name)s (rooms to be found)", name=option["name"]))
    return str(option["name"])
