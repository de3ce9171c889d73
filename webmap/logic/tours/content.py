"""The plans of a tour by style, as the store keeps them and as a person changes them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from geo.errors import InputError
from geo.tours.by_hand import DayOrder, TimedOrder, as_result, orders_of, time_by_hand
from geo.tours.plans import Plan
from geo.tours.problem import ItineraryProblem, ItineraryResult, Limits, Weights
from geo.tours.reasons import Reason, confirm_reasons, explain_left_out
from geo.tours.validator import Fault, check_itinerary

STYLES = ("balanced", "relaxed", "saving")


@dataclass(frozen=True)
class LeftOut:
    """Why a wished place is not in a plan, and the days that would hold it; see `geo.tours.reasons.Reason`."""

    code: str
    kind: str
    day: int | None = None
    minutes: int = 0
    cents: int = 0
    stops: int = 0
    stretch_min: int = 0
    replaces: str | None = None
    open_dates: tuple[str, ...] = ()
    people: int = 0
    orders: tuple[DayOrder, ...] = ()


@dataclass(frozen=True)
class StylePlan:
    """A plan of one style: its order, the limits that differ from those of the problem, and what is left out.

    `seconds`: after how long the solver had it; `is_best`: it is proven that none is better.
    """

    orders: tuple[DayOrder, ...]
    end_min: tuple[int, ...]
    max_stops: int
    max_stretch_min: int
    budget: int | None
    drive_weight: float
    cost_weight: float
    left_out: tuple[LeftOut, ...] = ()
    seconds: float = 0.0
    is_best: bool = False


@dataclass(frozen=True)
class Content:
    """The plans of a tour by style, which is chosen, and which stops are locked to a day (from 0)."""

    styles: Mapping[str, StylePlan]
    chosen: str
    locked: Mapping[str, int] = field(default_factory=dict)

    @property
    def plan(self) -> StylePlan:
        """The chosen plan."""
        return self.styles[self.chosen]

    def with_plan(self, plan: StylePlan) -> "Content":
        """Return the content with another chosen plan."""
        return replace(self, styles={**self.styles, self.chosen: plan})


def content_json(content: Content) -> dict[str, Any]:
    """Return content as the store keeps it."""
    return {
        "styles": {style: asdict(plan) for style, plan in content.styles.items()},
        "chosen": content.chosen,
        "locked": dict(content.locked),
    }


def content_of(stored: Mapping[str, Any]) -> Content:
    """Return the content that the store keeps."""
    styles = stored["styles"]
    # JSON in the store keeps no order.
    return Content(
        {style: _style_of(styles[style]) for style in STYLES if style in styles}, stored["chosen"], stored["locked"]
    )


def _style_of(stored: Mapping[str, Any]) -> StylePlan:
    return StylePlan(
        **{
            **stored,
            "orders": _orders_of(stored["orders"]),
            "end_min": tuple(stored["end_min"]),
            "left_out": tuple(
                LeftOut(**{**each, "open_dates": tuple(each["open_dates"]), "orders": _orders_of(each["orders"])})
                for each in stored["left_out"]
            ),
        }
    )


def _orders_of(stored: Sequence[Mapping[str, Any]]) -> tuple[DayOrder, ...]:
    return tuple(DayOrder(each["end"], tuple(each["stops"])) for each in stored)


def style_plan(
    problem: ItineraryProblem,
    result: ItineraryResult,
    *,
    explains: bool = False,
    confirm_s: float = 0.0,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> StylePlan:
    """Return what a solver's plan of a problem is kept as; with `explains`, why each wish is left out.

    `confirm_s`: the seconds in which each reason is checked by solving again; 0: not at all.
    """
    reasons = explain_left_out(problem, result) if explains else ()
    if confirm_s > 0.0:
        reasons = confirm_reasons(problem, result, reasons, seconds=confirm_s, is_cancelled=is_cancelled)
    return StylePlan(
        orders=orders_of(result),
        end_min=tuple(day.end_min for day in problem.days),
        max_stops=problem.limits.max_stops,
        max_stretch_min=problem.limits.max_stretch_min,
        budget=problem.limits.budget,
        drive_weight=problem.weights.drive_min,
        cost_weight=problem.weights.yuan_per_head,
        left_out=tuple(left_out(reason) for reason in reasons),
        seconds=result.seconds,
        is_best=result.bound is not None and result.bound <= result.objective + 1e-6,
    )


def content_of_plans(
    plans: Sequence[Plan], *, explains: bool, confirm_s: float = 0.0, is_cancelled: Callable[[], bool] = lambda: False
) -> Content:
    """Return the content of freshly solved plans; the first is chosen, and only its reasons are checked again."""
    styles: dict[str, StylePlan] = {
        plan.style: style_plan(
            plan.problem,
            plan.result,
            explains=explains,
            confirm_s=confirm_s if plan is plans[0] else 0.0,
            is_cancelled=is_cancelled,
        )
        for plan in plans
    }
    return Content(styles, plans[0].style)


def left_out(reason: Reason) -> LeftOut:
    """Return a reason as it is kept."""
    return LeftOut(
        code=reason.code,
        kind=reason.kind,
        day=reason.day,
        minutes=reason.minutes,
        cents=reason.cents,
        stops=reason.stops,
        stretch_min=reason.stretch_min,
        replaces=reason.replaces,
        open_dates=tuple(day.isoformat() for day in reason.open_dates),
        people=reason.people,
        orders=() if reason.plan is None else orders_of(reason.plan),
    )


def styled_problem(problem: ItineraryProblem, plan: StylePlan, locked: Mapping[str, int]) -> ItineraryProblem:
    """Return the problem with the limits of a plan, and with the stops locked that are."""
    limits: Limits = replace(
        problem.limits, max_stops=plan.max_stops, max_stretch_min=plan.max_stretch_min, budget=plan.budget
    )
    return replace(
        problem,
        days=tuple(replace(day, end_min=end) for day, end in zip(problem.days, plan.end_min, strict=True)),
        limits=limits,
        weights=Weights(plan.drive_weight, plan.cost_weight),
        locked=dict(locked),
    )


@dataclass(frozen=True, eq=False)
class Checked:
    """A plan with its times, and what the validator has found."""

    problem: ItineraryProblem
    days: tuple[TimedOrder, ...]
    result: ItineraryResult
    faults: tuple[Fault, ...]


def check_plan(problem: ItineraryProblem, plan: StylePlan, locked: Mapping[str, int] | None = None) -> Checked:
    """Return a plan timed and checked: the validator works out every time and sum by itself."""
    styled = styled_problem(problem, plan, locked or {})
    days = time_by_hand(styled, plan.orders)
    result = as_result(styled, days)
    return Checked(styled, days, result, check_itinerary(styled, result))


def explain_again(problem: ItineraryProblem, content: Content) -> Content:
    """Return content whose chosen plan says again why wishes are left out; nothing is said of a plan with faults."""
    checked = check_plan(problem, content.plan, content.locked)
    reasons = () if checked.faults else explain_left_out(checked.problem, checked.result)
    return content.with_plan(replace(content.plan, left_out=tuple(left_out(reason) for reason in reasons)))


def choose(content: Content, style: str) -> Content:
    """Return content with another style chosen."""
    if style not in content.styles:
        raise InputError("there is no plan {value}", value=style)
    return replace(content, chosen=style)


def move(content: Content, code: str, *, day: int, position: int) -> Content:
    """Return content with a stop moved to a day (from 0) and a position; a stop that is not in the plan is put in.

    Raises
    ------
    InputError
        There is no such day.
    """
    orders = content.plan.orders
    if not 0 <= day < len(orders):
        raise InputError("there is no day {value}", value=day + 1)
    kept = [[stop for stop in order.stops if stop != code] for order in orders]
    kept[day].insert(max(0, min(position, len(kept[day]))), code)
    locked = {each: (day if each == code else on) for each, on in content.locked.items()}
    return replace(content.with_plan(_with_stops(content.plan, kept)), locked=locked)


def remove(content: Content, code: str) -> Content:
    """Return content without a stop."""
    kept = [[stop for stop in order.stops if stop != code] for order in content.plan.orders]
    locked = {each: on for each, on in content.locked.items() if each != code}
    return replace(content.with_plan(_with_stops(content.plan, kept)), locked=locked)


def set_lock(content: Content, code: str, *, is_locked: bool) -> Content:
    """Return content with a stop locked to the day that it is on, or free again."""
    day = next((number for number, order in enumerate(content.plan.orders) if code in order.stops), None)
    if day is None:
        raise InputError("{value} is not in the plan", value=code)
    locked = {each: on for each, on in content.locked.items() if each != code}
    return replace(content, locked={**locked, code: day} if is_locked else locked)


def set_night(content: Content, hotel: str, *, day: int) -> Content:
    """Return content with another hotel at the end of a day."""
    orders = list(content.plan.orders)
    if not 0 <= day < len(orders) - 1:
        raise InputError("there is no day {value}", value=day + 1)
    orders[day] = replace(orders[day], end=hotel)
    return content.with_plan(replace(content.plan, orders=tuple(orders)))


def admit(content: Content, code: str) -> Content:
    """Return content with a place that was left out put in, and with the one change that this needs.

    Raises
    ------
    InputError
        No change admits it.
    """
    found = next((each for each in content.plan.left_out if each.code == code), None)
    if found is None or not found.orders:
        raise InputError("{value} cannot be put in by one change", value=code)
    plan = content.plan
    ends = tuple(end + (found.minutes if number == found.day else 0) for number, end in enumerate(plan.end_min))
    changed = replace(
        plan,
        orders=found.orders,
        end_min=ends,
        max_stops=plan.max_stops + found.stops,
        max_stretch_min=plan.max_stretch_min + found.stretch_min,
        budget=None if plan.budget is None else plan.budget + found.cents,
        left_out=(),
    )
    return content.with_plan(changed)


def _with_stops(plan: StylePlan, stops: Sequence[Sequence[str]]) -> StylePlan:
    orders = tuple(replace(order, stops=tuple(new)) for order, new in zip(plan.orders, stops, strict=True))
    return replace(plan, orders=orders, left_out=(), is_best=False)
