"""What the page ``/plan/sites`` asks: the aim, how many, by which question of coverage, with what decided already."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from geo.coverage.question import CoverageQuestion
from geo.errors import InputError
from geo.records import MAX_NAME, WILLINGNESS
from webmap.logic.labels import msgid

AIMS = {
    "people": msgid("most people covered"),
    "budget": msgid("most people covered within a budget"),
    "towns": msgid("most people covered, with a station in each town"),
    "share": msgid("the fewest sites for a share covered"),
    "far": msgid("shorter ways for the farthest tenth of the people"),
    "average": msgid("the shortest ways on average"),
}
"""What is to be best, as message ids; the menu of the page in its order."""

ACTIONS = {
    "function": msgid("give a place of ours this function too"),
    "hours": msgid("keep a station open at the moment"),
    "equipment": msgid("give a station the services that it lacks"),
}
"""What may be done beside opening a site, as message ids."""

COUNTED = ("people", "towns", "far", "average")
"""Aims that ask for a number of sites."""

MAX_SITES = 30
MAX_CHANGES = 60
MAX_CODE = 64


@dataclass(frozen=True)
class Spot:
    """A site on the map: degrees, WGS84.

    `code` and `kind` are those of the option that it is; both are empty where somebody put it there by hand.
    """

    name: str
    lon: float
    lat: float
    code: str = ""
    kind: str = ""

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "Spot":
        """Return the site that JSON is.

        Raises
        ------
        InputError
            If it has no position.
        """
        try:
            lon, lat = float(given["lon"]), float(given["lat"])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError("a site that was changed by hand has no position; load the page again") from error
        texts = [str(given.get(name) or "")[:most] for name, most in (("name", MAX_NAME), ("code", MAX_CODE))]
        return cls(texts[0], lon, lat, texts[1], str(given.get("kind") or "")[:MAX_CODE])


@dataclass(frozen=True)
class Wanted:
    """What a candidate must have to take part; nothing is asked of the search areas.

    A fact that nobody has recorded does not exclude a candidate; `asked_only` leaves out whom nobody has asked.
    """

    on_street: bool = False
    ground_floor: bool = False
    ebike_parking: bool = False
    asked_only: bool = False
    least_area_m2: float = 0.0

    @property
    def count(self) -> int:
        """How many conditions are set."""
        return sum((self.on_street, self.ground_floor, self.ebike_parking, self.asked_only, self.least_area_m2 > 0.0))


@dataclass(frozen=True)
class Refusal:
    """A site that was refused: what was covered with it, so that the loss can be said."""

    code: str
    name: str
    covered: float


@dataclass(frozen=True, kw_only=True)
class SitesQuestion:
    """What is asked.

    Attributes
    ----------
    aim : str
        One of `AIMS`.
    sites : int
        New sites, where the aim asks for a number.
    budget : float
        Yuan, with the aim ``budget``.
    share : float
        Part of all people, with the aim ``share``.
    coverage : CoverageQuestion
        Whom to count, how they travel, and which stations count.
    fixed, forbidden, closed : tuple of str
        Candidates that must and may not be chosen; stations that are taken for closed.
    pinned : tuple of Spot
        Sites put on the map by hand, which are kept.
    wanted : Wanted
    actions : mapping of str to float or None
        Which of `ACTIONS` may be chosen too, and the yuan of each; None: not entered.
    refusal : Refusal or None
        The site whose refusal made somebody ask.
    """

    aim: str = "people"
    sites: int = 5
    budget: float = 0.0
    share: float = 0.9
    coverage: CoverageQuestion = field(default_factory=CoverageQuestion)
    fixed: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    pinned: tuple[Spot, ...] = ()
    wanted: Wanted = Wanted()
    actions: Mapping[str, float | None] = field(default_factory=dict)
    refusal: Refusal | None = None

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "SitesQuestion":
        """Return the question that JSON is (`as_json`).

        Raises
        ------
        InputError
        """
        aim = given.get("aim", "people")
        if aim not in AIMS:
            raise InputError("{value} is none of {known}", value=aim, known=", ".join(AIMS))
        sites = int(given.get("sites", 5))
        if not 1 <= sites <= MAX_SITES:
            raise InputError("sites {value} is not a number from 1 to {most}", value=sites, most=MAX_SITES)
        budget = float(given.get("budget") or 0.0)
        if aim == "budget" and not 0.0 < budget < 1e12:
            raise InputError("budget {value} is not a number of yuan above 0", value=budget)
        share = float(given.get("share") or 0.9)
        if not 0.0 < share <= 1.0:
            raise InputError("share {value} is not a part of 1: give more than 0 and at most 1", value=share)
        refusal = given.get("refusal")
        return cls(
            aim=aim,
            sites=sites,
            budget=budget,
            share=share,
            coverage=CoverageQuestion.read(given),
            fixed=tuple(given.get("fixed") or ()),
            forbidden=tuple(given.get("forbidden") or ()),
            closed=tuple(given.get("closed") or ()),
            pinned=tuple(Spot.read(each) for each in given.get("pinned") or ()),
            wanted=Wanted(**(given.get("wanted") or {})),
            actions=read_actions(given.get("actions") or {}),
            refusal=Refusal(**refusal) if refusal else None,
        )

    def as_json(self) -> dict[str, Any]:
        """Return the question as JSON, as jobs and scenarios keep it."""
        coverage = {name: value for name, value in self.coverage.as_json().items() if value not in (None, {})}
        found: dict[str, Any] = {
            "aim": self.aim,
            "sites": self.sites,
            "budget": self.budget,
            "share": self.share,
            **coverage,
            "fixed": list(self.fixed),
            "forbidden": list(self.forbidden),
            "closed": list(self.closed),
            "pinned": [vars(each) for each in self.pinned],
            "wanted": vars(self.wanted),
            "actions": dict(self.actions),
        }
        return found if self.refusal is None else found | {"refusal": vars(self.refusal)}


def read_actions(given: Mapping[str, Any]) -> dict[str, float | None]:
    """Return which actions may be chosen, each with its yuan or None.

    Raises
    ------
    InputError
        If one is none of `ACTIONS`, or a cost is not a number from 0.
    """
    found: dict[str, float | None] = {}
    for name, cost in given.items():
        if name not in ACTIONS:
            raise InputError("{value} is none of {known}", value=name, known=", ".join(ACTIONS))
        if cost is not None and not 0.0 <= float(cost) < 1e12:
            raise InputError("{name}: {value} is not a number from 0", name=name, value=cost)
        found[name] = None if cost is None else float(cost)
    return found


def is_willing(willingness: str, wanted: Wanted) -> bool:
    """Tell whether a candidate may be chosen by what its host says."""
    if willingness not in WILLINGNESS:
        raise InputError("{value} is none of {known}", value=willingness, known=", ".join(WILLINGNESS))
    return willingness != "refused" and not (wanted.asked_only and willingness == "unasked")
