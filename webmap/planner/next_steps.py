"""What to look at next where another site would cover nobody more: what is met, and the questions that are left."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import request, url_for
from flask_babel import gettext

from webmap.planner.sites_form import SitesForm
from webmap.words.numbers import percent

_ROUNDED = 0.5
"""People; what is missed is told to a tenth."""


@dataclass(frozen=True)
class NextSteps:
    """What is met, in a sentence, and links to what to ask next: words and address."""

    met: str
    links: tuple[tuple[str, str], ...]


def next_steps(form: SitesForm, job: int, answer: Mapping[str, Any], plan: Mapping[str, Any]) -> NextSteps | None:
    """Return what to look at after a plan that needs no site; None where it has one or people are missed."""
    people = max(answer["people"], 1e-9)
    is_everybody = plan["before"] >= people - answer["unattached"] - _ROUNDED
    is_share = plan["aim"] == "share" and plan["before"] >= people * form.percent / 100.0 - _ROUNDED
    if plan["sites"] or not (is_everybody or is_share):
        return None
    share = percent(plan["before"] / people)
    if is_everybody:
        met = gettext("%(share)s are covered already: everybody who lives near a usable street.", share=share)
    else:
        met = gettext(
            "%(share)s are covered already; the %(asked)s asked for are met.",
            share=share,
            asked=percent(form.percent / 100.0),
        )
    place = request.args.get("district")
    links = [(gettext("Longer hours"), url_for("planner.site_hours", district=place))]
    twice = [number for number, each in enumerate(answer["plans"]) if each["aim"] == "twice" and each["sites"]]
    if twice:
        address = url_for("planner.sites", district=place, **form.query() | {"job": job, "plan": twice[0]})
        links.append((gettext("A second station for those who have one"), address))
    far = replace(form, aim="far")
    links.append(
        (gettext("Shorter ways for the farthest tenth"), url_for("planner.sites", district=place, **far.query()))
    )
    if is_share and not is_everybody:
        most = replace(form, aim="people")
        links.append((gettext("Most people covered"), url_for("planner.sites", district=place, **most.query())))
    return NextSteps(met, tuple(links))
