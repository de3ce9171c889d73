"""Merge rows of a register that are one place: what the later row adds goes to the earlier one."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import scipy.spatial

from loaders.positions import DistrictArea
from loaders.report import Rejection
from loaders.synonyms import SERVICE_WORDS

SAME_PLACE_M = 40.0
"""Two stations this close may be one."""

_FILLED = (
    "name_en", "address", "office_phone", "host", "how_to_get_in", "service_contact", "note", "town",
)  # fmt: skip
"""Texts that the later row gives where the earlier one has none."""


def nearest_earlier(places: Sequence[dict[str, Any]], area: DistrictArea) -> dict[int, tuple[float, int]]:
    """Return, by index, the distance in metres and the index of the nearest earlier place within `SAME_PLACE_M`."""
    if not places:
        return {}
    at = np.column_stack(area.plane.to_metres([p["lon"] for p in places], [p["lat"] for p in places]))
    nearest: dict[int, tuple[float, int]] = {}
    for i, j in scipy.spatial.cKDTree(at).query_pairs(SAME_PLACE_M):
        gap = float(np.hypot(*(at[i] - at[j]))), min(i, j)
        nearest[max(i, j)] = min(gap, nearest.get(max(i, j), gap))
    return dict(sorted(nearest.items()))


def merge_rows(
    places: Sequence[dict[str, Any]], rows: Collection[str], area: DistrictArea
) -> tuple[list[dict[str, Any]], list[Rejection]]:
    """Return the places, those of `rows` merged into the nearest earlier one, and what became of each of these rows.

    A function of another kind is added; of the same kind the services are joined, and hours are taken where the earlier
    row has none. A row of `rows` with no earlier place near stays as it is.

    Parameters
    ----------
    places : sequence of dict
        As `loaders.stations.Stations` has them; not changed.
    rows : collection of str
        Labels of the rows to merge.
    area : DistrictArea
    """
    wanted = {index: other for index, (_, other) in nearest_earlier(places, area).items()
              if str(places[index]["row"]) in rows}  # fmt: skip
    merged = [dict(place) for place in places]
    said = []
    # The last first: of three in a row the third goes into the second, and with it into the first.
    for index in sorted(wanted, reverse=True):
        into = merged[wanted[index]]
        _add(into, merged[index])
        said.append(Rejection(places[index]["row"], "{name} was merged into {other} of row {other_row}, as you chose", {
            "name": places[index]["name"], "other": into["name"], "other_row": into["row"]}))  # fmt: skip
    return [place for index, place in enumerate(merged) if index not in wanted], said[::-1]


def _add(place: dict[str, Any], other: dict[str, Any]) -> None:
    for name in _FILLED:
        place[name] = place.get(name) or other.get(name)
    functions = [dict(function) for function in place["functions"]]
    by_kind = {function["kind"]: function for function in functions}
    for added in other["functions"]:
        same = by_kind.get(added["kind"])
        if same is None:
            functions.append(dict(added))
            continue
        offered = {*same["services"], *added["services"]}
        same["services"] = [code for code, _ in SERVICE_WORDS if code in offered]
        if same["hours_posted"] is None:
            same |= {"hours": added["hours"], "hours_posted": added["hours_posted"]}
    place["functions"] = functions
