"""What *nearest* costs over HTTP: beside an empty answer, and beside gunicorn; and how long riders wait.

Run as ``python -m benchmarks.throughput``. The site is served as ``fuchun serve`` serves it, two processes, with the
sample district, and beside it by gunicorn with two workers of eight threads. wrk asks as fast as it is answered, the
empty answer and *nearest* of each in turn; then riders come at evenly spaced moments, half as many a second as the site
could answer. Each asks from somewhere else in the district.
"""

import json
import statistics
from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np
from numpy.typing import NDArray

from benchmarks.networks import SkipError
from benchmarks.pressing import Pressed, Request, ask_on_time, press
from benchmarks.record import DifferenceError, Recorder, run_part, say_target, say_time
from benchmarks.served import WORKERS, sample_database, served_site
from benchmarks.site import EMPTY
from geo.network.snap import snap
from webmap.logic.district_state import DistrictState

NAME = "`POST /api/v1/nearest`"
N_BODY = 5_000
N_ROUND = 3
ROUND_S, OPEN_S = 10, 30
SERVICES = ("phone_charging", "drinking_water", "toilet")
LEAST_SHARE, MOST_P95_S = 0.65, 0.030
BEFORE = "gunicorn, threads"


def measure_throughput(record: Recorder, *, seed: int = 5) -> None:
    """Measure both."""
    with ExitStack() as opened:
        sample = opened.enter_context(sample_database())
        address = opened.enter_context(served_site(sample))
        addresses = {"": address}
        try:
            addresses[BEFORE] = opened.enter_context(served_site(sample, module="benchmarks.gunicorn_site"))
        except SkipError as reason:
            record.skip(f"gunicorn: {reason}")
        bodies = random_bodies(sample.state, seed=seed)
        empty, asked = ([Request("POST", path, body) for body in bodies] for path in (EMPTY, "/api/v1/nearest"))
        for each in addresses.values():
            for requests in (asked, empty):
                press(each, requests, seconds=3)
        rounds = [
            {server: (_press(each, empty), _press(each, asked)) for server, each in addresses.items()}
            for _ in range(N_ROUND)
        ]
        where = _where(sample.state)
        what = f"As fast as it is answered, {where}"
        rates = {server: _figure(record, what, server, [of[server] for of in rounds]) for server in addresses}
        ours = rates[""]
        if BEFORE in rates:
            met = say_target("at least as many", ours >= rates[BEFORE])
            record.figure(
                what, f"{NAME}, beside gunicorn's", {"answers a second": f"× {ours / rates[BEFORE]:.2f}", "target": met}
            )
        rate = ours / 2.0
        ask_on_time(address, asked, per_second=rate, seconds=3)
        waited = ask_on_time(address, asked, per_second=rate, seconds=OPEN_S)
        if waited.refused:
            raise DifferenceError(f"{waited.refused} of {waited.seconds.size} requests of the open loop were refused")
        p95_s = waited.percentile(95)
        record.figure(
            f"Riders who come at their own time, {where}",
            NAME,
            {
                "asked a second": f"{rate:,.0f}",
                "requests": f"{waited.seconds.size:,}",
                "half wait": say_time(waited.percentile(50)),
                "95 % wait": say_time(p95_s),
                "99 % wait": say_time(waited.percentile(99)),
                "longest": say_time(waited.percentile(100)),
                "target": say_target(f"95 % < {say_time(MOST_P95_S)}", p95_s < MOST_P95_S),
            },
        )


def random_bodies(state: DistrictState, *, seed: int) -> list[str]:
    """Return requests from all over a district, wherever a street is near: half on foot, a third with a service."""
    random = np.random.default_rng(seed)
    network = state.ready().network
    west, south, east, north = state.bounds
    bodies: list[str] = []
    while len(bodies) < N_BODY:
        lon: NDArray[np.float64] = random.uniform(west, east, N_BODY).round(6)
        lat: NDArray[np.float64] = random.uniform(south, north, N_BODY).round(6)
        mode = str(random.choice(("walk", "ebike")))
        for k in np.flatnonzero(snap(network, lon, lat, mode=mode).is_snapped)[: N_BODY // 10]:
            body: dict[str, object] = {"lon": float(lon[k]), "lat": float(lat[k]), "mode": mode}
            if random.random() < 1.0 / 3.0:
                body["services"] = [str(random.choice(SERVICES))]
            bodies.append(json.dumps(body))
    return [bodies[k] for k in random.permutation(len(bodies))[:N_BODY]]


def _figure(record: Recorder, what: str, server: str, rounds: Sequence[tuple[Pressed, Pressed]]) -> float:
    """Note a server's figures; return how many answers of *nearest* it gave a second."""
    empty, asked = (list(side) for side in zip(*rounds, strict=True))
    nothing = statistics.median(each.per_second for each in empty)
    nearest = float(statistics.median(each.per_second for each in asked))
    share = nearest / nothing
    by = f", {server}" if server else ""
    record.figure(what, f"an empty answer{by}", _figures(empty))
    shown = _figures(asked) | {"of the empty one": f"{share:.0%}"}
    if not server:
        shown["target"] = say_target(f"≥ {LEAST_SHARE:.0%}", share >= LEAST_SHARE)
    record.figure(what, f"{NAME}{by}", shown)
    return nearest


def _where(state: DistrictState) -> str:
    n_place = len(state.with_function("rest_station"))
    return f"the sample district, {n_place} stations, {N_BODY:,} positions, {WORKERS} workers"


def _figures(rounds: list[Pressed]) -> dict[str, str]:
    rates = [each.per_second for each in rounds]
    return {
        "answers a second": f"{statistics.median(rates):,.0f}",
        "best round": f"{max(rates):,.0f}",
        "half wait": say_time(statistics.median(each.p50_s for each in rounds)),
        "95 % wait": say_time(statistics.median(each.p95_s for each in rounds)),
    }


def _press(address: str, requests: list[Request]) -> Pressed:
    pressed = press(address, requests, seconds=ROUND_S)
    if pressed.refused or pressed.failed:
        raise DifferenceError(f"{pressed.refused} refused, {pressed.failed} unanswered of {requests[0].path}")
    return pressed


if __name__ == "__main__":
    run_part("throughput", measure_throughput)
