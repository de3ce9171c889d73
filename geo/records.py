"""Records that loaders read and the store keeps, and the limits of their texts; without the store."""

import re
from dataclasses import dataclass
from datetime import date

CODE = re.compile(r"(?!\.{1,2}$)[\w.-]{1,64}")
"""A code of a place or an area: part of addresses, in which ``.`` and ``..`` mean folders."""
MAX_NAME = 100
"""Characters of a name."""
MAX_TEXT = 500
"""Characters of a note, an address and the like."""


ACROSS_SQUARE = "across_square"
"""Tag of a way across a square: people walk there, and maps do not draw it."""

REST_STATION = "rest_station"

FUNCTION_KINDS = (
    REST_STATION,
    "service_centre",
    "nursing_room",
    "childcare",
    "culture_palace",
    "base",
    "sight",
    "landmark",
)
"""What a place may be."""


@dataclass(frozen=True)
class Total:
    """How many people were counted in a town (or, under the district's code, in all of it)."""

    code: str
    kind: str
    kind_text: str | None
    counted_on: str
    people: float


@dataclass(frozen=True)
class MonthVisits:
    """Visits of a station in a month, which is named by its first day."""

    place_code: str
    month: date
    visits: int


CANDIDATE_STATES = ("candidate", "mandatory", "forbidden")
"""May be chosen, must be chosen, may not be chosen."""

WILLINGNESS = ("unasked", "interested", "agreed", "refused")
"""共建意愿 of whoever has the rooms: 未联系, 有意向, 同意, 不同意."""


@dataclass(frozen=True)
class CandidateRecord:
    """A candidate site: degrees (WGS84), one of `CANDIDATE_STATES`, and what opening it costs (None: not known).

    The rest is what planners judge it by, None where nobody has said: on a street, on the ground floor, room for
    e-bikes, square metres, supposed hours (OSM ``opening_hours``), one of `WILLINGNESS` and since when. `version` is
    that of the stored row, 0 of one that is not stored yet.
    """

    code: str
    name: str
    lon: float
    lat: float
    status: str
    cost: float | None
    note: str | None
    address: str | None = None
    host: str | None = None
    is_on_street: bool | None = None
    is_ground_floor: bool | None = None
    has_ebike_parking: bool | None = None
    area_m2: float | None = None
    hours: str | None = None
    willingness: str = "unasked"
    willing_on: date | None = None
    version: int = 0
