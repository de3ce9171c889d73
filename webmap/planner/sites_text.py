"""What a plan comes to as sentences that can be pasted into a report or a chat."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext

from geo.coverage.question import CoverageQuestion
from geo.records import CandidateRecord
from webmap.logic.district_state import DistrictState
from webmap.logic.reports.sites_document import DocumentTable, SitePage, SitesDocument
from webmap.logic.siting.by_hand import reach_of_site
from webmap.logic.siting.hand_plan import AIM
from webmap.logic.siting.sites_question import Spot
from webmap.web.addresses import candidate_photo_address
from webmap.web.i18n import lang
from webmap.words.labels import KINDS, MODES
from webmap.words.names import marked, name_of
from webmap.words.numbers import count, distance, percent, plain, whole
from webmap.words.times import hours_words


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
    if "kind" in asked:
        found.append(gettext("Counted as a station: %(kind)s.", kind=KINDS[asked["kind"]]))
    names = {code: name_of(place) for code, place in state.place_by_code.items()}
    for code in asked.get("closed") or ():
        found.append(gettext("Taken for closed: %(name)s.", name=names.get(code, code)))
    for code in asked.get("extended") or ():
        found.append(gettext("Taken to stay open at the moment: %(name)s.", name=names.get(code, code)))
    found += [words for words in (cost_words(state, plan), quality_words(answer, plan)) if words]
    found.append(
        gettext(
            "Data version %(version)s; %(count)s stations count now; %(rest)s live near no usable street.",
            version=answer["data_version"],
            count=answer["stations"],
            rest=count(answer["unattached"], unit),
        )
    )
    return [str(each) for each in found]


def cost_words(state: DistrictState, plan: Mapping[str, Any]) -> str:
    """Return what a plan costs, "" where that is not known; of the sample it says so."""
    if plan["spent"] is None:
        return ""
    money = whole(plan["spent"])
    if state.is_sample:
        return str(gettext("Cost: %(money)s yuan, sample figures that mean nothing.", money=money))
    return str(gettext("Cost: %(money)s yuan, by what is entered for the candidates.", money=money))


def quality_words(answer: Mapping[str, Any], plan: Mapping[str, Any]) -> str:
    """Return how good a plan is for sure; "" where nothing is known of it."""
    if plan["aim"] == AIM:
        return str(gettext("Put together by hand; whether another choice does better has not been calculated."))
    if plan["proven"]:
        return str(gettext("By this question no other choice does better (proven)."))
    if plan["more"]:
        return str(
            gettext("Another choice could cover at most %(people)s more.", people=count(plan["more"], answer["unit"]))
        )
    return ""


def budget_head(state: DistrictState) -> str:
    """Return the head of a column of costs; of the sample it says that they are."""
    return str(gettext("Budget (yuan, sample)") if state.is_sample else gettext("Budget (yuan)"))


def site_name(option: Mapping[str, Any]) -> str:
    """Return what a site is called: of a search area, that rooms are still to be found there; else what is done."""
    name = option["name"]
    if option["kind"] == "area":
        return str(gettext("%(name)s (rooms to be found)", name=name))
    words = {
        "function": gettext("%(name)s: gets the function too", name=name),
        "hours": gettext("%(name)s: open longer", name=name),
        "equipment": gettext("%(name)s: gets the service", name=name),
        "both": gettext("%(name)s: open longer, and gets the service", name=name),
    }
    return str(words.get(option["kind"], name))


def describe_plan(
    state: DistrictState,
    asked: Mapping[str, Any],
    answer: Mapping[str, Any],
    plan: Mapping[str, Any],
    candidates: Sequence[CandidateRecord],
    photos: Mapping[str, bytes] | None = None,
) -> SitesDocument:
    """Return a plan as the texts of a document; who is in charge and by when is left to be filled in.

    `candidates` are those of the district: what is known of a site that is one of them stands on its page, with its
    photo (JPEG) of `photos` by code.
    """
    unit = answer["unit"]
    district = name_of(state.district)
    sites = DocumentTable(
        gettext("Proposed sites"),
        [
            *("#", gettext("Site"), gettext("Host"), gettext("Adds")),
            *(budget_head(state), gettext("Office in charge"), gettext("Due")),
        ],
        [
            [
                str(number),
                site_name(site["option"]),
                site["option"]["host"] or "",
                count(site["gain"], unit),
                "" if site["option"]["cost"] is None else whole(site["option"]["cost"]),
                "",
                "",
            ]
            for number, site in enumerate(plan["sites"], start=1)
        ],
        (0.8, 4.2, 2.8, 2.4, 2.2, 2.0, 1.6),
    )
    towns = DocumentTable(
        gettext("Changes by town"),
        [gettext("Town"), gettext("Now"), gettext("Plan"), gettext("Gain")],
        [
            [
                town["name"] or "—",
                percent(town["before"] / (town["people"] or 1.0)),
                percent(town["after"] / (town["people"] or 1.0)),
                count(town["after"] - town["before"], unit),
            ]
            for town in plan["towns"]
        ],
        (6.0, 3.0, 3.0, 4.0),
    )
    known = {each.code: each for each in candidates}
    question = CoverageQuestion.read(asked)
    head, *rest = plan_sentences(state, asked, answer, plan)
    return SitesDocument(
        title=marked(state, gettext("%(district)s: proposal of sites", district=district)),
        mark=str(gettext("Sample data: no place, cost or host in it exists.")) if state.is_sample else "",
        chapters=(
            (gettext("Conclusion and proposal"), [head, *rest[len(plan["sites"]) :]]),
            (gettext("Proposed sites"), [sites]),
            (gettext("Changes by town"), [towns]),
        ),
        lang=lang(),
        pages=[
            replace(
                _site_page(state, question, number, site, known, unit),
                photo=(photos or {}).get(site["option"]["code"]),
                photo_address=candidate_photo_address(state, site["option"]["code"])
                if site["option"]["code"] in (photos or {})
                else "",
            )
            for number, site in enumerate(plan["sites"], start=1)
        ],
        pages_title=gettext("A page a site"),
        photo_title=gettext("Photo"),
        signatures=[gettext("Made by: ____________    Checked by: ____________    Date: ____________")],
    )


def _site_page(
    state: DistrictState,
    question: CoverageQuestion,
    number: int,
    site: Mapping[str, Any],
    candidates: Mapping[str, CandidateRecord],
    unit: str,
) -> SitePage:
    """Return what a meeting asks of one site: whom it serves, what is near, who has the rooms, what it costs."""
    option = site["option"]
    reach = reach_of_site(state, question, Spot(option["name"], option["lon"], option["lat"]))
    known = candidates.get(option["code"])
    towns = [f"{name or '—'} {count(people, unit)}" for name, people in reach.by_town]
    near = [
        gettext("%(name)s, %(distance)s straight", name=name, distance=distance(metres)) for name, metres in reach.near
    ]
    facts = [
        (gettext("Adds"), count(site["gain"], unit)),
        (gettext("Within the standard"), count(reach.people, unit)),
        (gettext("Of them by town"), gettext(", ").join(towns) or "—"),
        (gettext("Nearest stations"), gettext(", ").join(near) or "—"),
        (gettext("Host"), option["host"] or ""),
        (gettext("Address"), (known.address if known else None) or ""),
        (gettext("Supposed hours"), hours_words(known.hours) if known and known.hours else ""),
        (gettext("Rooms"), gettext(", ").join(_rooms(known)) if known else ""),
        (budget_head(state), "" if option["cost"] is None else whole(option["cost"])),
        (gettext("If it cannot be had"), _instead(site, unit)),
        (gettext("Position"), f"{option['lon']:.5f}, {option['lat']:.5f}"),
    ]
    return SitePage(f"◆{number} {site_name(option)}", [(str(a), str(b)) for a, b in facts], str(gettext("Photo:")))


def _rooms(known: CandidateRecord) -> list[str]:
    said = (
        (known.is_on_street, gettext("on the street"), gettext("not on the street")),
        (known.is_ground_floor, gettext("ground floor"), gettext("not on the ground floor")),
        (known.has_ebike_parking, gettext("room for e-bikes"), gettext("no room for e-bikes")),
    )
    found = [str(yes if fact else no) for fact, yes, no in said if fact is not None]
    return [*found, f"{plain(known.area_m2)} m²"] if known.area_m2 else found


def _instead(site: Mapping[str, Any], unit: str) -> str:
    best = site["next_best"]
    if not best:
        return ""
    loss = count(best["loss"], unit)
    if best["names"]:
        return str(gettext("%(names)s instead, %(loss)s fewer", names=gettext(", ").join(best["names"]), loss=loss))
    return str(gettext("%(loss)s fewer", loss=loss))
