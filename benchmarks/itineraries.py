"""Itineraries: hotels to choose beside longer runs, and plans of three days, both beside proven bounds.

``python -m benchmarks.run itineraries``. Seconds are those of the processor, so that a busy machine does not change a
score.
"""

import time

from benchmarks.hotels import HotelInstance, check_hotels, read_hotels, solve_hotels
from benchmarks.hotels_bound import journey_bound
from benchmarks.networks import SkipError
from benchmarks.record import Recorder, run_part, say_target
from benchmarks.tours import DATA, SEED
from benchmarks.tours_bound import plan_bound, sample_tour
from geo.tours.planner import solve_itinerary
from geo.tours.problem import ItineraryResult
from geo.tours.validator import check_itinerary

SECONDS = 10.0


def hotels(record: Recorder) -> None:
    """Compare one run with the best of several longer ones, and cuts of 25 places with a proven bound."""
    files = sorted(DATA.glob("*.ophs"))
    if not files:
        raise SkipError(f"no files .ophs in {DATA}")
    n_long, long_s = 3, 3.0 * SECONDS
    for file in files:
        instance = read_hotels(file)
        ours = journey(instance, SECONDS, SEED)
        best = max([ours, *(journey(instance, long_s, SEED + 1 + k) for k in range(n_long))])
        cut = instance.cut(25)
        short = journey(cut, SECONDS, SEED)
        bound = journey_bound(cut, short)
        record.figure(
            f"Hotels to choose, {SECONDS:g} s; best of {n_long} runs of {long_s:g} s; 25 places beside a bound",
            instance.name,
            {
                "score": f"{ours:.0f}",
                "best": f"{best:.0f}",
                "gap": say_target(f"{100.0 * (best - ours) / best:.2f} %", best - ours <= 0.005 * best),
                "25 places": f"{short:.0f}",
                "bound": "not enumerated" if bound is None else f"{bound:.1f}",
            },
        )


def journey(instance: HotelInstance, seconds: float, seed: int) -> float:
    """Return the score of a journey after walking it."""
    return check_hotels(instance, solve_hotels(instance, seconds=seconds, seed=seed, is_cpu_time=True))


def itineraries(record: Recorder) -> None:
    """Plan 60 places on 3 days; compare a cut of 25 with a bound over all day-routes, enumerated apart."""
    solve_itinerary(sample_tour(1, n_sight=5), seconds=1.0)
    for seed in (1, 2):
        problem = sample_tour(seed, n_sight=60)
        told: list[tuple[float, ItineraryResult]] = []
        begin = time.process_time()

        def tell(plan: ItineraryResult, begin: float = begin, told: list[tuple[float, ItineraryResult]] = told) -> None:
            told.append((time.process_time() - begin, plan))

        result = solve_itinerary(problem, seconds=SECONDS, progress=tell, clock=time.process_time)
        faults = check_itinerary(problem, result)
        cut = sample_tour(seed, n_sight=25)
        small = solve_itinerary(cut, seconds=SECONDS, clock=time.process_time)
        bound = plan_bound(cut)
        gap = 100.0 * (bound - small.objective) / abs(bound)
        record.figure(
            f"Itineraries of 3 days with hotels, lunches and a budget, {SECONDS:g} s",
            f"tour {seed}",
            {
                "first plan": say_target(f"{told[0][0]:.2f} s", told[0][0] <= 2.0),
                "first": f"{told[0][1].objective:.2f}",
                "last": f"{result.objective:.2f}",
                "own bound": "" if result.bound is None else f"{result.bound:.2f}",
                "faults": str(len(faults)),
                "25 places": f"{small.objective:.2f}",
                "bound": f"{bound:.2f}",
                "gap": say_target(f"{gap:.2f} %", gap <= 1.0),
            },
        )


if __name__ == "__main__":
    run_part("itineraries", hotels, itineraries)
