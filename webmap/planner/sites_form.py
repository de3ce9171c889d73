"""The form of ``/plan/sites``: read from an address or a sent form, and written back to an address."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext

from geo.errors import InputError
from webmap.logic.coverage.plan_question import PlanQuestion, Query, read_plan_question
from webmap.logic.siting.sites_question import AIMS, MAX_SITES, Wanted

CHECKS = ("on_street", "ground_floor", "ebike_parking", "asked_only")


@dataclass(frozen=True, kw_only=True)
class SitesForm:
    """What stands in the form; `by_hand` are the sites, stations and codes that a hand has decided (JSON)."""

    plan: PlanQuestion = field(default_factory=PlanQuestion)
    aim: str = "people"
    sites: int = 5
    budget: float | None = None
    percent: int = 90
    wanted: Wanted = field(default_factory=Wanted)
    by_hand: Mapping[str, Any] = field(default_factory=dict)

    @property
    def more_set(self) -> int:
        """How many conditions are set under More conditions."""
        plan = self.plan
        return self.wanted.count + sum((bool(plan.services), plan.when != "any", bool(plan.area), bool(plan.layers)))

    def query(self) -> dict[str, Any]:
        """Return the query of the address as ``url_for`` takes it."""
        plan = {name: value for name, value in self.plan.query().items() if name not in ("sort", "view", "gap")}
        found = plan | {"aim": self.aim, "sites": self.sites, "budget": self.budget, "percent": self.percent}
        found |= {name: "1" for name in CHECKS if getattr(self.wanted, name)}
        return found | {"least_area": self.wanted.least_area_m2 or None}

    def arguments(self, *, at: datetime | None) -> dict[str, Any]:
        """Return the arguments of the job that answers the form."""
        asked = {n: v for n, v in self.plan.coverage_question(at=at).as_json().items() if v not in (None, {})}
        found: dict[str, Any] = {"aim": self.aim, "sites": self.sites, **asked, "wanted": vars(self.wanted)}
        if self.aim == "budget":
            if not self.budget:
                raise InputError("say how many yuan there are")
            found["budget"] = self.budget
        if self.aim == "share":
            found["share"] = self.percent / 100.0
        return found | {name: value for name, value in self.by_hand.items() if value}


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
        **{name: bool(args.get(name, "")) for name in CHECKS}, least_area_m2=_number(args, "least_area") or 0.0
    )
    return SitesForm(
        plan=read_plan_question(args),
        aim=aim,
        sites=_whole(args, "sites", 5, MAX_SITES),
        budget=_number(args, "budget"),
        percent=_whole(args, "percent", 90, 100),
        wanted=wanted,
        by_hand=_by_hand(args.get("by_hand", "")),
    )


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


def _whole(args: Query, name: str, default: int, most: int) -> int:
    text = args.get(name, "") or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise InputError(
            "{name}={value}: write a whole number from {low} to {high}", name=name, value=text, low=1, high=most
        )
    return int(text)


def _number(args: Query, name: str) -> float | None:
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
