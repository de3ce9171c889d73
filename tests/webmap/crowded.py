"""Helsinki's centre with as many places as a large city has: their codes, names and hours are made up (示意)."""

import numpy as np
from sqlalchemy.orm import Session

from geo.db.layers import read_streets, replace_places
from loaders.sample.helsinki import HELSINKI
from tests.webmap.valley import facts

N_PLACE = 1009
HOURS = ("Mo-Su 08:00-20:00", "24/7", "Mo-Fr 09:00-17:00", None, "Mo-Su 06:00-22:00", "Mo-Sa 10:00-18:00", None)
SERVICES = (["phone_charging", "drinking_water"], ["toilet"], ["phone_charging", "toilet", "rest_seats"], [])
DEGREE_M = 111_195  # of a sphere of the earth's mean radius


def crowd(session: Session, n: int = N_PLACE, *, seed: int = 20261130, around_m: float | None = None) -> None:
    """Put places at street corners in place of the demonstration's stations; hours and services take turns.

    `around_m`: they gather around three corners and thin out by a factor of e over so many metres; without it they are
    spread evenly.
    """
    source = np.random.default_rng(seed)
    nodes, edges, _ = read_streets(session, HELSINKI)
    used = nodes[nodes["node_id"].isin(edges["u"])].sort_values("node_id")
    order = source.permutation(len(used))
    if around_m is not None:
        at = used[["lon", "lat"]].to_numpy(float) * DEGREE_M
        at[:, 0] *= np.cos(np.deg2rad(used["lat"].mean()))
        middles = at[order[:3]]
        away_m = np.min(np.linalg.norm(at[:, None] - middles[None], axis=2), axis=1)
        odds = np.exp(-away_m / around_m)
        order = source.choice(len(used), n, replace=False, p=odds / odds.sum())
    chosen = used.iloc[order[:n]]
    places = []
    for number, (lon, lat) in enumerate(zip(chosen["lon"].tolist(), chosen["lat"].tolist(), strict=True), 1):
        hours, services = HOURS[number % len(HOURS)], SERVICES[number % len(SERVICES)]
        function = {"kind": "rest_station", "tier": None, "hours": hours, "hours_posted": hours, "services": services}
        place = {"code": f"D{number:04d}", "name": f"示意站{number:04d}", "name_en": f"Sample station {number:04d}"}
        places.append(place | {"lon": lon, "lat": lat, "functions": [function]})
    replace_places(session, HELSINKI, places, facts("crowd.csv", n))
