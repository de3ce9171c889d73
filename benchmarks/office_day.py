"""An office day: riders with think time beside planners and prints, asked of a site that runs already.

``python -m benchmarks.office_day http://127.0.0.1:8000 --riders 200 --think 5 --seconds 60``

People who think for some seconds between two requests ask ``riders / think`` requests a second together, whether or not
earlier answers have come: an open loop (see `benchmarks.pressing`). Positions are drawn around the stations of the
site's district, with a seed. Exit status 1 where an answer is refused or does not come.
"""

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request as UrlRequest
from urllib.request import urlopen

from benchmarks.pressing import Request, Waited, ask_on_time

AROUND_DEG = 0.005
"""Riders stand up to about 500 m from a station."""
SERVICES = ("phone_charging", "drinking_water", "toilet")
MODES = ("walk", "ebike")


def read_stations(address: str, district: str | None) -> list[tuple[str, float, float]]:
    """Return code and position (degrees) of the stations of a site."""
    query = f"?district={district}" if district else ""
    with urlopen(f"{address}/api/v1/stations{query}", timeout=30) as answer:
        features = json.load(answer)["features"]
    return [(each["properties"]["code"], *each["geometry"]["coordinates"][:2]) for each in features]


def rider_requests(
    stations: Sequence[tuple[str, float, float]], *, count: int, seed: int, query: str = ""
) -> list[Request]:
    """Return what riders ask: mostly the nearest stations, sometimes a route or the page of a station."""
    draw = random.Random(seed)
    requests = []
    for number in range(count):
        code, lon, lat = draw.choice(stations)
        here = {"lon": lon + draw.uniform(-1, 1) * AROUND_DEG, "lat": lat + draw.uniform(-1, 1) * AROUND_DEG}
        mode = draw.choice(MODES)
        if number % 10 < 7:
            services = [draw.choice(SERVICES)] if number % 3 == 0 else []
            body: dict[str, Any] = {**here, "mode": mode, "services": services}
            requests.append(Request("POST", f"/api/v1/nearest{query}", json.dumps(body)))
        elif number % 10 < 9:
            body = {"from": here, "to": {"station": code}, "mode": mode}
            requests.append(Request("POST", f"/api/v1/route{query}", json.dumps(body)))
        else:
            requests.append(Request("GET", f"/s/{code}{query}"))
    return requests


def answered(address: str, requests: Sequence[Request]) -> list[Request]:
    """Return the requests that have an answer at all: some positions lie where no street is near."""
    found = []
    for each in requests:
        headers = {"Content-Type": "application/json"} if each.body else {}
        asked = UrlRequest(address + each.path, each.body.encode() or None, headers, method=each.method)
        try:
            with urlopen(asked, timeout=30):
                found.append(each)
        except HTTPError as error:
            if error.code >= 500:
                raise
    return found


def planner_requests(query: str = "") -> list[Request]:
    """Return what planners ask: the coverage page with one standard after the other."""
    sign = "&" if query else "?"
    return [
        Request("GET", f"/plan{query}{sign}mode={mode}&minutes={minutes}")
        for minutes in (5, 10, 15, 20)
        for mode in MODES
    ]


def print_requests(stations: Sequence[tuple[str, float, float]], query: str = "") -> list[Request]:
    """Return what is printed: posters and pictures of stations."""
    return [
        Request("GET", f"/s/{code}/{name}{query}") for code, _, _ in stations for name in ("poster.pdf", "picture.png")
    ]


def bear(
    address: str, *, riders: int, think_s: float, planners: float, prints: float, seconds: float, district: str | None
) -> dict[str, Waited]:
    """Ask for some seconds, `planners` and `prints` requests a second beside the riders; return what each waited.

    Raises
    ------
    ExceptionGroup
        A request stayed without an answer.
    """
    stations = read_stations(address, district)
    query = f"?district={district}" if district else ""
    asked = {
        "riders": (answered(address, rider_requests(stations, count=400, seed=1, query=query)), riders / think_s),
        "planners": (planner_requests(query), planners),
        "prints": (print_requests(stations, query), prints),
    }
    with ThreadPoolExecutor(len(asked)) as pool:
        started = {
            who: pool.submit(ask_on_time, address, requests, per_second=rate, seconds=seconds)
            for who, (requests, rate) in asked.items()
            if rate > 0
        }
        return {who: future.result() for who, future in started.items()}


def main() -> None:
    """Read the command line, ask, and tell what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address", help="of the site, such as http://127.0.0.1:8000")
    parser.add_argument("--riders", type=int, default=200)
    parser.add_argument("--think", type=float, default=5.0, help="seconds between two requests of a rider")
    parser.add_argument("--planners", type=float, default=1.0, help="coverage pages a second")
    parser.add_argument("--prints", type=float, default=0.2, help="posters and pictures a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--district")
    options = parser.parse_args()
    load_before = os.getloadavg()[0]
    begin = time.perf_counter()
    waited = bear(
        options.address.rstrip("/"),
        riders=options.riders,
        think_s=options.think,
        planners=options.planners,
        prints=options.prints,
        seconds=options.seconds,
        district=options.district,
    )
    told: dict[str, Any] = {
        who: {
            "answers": len(found.seconds),
            "refused": found.refused,
            "p50_ms": round(1000 * found.percentile(50), 1),
            "p95_ms": round(1000 * found.percentile(95), 1),
            "worst_ms": round(1000 * float(found.seconds.max()), 1),
        }
        for who, found in waited.items()
    }
    told |= {"seconds": round(time.perf_counter() - begin, 1), "cpus": os.cpu_count(), "load_before": load_before}
    print(json.dumps(told, indent=1))
    sys.exit(any(found.refused for found in waited.values()))


if __name__ == "__main__":
    main()
