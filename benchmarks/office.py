"""The site in an office: riders beside planners and prints, riders while prints are hammered, and memory that stays.

Run as ``python -m benchmarks.office``. The site is served as ``fuchun serve`` serves it, two processes, with the
sample district. Riders come at evenly spaced moments (see `benchmarks.office_day`), and wait from the moment they meant
to ask.
"""

import re
import threading
from collections.abc import Sequence
from urllib.request import urlopen

from benchmarks.memory import shares
from benchmarks.office_day import answered, bear, planner_requests, print_requests, read_stations, rider_requests
from benchmarks.pressing import Request, Waited, ask_on_time, ask_once
from benchmarks.record import DifferenceError, Recorder, run_part, say_target, say_time
from benchmarks.served import WORKERS, sample_database, served_site

RIDERS, THINK_S = 200, 5.0
DAY_S, HAMMERED_S = 60.0, 30.0
MOST_QUIET_S, MOST_HAMMERED_S = 0.050, 0.100
HAMMERS = 4
"""Prints and coverage pages asked for at a time, one after the other without a pause."""
N_REQUEST, N_STEP = 50_000, 10_000
MOST_GROWTH = 1.05
"""Memory after all requests beside that after the first step: more is a leak."""


def measure_office(record: Recorder) -> None:
    """Measure all three."""
    with sample_database() as sample, served_site(sample) as address:
        stations = read_stations(address, None)
        riders = answered(address, rider_requests(stations, count=400, seed=1))
        ask_once(address, riders)
        _measure_day(record, address)
        _measure_hammered(record, address, riders, [*print_requests(stations), *planner_requests()])
        _measure_memory(record, address, riders)


def _measure_day(record: Recorder, address: str) -> None:
    waited = bear(address, riders=RIDERS, think_s=THINK_S, planners=1.0, prints=0.2, seconds=DAY_S, district=None)
    for who, found in waited.items():
        target = MOST_QUIET_S if who == "riders" else None
        _waited(
            record, f"{RIDERS} riders with {THINK_S:.0f} s between two questions, for {DAY_S:.0f} s", who, found, target
        )


def _measure_hammered(record: Recorder, address: str, riders: Sequence[Request], heavy: Sequence[Request]) -> None:
    is_over = threading.Event()
    counted = [0]

    def hammer() -> None:
        while not is_over.is_set():
            ask_once(address, heavy[:: len(heavy) // 40], connections=HAMMERS)
            counted[0] += len(heavy[:: len(heavy) // 40])

    thread = threading.Thread(target=hammer)
    thread.start()
    try:
        waited = ask_on_time(address, riders, per_second=RIDERS / THINK_S, seconds=HAMMERED_S)
    finally:
        is_over.set()
        thread.join()
    what = f"The same riders while posters, pictures and coverage are hammered, {HAMMERS} at a time"
    _waited(record, what, f"riders; {counted[0]:,} prints and pages meanwhile", waited, MOST_HAMMERED_S)


def _measure_memory(record: Recorder, address: str, riders: Sequence[Request]) -> None:
    held: list[int] = []
    for _ in range(N_REQUEST // N_STEP):
        ask_once(address, (list(riders) * (N_STEP // len(riders) + 1))[:N_STEP])
        held.append(sum(shares(pid)["pss"] for pid in _processes(address)))
    growth = held[-1] / held[0]
    shown = {f"after {N_STEP * (k + 1):,}": f"{size / 1e6:,.0f} MB" for k, size in enumerate(held)}
    shown["target"] = say_target(f"at most × {MOST_GROWTH}", growth <= MOST_GROWTH)
    record.figure(
        f"Memory of {WORKERS} processes over {N_REQUEST:,} questions of riders", "share of memory (PSS)", shown
    )


def _processes(address: str) -> set[int]:
    """Return the processes of the site: each of its answers about itself says which one gave it."""
    found: set[int] = set()
    for _ in range(200):
        with urlopen(f"{address}/metrics", timeout=10) as answer:
            found |= {int(number) for number in re.findall(r'process="(\d+)"', answer.read().decode())}
        if len(found) == WORKERS:
            break
    return found


def _waited(record: Recorder, what: str, who: str, found: Waited, most_s: float | None) -> None:
    if found.refused:
        raise DifferenceError(f"{found.refused} of {found.seconds.size} requests of {who} were refused")
    shown = {
        "requests": f"{found.seconds.size:,}",
        "half wait": say_time(found.percentile(50)),
        "95 % wait": say_time(found.percentile(95)),
        "longest": say_time(found.percentile(100)),
        "target": "" if most_s is None else say_target(f"95 % < {say_time(most_s)}", found.percentile(95) < most_s),
    }
    record.figure(what, who, shown)


if __name__ == "__main__":
    run_part("office", measure_office)
