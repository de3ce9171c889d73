"""A plan as its page shows it: columns of cards, reasons, verdicts of rules, all in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import format_date, gettext

from geo.db.tour_tables import TourPlan
from geo.tours.by_hand import TimedOrder, TimedStop
from geo.tours.problem import ItineraryProblem
from geo.tours.register import Rooms, TourPlace
from geo.tours.rules import Circumstances, Finding, count_verdicts, evaluate
from geo.tours.validator import Fault
from webmap.logic.tours.content import Checked, Content, LeftOut, check_plan, content_of
from webmap.logic.tours.problem_store import problem_of
from webmap.logic.tours.wish import TourWish
from webmap.words.labels import TOUR_FAULTS, TOUR_PLACES
from webmap.words.numbers import clock, duration


@dataclass(frozen=True)
class Card:
    """A stop on the page; times in minutes after midnight."""

    code: str
    name: str
    kind: str
    drive_min: int
    arrive: int
    begin: int
    finish: int
    depart: int
    late_min: int
    is_closed: bool
    is_locked: bool
    notes: tuple[str, ...]

    @property
    def wait_min(self) -> int:
        """Minutes that the group waits for the visit to begin, beyond a few for leaving the coach."""
        wait = self.begin - self.arrive
        return wait if wait >= 15 else 0


@dataclass(frozen=True)
class PickUp:
    """A pick-up on the page; `people` None: nobody said how many board there."""

    name: str
    drive_min: int
    arrive: int
    depart: int
    people: int | None


@dataclass(frozen=True)
class Column:
    """A day on the page."""

    number: int
    day: date
    start: str
    gather: int
    depart: int
    cards: tuple[Card, ...]
    last_drive_min: int
    end_code: str
    end: str
    end_notes: tuple[str, ...]
    arrive: int
    late_min: int
    drive_min: int
    hotels: tuple[tuple[str, str], ...]
    pick_ups: tuple[PickUp, ...] = ()

    @property
    def date_words(self) -> str:
        """The date with its weekday."""
        return str(format_date(self.day, "MM-dd EEE"))


@dataclass(frozen=True)
class Tab:
    """A style on the page, with its cost in yuan a head and day, its driving and its sights."""

    style: str
    yuan: float
    has_unknown_prices: bool
    drive_min: int
    n_sight: int
    is_chosen: bool


@dataclass(frozen=True)
class LeftOutRow:
    """A wish that is left out: its name, why, and whether one click puts it in."""

    code: str
    name: str
    words: str
    may_enter: bool


@dataclass(frozen=True)
class RuleRow:
    """What a rule says of the plan."""

    finding: Finding
    number: str
    missing: str


@dataclass(frozen=True)
class PlanView:
    """Everything that the page shows of a plan that has been made."""

    tabs: tuple[Tab, ...]
    columns: tuple[Column, ...]
    left_out: tuple[LeftOutRow, ...]
    dropped: tuple[str, ...]
    rules: tuple[RuleRow, ...]
    counts: Mapping[str, int]
    faults: tuple[str, ...]
    yuan: float
    unknown_prices: tuple[str, ...]
    is_best: bool
    seconds: float


def plan_view(plan: TourPlan, wish: TourWish, register: Mapping[str, str]) -> PlanView | None:
    """Return what the page shows of a stored plan, None before the first one is found.

    `register` are the names of all places of the district by code.
    """
    if plan.content is None or plan.facts is None:
        return None
    content = content_of(plan.content)
    problem = problem_of(plan.facts["problem"])
    places = known_places(plan.facts)
    names = {place.code: place.name for place in problem.places}
    checked = check_plan(problem, content.plan, content.locked)
    known = Circumstances(plan.district_code, employer=_employer(wish), has_coach_cost=wish.coach_cost is not None)
    findings = evaluate(checked.problem, checked.result, known)
    counts = {verdict.value: n for verdict, n in count_verdicts(findings).items()}
    return PlanView(
        tabs=tuple(_tab(problem, content, style) for style in content.styles),
        columns=tuple(
            _column(checked, content, places, number, day) for number, day in enumerate(checked.days)
        ),
        left_out=tuple(
            LeftOutRow(each.code, names.get(each.code, each.code), reason_words(each, names, wish), bool(each.orders))
            for each in content.plan.left_out
        ),
        dropped=tuple(register.get(code, code) for code, _ in plan.facts["dropped"]),
        rules=tuple(RuleRow(each, rule_number(each), missing_words(each)) for each in findings),
        counts=counts,
        faults=tuple(dict.fromkeys(fault_words(fault, names) for fault in checked.faults if _is_shown(fault, checked))),
        yuan=yuan_a_day(checked),
        unknown_prices=tuple(dict.fromkeys(names[code] for code in checked.result.unknown_prices)),
        is_best=content.plan.is_best,
        seconds=content.plan.seconds,
    )  # fmt: skip


def known_places(facts: Mapping[str, Any]) -> dict[str, TourPlace]:
    """Return the places of a plan as they were when it was made."""
    return {
        each["code"]: TourPlace(**{**each, "rooms": [Rooms(**room) for room in each["rooms"]]})
        for each in facts["places"]
    }


def yuan_a_day(checked: Checked) -> float:
    """Return what the tour costs a head and day in yuan, as far as prices are known."""
    return checked.result.cost / 100.0 / checked.problem.group.people / len(checked.days)


def reason_words(each: LeftOut, names: Mapping[str, str], wish: TourWish) -> str:
    """Return why a wish is left out, as the smallest change that admits it."""
    if each.kind == "closed":
        if each.open_dates:
            return str(gettext("closed on these days; open on %(days)s", days="、".join(each.open_dates[:3])))
        return str(gettext("closed on these days"))
    if each.kind == "capacity":
        return str(gettext("too small for the group by %(people)s people", people=each.people))
    if each.kind == "swap":
        return str(gettext("fits in place of %(name)s", name=names.get(each.replaces or "", each.replaces)))
    if each.kind == "no_way":
        return str(gettext("does not fit, even with four hours more"))
    changes = []
    if each.minutes:
        changes.append(gettext("%(minutes)s min more on day %(day)s", minutes=each.minutes, day=(each.day or 0) + 1))
    if each.cents:
        changes.append(gettext("%(yuan)s yuan more a head", yuan=f"{each.cents / 100 / wish.people:.0f}"))
    if each.stops:
        changes.append(gettext("one sight more on day %(day)s", day=(each.day or 0) + 1))
    if each.stretch_min:
        changes.append(gettext("%(minutes)s min more of driving at a stretch", minutes=each.stretch_min))
    if not changes:
        return str(gettext("fits without any change"))
    return str(gettext("fits with %(changes)s", changes=gettext(", ").join(changes)))


def rule_number(finding: Finding) -> str:
    """Return the number behind a verdict, beside the limit."""
    if finding.value is None:
        return ""
    measure, value, limit = finding.rule.measure, finding.value, finding.rule.limit
    if measure.startswith("cents"):
        text = gettext("%(value)s of at most %(limit)s yuan", value=f"{value / 100:.0f}", limit=f"{limit / 100:.0f}")
    elif measure == "days":
        text = gettext("%(value)s of at most %(limit)s days", value=value, limit=limit)
    else:
        text = gettext("%(value)s of at most %(limit)s", value=duration(value), limit=duration(limit))
    return str(text)


def missing_words(finding: Finding) -> str:
    """Return what is missing for a verdict."""
    prices = sum(each.startswith("price:") for each in finding.missing)
    words = [gettext("%(count)s prices are not known", count=prices)] if prices else []
    known = {
        "coach_cost": gettext("what the coaches cost is not entered"),
        "employer": gettext("the kind of employer is not entered"),
        "spent_cents": gettext("what a person has had this year is not entered"),
        "driven_min": gettext("the driver's last six days are not entered"),
    }
    words += [known[each] for each in finding.missing if each in known]
    return str(gettext(", ").join(words))


def fault_words(fault: Fault, names: Mapping[str, str]) -> str:
    """Return a fault in words, with its day and place."""
    said = next((words for start, words in TOUR_FAULTS.items() if fault.what.startswith(start)), fault.what)
    where = [gettext("Day %(number)s", number=fault.day + 1)] if fault.day is not None else []
    if fault.code is not None:
        where.append(names.get(fault.code, fault.code))
    return " · ".join([*where, str(said)])


def _is_shown(fault: Fault, checked: Checked) -> bool:
    """Tell whether a fault is not said by a card already: late and closed stops are."""
    is_late = any(stop.late_min or stop.is_closed for day in checked.days for stop in day.stops)
    return not (is_late and fault.what.startswith(("is closed when", "is visited at")))


def _employer(wish: TourWish) -> Any:
    return wish.employer if wish.employer in ("public", "state_firm", "other") else None


def _tab(problem: ItineraryProblem, content: Content, style: str) -> Tab:
    plan = content.styles[style]
    checked = check_plan(problem, plan, content.locked if style == content.chosen else None)
    kinds = {place.code: place.kind for place in problem.places}
    return Tab(
        style=style,
        yuan=yuan_a_day(checked),
        has_unknown_prices=bool(checked.result.unknown_prices),
        drive_min=sum(day.drive_min for day in checked.days),
        n_sight=sum(kinds[code] in ("sight", "base") for code in checked.result.codes),
        is_chosen=style == content.chosen,
    )


def _column(
    checked: Checked, content: Content, places: Mapping[str, TourPlace], number: int, day: TimedOrder
) -> Column:
    problem = checked.problem
    given = problem.days[number]
    is_last = number == len(checked.days) - 1
    nights = () if is_last else problem.nights[number]
    return Column(
        number=number + 1,
        day=given.date,
        start=places[day.start].name,
        gather=given.start_min,
        depart=day.depart,
        cards=tuple(_card(stop, places[stop.code], content, problem, given.date) for stop in day.stops),
        last_drive_min=day.last_drive_min,
        end_code=day.end,
        end=places[day.end].name,
        end_notes=() if is_last else _night_notes(problem, places[day.end]),
        arrive=day.arrive,
        late_min=day.late_min,
        drive_min=day.drive_min,
        hotels=tuple((code, places[code].name) for code in nights),
        pick_ups=tuple(
            PickUp(places[each.code].name, each.drive_min, each.arrive, each.depart, each.people)
            for each in day.pick_ups
        ),
    )


def _card(stop: TimedStop, place: TourPlace, content: Content, problem: ItineraryProblem, day: date) -> Card:
    return Card(
        code=stop.code,
        name=place.name,
        kind=place.kind,
        drive_min=stop.drive_min,
        arrive=stop.arrive,
        begin=stop.begin,
        finish=stop.finish,
        depart=stop.depart,
        late_min=stop.late_min,
        is_closed=stop.is_closed,
        is_locked=stop.code in content.locked,
        notes=_notes(place, problem, day),
    )


def _notes(place: TourPlace, problem: ItineraryProblem, day: date) -> tuple[str, ...]:
    """Return what is not known of a place, its price and its tables."""
    notes: list[str] = []
    people = problem.group.people
    if place.kind == "restaurant" and place.table_price is not None:
        tables = -(-people // (place.seats or 10))
        yuan = f"{place.table_price / 100:.0f}"
        notes.append(gettext("%(count)s tables at %(yuan)s yuan", count=tables, yuan=yuan))
    elif place.kind not in ("rest_stop", "toilet"):
        notes.append(_price_words(place.price))
    if day not in problem.place(place.code).windows:
        notes.append(gettext("hours not known"))
    if place.visit_min is None:
        notes.append(gettext("time of a visit assumed"))
    if place.set_down:
        notes.append(place.set_down)
    return tuple(str(note) for note in notes)


def _price_words(price: int | None) -> str:
    if price is None:
        return str(gettext("price not entered"))
    return str(gettext("%(yuan)s yuan a head", yuan=f"{price / 100:.0f}") if price else gettext("free"))


def _night_notes(problem: ItineraryProblem, hotel: TourPlace) -> tuple[str, ...]:
    if not hotel.rooms:
        return (str(gettext("rooms and price not entered")),)
    beds = max(room.beds for room in hotel.rooms)
    shared = problem.group.people - problem.group.singles
    rooms = -(-shared // beds) + problem.group.singles
    return (str(gettext("about %(count)s rooms", count=rooms)),)


def stop_words(card: Card) -> str:
    """Return a stop in one line, for prints and the shared page."""
    return f"{clock(card.begin)}–{clock(card.finish)} {card.name} ({TOUR_PLACES.get(card.kind, card.kind)})"


def options_of(places: Sequence[TourPlace], kinds: Sequence[str]) -> list[tuple[str, str]]:
    """Return places of some kinds as choices of a form: code and name."""
    return [(place.code, place.name) for place in places if place.kind in kinds]
