"""``/plan/sites/hours``: longer hours or new sites, and the demand profile that says when people are there."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.candidates import read_candidates
from geo.db.demand_profiles import ProfileDraft, ProfileFacts, read_profile, save_profile, spread_hours
from geo.db.session import reading, writing
from geo.errors import GeoError, InputError
from loaders.isolated.run import parse_apart
from loaders.profiles import ProfileContext, ProfileFigures
from webmap.logic.coverage.plan_question import MINUTES, PlanQuestion, Query, read_plan_question
from webmap.logic.district_state import DistrictState
from webmap.logic.jobs.files import uploaded_name
from webmap.logic.places import LISTED_KINDS
from webmap.logic.siting.hours_plan import OPENS, HoursAnswer, HoursQuestion, compare_hours
from webmap.logic.siting.sites_question import MAX_SITES
from webmap.logic.snapshots import SERVED_MODES
from webmap.planner.chosen_plan import read_number
from webmap.planner.sites_form import read_amount, read_kind, read_whole
from webmap.planner.views import planner
from webmap.web import viewer
from webmap.web.access import requires, takes_files
from webmap.web.context import district_state, engine
from webmap.web.pages import render_page
from webmap.words.numbers import count, plain, whole
from webmap.words.times import day_names, hours_words

UNTIL = range(18, 25)
OPENING = range(5, 13)
MAX_FILE_BYTES = 2 << 20
"""Of a file with a demand profile."""


@dataclass(frozen=True)
class _Form:
    """What stands in the form."""

    plan: PlanQuestion
    kind: str
    extended: int
    until: int
    sites: int
    cost: float | None
    opens: int
    closes: int | None

    def question(self) -> HoursQuestion:
        return HoursQuestion(
            coverage=replace(self.plan.coverage_question(at=None), kind=self.kind),
            extended=self.extended,
            until=self.until,
            sites=self.sites,
            extension_cost=self.cost,
            opens=self.opens,
            closes=self.closes,
        )


@planner.get("/plan/sites/hours")
@requires("planner")
def site_hours() -> ResponseReturnValue:
    """Show what longer hours come to beside new sites."""
    state = district_state()
    return _render(state, _read_form(request.args))


@planner.post("/plan/sites/hours/profile")
@requires("planner")
@takes_files(lambda config: MAX_FILE_BYTES)
def save_demand_profile() -> ResponseReturnValue:
    """Store when people are there; or remove it."""
    state = district_state()
    draft = None if request.form.get("remove") else _read_profile(state)
    with writing(engine()) as session:
        save_profile(session, state.district.code, draft, version=read_number("version"), by=viewer.name())
    flash(gettext("Removed.") if draft is None else gettext("The demand profile is saved."))
    return redirect(url_for("planner.site_hours", district=request.args.get("district")), 303)


def hours_sentence(asked: HoursQuestion, answer: HoursAnswer, *, is_sample: bool) -> str:
    """Return the comparison in one sentence; it has person-hours only where a profile says when people are there."""
    longer, new = answer.longer, answer.new
    if longer.gain is None or new.gain is None or answer.more_hours is None:
        return ""
    about = {
        "extended": len(longer.actions),
        "until": f"{asked.until:02d}:00",
        "sites": len(new.actions),
        "hours": whole(abs(answer.more_hours)),
    }
    if answer.more_hours >= 0.0:
        found = gettext(
            "%(extended)s stations open until %(until)s cover %(hours)s person-hours a week more than %(sites)s new "
            "sites",
            **about,
        )
    else:
        found = gettext(
            "%(extended)s stations open until %(until)s cover %(hours)s person-hours a week fewer than %(sites)s new "
            "sites",
            **about,
        )
    if answer.saved is not None:
        money = whole(abs(answer.saved))
        found += (
            gettext(", and cost %(money)s yuan less", money=money)
            if answer.saved >= 0.0
            else gettext(", and cost %(money)s yuan more", money=money)
        )
    return str(found + (gettext(" (sample)") if is_sample else ""))


def _render(state: DistrictState, form: _Form) -> str:
    with reading(engine()) as session:
        candidates = read_candidates(session, state.district.code)
        profile = read_profile(session, state.district.code)
    answer, fault = None, ""
    try:
        answer = compare_hours(state, form.question(), candidates, profile, translate=gettext)
    except GeoError as error:
        fault = error.localized(gettext)
    is_sample = state.is_sample or (profile is not None and profile.is_sample)
    return render_page(
        "planner/site_hours.html",
        state=state,
        form=form,
        question=form.plan,
        answer=answer,
        fault=fault,
        sentence=hours_sentence(form.question(), answer, is_sample=is_sample) if answer else "",
        profile=profile,
        days=_profile_days(profile),
        margin=_margin(profile),
        marks=_marks(answer),
        weekday_names=day_names(),
        untils=UNTIL,
        kinds=LISTED_KINDS,
        openings=OPENING,
        hours_words=hours_words,
        supposed=form.question().supposed if answer else "",
        minutes=MINUTES,
        modes=SERVED_MODES,
        most_sites=MAX_SITES,
        person_hours=lambda value: gettext("%(hours)s person-hours", hours=whole(value)),
        people=lambda value: count(value, answer.unit if answer else "people"),
    )


def _read_form(args: Query) -> _Form:
    return _Form(
        plan=read_plan_question(args),
        kind=read_kind(args),
        extended=read_whole(args, "extended", 4, MAX_SITES),
        until=read_whole(args, "until", 21, 24),
        sites=read_whole(args, "sites", 1, MAX_SITES),
        cost=read_amount(args, "extension_cost"),
        opens=read_whole(args, "opens", OPENS, 23),
        closes=read_whole(args, "closes", 24, 24) if args.get("closes", "") else None,
    )


def _read_profile(state: DistrictState) -> ProfileDraft:
    values = _read_file() or []
    for part in () if values else re.split(r"[\s,，;；、%％]+", request.form.get("figures", "").strip()):
        if not part:
            continue
        try:
            values.append(float(part) / 100.0)
        except ValueError as error:
            raise InputError("{value} is not a number; write percents such as 60", value=part[:20]) from error
    margin = read_amount(request.form, "margin")
    if margin is None or margin > 100.0:
        raise InputError("say how far the figures may be off, from 0 to 100 percent")
    low, high = spread_hours(values, margin=margin / 100.0)
    return ProfileDraft(low, high, request.form.get("origin", ""), is_sample=state.is_sample)


def _read_file() -> list[float] | None:
    """Return the figures of the file that was sent as parts of 1, None where there is none."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return None
    name = uploaded_name(sent.filename)
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        sent.save(path)
        found: ProfileFigures = parse_apart("profile", path, ProfileContext(name))
    return [value / 100.0 for value in found.percent]


def _profile_days(profile: ProfileFacts | None) -> list[tuple[str, list[float]]]:
    """Return a workday and a day of the weekend, the middle of each hour in percent."""
    if profile is None:
        return []
    middle = [round(100.0 * share, 1) for share in profile.middle]
    return [(gettext("Workday"), middle[:24]), (gettext("Weekend"), middle[120:144])]


def _margin(profile: ProfileFacts | None) -> str:
    if profile is None:
        return "20"
    both = zip(profile.low, profile.high, strict=True)
    spans = [(high - low) / (high + low) for low, high in both if 0.0 < high < 1.0]
    return plain(round(100.0 * max(spans, default=0.0)))


def _marks(answer: HoursAnswer | None) -> list[dict[str, Any]]:
    """Return what the map draws."""
    if answer is None:
        return []
    return [
        {"name": each.name, "lon": each.lon, "lat": each.lat, "kind": kind, "number": number}
        for kind, plan in (("longer", answer.longer), ("new", answer.new))
        for number, each in enumerate(plan.actions, start=1)
    ]
