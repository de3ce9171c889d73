"""Maps drawn with letters, and plain sentences about them that the engine must agree with.

One letter is 10 m wide and one line 20 m high. What a map may show:

    A B C …   a corner of streets with a name, or, with no street touching it, a place beside the streets
    +         a corner without a name
    - |       a side street
    > < ^ v   in a street: one way, in that direction
    ~         water
    a b c …   a street or a barrier of another kind: see `STREETS` and `BARRIERS`

A street passes under what crosses it without a corner. Water goes on under bridges and ferries.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo.crs import LocalPlane, line_length_m
from geo.errors import NotSnappedError, UnreachableError
from geo.network.build import build_network
from geo.network.network import StreetNetwork
from geo.network.routes import Route

PLANE = LocalPlane(120.0, 30.0)
STEP_X, STEP_Y = 10.0, 20.0

Spot = tuple[int, int]
Tags = Mapping[str, str]

SIDE_STREET = {"highway": "residential"}
STREETS: dict[str, Tags] = {
    "b": {"highway": "residential", "bridge": "yes"},
    "c": {"highway": "cycleway"},
    "f": {"route": "ferry"},
    "h": {"highway": "primary"},
    "m": {"highway": "motorway", "oneway": "no"},
    "o": {"highway": "footway", "bridge": "yes"},
    "p": {"highway": "service", "access": "private"},
    "r": {"highway": "tertiary", "junction": "roundabout"},
    "s": {"highway": "steps"},
    "t": {"highway": "residential", "tunnel": "yes"},
    "w": {"highway": "footway"},
}
"""Bridge, cycleway, ferry, high road, motorway, overpass for walkers, private road, roundabout, steps, tunnel, walkway
(a capital would be a place: hence the small letters)."""

BARRIERS: dict[str, Tags] = {
    "g": {"barrier": "gate"},
    "k": {"barrier": "gate", "access": "private"},
    "l": {"barrier": "bollard"},
    "x": {"barrier": "stile"},
}
"""Gate, kept (private) gate, bollard, stile."""

ARROWS = {">": "yes", "v": "yes", "<": "-1", "^": "-1"}
MODES = {"on foot": "walk", "by e-bike": "ebike", "by e-bike at 25": "ebike_25", "by coach": "coach"}
MODES["by minibus"] = "minibus"


def degrees(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude of a place in metres east and north."""
    lon, lat = PLANE.to_degrees(float(x), float(y))
    return float(lon), float(lat)


def metres(spot: Spot) -> tuple[float, float]:
    """Return metres east and north of a letter on the map."""
    return spot[0] * STEP_X, -spot[1] * STEP_Y


