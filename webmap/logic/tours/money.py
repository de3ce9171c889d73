"""What a batch costs: planned and actual, by stop and unit, and per head and day against the limit of the rules."""

from collections.abc import Sequence
from dataclasses import dataclass

from geo.db.departure_tables import Booking
from geo.db.departures import answer_of
from geo.tours.collisions import MEAL, NIGHT
from geo.tours.lodging import RoomNeed, rooms_needed
from geo.tours.problem import Group, RoomKind
from geo.tours.register import TourPlace
from geo.tours.rooms import room_cost
from geo.tours.rules import Rule, Verdict, load_rules
from geo.tours.timetable import TimetableStop
from webmap.logic.tours.departing import BatchView

PER_DAY = "cents_per_head_day"


@dataclass(frozen=True)
class UnitShare:
    """What a unit's people cost, in cents, by their number; None where no cost is known."""

    name: str
    people: int
    planned: int | None
    actual: int | None


@dataclass(frozen=True)
class Money:
    """Sums in cents over what is entered; `planned_open` and `actual_open` stops have no amount yet."""

    people: int
    days: int
    planned: int
    actual: int
    planned_open: int
    actual_open: int
    units: tuple[UnitShare, ...]
    rule: Rule | None
    verdict: Verdict

    @property
    def planned_head_day(self) -> float:
        """Planned cents a head and day."""
        return self.planned / max(1, self.people * self.days)

    @property
    def actual_head_day(self) -> float:
        """Actual cents a head and day."""
        return self.actual / max(1, self.people * self.days)


def money_of(view: BatchView, district: str) -> Money:
    """Return what a batch costs. What is not entered never counts as free: the verdict is unknown then.

    A cost above the limit is above it whatever is still missing. Actual amounts take the place of planned ones where
    they are known.
    """
    paid_for = [stop for day in view.days for stop in day.stops if stop.kind not in ("start", "end")]
    n_open = len(paid_for) + 1
    planned = [each.planned_cost for each in view.bookings if each.planned_cost is not None]
    actual = [each.actual_cost for each in view.bookings if each.actual_cost is not None]
    people, n_day = max(1, view.batch.heads.guests), len(view.days)
    rule = daily_limit(view, district)
    known = sum(_best(each) for each in view.bookings)
    n_known = sum(each.planned_cost is not None or each.actual_cost is not None for each in view.bookings)
    verdict = Verdict.UNKNOWN
    if rule is None:
        verdict = Verdict.NOT_APPLICABLE
    elif known > rule.limit * people * n_day:
        verdict = Verdict.NOT_MET
    elif n_known >= n_open:
        verdict = Verdict.MET
    total = (sum(planned) if planned else None, sum(actual) if actual else None)
    units = []
    for unit in view.units:
        answer = answer_of(unit)
        if answer is not None:
            shares = [None if each is None else round(each * answer.people / people) for each in total]
            units.append(UnitShare(unit.name, answer.people, shares[0], shares[1]))
    return Money(
        people,
        n_day,
        sum(planned),
        sum(actual),
        n_open - len(planned),
        n_open - len(actual),
        tuple(units),
        rule,
        verdict,
    )


def _best(booking: Booking) -> int:
    return booking.planned_cost or 0 if booking.actual_cost is None else booking.actual_cost


def daily_limit(view: BatchView, district: str) -> Rule | None:
    """Return the rule whose limit a head and day holds in a district on the day of departure, None where none does."""
    day = view.departure.first_day
    rules: Sequence[Rule] = [
        rule
        for rule in load_rules().rules
        if rule.measure == PER_DAY
        and rule.since <= day
        and (rule.until is None or day <= rule.until)
        and (not rule.region or any(district.startswith(each) for each in rule.region))
    ]
    return rules[0] if rules else None


def cheapest_night(kinds: Sequence[RoomKind], need: RoomNeed) -> int | None:
    """Return what the rooms of a night cost at least, in cents; None where there are too few or a price is not known.

    Pairs who may share do so where it is cheaper.
    """
    costs = []
    for n_pair in range(need.pairs + 1):
        rooms = need.with_sharing(n_pair)
        group = Group(2 * (rooms.twins + rooms.doubles) + rooms.singles, singles=rooms.singles)
        found = room_cost(kinds, group)
        if found is not None and found[1]:
            costs.append(found[0])
    return min(costs, default=None)


def expected_cost(view: BatchView, stop: TimetableStop, place: TourPlace | None) -> int | None:
    """Return what a stop costs at the prices of the register, in cents; None where a price is not known."""
    heads = view.batch.heads
    if place is None:
        return None
    if stop.kind == NIGHT:
        kinds = [RoomKind(kind.name, kind.beds, kind.price, kind.count) for kind in place.rooms]
        return cheapest_night(kinds, rooms_needed(heads)) if kinds else None
    people = heads.people if stop.kind == MEAL else heads.guests
    if place.table_price is not None:
        return place.table_price * -(-people // (place.seats or 10))
    return None if place.price is None else place.price * people
