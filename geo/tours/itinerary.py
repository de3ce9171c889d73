"""What a tour's days come to along the streets: when the coach is where, how far it drives, and what is not known."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil, hypot, inf

import numpy as np
from numpy.typing import NDArray

from geo.errors import GeoError, InputError, NotSnappedError, UnreachableError
from geo.network.network import StreetNetwork
from geo.network.routes import find_route
from geo.network.snap import FREE_M, REACH_M, metres_per_degree, snap
from geo.tours.driving import Margins, find_drive_times, slow_for_bands

MODE = "coach"

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True)
class Stop:
    """A place where the coach stops, in degrees WGS84, and for how many minutes people stay."""

    name: str
    kind: str
    lon: float
    lat: float
    stay_min: int
    note: str | None = None


@dataclass(frozen=True)
class Day:
    """The stops of one day in order; `start` is when people are at the first of them, local time ``HH:MM``."""

    number: int
    start: str
    stops: Sequence[Stop]


@dataclass(frozen=True, eq=False)
class Leg:
    """The way from one stop to the next.

    Attributes
    ----------
    minutes : int or None
        Driving and the last steps on foot, rounded up to a whole minute; None where no way is known.
    distance_m : float or None
        Both straight ends included.
    walk_m : float
        Straight metres between the streets that a coach may use and the two stops.
    coordinates : float64 (n, 2)
        The driven way along the streets, degrees WGS84; empty where nothing is driven or no way is known.
    problem : GeoError or None
        Why no way is known.
    band_min : tuple of float
        Minutes of the whole way at the speeds of each band of the day, margins included; empty: `minutes` at all times.
    band_ends : tuple of int
        Minutes after midnight at which each band but the last ends.
    """

    minutes: int | None
    distance_m: float | None
    walk_m: float
    coordinates: NDArray[np.float64]
    problem: GeoError | None = None
    band_min: tuple[float, ...] = ()
    band_ends: tuple[int, ...] = ()

    def driven_at(self, leaves_min: int | None) -> "Leg":
        """Return the leg as it is driven by a coach that leaves at a minute of the day.

        A leg that crosses bands is driven in parts. Where nobody knows when the coach leaves, the slowest band counts.

        Examples
        --------
        >>> leg = Leg(10, 8000.0, 0.0, np.empty((0, 2)), band_min=(14.0, 11.5), band_ends=(540,))
        >>> [leg.driven_at(leaves).minutes for leaves in (510, 600, 533, None)]
        [14, 12, 13, 14]
        """
        if self.minutes is None or not self.band_min:
            return self
        if leaves_min is None:
            return replace(self, minutes=ceil(max(self.band_min) - 1e-6))
        clock, share = float(leaves_min), 1.0
        for whole, until in zip(self.band_min, (*self.band_ends, inf), strict=True):
            if until <= clock:
                continue
            if clock + share * whole <= until:
                clock += share * whole
                break
            share -= (until - clock) / whole
            clock = until
        return replace(self, minutes=ceil(clock - 1e-6) - leaves_min)


@dataclass(frozen=True)
class Visit:
    """A stop with its times, in minutes after midnight of its day (None once a leg before it is unknown).

    `leg` is the route from the stop before, None for the first stop of a day.
    """

    stop: Stop
    leg: Leg | None
    arrives_min: int | None
    leaves_min: int | None


@dataclass(frozen=True)
class TimedDay:
    """A day whose stops have their times; `follows` is where the day before ended, if this one begins elsewhere."""

    number: int
    start_min: int
    visits: tuple[Visit, ...]
    follows: Stop | None = None

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The ways between the stops."""
        return tuple(visit.leg for visit in self.visits if visit.leg is not None)

    @property
    def drive_min(self) -> int:
        """Minutes of driving, over the legs that are known."""
        return sum(leg.minutes or 0 for leg in self.legs)

    @property
    def distance_m(self) -> float:
        """Metres of driving, over the legs that are known."""
        return sum(leg.distance_m or 0.0 for leg in self.legs)

    @property
    def unknown_legs(self) -> int:
        """How many legs are not known and therefore missing in the sums."""
        return sum(leg.minutes is None for leg in self.legs)

    @property
    def end_min(self) -> int | None:
        """When the last stop is over, None where it is not known."""
        return self.visits[-1].leaves_min if self.visits else self.start_min


LegFinder = Callable[[Stop, Stop], Leg]


