"""What an organiser asks for: five fields, and what else has a default that is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from geo.errors import InputError
from geo.tours.itinerary import clock_minutes
from webmap.logic.labels import msgid

WISHES = ("required", "wished", "excluded")

PACES: Mapping[str, int] = {"relaxed": 3, "moderate": 4, "full": 5}
"""Most sights in a day, by pace."""

MAX_DAYS = 7
MAX_PEOPLE = 500
MAX_WISHES = 80
HEAT = (12 * 60, 15 * 60)
"""Outdoor places are not visited between these minutes where the midday heat is to be avoided."""
HOT_MONTHS = (6, 7, 8, 9)
MOST_PICK_UPS = 6
BUS_SEATS = 45
"""People that one coach takes, by default."""


@dataclass(frozen=True, kw_only=True)
class TourWish:
    """A tour that is asked for.

    Attributes
    ----------
    days, people : int
    first : date
        The first day; `is_any_weekend`: any weekend of its month will do.
    start : str
        Code of where the coach sets out.
    wishes : mapping of str to str
        Code of a place to one of `WISHES`.
    end : str
        Empty: where it starts.
    nights : tuple of str
        Hotels to choose from; empty: all that are known.
    pick_ups : tuple of str
        Where people board after the start, in order.
    pick_up_people : tuple of int
        How many board at each of them; empty: nobody said.
    coaches : int
        0: as many as needed.
    singles : int
    pace : str
        One of `PACES`.
    stretch_min : int
        Longest driving without a break.
    lunch : (int, int)
        Earliest and latest start.
    start_min, end_min : int
        When a day begins and must be over.
    standard : int or None
        Cents a head and day that all may cost; None: no limit.
    avoids_heat : bool or None
        None: in the hot months.
    coach_cost : int or None
        Cents for all coaches and days; None: not known.
    employer : str or None
    """

    days: int = 2
    people: int = 40
    first: date
    is_any_weekend: bool = False
    start: str = ""
    wishes: Mapping[str, str] = field(default_factory=dict)
    end: str = ""
    nights: tuple[str, ...] = ()
    pick_ups: tuple[str, ...] = ()
    pick_up_people: tuple[int, ...] = ()
    coaches: int = 0
    singles: int = 0
    pace: str = "moderate"
    stretch_min: int = 120
    lunch: tuple[int, int] = (11 * 60, 13 * 60)
    start_min: int = 8 * 60 + 30
    end_min: int = 18 * 60
    standard: int | None = None
    avoids_heat: bool | None = None
    coach_cost: int | None = None
    employer: str | None = None

    def __post_init__(self) -> None:
        checks: tuple[tuple[bool, str, object], ...] = (
            (1 <= self.days <= MAX_DAYS, msgid("a tour has 1 to 7 days, not {value}"), self.days),
            (1 <= self.people <= MAX_PEOPLE, msgid("a tour has 1 to 500 people, not {value}"), self.people),
            (
                0 <= self.singles <= self.people,
                msgid("there are no {value} single rooms for fewer people"),
                self.singles,
            ),
            (0 <= self.coaches <= 20, msgid("there are 1 to 20 coaches, not {value}"), self.coaches),
            (self.pace in PACES, msgid("{value} is not a pace"), self.pace),
            (
                15 <= self.stretch_min <= 240,
                msgid("driving at a stretch is 15 to 240 minutes, not {value}"),
                self.stretch_min,
            ),
            (
                self.lunch[0] <= self.lunch[1],
                msgid("the latest start of lunch lies before the earliest"),
                self.lunch[0],
            ),
            (self.start_min + 60 <= self.end_min, msgid("a day cannot end within an hour of its start"), 0),
            (
                len(self.wishes) <= MAX_WISHES,
                msgid("at most 80 places can be wished for, not {value}"),
                len(self.wishes),
            ),
            (
                not self.pick_up_people
                or (len(self.pick_up_people) == len(self.pick_ups) and min(self.pick_up_people) > 0),
                msgid("say for every pick-up how many people board there, or for none"),
                "",
            ),
            (
                sum(self.pick_up_people) <= self.people,
                msgid("more people board at the pick-ups than travel: {value}"),
                sum(self.pick_up_people),
            ),
            (all(each in WISHES for each in self.wishes.values()), msgid("{value} is not a wish"), "?"),
            (
                self.standard is None or self.standard > 0,
                msgid("the standard must be above 0, not {value}"),
                self.standard,
            ),
        )
        for holds, template, value in checks:
            if not holds:
                raise InputError(template, value=value)

    @property
    def heat(self) -> tuple[int, int] | None:
        """The minutes of the midday heat, None where they do not matter."""
        hot = self.first.month in HOT_MONTHS if self.avoids_heat is None else self.avoids_heat
        return HEAT if hot else None

    @property
    def n_coach(self) -> int:
        """How many coaches go."""
        return self.coaches or -(-self.people // BUS_SEATS)

    def first_days(self) -> list[date]:
        """Return the days on which the tour may begin.

        >>> [f"{day}" for day in TourWish(first=date(2026, 5, 1), is_any_weekend=True).first_days()]
        ['2026-05-02', '2026-05-09', '2026-05-16', '2026-05-23', '2026-05-30']
        """
        if not self.is_any_weekend:
            return [self.first]
        # A tour of three days and more begins on the Friday before.
        weekday = 5 if self.days <= 2 else 4
        month = [self.first.replace(day=1) + timedelta(days=n) for n in range(31)]
        return [day for day in month if day.month == self.first.month and day.weekday() == weekday]


def wish_json(wish: TourWish) -> dict[str, Any]:
    """Return a wish as the store keeps it."""
    return {
        **{name: getattr(wish, name) for name in TourWish.__dataclass_fields__},
        "first": wish.first.isoformat(),
        "wishes": dict(wish.wishes),
        "nights": list(wish.nights),
        "pick_ups": list(wish.pick_ups),
        "pick_up_people": list(wish.pick_up_people),
        "lunch": list(wish.lunch),
    }


def wish_of(stored: Mapping[str, Any]) -> TourWish:
    """Return the wish that the store keeps."""
    return TourWish(
        **{
            **stored,
            "first": date.fromisoformat(stored["first"]),
            "nights": tuple(stored["nights"]),
            "pick_ups": tuple(stored["pick_ups"]),
            # Wishes that were stored before the people were counted have none.
            "pick_up_people": tuple(stored.get("pick_up_people", ())),
            "lunch": (stored["lunch"][0], stored["lunch"][1]),
        }
    )


def read_wish(form: Mapping[str, str], wishes: Mapping[str, str], *, today: date) -> TourWish:
    """Return the wish that a sent form asks for.

    Parameters
    ----------
    form : mapping
        The fields by name; what is missing or empty has its default.
    wishes : mapping of str to str
    today : date

    Raises
    ------
    InputError
        A field that cannot be read; names it and the remedy.
    """

    def text(name: str) -> str:
        return form.get(name, "").replace("\0", "").strip()

    def whole(name: str, default: int) -> int:
        return _number(name, text(name), default)

    def clock(name: str, default: int) -> int:
        return clock_minutes(text(name)) if text(name) else default

    try:
        first = date.fromisoformat(text("first")) if text("first") else today + timedelta(days=30)
    except ValueError:
        raise InputError("the date {value} cannot be read; write e.g. 2026-09-12", value=text("first")) from None
    rows = [number for number in range(1, MOST_PICK_UPS + 1) if text(f"pick_up-{number}")]
    pick_ups, people = tuple(text(f"pick_up-{n}") for n in rows), [f"pick_up_people-{n}" for n in rows]
    standard, coach_cost = read_money("standard", text("standard")), read_money("coach_cost", text("coach_cost"))
    heat = text("heat")
    return TourWish(
        days=whole("days", 2),
        people=whole("people", 40),
        first=first,
        is_any_weekend=text("any_weekend") != "",
        start=text("start"),
        wishes=wishes,
        end=text("end"),
        nights=several(form, "night"),
        pick_ups=pick_ups,
        pick_up_people=tuple(whole(name, 0) for name in people) if any(text(name) for name in people) else (),
        coaches=whole("coaches", 0),
        singles=whole("singles", 0),
        pace=text("pace") or "moderate",
        stretch_min=whole("stretch", 120),
        lunch=(clock("lunch_from", 11 * 60), clock("lunch_until", 13 * 60)),
        start_min=clock("day_start", 8 * 60 + 30),
        end_min=clock("day_end", 18 * 60),
        standard=standard,
        avoids_heat=None if heat == "" else heat == "yes",
        coach_cost=coach_cost,
        employer=text("employer") or None,
    )


def several(form: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return the codes that were ticked: fields ``NAME-CODE``, or one of the plain name."""
    ticked = [field.removeprefix(f"{name}-") for field in form if field.startswith(f"{name}-")]
    one = form.get(name, "").strip()
    return tuple(dict.fromkeys([*ticked, *([one] if one else [])]))


def _number(name: str, text: str, default: int) -> int:
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise InputError("{value} is not a whole number ({field})", value=text[:20], field=name)
    return int(text)


def read_money(name: str, text: str) -> int | None:
    """Return the cents of an amount in yuan, None where nothing is written."""
    if not text:
        return None
    try:
        yuan = float(text.replace(",", ""))
    except ValueError:
        yuan = -1.0
    if not 0.0 <= yuan <= 1e7:
        raise InputError("{value} is not an amount in yuan ({field})", value=text[:20], field=name)
    return round(100.0 * yuan)
