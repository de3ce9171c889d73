"""Itineraries of the tours of a state, computed once and cached with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from geo.db.tour_pages import NO_PAGE, TourPageFacts
from geo.errors import NotFoundError, NotReadyError
from geo.tours.driving import load_margins
from geo.tours.itinerary import LegFinder, TimedDay, coach_legs, time_days, unknown_leg
from webmap.logic.district_state import DistrictState, TourInfo


@dataclass(frozen=True)
class Itinerary:
    """A tour with its days along the streets."""

    code: str
    name: str
    summary: str | None
    days: tuple[TimedDay, ...]
    page: TourPageFacts = NO_PAGE

    @property
    def distance_m(self) -> float:
        """Metres of driving, over the legs that are known."""
        return sum(day.distance_m for day in self.days)

    @property
    def drive_min(self) -> int:
        """Minutes of driving, over the legs that are known."""
        return sum(day.drive_min for day in self.days)

    @property
    def unknown_legs(self) -> int:
        """How many legs are not known."""
        return sum(day.unknown_legs for day in self.days)

    @property
    def n_stop(self) -> int:
        """How many stops all days have."""
        return sum(len(day.visits) for day in self.days)


class Itineraries:
    """What has been worked out, by state: a changed store makes a new state, and an old one takes its answers along."""

    def __init__(self) -> None:
        self._held: WeakKeyDictionary[DistrictState, dict[str, Itinerary]] = WeakKeyDictionary()
        self._lock = Lock()

    def get(self, state: DistrictState, code: str) -> Itinerary:
        """Return a tour's itinerary.

        Raises
        ------
        NotFoundError
            If there is no such tour.
        """
        for tour in state.tours:
            if tour.code == code:
                return self._itinerary(state, tour)
        raise NotFoundError("there is no tour {code} in this district", code=code)

    def every(self, state: DistrictState) -> tuple[Itinerary, ...]:
        """Return the itineraries of all tours, in the order of the state."""
        return tuple(self._itinerary(state, tour) for tour in state.tours)

    def _itinerary(self, state: DistrictState, tour: TourInfo) -> Itinerary:
        with self._lock:
            held = self._held.setdefault(state, {})
            if tour.code not in held:
                days = time_days(tour.days, legs_of(state, has_margins=True))
                held[tour.code] = Itinerary(tour.code, tour.name, tour.summary, days, tour.page)
            return held[tour.code]


def tour_features(itinerary: Itinerary) -> dict[str, Any]:
    """Return stops, driven legs and walked ends of a tour as GeoJSON, each with its day."""
    features = [feature for day in itinerary.days for feature in _day_features(day)]
    return {"type": "FeatureCollection", "features": features}


def driven_segments(day: TimedDay) -> list[NDArray[np.float64]]:
    """Return the driven way of a day as unbroken lines, float64 (n, 2) each; an unknown leg breaks it."""
    lines: list[list[NDArray[np.float64]]] = [[]]
    for leg in day.legs:
        if leg.problem is not None:
            lines.append([])
        elif len(leg.coordinates):
            lines[-1].append(leg.coordinates)
    return [np.concatenate(line) for line in lines if line]


def _day_features(day: TimedDay) -> Iterator[dict[str, Any]]:
    for number, visit in enumerate(day.visits, 1):
        stop, leg = visit.stop, visit.leg
        here = [round(stop.lon, 6), round(stop.lat, 6)]
        if leg is not None and len(leg.coordinates):
            before = day.visits[number - 2].stop
            yield _feature("LineString", np.round(leg.coordinates, 6).tolist(), day, "leg", stop=number)
            for end, place in ((leg.coordinates[0], before), (leg.coordinates[-1], stop)):
                walked = [np.round(end, 6).tolist(), [round(place.lon, 6), round(place.lat, 6)]]
                yield _feature("LineString", walked, day, "walk", stop=number)
        yield _feature("Point", here, day, "stop", stop=number, name=stop.name, kind=stop.kind)


def _feature(geometry: str, coordinates: list[Any], day: TimedDay, role: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": geometry, "coordinates": coordinates},
        "properties": {"role": role, "day": day.number, **more},
    }


def legs_of(state: DistrictState, *, has_margins: bool = False) -> LegFinder:
    """Return the finder of the state's streets; without streets every leg is unknown, and the stops still show.

    With margins legs take as long as in plans; without, only their geometry is of use.
    """
    try:
        return coach_legs(state.ready().network, margins=load_margins() if has_margins else None)
    except NotReadyError as error:
        problem = error
        return lambda origin, destination: unknown_leg(problem)