def time_days(days: Sequence[Day], find_leg: LegFinder) -> tuple[TimedDay, ...]:
    """Return the days with the times at which the coach reaches and leaves each stop.

    The day begins at its first stop at `Day.start`; people stay there for its minutes, then drive on. An unknown leg
    leaves every later time of its day unknown.

    Parameters
    ----------
    days : sequence of Day
    find_leg : callable
        Gives the route between two stops; see `coach_legs`.

    Raises
    ------
    InputError
        If a day's start is no time of day.

    Examples
    --------
    >>> stops = [Stop("Hall", "landmark", 119.95, 30.05, 0), Stop("Old town", "sight", 119.94, 29.91, 120)]
    >>> leg = Leg(minutes=35, distance_m=21_000.0, walk_m=0.0, coordinates=np.empty((0, 2)))
    >>> day = time_days([Day(1, "08:30", stops)], lambda origin, destination: leg)[0]
    >>> [(visit.arrives_min, visit.leaves_min) for visit in day.visits]
    [(510, 510), (545, 665)]
    >>> day.drive_min, day.end_min
    (35, 665)
    """
    timed: list[TimedDay] = []
    for day in days:
        start = clock_minutes(day.start)
        now: int | None = start
        visits: list[Visit] = []
        for stop in day.stops:
            leg = find_leg(visits[-1].stop, stop).driven_at(now) if visits else None
            if leg is not None:
                now = None if now is None or leg.minutes is None else now + leg.minutes
            leaves = None if now is None else now + stop.stay_min
            visits.append(Visit(stop, leg, now, leaves))
            now = leaves
        last = timed[-1].visits[-1].stop if timed and timed[-1].visits else None
        elsewhere = last if last and visits and not is_same_place(last, visits[0].stop) else None
        timed.append(TimedDay(day.number, start, tuple(visits), elsewhere))
    return tuple(timed)


def coach_legs(network: StreetNetwork, *, margins: Margins | None = None) -> LegFinder:
    """Return what finds the quickest way of a coach between two stops.

    A stop with no street for coaches within reach, or one that no way leads to, gives a leg with the problem and no
    numbers: never a straight line. With `margins` a leg has its minutes in each band of the day, as plans of tours have
    them; without, those at the speeds of its streets.
    """
    slowed: list[StreetNetwork] = []

    def find_leg(origin: Stop, destination: Stop) -> Leg:
        if is_same_place(origin, destination):
            return Leg(0, 0.0, 0.0, np.empty((0, 2)))
        ends = snap(network, [origin.lon, destination.lon], [origin.lat, destination.lat], mode=MODE)
        if not ends.is_snapped.all():
            lost = int(np.argmin(ends.is_snapped))
            return unknown_leg(_not_snapped((origin, destination)[lost], float(ends.access_m[lost])))
        try:
            route = find_route(network, (origin.lon, origin.lat), (destination.lon, destination.lat), mode=MODE)
        except UnreachableError as error:
            return unknown_leg(error)
        # The route starts and ends at the stops themselves; the coach keeps to the streets in between.
        first = 1 if ends.access_m[0] > 0.0 else 0
        last = len(route.coordinates) - (1 if ends.access_m[1] > 0.0 else 0)
        driven = route.coordinates[first:last] if route.pieces else np.empty((0, 2))
        bands: tuple[float, ...] = ()
        if margins is not None:
            slowed.extend(slow_for_bands(network, margins) if not slowed else ())
            lon, lat = [origin.lon, destination.lon], [origin.lat, destination.lat]
            drive = find_drive_times(network, lon, lat, margins=margins, slowed=slowed)
            # Rounded up to the tenth of a minute, as in plans.
            bands = tuple(float(each) for each in np.ceil(drive.minutes[:, 0, 1] * 10.0 - 1e-9) / 10.0)
        return Leg(
            minutes=ceil(route.duration_s / 60.0),
            distance_m=route.distance_m,
            walk_m=float(ends.access_m.sum()),
            coordinates=driven if len(driven) > 1 else np.empty((0, 2)),
            band_min=bands,
            band_ends=margins.band_ends if margins is not None else (),
        )

    return find_leg


def _not_snapped(stop: Stop, nearest_m: float) -> NotSnappedError:
    if np.isnan(nearest_m):
        return NotSnappedError("no street for coaches within {reach} m of {place}", reach=int(REACH_M), place=stop.name)
    return NotSnappedError(
        "{place} is {distance} m from the nearest street for coaches: across water or a motorway, or over {reach} m",
        place=stop.name,
        distance=round(nearest_m),
        reach=int(REACH_M),
    )


def unknown_leg(problem: GeoError) -> Leg:
    """Return a leg that is not known, and why."""
    return Leg(None, None, 0.0, np.empty((0, 2)), problem)


def is_same_place(one: Stop, other: Stop) -> bool:
    """Tell whether two stops are the same within the accuracy of a position, so that nothing is driven between."""
    per_lon, per_lat = metres_per_degree(one.lat)
    return hypot((one.lon - other.lon) * float(per_lon), (one.lat - other.lat) * float(per_lat)) <= FREE_M


def clock_minutes(text: str) -> int:
    """Return minutes after midnight of a time of day.

    Raises
    ------
    InputError
        If `text` is no time of day.

    Examples
    --------
    >>> clock_minutes("08:30")
    510
    """
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise InputError("{value} is not a time of day; write hours and minutes like 08:30", value=text)
    return int(found[1]) * 60 + int(found[2])
