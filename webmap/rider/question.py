"""The query of the first page (mode, function, services, landmark) and the choices it offers with their counts."""

from dataclasses import dataclass, replace
from typing import Any

from flask import request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from geo.db.tables import SERVICES
from webmap.logic.district_state import DistrictState
from webmap.logic.places import LISTED_KINDS, STATION
from webmap.logic.snapshots import SERVED_MODES
from webmap.rider.station_list import Filters
from webmap.words.labels import KINDS as KIND_NAMES
from webmap.words.labels import SERVICES as SERVICE_NAMES

MODES = ("ebike", "walk")
"""In the order of the switch; the first is chosen to begin with."""

SHOWN_CHIPS = 4
"""Choices that stand open; the others come with "more"."""

ALWAYS = "always"
"""The choice of what is open around the clock, among the services."""

FIRST = (
    "phone_charging",
    "drinking_water",
    ALWAYS,
    "toilet",
    "ebike_charging",
    "battery_swap",
    "hot_meals",
    "rest_seats",
)
"""What riders ask for most; shown first where it is offered."""


@dataclass(frozen=True)
class Ask:
    """What is looked for: all of it may stand in an address."""

    mode: str = MODES[0]
    filters: Filters = Filters()  # noqa: RUF009 - frozen
    landmark: str | None = None
    has_more: bool = False
    """The whole list without a start, not its beginning."""

    def query(self, **changes: Any) -> dict[str, Any]:
        """Return the query of an address, as ``url_for`` takes it."""
        filters = self.filters
        values = {
            "mode": self.mode,
            "kind": None if filters.kind == STATION else filters.kind,
            "service": list(filters.services),
            "always": 1 if filters.always else None,
            "landmark": self.landmark,
            "district": request.args.get("district") or None,
        }
        return values | changes

    def address(self, **changes: Any) -> str:
        """Return the address of the page with some of the query changed."""
        return url_for("rider.embed" if is_embedded() else "rider.index", **self.query(**changes))

    def toggled(self, choice: str) -> "Ask":
        """Return what is asked after a click on a choice: added, or taken away."""
        filters = self.filters
        if choice == ALWAYS:
            return replace(self, filters=replace(filters, always=not filters.always))
        if choice in filters.services:
            services = tuple(each for each in filters.services if each != choice)
        else:
            services = (*filters.services, choice)
        return replace(self, filters=replace(filters, services=services))

    @property
    def chosen(self) -> tuple[str, ...]:
        """Return the choices that are on."""
        return (*self.filters.services, *([ALWAYS] if self.filters.always else []))


@dataclass(frozen=True)
class Choice:
    """A choice: its code, its word, where a click leads, and how many places would be left."""

    code: str
    label: str
    address: str
    count: int
    is_chosen: bool


def is_embedded() -> bool:
    """Tell whether the page stands in the frame of another site, or a piece of such a page is asked for."""
    return request.endpoint == "rider.embed" or request.args.get("frame") == "1"


def read_ask(args: MultiDict[str, str]) -> Ask:
    """Return what an address asks; what this page does not know is left out."""
    mode, kind = args.get("mode", ""), args.get("kind", "")
    return Ask(
        mode=mode if mode in SERVED_MODES else MODES[0],
        filters=Filters(
            kind=kind if kind in LISTED_KINDS else STATION,
            services=tuple(dict.fromkeys(service for service in args.getlist("service") if service in SERVICES)),
            always=args.get(ALWAYS) == "1",
        ),
        landmark=args.get("landmark") or None,
        has_more=args.get("more") == "1",
    )


def choice_name(choice: str) -> str:
    """Return what a choice is called."""
    return str(gettext("24 hours") if choice == ALWAYS else SERVICE_NAMES[choice])


def mode_choices(ask: Ask) -> list[tuple[str, str]]:
    """Return the modes and where a click on each leads."""
    return [(mode, ask.address(mode=mode)) for mode in MODES]


def kind_choices(state: DistrictState, ask: Ask) -> list[Choice]:
    """Return what can be looked for in a district, the present one first in any case; choices fall away with it."""
    kinds = [kind for kind in LISTED_KINDS if kind == ask.filters.kind or state.with_function(kind)]
    return [
        Choice(
            code=kind,
            label=str(KIND_NAMES[kind]),
            address=ask.address(kind=None if kind == STATION else kind, service=[], always=None),
            count=len(state.with_function(kind)),
            is_chosen=kind == ask.filters.kind,
        )
        for kind in kinds
    ]


def service_choices(state: DistrictState, ask: Ask) -> list[Choice]:
    """Return what can be asked for beside the present choices: the chosen first, then what riders ask for most."""
    places = Filters(kind=ask.filters.kind).places(state)
    offered = {service for place in places for service in place.functions[ask.filters.kind].services}
    has_always = any(place.functions[ask.filters.kind].is_always for place in places)
    known = [*offered, *([ALWAYS] if has_always else [])]
    rest = sorted(offered, key=SERVICES.index)
    order = dict.fromkeys([*ask.chosen, *(choice for choice in FIRST if choice in known), *rest])
    return [_choice(state, ask, choice) for choice in order]


def _choice(state: DistrictState, ask: Ask, choice: str) -> Choice:
    pressed = ask.toggled(choice)
    is_chosen = choice in ask.chosen
    # On a chosen one stands what there is now, on another what would be left.
    counted = ask if is_chosen else pressed
    return Choice(
        code=choice,
        label=choice_name(choice),
        address=pressed.address(),
        count=len(counted.filters.places(state)),
        is_chosen=is_chosen,
    )
