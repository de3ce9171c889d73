"""Quality checks of stations: possible duplicates, repeated names, points in another town."""

from collections.abc import Mapping, Sequence
from typing import Any

import shapely

from geo.crs import distance_m
from loaders.merging import nearest_earlier
from loaders.notes import some
from loaders.positions import DistrictArea
from loaders.report import Rejection
from loaders.synonyms import same_text_key

SAME_NAME_M = 200.0
"""One name at two places this far apart may be a mistake."""
WRONG_TOWN_M = 500.0
"""A point this far outside the town that its row names is worth a note."""


def doubled_places(places: Sequence[dict[str, Any]], area: DistrictArea) -> list[Rejection]:
    """Note stations that may be one, and names that stand at two places."""
    notes: list[Rejection] = []
    if not places:
        return notes
    for index, (gap_m, other) in nearest_earlier(places, area).items():
        notes.append(
            Rejection(
                places[index]["row"],
                "{name} is {distance} m from {other} in row {other_row}; is it the same place?",
                {
                    "name": places[index]["name"],
                    "distance": f"{gap_m:.0f}",
                    "other": places[other]["name"],
                    "other_row": places[other]["row"],
                },
            )
        )
    first: dict[str, dict[str, Any]] = {}
    for place in places:
        twin = first.setdefault(same_text_key(place["name"]), place)
        gap_m = float(distance_m(place["lon"], place["lat"], twin["lon"], twin["lat"]))
        if gap_m > SAME_NAME_M:
            notes.append(
                Rejection(
                    place["row"],
                    "{name} is also in row {other_row}, {distance} km away; is one of the two wrong?",
                    {"name": place["name"], "other_row": twin["row"], "distance": f"{gap_m / 1000:.1f}"},
                )
            )
    return notes


def wrong_towns(places: Sequence[dict[str, Any]], towns: Mapping[str, shapely.Geometry]) -> list[Rejection]:
    """Note points that lie well outside the town their row names, and towns that are none of the district's."""
    if not towns:
        return []
    areas = {name: DistrictArea(geometry) for name, geometry in towns.items()}
    notes, strange = [], []
    for place in places:
        said = place["town"]
        if not said:
            continue
        if said not in areas:
            strange.append(said)
            continue
        outside_m = areas[said].outside_m(place["lon"], place["lat"])
        if outside_m > WRONG_TOWN_M:
            notes.append(
                Rejection(
                    place["row"],
                    "{name}: the file says {town}, but the point lies {distance} km outside it",
                    {"name": place["name"], "town": said, "distance": f"{outside_m / 1000:.1f}"},
                )
            )
    if strange:
        notes.append(Rejection(None, "no town of the district has the name {names}", {"names": some(strange)}))
    return notes
