"""The best plan by trying every sequence of stops: a plain twin of the planner that shares none of its code."""

from itertools import product

from geo.tours.problem import ItineraryProblem
from geo.tours.validator import Walk, cheapest_rooms


def day_choices(problem: ItineraryProblem, number: int, start: str, end: str) -> dict[frozenset[str], float]:
    """Return the least cost of driving and waiting of each feasible set of stops of a day, over all orders."""
    walk, weights = Walk(problem), problem.weights
    given, limits = problem.days[number], problem.limits
    fixed = {problem.start, problem.end, *problem.pick_ups}
    usable = [
        place
        for place in problem.places
        if place.kind not in {"hotel", "depot"}
        and place.wish != "excluded"
        and place.code not in fixed
        and (place.capacity is None or place.capacity >= problem.group.people)
        and problem.locked.get(place.code, number) == number
    ]
    best: dict[frozenset[str], float] = {}

    def close(stops: tuple[str, ...], now: int, at: str, driven: int, stretch: int, waited: int) -> None:
        reached = walk.drive(at, end, now)
        leg = reached - now
        if reached + walk.out_min > given.end_min or stretch + leg > limits.max_stretch_min:
            return
        if driven + leg <= limits.max_drive_min:
            key = frozenset(stops)
            best[key] = min(best.get(key, 1e9), weights.drive_min * (driven + leg) + weights.wait_min * waited)

    def grow(
        stops: tuple[str, ...], now: int, at: str, driven: int, stretch: int, waited: int,
        meals: int, sights: int, rests: int,
    ) -> None:  # fmt: skip
        if meals == int(given.needs_lunch):
            close(stops, now, at, driven, stretch, waited)
        for place in usable:
            if place.code in stops:
                continue
            meal, rest = place.kind == "restaurant", place.kind == "rest_stop"
            if meal and meals == int(given.needs_lunch):
                continue
            if (rest and rests == limits.max_rests) or (not meal and not rest and sights == limits.max_stops):
                continue
            reached = walk.drive(at, place.code, now)
            leg = reached - now
            if stretch + leg > limits.max_stretch_min or driven + leg > limits.max_drive_min:
                continue
            begin = walk.first_start(number, place.code, int(reached) + walk.out_min)
            if begin is None:
                continue
            leaves = begin + place.visit_min + walk.in_min
            if leaves > given.end_min:
                continue
            since = 0 if leaves - reached >= limits.break_min else stretch + int(leg)
            grow(
                (*stops, place.code), leaves, place.code, driven + int(leg), since,
                waited + begin - int(reached) - walk.out_min, meals + meal, sights + (not meal and not rest),
                rests + rest,
            )  # fmt: skip

    now, at, driven, stretch = given.start_min + walk.boards(number), start, 0, 0
    for k, code in enumerate(problem.pick_ups if number == 0 else ()):
        reached = int(walk.drive(at, code, now))
        driven, stretch = driven + reached - now, stretch + reached - now
        if stretch > limits.max_stretch_min:
            return {}
        stretch = 0 if walk.boards(0, k) >= limits.break_min else stretch
        now, at = reached + walk.boards(0, k), code
    grow((), now, at, driven, stretch, 0, 0, 0, 0)
    return best


Choice = tuple[frozenset[str], float, int]


def best_objective(problem: ItineraryProblem) -> float | None:
    """Return the largest objective of any plan, None if there is none."""
    rate = problem.weights.yuan_per_head / (100.0 * problem.group.people)
    must = {place.code for place in problem.places if place.wish == "required"} | set(problem.locked)
    must -= {problem.start, problem.end, *problem.pick_ups}
    best: float | None = None
    memo: dict[tuple[int, str, str], list[Choice]] = {}
    for nights in product(*problem.nights):
        rooms = [cheapest_rooms(problem, hotel) for hotel in nights]
        if any(found is None for found in rooms):
            continue
        cents = sum(found[0] for found in rooms if found is not None)
        ends = [problem.start, *nights, problem.end]
        choices = []
        for leg in zip(range(len(problem.days)), ends, ends[1:], strict=False):
            if leg not in memo:
                memo[leg] = _priced(problem, rate, day_choices(problem, *leg))
            choices.append(memo[leg])
        if all(choices):
            best = _join(problem, choices, frozenset(must), -rate * cents, cents + problem.coach_cost, best)
    return best


def _priced(problem: ItineraryProblem, rate: float, found: dict[frozenset[str], float]) -> list[Choice]:
    """Return (stops, value, cents) of each set of stops, the best first."""
    by_code = {place.code: place for place in problem.places}
    priced = []
    for stops, lost in found.items():
        cost = sum(by_code[code].group_price(problem.group.people) or 0 for code in stops)
        gain = sum(by_code[code].score for code in stops if by_code[code].kind == "sight")
        priced.append((stops, gain - lost - rate * cost, cost))
    return sorted(priced, key=lambda choice: -choice[1])


def _join(
    problem: ItineraryProblem,
    choices: list[list[Choice]],
    must: frozenset[str],
    value: float,
    cost: int,
    best: float | None,
    used: frozenset[str] = frozenset(),
) -> float | None:
    """Return the larger of `best` and the best way to take disjoint choices for the days that are left."""
    if not choices:
        budget = problem.limits.budget
        is_kept = must <= used and (budget is None or cost <= budget)
        return value if is_kept and (best is None or value > best) else best
    later = sum(day[0][1] for day in choices[1:])
    for stops, gain, spent in choices[0]:
        if best is not None and value + gain + later <= best + 1e-12:
            break
        if not stops & used:
            best = _join(problem, choices[1:], must, value + gain, cost + spent, best, used | stops)
    return best
