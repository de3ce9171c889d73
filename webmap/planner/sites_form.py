"""The form of ``/plan/sites``: read from an address or a sent form, and written back to an address."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext

from geo.coverage.question import CoverageQuestion
from geo.errors import InputError
from geo.records import REST_STATION
from webmap.logic.coverage.plan_question import PlanQuestion, Query, read_plan_question
from webmap.logic.places import LISTED_KINDS
from webmap.logic.siting.sites_question import ACTIONS, AIMS, MAX_SITES, Spot, Wanted

CHECKS = ("on_street", "ground_floor", "ebike_parking", "asked_only")


@dataclass(frozen=True, kw_only=True)
class SitesForm:
    """What stands in the form; `by_hand` are the sites, stations and codes that a hand has decided (JSON).

    `kind` is the function that the new places are to have. `base` is the number of the saved plan whose sites are part
    of every answer: the phase before.
    """

    plan: PlanQuestion = field(default_factory=PlanQuestion)
    aim: str = "people"
    sites: int = 5
    budget: float | None = None
    percent: int = 90
    wanted: Wanted = field(default_factory=Wanted)
    actions: Mapping[str, float | None] = field(default_factory=dict)
    by_hand: Mapping[str, Any] = field(default_factory=dict)
    base: int | None = None
    kind: str = REST_STATION

    @property
    def more_set(self) -> int:
        """How many conditions are set under More conditions."""
        plan = self.plan
        chosen = (bool(plan.services), plan.when != "any", bool(plan.area), bool(plan.layers))
        others = (self.kind != REST_STATION) + (self.base is not None)
        return self.wanted.count + len(self.actions) + others + sum(chosen)

    def query(self) -> dict[str, Any]:
        """Return the query of the address as ``url_for`` takes it."""
        plan = {name: value for name, value in self.plan.query().items() if name not in ("sort", "view", "gap")}
        found = plan | {"aim": self.aim, "sites": self.sites, "budget": self.budget, "percent": self.percent}
        found |= {name: "1" for name in CHECKS if getattr(self.wanted, name)}
        found |= {"act": list(self.actions)} | {f"cost_{name}": cost for name, cost in self.actions.items()}
        found |= {"least_area": self.wanted.least_area_m2 or None, "base": self.base}
        return found | {"kind": None if self.kind == REST_STATION else self.kind}

    def coverage_question(self, *, at: datetime | None) -> CoverageQuestion:
        """Return what is asked of coverage, at the moment that the form means."""
        return replace(self.plan.coverage_question(at=at), kind=self.kind)

    def arguments(self, *, at: datetime | None, earlier: Sequence[Spot] = ()) -> dict[str, Any]:
        """Return the arguments of the job that answers the form; `earlier` are the sites of the phase before.

        They are kept, and the number that is asked for comes on top of them.
        """
        asked = {n: v for n, v in self.coverage_question(at=at).as_json().items() if v not in (None, {})}
        found: dict[str, Any] = {"aim": self.aim, "sites": self.sites, **asked, "wanted": vars(self.wanted)}
        if self.actions:
            found["actions"] = dict(self.actions)
        if self.aim == "budget":
            if not self.budget:
                raise InputError("say how many yuan there are")
            found["budget"] = self.budget
        if self.aim == "share":
            found["share"] = self.percent / 100.0
        found |= {name: value for name, value in self.by_hand.items() if value}
        if earlier:
            there = {(each.lon, each.lat) for each in earlier}
            more = [Spot.read(each) for each in found.get("pinned", [])]
            found["pinned"] = [vars(each) for each in (*earlier, *(s for s in more if (s.lon, s.lat) not in there))]
            found["sites"] = min(self.sites + len(earlier), MAX_SITES)
        return found


def read_sites_form(args: Query) -> SitesForm:
    """Return the form of an address or of what was sent.

    Raises
    ------
    InputError
        If a value is not one of those that the page offers.
    """
    aim = args.get("aim", "") or "people"
    if aim not in AIMS:
        raise InputError("{value} is none of {known}", value=aim, known=", ".join(AIMS))
    wanted = Wanted(
        **{name: bool(args.get(name, "")) for name in CHECKS}, least_area_m2=read_amount(args, "least_area") or 0.0
    )
    return SitesForm(
        plan=read_plan_question(args),
        aim=aim,
        sites=read_whole(args, "sites", 5, MAX_SITES),
        budget=read_amount(args, "budget"),
        percent=read_whole(args, "percent", 90, 100),
        wanted=wanted,
        kind=read_kind(args),
        base=_base(args.get("base", "")),
        actions={name: read_amount(args, f"cost_{name}") for name in ACTIONS if name in args.getlist("act")},
        by_hand=_by_hand(args.get("by_hand", "")),
    )


def _base(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise InputError("{name}={value}: write a whole number", name="base", value=text)
    return int(text)


def _by_hand(text: str) -> dict[str, Any]:
    """Return the lists that the script has written down; what is in them is checked with the job's arguments."""
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InputError("what was changed by hand cannot be read; load the page again") from error
    names = ("pinned", "fixed", "forbidden", "closed")
    if not isinstance(found, dict) or any(not isinstance(found.get(name, []), list) for name in names):
        raise InputError("what was changed by hand cannot be read; load the page again")
    return {name: found[name] for name in names if found.get(name)}


def read_whole(args: Query, name: str, default: int, most: int) -> int:
    """Return a whole number from 1 to `most` of an address or of what was sent."""
    text = args.get(name, "") or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise InputError(
            "{name}={value}: write a whole number from {low} to {high}", name=name, value=text, low=1, high=most
        )
    return int(text)


def read_amount(args: Query, name: str) -> float | None:
    """Return a number from 0 of an address or of what was sent, None where the field is empty."""
    text = args.get(name, "").replace(",", "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value < 1e12:
        raise InputError("{name}: {value} is not a number from 0", name=gettext(name), value=text)
    return value


def read_kind(args: Query) -> str:
    """Return the function that new places are to have; rest stations where none is named."""
    kind = args.get("kind", "") or REST_STATION
    if kind not in LISTED_KINDS:
        raise InputError("kind {kind} is not one of {kinds}", kind=kind, kinds=", ".join(LISTED_KINDS))
    return kind
