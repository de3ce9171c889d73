"""Places that tours may visit, as a register knows them: what nobody has entered is None, never a guess."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from geo.calendar import Calendar
from geo.hours import OpenState, day_spans, parse_hours
from geo.tours.problem import Windows

PLACE_KINDS = ("sight", "base", "hotel", "restaurant", "rest_stop", "toilet", "parking", "meeting")
"""What a place of tours may be; a meeting point is where people board."""

USUAL_VISIT_MIN: Mapping[str, int] = {"sight": 90, "base": 90, "restaurant": 60, "rest_stop": 20, "toilet": 20}
"""What a visit counts where the register does not say; shown as assumed."""

USUAL_SCORE = 3.0
"""The score of a place that has none, on a scale from 0 to 5."""


@dataclass(frozen=True)
class Rooms:
    """Rooms of one kind: `beds` each, `count` of them, `price` cents a night (None: not known)."""

    name: str
    beds: int
    count: int
    price: int | None = None


@dataclass(frozen=True)
class TourPlace:
    """A place of the register.

    Attributes
    ----------
    lon, lat : float
        Degrees, WGS84.
    hours, hours_posted : str or None
        OSM ``opening_hours`` with special days laid over; and what the file said.
    visit_min : int or None
    price : int or None
        Cents a head; `table_price` cents a table of `seats` instead.
    capacity : int or None
        Most people at once.
    is_outdoor : bool or None
    score : float or None
        From 0 to 5.
    single_supplement : int or None
        Cents that a single room costs on top (单房差), for people; rooms have prices of their own.
    set_down : str or None
        Where the coach lets people out.
    special_posted : str or None
        The special days as somebody wrote them.
    """

    code: str
    name: str
    kind: str
    lon: float
    lat: float
    aliases: list[str] = field(default_factory=list)
    hours: str | None = None
    hours_posted: str | None = None
    visit_min: int | None = None
    price: int | None = None
    table_price: int | None = None
    seats: int | None = None
    capacity: int | None = None
    is_outdoor: bool | None = None
    score: float | None = None
    tags: list[str] = field(default_factory=list)
    rooms: list[Rooms] = field(default_factory=list)
    single_supplement: int | None = None
    contact: str | None = None
    set_down: str | None = None
    note: str | None = None
    special_posted: str | None = None

    @property
    def has_price(self) -> bool:
        """Whether a price is known."""
        return self.price is not None or self.table_price is not None


def open_windows(hours: str | None, day: date, calendar: Calendar) -> Windows | None:
    """Return when a place is open on a day, minutes after midnight; None where that is not known.

    Examples
    --------
    >>> open_windows("Tu-Su 09:00-12:00,13:00-16:30", date(2026, 5, 16), Calendar.empty("Asia/Shanghai"))
    ((540, 720), (780, 990))
    >>> open_windows("Tu-Su 09:00-16:30", date(2026, 5, 18), Calendar.empty("Asia/Shanghai"))
    ()
    >>> open_windows(None, date(2026, 5, 16), Calendar.empty("Asia/Shanghai")) is None
    True
    """
    if hours is None:
        return None
    spans = day_spans(parse_hours(hours), day, calendar)
    if any(state is OpenState.UNKNOWN for _, _, state in spans):
        return None
    midnight = datetime.combine(day, datetime.min.time())
    found: list[tuple[int, int]] = []
    for first, last, state in spans:
        if state is not OpenState.OPEN:
            continue
        begin, end = ((moment - midnight) // timedelta(minutes=1) for moment in (first, last))
        if found and found[-1][1] == begin:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return tuple(found)
