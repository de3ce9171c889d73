"""What the page ``/plan/sites`` asks: the aim, how many, by which question of coverage, with what decided already."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from geo.coverage.question import CoverageQuestion
from geo.errors import InputError
from geo.records import WILLINGNESS
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

COUNTED = ("people", "towns", "far", "average")
"""Aims that ask for a number of sites."""

MAX_SITES = 30
MAX_CHANGES = 60
MAX_CODE = 64


@dataclass(frozen=True)
class Spot:
    """A site that somebody put on the map by hand: degrees, WGS84."""

    name: str
    lon: float
    lat: float


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
            pinned=tuple(Spot(**each) for each in given.get("pinned") or ()),
            wanted=Wanted(**(given.get("wanted") or {})),
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
        }
        return found if self.refusal is None else found | {"refusal": vars(self.refusal)}


def is_willing(willingness: str, wanted: Wanted) -> bool:
    """Tell whether a candidate may be chosen by what its host says."""
    if willingness not in WILLINGNESS:
        raise InputError("{value} is none of {known}", value=willingness, known=", ".join(WILLINGNESS))
    return willingness != "refused" and not (wanted.asked_only and willingness == "unasked")
