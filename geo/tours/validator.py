"""Check a plan against its problem, step by step, sharing no code with the solver."""

from collections import Counter
from dataclasses import dataclass
from math import ceil, inf, isfinite

from geo.tours.problem import ItineraryProblem, ItineraryResult, PlannedDay


@dataclass(frozen=True)
class Fault:
    """A limit that a plan does not keep: the day (from 0; None for the whole tour), the place, what, by how much."""

    day: int | None
    code: str | None
    what: str
    amount: float = 0.0


def check_itinerary(problem: ItineraryProblem, plan: ItineraryResult) -> tuple[Fault, ...]:
    """Return every fault of a plan: its claimed times, visits, nights, costs and score are worked out again.

    Examples
    --------
    A plan without a fault gives an empty tuple.
    """
    return tuple(Walk(problem).walk(plan))


class Walk:
    """Steps through days of a problem by its facts alone; also what plain twins of the solver walk with."""

    def __init__(self, problem: ItineraryProblem) -> None:
        self.problem = problem
        self.row = {place.code: k for k, place in enumerate(problem.places)}
        self.by_code = {place.code: place for place in problem.places}
        load = -(-problem.group.people // max(1, problem.group.coaches))
        boarding = problem.boarding
        self.out_min = ceil(round(boarding.leave_min + boarding.leave_s_per_person * load / 60, 9))
        self.in_min = ceil(round(boarding.board_min + boarding.board_s_per_person * load / 60, 9))

    def boards(self, number: int, pick_up: int = -1) -> int:
        """Return the minutes of boarding at the start of a day, or at a pick-up (from 0) of the first one."""
        problem = self.problem
        if number > 0 or not problem.pick_up_people:
            return self.in_min
        there = problem.pick_up_people[pick_up] if pick_up >= 0 else problem.group.people - sum(problem.pick_up_people)
        load = -(-there // max(1, problem.group.coaches))
        boarding = problem.boarding
        return ceil(round(boarding.board_min + boarding.board_s_per_person * load / 60, 9)) if there else 0

    def walk(self, plan: ItineraryResult) -> list[Fault]:
        """Return every fault of a plan."""
        problem = self.problem
        faults: list[Fault] = []
        if len(plan.days) != len(problem.days):
            return [Fault(None, None, f"{len(plan.days)} days instead of {len(problem.days)}")]
        for number, day in enumerate(plan.days):
            faults += self.walk_day(number, day)
        faults += self.check_nights(plan)
        visits = Counter(stop.code for day in plan.days for stop in day.stops)
        faults += [Fault(None, code, "visited more than once", n) for code, n in visits.items() if n > 1]
        for place in problem.places:
            if place.wish == "excluded" and place.code in visits:
                faults.append(Fault(None, place.code, "visited although excluded"))
            ends = {problem.start, problem.end, *problem.pick_ups}
            if place.wish == "required" and place.code not in visits and place.code not in ends:
                faults.append(Fault(None, place.code, "required but not visited"))
        for code, number in problem.locked.items():
            if code not in {stop.code for stop in plan.days[number].stops}:
                faults.append(Fault(number, code, "locked to this day but not visited on it"))
        return faults + self.check_sums(plan)

    def walk_day(self, number: int, day: PlannedDay) -> list[Fault]:
        """Walk one day from its start; compare each claimed minute with what comes out."""
        problem, limits, given = self.problem, self.problem.limits, self.problem.days[number]
        faults: list[Fault] = []
        now = given.start_min + self.boards(number)
        if day.depart != now:
            faults.append(Fault(number, day.start, "leaves the start at another minute", day.depart - now))
        at, driven, stretch, meals, sights, rests = day.start, 0, 0, 0, 0, 0
        route = [*(problem.pick_ups if number == 0 else ()), *(stop.code for stop in day.stops), day.end]
        n_pick_up = len(problem.pick_ups) if number == 0 else 0
        for k, code in enumerate(route):
            reached = self.drive(at, code, now)
            if reached == inf:
                return [*faults, Fault(number, code, f"no way leads from {at}")]
            leg = int(reached) - now
            driven, stretch = driven + leg, stretch + leg
            if stretch > limits.max_stretch_min:
                what = "driven too long without a break"
                faults.append(Fault(number, code, what, stretch - limits.max_stretch_min))
            now, at = int(reached), code
            if k < n_pick_up:
                now += self.boards(number, k)
                stretch = 0 if self.boards(number, k) >= limits.break_min else stretch
                continue
            if k == len(route) - 1:
                break
            stop, place = day.stops[k - n_pick_up], self.by_code[code]
            if stop.arrive != now:
                faults.append(Fault(number, code, "arrives at another minute", stop.arrive - now))
            begin = self.first_start(number, code, now + self.out_min)
            if begin is None:
                return [*faults, Fault(number, code, "is closed when the group comes", now)]
            if stop.begin != begin or stop.finish != begin + place.visit_min:
                faults.append(Fault(number, code, "is visited at other minutes", stop.begin - begin))
            if stop.depart != begin + place.visit_min + self.in_min:
                faults.append(Fault(number, code, "is left at another minute"))
            if begin + place.visit_min + self.in_min - now >= limits.break_min:
                stretch = 0
            now = begin + place.visit_min + self.in_min
            if place.capacity is not None and place.capacity < problem.group.people:
                faults.append(Fault(number, code, "is too small", problem.group.people - place.capacity))
            if place.kind in {"hotel", "depot"}:
                faults.append(Fault(number, code, "is no place to visit"))
            if problem.locked.get(code, number) != number:
                faults.append(Fault(number, code, "is locked to another day"))
            meals += place.kind == "restaurant"
            rests += place.kind == "rest_stop"
            sights += place.kind not in {"restaurant", "rest_stop"}
        now += self.out_min
        checks = (
            ("reaches the end at another minute", float(day.arrive != now), 0),
            ("ends too late", now, given.end_min),
            ("drives too long", driven, limits.max_drive_min),
            ("claims another driving time", abs(driven - day.drive_min), 0),
            ("has too many sights", sights, limits.max_stops),
            ("has too many rest stops", rests, limits.max_rests),
            ("has another number of lunches", abs(meals - int(given.needs_lunch)), 0),
        )
        return faults + [Fault(number, None, what, is_ - most) for what, is_, most in checks if is_ > most]

    def drive(self, origin: str, to: str, leaves: int) -> float:
        """Return the minute of arrival, inf if there is no route: each band covers its share of the route."""
        if origin == to:
            return leaves
        drive = self.problem.drive
        i, j = self.row[origin], self.row[to]
        bounds = [*drive.band_ends, inf]
        clock, share = float(leaves), 1.0
        for band, until in enumerate(bounds):
            if until <= clock:
                continue
            whole = float(drive.minutes[band][i][j])
            if not isfinite(whole):
                return inf
            needed = share * whole
            if clock + needed <= until:
                return ceil(clock + needed - 1e-6)
            share -= (until - clock) / whole
            clock = until
        return inf

    def first_start(self, number: int, code: str, earliest: int) -> int | None:
        """Return the first minute at which the whole visit is allowed, found minute by minute."""
        place, limits = self.by_code[code], self.problem.limits
        hours = place.windows.get(self.problem.days[number].date)
        for minute in range(earliest, 48 * 60 + 1):
            over = minute + place.visit_min
            if hours is not None and not any(opens <= minute and over <= closes for opens, closes in hours):
                continue
            if hours is None and over > 48 * 60:
                return None
            if place.kind == "restaurant" and not limits.lunch[0] <= minute <= limits.lunch[1]:
                continue
            if place.is_outdoor and limits.heat and minute < limits.heat[1] and over > limits.heat[0]:
                continue
            return minute
        return None

    def check_nights(self, plan: ItineraryResult) -> list[Fault]:
        """Return the faults of the nights: where they are, and whether the rooms suffice."""
        problem, days = self.problem, plan.days
        faults = []
        if days[0].start != problem.start:
            faults.append(Fault(0, days[0].start, "is not where the tour starts"))
        if days[-1].end != problem.end:
            faults.append(Fault(len(days) - 1, days[-1].end, "is not where the tour ends"))
        for night, allowed in enumerate(problem.nights):
            hotel = days[night].end
            if hotel != days[night + 1].start:
                faults.append(Fault(night + 1, days[night + 1].start, "is not where the night was"))
            if hotel not in allowed:
                faults.append(Fault(night, hotel, "is not among the hotels of the night"))
            rooms = self.by_code[hotel].rooms
            if rooms and cheapest_rooms(self.problem, hotel) is None:
                faults.append(Fault(night, hotel, "has too few rooms"))
        return faults

    def check_sums(self, plan: ItineraryResult) -> list[Fault]:
        """Return the faults of cost, score, unknown prices and budget."""
        problem, people = self.problem, self.problem.group.people
        cost, score, unknown = problem.coach_cost, 0.0, set()
        for day in plan.days:
            for stop in day.stops:
                place = self.by_code[stop.code]
                if place.kind not in {"restaurant", "rest_stop"}:
                    score += place.score
                if place.table_price is not None:
                    cost += place.table_price * (-(-people // place.seats))
                elif place.price is not None:
                    cost += place.price * people
                else:
                    unknown.add(stop.code)
        for day in plan.days[:-1]:
            found = cheapest_rooms(problem, day.end) if self.by_code[day.end].rooms else (0, 1)
            if found is not None:
                cost += found[0]
                if found[1]:
                    unknown.add(day.end)
        faults = []
        if cost != plan.cost:
            faults.append(Fault(None, None, "claims another cost", plan.cost - cost))
        if abs(score - plan.score) > 1e-6:
            faults.append(Fault(None, None, "claims another score", plan.score - score))
        if unknown != set(plan.unknown_prices):
            faults.append(Fault(None, None, "names other unknown prices"))
        if problem.limits.budget is not None and cost > problem.limits.budget:
            faults.append(Fault(None, None, "costs too much", cost - problem.limits.budget))
        return faults


def cheapest_rooms(problem: ItineraryProblem, hotel: str) -> tuple[int, int] | None:
    """Return (cents, rooms of unknown price) of a night, or None without enough rooms; by trying every choice.

    For each number of rooms of each kind: the `singles` need one room each, the rest of the rooms must sleep the
    others, the biggest rooms first.
    """
    place = next(place for place in problem.places if place.code == hotel)
    singles, shared = problem.group.singles, problem.group.people - problem.group.singles
    choices: list[tuple[tuple[int, int], int, list[int]]] = [((0, 0), 0, [])]
    for kind in place.rooms:
        grown = []
        for (unknown, cents), rooms, beds in choices:
            for n in range(min(kind.count, singles + shared) + 1):
                if rooms + n > singles + shared:
                    break
                price = (unknown + n, cents) if kind.price is None else (unknown, cents + n * kind.price)
                grown.append((price, rooms + n, [*beds, *[kind.beds] * n]))
        choices = grown
    fitting = [
        price
        for price, rooms, beds in choices
        if rooms >= singles and sum(sorted(beds, reverse=True)[: rooms - singles]) >= shared
    ]
    return None if not fitting else (min(fitting)[1], min(fitting)[0])