class Town:
    """A drawn map and the network it means."""

    def __init__(
        self, picture: str, *, streets: Mapping[str, Tags] | None = None, barriers: Mapping[str, Tags] | None = None
    ) -> None:
        lines = textwrap.dedent(picture).strip("\n").splitlines()
        self._drawn = {(x, y): mark for y, line in enumerate(lines) for x, mark in enumerate(line) if mark != " "}
        self._kinds = STREETS | dict(streets or {})
        self._barriers = BARRIERS | dict(barriers or {})
        self.places = {mark: spot for spot, mark in self._drawn.items() if mark.isupper()}
        self.network = self._build()

    def at(self, place: str) -> tuple[float, float]:
        """Return longitude and latitude of a named place."""
        return degrees(*metres(self.places[place]))

    def route(self, origin: str, destination: str, how: str) -> Route:
        """Return the quickest way."""
        return self.network.route(self.at(origin), self.at(destination), mode=MODES[how])

    def agrees(self, sentences: str) -> None:
        """Check every sentence, one a line; see `_check` for what may be said."""
        for sentence in textwrap.dedent(sentences).strip().splitlines():
            self._check(sentence)

    def _check(self, sentence: str) -> None:
        """Check one sentence.

        ``A to B on foot: 300 m``, ``A to B by e-bike: 300 m in 72 s``, ``A to B by coach: no way``;
        ``A on foot: 55 m to the street``, ``A on foot: out of reach, 700 m``, ``A on foot: no street``;
        ``nearest to A of B C on foot: C``.
        """
        said, _, expected = sentence.partition(":")
        said, expected = said.strip(), expected.strip()
        how = next(how for how in sorted(MODES, key=len, reverse=True) if said.endswith(how))
        words = said.removesuffix(how).split()
        answer = (
            self._nearest(words[2], words[4:], how)
            if words[0] == "nearest"
            else self._way(words[0], words[2], how, " in " in expected)
            if "to" in words
            else self._joins(words[0], how)
        )
        numbers, template = _split(answer)
        expected_numbers, expected_template = _split(expected)
        assert template == expected_template, f"{sentence}  (the engine says: {answer})"
        # A drawn metre is one on the ground to a few parts in ten thousand.
        assert numbers == pytest.approx(expected_numbers, rel=5e-3, abs=1.0), f"{sentence}  (the engine: {answer})"

    def _way(self, origin: str, destination: str, how: str, is_timed: bool) -> str:
        try:
            route = self.route(origin, destination, how)
        except (NotSnappedError, UnreachableError):
            return "no way"
        time = f" in {route.duration_s} s" if is_timed else ""
        return f"{route.distance_m} m{time}"

    def _joins(self, place: str, how: str) -> str:
        snapped = self.network.snap(*self.at(place), mode=MODES[how])
        access_m = float(snapped.access_m[0])
        if snapped.is_snapped[0]:
            return f"{access_m} m to the street"
        return "no street" if access_m != access_m else f"out of reach, {access_m} m"

    def _nearest(self, origin: str, stations: list[str], how: str) -> str:
        lon, lat = zip(*map(self.at, stations), strict=True)
        table = self.network.nearest_table(lon, lat, mode=MODES[how])
        found = self.network.nearest(table, *self.at(origin), count=1)
        return stations[found[0].facility] if found else "no way"

    def _build(self) -> StreetNetwork:
        corners = [
            spot for spot, mark in self._drawn.items() if mark == "+" or mark.isupper() or mark in self._barriers
        ]
        number = {spot: i for i, spot in enumerate(corners, start=1)}
        drawn = [(number[spot], number[last], tags) for spot in corners for last, tags in self._runs_from(spot, number)]
        used = {end for u, v, _ in drawn for end in (u, v)}
        return build(
            {number[spot]: metres(spot) for spot in corners if number[spot] in used},
            drawn,
            barriers={
                number[spot]: self._barriers[mark] for spot, mark in self._drawn.items() if mark in self._barriers
            },
            water=list(self._water()),
        )

    def _runs_from(self, start: Spot, corners: Mapping[Spot, int]) -> Iterator[tuple[Spot, Tags]]:
        """Yield (last corner, tags) of the streets that run right and down from a corner."""
        for (dx, dy), plain, arrows in (((1, 0), "-", "<>"), ((0, 1), "|", "^v")):
            own, run = {*plain, *arrows, *self._kinds}, ""
            spot = (start[0] + dx, start[1] + dy)
            if self._drawn.get(spot) not in own:
                continue
            while spot not in corners:
                mark = self._drawn.get(spot, " ")
                beyond = self._drawn.get((spot[0] + dx, spot[1] + dy))
                # What crosses it is drawn in its place; beyond that it goes on.
                is_under = bool(run) and mark not in (*run, *arrows) and beyond == run[-1]
                if mark not in own and not is_under:
                    raise ValueError(f"the street from {start} ends at {spot} without a corner")
                run += "" if is_under else mark
                spot = (spot[0] + dx, spot[1] + dy)
            kind = next((mark for mark in run if mark in self._kinds), None)
            arrow = next((mark for mark in run if mark in ARROWS and mark not in self._kinds), None)
            tags = self._kinds[kind] if kind else SIDE_STREET
            yield spot, {**tags, **({"oneway": ARROWS[arrow]} if arrow else {})}

    def _water(self) -> Iterator[shapely.Polygon]:
        for x, y in self._drawn:
            sides = [self._drawn.get(spot) for spot in ((x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1))]
            if self._drawn[x, y] == "~" or sides[:2] == ["~", "~"] or sides[2:] == ["~", "~"]:
                east, north = metres((x, y))
                half_x, half_y = STEP_X / 2, STEP_Y / 2
                corners = [(-half_x, -half_y), (half_x, -half_y), (half_x, half_y), (-half_x, half_y)]
                yield shapely.Polygon([degrees(east + dx, north + dy) for dx, dy in corners])


def build(
    corners: Mapping[int, tuple[float, float]],
    streets: Iterable[tuple[int, int, Tags]],
    *,
    barriers: Mapping[int, Tags] | None = None,
    water: Sequence[shapely.Polygon] = (),
) -> StreetNetwork:
    """Return the network of corners (metres east and north) and straight streets (corner, corner, tags)."""
    at = {corner: degrees(*place) for corner, place in corners.items()}
    drawn = list(streets)
    lines = [shapely.LineString([at[u], at[v]]) for u, v, _ in drawn]
    nodes = pd.DataFrame(
        {
            "node_id": list(at),
            "lon": [lon for lon, _ in at.values()],
            "lat": [lat for _, lat in at.values()],
            "tags": [(barriers or {}).get(corner) for corner in at],
        }
    )
    edges = gpd.GeoDataFrame(
        {
            "edge_id": range(1, len(drawn) + 1),
            "u": [u for u, _, _ in drawn],
            "v": [v for _, v, _ in drawn],
            "length_m": [line_length_m(shapely.get_coordinates(line)) for line in lines],
            "name": [tags.get("name") for _, _, tags in drawn],
            "tags": [dict(tags) for _, _, tags in drawn],
        },
        geometry=lines,
        crs="EPSG:4326",
    )
    return build_network(nodes, edges, shores=[shapely.union_all(list(water))])


def _split(text: str) -> tuple[list[float], str]:
    """Return the numbers of a sentence and the sentence without them."""
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)], re.sub(r"\d+(?:\.\d+)?", "#", text)
