"""The values of a plan for the office's own form: fields by name, and the lists of sites and towns."""

from collections.abc import Mapping
from datetime import UTC, datetime

from flask_babel import gettext

from geo.records import CandidateRecord
from webmap.logic.district_state import DistrictState
from webmap.logic.reports.own_form import FormValues, Value
from webmap.logic.reports.sites_document import SitesDocument
from webmap.planner.chosen_plan import ChosenPlan
from webmap.planner.sites_text import plan_sentences, site_name
from webmap.planner.willingness import WILLINGNESS_WORDS
from webmap.words.labels import MODES
from webmap.words.names import name_of
from webmap.words.numbers import percent, whole

FIELDS = (
    "title", "mark", "district", "mode", "minutes", "date", "data_version", "people", "covered_now", "covered_then",
    "share_now", "share_then", "gain", "site_count", "cost", "conclusion", "text",
)  # fmt: skip
LIST_FIELDS = {
    "sites": (
        "number", "name", "host", "town", "gain", "cost", "address", "hours", "willingness", "lon", "lat", "office",
        "due",
    ),
    "towns": ("name", "people", "covered_now", "covered_then", "gain"),
}  # fmt: skip
NAMES = (*FIELDS, *(f"{head}.{part}" for head, parts in LIST_FIELDS.items() for part in parts))
"""Every field that a form about a plan may hold; office and day due are left empty for a pen."""


def plan_values(
    state: DistrictState, chosen: ChosenPlan, content: SitesDocument, known: Mapping[str, CandidateRecord]
) -> FormValues:
    """Return the values; `content` is the chapter about the same plan, `known` are the candidates by code."""
    asked, answer, plan = chosen.asked, chosen.answer, chosen.plan
    people = max(answer["people"], 1e-9)

    def money(value: float | None) -> Value:
        """Return yuan; of the sample a text that says so, for a form may have no field of the mark."""
        return gettext("%(money)s (sample)", money=whole(value)) if state.is_sample and value is not None else value

    sentences = plan_sentences(state, asked, answer, plan)
    today = datetime.now(UTC).astimezone(state.calendar.zone).date()
    fields: dict[str, Value] = {
        "title": content.title, "mark": content.mark, "district": name_of(state.district),
        "mode": str(MODES[asked.get("mode", "walk")]), "minutes": asked.get("minutes", 15), "date": today.isoformat(),
        "data_version": answer["data_version"], "people": answer["people"], "covered_now": plan["before"],
        "covered_then": plan["after"], "share_now": percent(plan["before"] / people),
        "share_then": percent(plan["after"] / people), "gain": round(plan["after"] - plan["before"], 1),
        "site_count": len(plan["sites"]), "cost": money(plan["spent"]), "conclusion": sentences[0],
        "text": "\n".join(sentences),
    }  # fmt: skip
    towns = {region.code: region.name for region in state.regions}
    sites: list[dict[str, Value]] = []
    for number, site in enumerate(plan["sites"], start=1):
        option = site["option"]
        record = known.get(option["code"])
        sites.append(
            {
                "number": number, "name": site_name(option), "host": option["host"] or "",
                "town": towns.get(option["town"], ""), "gain": site["gain"], "cost": money(option["cost"]),
                "address": (record.address if record else None) or "",
                "hours": (record.hours if record else None) or "",
                "willingness": str(WILLINGNESS_WORDS[option["willingness"]]) if option["willingness"] else "",
                "lon": option["lon"], "lat": option["lat"], "office": "", "due": "",
            }
        )  # fmt: skip
    changed: list[dict[str, Value]] = [
        {
            "name": town["name"], "people": town["people"], "covered_now": town["before"],
            "covered_then": town["after"], "gain": round(town["after"] - town["before"], 1),
        }
        for town in plan["towns"]
    ]  # fmt: skip
    return FormValues(fields, {"sites": sites, "towns": changed}, LIST_FIELDS)
