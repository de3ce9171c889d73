"""Sentences of the first page as templates that a phone fills in (``static/js/offline``).

They are the message ids that the page itself is written in, so both say the same; a test compares the two pages.
"""

from typing import Any

from flask_babel import gettext

from geo.db.tables import SERVICES
from geo.network.snap import REACH_M
from geo.network.wording import vocabulary
from webmap.logic.district_state import DistrictState
from webmap.logic.places import LISTED_KINDS
from webmap.rider.question import ALWAYS, choice_name
from webmap.rider.views import FAR_MIN
from webmap.web.i18n import lang
from webmap.words.door_reports import broken_words, hours_ago, minutes_ago, report_words
from webmap.words.labels import FOUND
from webmap.words.labels import KINDS as KIND_NAMES
from webmap.words.names import name_of
from webmap.words.times import day_names


def phrases(state: DistrictState) -> dict[str, Any]:
    """Return the sentences in the language of the request; gaps are names in braces."""
    return {
        "days": [*day_names(), gettext("today"), gettext("tomorrow")],
        "hours": {
            "always": gettext("open 24 hours"),
            "closes": gettext("closes at %(time)s", time="{time}"),
            "until": gettext("open until %(day)s %(time)s", day="{day}", time="{time}"),
            "opens": gettext("opens %(day)s at %(time)s", day="{day}", time="{time}"),
        },
        "states": {
            "arrival": {"open": gettext("open on arrival"), "closed": gettext("closed on arrival")} | _other_states(),
            "now": {"open": gettext("open now"), "closed": gettext("closed now")} | _other_states(),
        },
        "travel": {
            "walk": gettext("%(minutes)s min on foot", minutes="{minutes}"),
            "ebike": gettext("%(minutes)s min by e-bike", minutes="{minutes}"),
        },
        "distance": {
            "metres": gettext("%(metres)s m", metres="{number}"),
            "kilometres": gettext("%(kilometres)s km", kilometres="{number}"),
        },
        "kinds": {kind: str(KIND_NAMES[kind]) for kind in LISTED_KINDS},
        "choices": {choice: choice_name(choice) for choice in (*SERVICES, ALWAYS)},
        "list": gettext(", "),
        "more": gettext("%(count)s more", count="{count}"),
        "lang": lang(),
        "space": "" if lang() == "zh" else " ",
        "start": {"none": gettext("Choose a start to see minutes."), "point": gettext("the chosen point")},
        "backup": {
            "named": gettext("Locked? Go on to %(name)s", name="{name}"),
            "none": gettext("Nothing else near it is open by then."),
        },
        "aside": gettext("The street nearest to you leads to none of these; the minutes are from another one nearby."),
        "advice": {
            "none_with": gettext("No %(what)s with %(services)s is known here.", what="{what}", services="{services}"),
            "no_way": gettext("No street leads from here to a %(what)s.", what="{what}"),
            "none": gettext("No %(what)s is loaded yet.", what="{what}"),
            "unsure": gettext("None of these is sure to be open when you arrive."),
            "far_with": gettext(
                "No open %(what)s with %(services)s within %(limit)s minutes.",
                what="{what}",
                services="{services}",
                limit=FAR_MIN,
            ),
            "far": gettext("No open %(what)s within %(limit)s minutes.", what="{what}", limit=FAR_MIN),
            "nearest": gettext("The nearest is %(name)s: %(travel)s.", name="{name}", travel="{travel}"),
            "without": gettext("Do without: %(what)s", what="{what}"),
        },
        "refused": {
            "outside": gettext(
                "You are outside {district}. The nearest place there is {name}, {distance} from you in a straight line."
            ).format(district=name_of(state.district), name="{name}", distance="{distance}"),
            "outside_none": gettext("You are outside {district}.").format(district=name_of(state.district)),
            "none": gettext("no street for this way of travel within {reach} m of the point").format(
                reach=int(REACH_M)
            ),
            "barred": gettext(
                "the nearest street for this way of travel is {distance} m away: "
                "across water or a motorway, or over {reach} m"
            ).format(distance="{distance}", reach=int(REACH_M)),
            "no_way": gettext("no way leads there by the streets that this way of travel may use"),
        },
        "directions": vocabulary(lang()),
        "door": {
            "found": {kind: str(words) for kind, words in FOUND.items()},
            "broken": broken_words("{service}"),
            "one": report_words(1, "{what}", "{ago}"),
            "many": report_words("{people}", "{what}", "{ago}"),
            "ago": [
                gettext("just now"),
                gettext("1 minute ago"),
                minutes_ago("{minutes}"),
                hours_ago("{hours}", "{minutes}"),
            ],
        },
        "age": {
            "minutes": gettext("Data from %(number)s minutes ago", number="{number}"),
            "hours": gettext("Data from %(number)s hours ago", number="{number}"),
            "days": gettext("Data from %(number)s days ago", number="{number}"),
        },
    }


def _other_states() -> dict[str, str]:
    return {"closing": gettext("closing soon"), "unknown": gettext("hours unknown")}
