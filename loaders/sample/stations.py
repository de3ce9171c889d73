"""The 20 sample rest stations (示意站): none of them exists. Their sites, services and hours vary as real ones do."""

from dataclasses import dataclass

BASIC, MODEL, ROUND_THE_CLOCK = "基本型", "标杆型", "24小时智能化"

ALWAYS = "24/7"
DAILY = "08:00-21:00"
OFFICE = "Mo-Fr 08:30-17:00"
OFFICE_WITH_BREAK = "Mo-Fr 08:30-12:00,13:00-17:30"
SIX_DAYS = "Mo-Sa 08:30-17:30"
UNKNOWN = None

BARE = ("drinking_water", "rest_seats")
INDOORS = (*BARE, "phone_charging", "air_conditioning", "wifi")
WITH_MEALS = (*INDOORS, "hot_meals", "fridge")
FULL = (*WITH_MEALS, "ebike_charging", "toilet", "first_aid", "rain_gear", "books", "tools", "blood_pressure")

ALSO = {
    "service_centre": (OFFICE, ("drinking_water", "toilet", "rest_seats")),
    "nursing_room": (DAILY, ("nursing_room", "drinking_water", "air_conditioning")),
    "childcare": ("Mo-Fr 08:00-18:00", ("air_conditioning", "first_aid")),
}
"""Hours and services of the second functions that some stations have."""


@dataclass(frozen=True)
class Station:
    """A sample station: the town, metres east and north of its seat, class, hours, services, further functions."""

    town_code: str
    east_m: float
    north_m: float
    tier: str
    hours: str | None
    services: tuple[str, ...]
    also: tuple[str, ...] = ()


STATIONS = (
    Station("330111001", 520, 260, MODEL, DAILY, FULL, ("service_centre", "nursing_room")),
    Station("330111001", 180, 620, BASIC, OFFICE, INDOORS),
    Station("330111001", -150, -260, ROUND_THE_CLOCK, ALWAYS, (*WITH_MEALS, "battery_swap", "first_aid")),
    Station("330111001", 1050, 700, BASIC, DAILY, (*INDOORS, "ebike_charging"), ("childcare",)),
    Station("330111006", 250, -850, MODEL, DAILY, (*FULL, "shower"), ("service_centre",)),
    Station("330111006", -150, -450, ROUND_THE_CLOCK, ALWAYS, (*WITH_MEALS, "ebike_charging", "toilet")),
    Station("330111115", 650, 450, MODEL, "Tu-Su 09:00-20:00", (*WITH_MEALS, "toilet", "books"), ("nursing_room",)),
    Station("330111005", 750, 350, BASIC, DAILY, (*INDOORS, "ebike_charging", "battery_swap"), ("childcare",)),
    Station("330111002", 450, -250, BASIC, SIX_DAYS, (*INDOORS, "toilet", "tools")),
    Station("330111004", -600, 150, ROUND_THE_CLOCK, ALWAYS, (*INDOORS, "fridge", "ebike_charging")),
    Station("330111117", -550, -350, BASIC, OFFICE, (*WITH_MEALS, "toilet"), ("service_centre",)),
    Station("330111110", 450, -450, BASIC, SIX_DAYS, (*INDOORS, "blood_pressure")),
    Station("330111105", 0, 0, BASIC, UNKNOWN, (*BARE, "phone_charging")),
    Station("330111100", 0, 0, BASIC, OFFICE, (*INDOORS, "rain_gear", "toilet")),
    Station("330111112", 40, 0, BASIC, "09:00-18:00", (*INDOORS, "toilet", "first_aid"), ("nursing_room",)),
    Station("330111103", 0, 0, BASIC, UNKNOWN, BARE),
    Station("330111109", 0, 0, ROUND_THE_CLOCK, ALWAYS, (*BARE, "phone_charging", "ebike_charging")),
    Station("330111116", 0, 0, BASIC, OFFICE_WITH_BREAK, (*BARE, "wifi", "first_aid")),
    Station("330111108", 0, 0, BASIC, OFFICE, (*BARE, "toilet", "rain_gear")),
    Station("330111205", 0, 0, BASIC, UNKNOWN, (*BARE, "toilet")),
)
