"""Candidate sites pasted from a chat: a line a place, with a position or a name that the district knows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree

from geo.errors import InputError
from geo.network.snap import metres_per_degree
from geo.records import MAX_NAME, CandidateRecord
from geo.texts import without_invisible
from loaders.candidates import CODE_PREFIX
from loaders.named_points import made_code
from loaders.positions import DistrictArea, parse_position
from loaders.report import Rejection
from webmap.logic.district_state import DistrictState
from webmap.logic.labels import msgid

MAX_LINES = 200
NEAR_M = 50.0
"""Candidates this close to each other are probably one place."""

_NUMBERS = re.compile(r"(-?\d{1,3}\.\d{3,})\s*[,，;；\s/]\s*(-?\d{1,3}\.\d{3,})")
_BULLET = re.compile(r"^\s*(?:[-*•·●]|\d{1,3}\s*[.、)）])\s*")
_TRIM = " \t,，;；:：()（）[]【】"

UNKNOWN = msgid("no such name is known here: click where it is on the map")
GUESSED = msgid("by its name it may be here: look at it and send it again")


@dataclass(frozen=True)
class PastedLine:
    """A line that was pasted; `is_sure`: its position is written in it, inside the district; else `reason` says why.

    `text` is what stands in the box for the next try: with a guess its position is written behind it.
    """

    text: str
    name: str
    lon: float | None
    lat: float | None
    is_sure: bool
    reason: str = ""


def read_pasted(state: DistrictState, text: str, *, crs: str, outline: shapely.Geometry) -> list[PastedLine]:
    """Return the lines of a text.

    Parameters
    ----------
    state : DistrictState
        Its places and villages are the names that are known.
    text : str
    crs : str
        What the positions are in.
    outline : Polygon or MultiPolygon
        The district, EPSG:4326.

    Raises
    ------
    InputError
        If there are no lines, or more than `MAX_LINES`.
    """
    lines = [_BULLET.sub("", line) for line in text.splitlines()]
    lines = [without_invisible(line).strip() for line in lines if line.strip()]
    if not lines:
        raise InputError("nothing was pasted: a line a place, such as: 社区服务中心 119.951, 30.052")
    if len(lines) > MAX_LINES:
        raise InputError("{count} lines are too many at once; at most {most}", count=len(lines), most=MAX_LINES)
    area = DistrictArea(outline)
    known = _known_names(state)
    return [_read(number, line, crs, area, known) for number, line in enumerate(lines, start=1)]


def record_of(line: PastedLine) -> CandidateRecord:
    """Return a sure line as a candidate."""
    if line.lon is None or line.lat is None:
        raise InputError("{name} has no position yet", name=line.name)
    code = made_code(CODE_PREFIX, line.name, line.lon, line.lat)
    return CandidateRecord(code, line.name, line.lon, line.lat, "candidate", None, None)


def odd_candidates(
    state: DistrictState, candidates: Sequence[CandidateRecord], outline: shapely.Geometry | None
) -> dict[str, list[str]]:
    """Return by code what is odd about candidates, as message ids: near another one, outside, no street near.

    `outline` (EPSG:4326) is the district's; None: it has none yet.
    """
    if not candidates:
        return {}
    lon, lat = (np.array([getattr(each, axis) for each in candidates]) for axis in ("lon", "lat"))
    found: dict[str, list[str]] = {}
    tree = cKDTree(np.column_stack([lon, lat]) * np.array(metres_per_degree(float(lat.mean()))))
    for pair in tree.query_pairs(NEAR_M):
        for at in pair:
            found.setdefault(candidates[at].code, []).append(msgid("less than 50 m from another one"))
    if outline is not None:
        for at in np.flatnonzero(~shapely.intersects_xy(outline, lon, lat)).tolist():
            found.setdefault(candidates[at].code, []).append(msgid("outside the district"))
    if state.snapshot is not None:
        snapped = state.snapshot.network.snap(lon, lat, mode="walk")
        for at in np.flatnonzero(~snapped.is_snapped).tolist():
            found.setdefault(candidates[at].code, []).append(msgid("no street near"))
    return {code: list(dict.fromkeys(words)) for code, words in found.items()}


def _read(number: int, line: str, crs: str, area: DistrictArea, known: dict[str, tuple[float, float]]) -> PastedLine:
    numbers = _NUMBERS.search(line)
    if numbers is None:
        name = line.strip(_TRIM)[:MAX_NAME]
        best = max((each for each in known if each in name), key=len, default="")
        if not best:
            return PastedLine(line, name, None, None, is_sure=False, reason=UNKNOWN)
        lon, lat = known[best]
        return PastedLine(f"{name} {lon:.6f}, {lat:.6f}", name, lon, lat, is_sure=False, reason=GUESSED)
    name = (line[: numbers.start()] + " " + line[numbers.end() :]).strip(_TRIM)[:MAX_NAME]
    position = parse_position(numbers[1], numbers[2], row=number, crs=crs, area=area)
    if isinstance(position, Rejection):
        said = position.reason.format(**position.values)
        return PastedLine(line, name, None, None, is_sure=False, reason=said)
    if not name:
        return PastedLine(line, "", *position, is_sure=False, reason=msgid("the name is missing"))
    return PastedLine(line, name, *position, is_sure=True)


def _known_names(state: DistrictState) -> dict[str, tuple[float, float]]:
    """Return the names of villages and places that are long enough to mean something."""
    found = {
        str(name): (float(lon), float(lat))
        for name, lon, lat in zip(
            state.settlements["name"], state.settlements["lon"], state.settlements["lat"], strict=True
        )
    }
    found |= {place.name: (place.lon, place.lat) for place in state.places}
    return {name: where for name, where in found.items() if len(name) >= 2}
