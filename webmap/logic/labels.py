"""Labels of the codes in the store, as message ids: kinds, services, states, causes, modes, units.

The one table for pages (`webmap.words.labels` translates them), reports and the command line.
"""

Texts = dict[str, str]


def msgid(text: str) -> str:
    """Return the text as it is; marks a message id for the catalogue."""
    return text


KINDS: Texts = {
    "rest_station": msgid("rest station"),
    "service_centre": msgid("labour relations service centre"),
    "nursing_room": msgid("nursing room"),
    "childcare": msgid("childcare"),
    "culture_palace": msgid("workers' culture palace"),
    "base": msgid("recuperation base"),
    "sight": msgid("sight"),
    "landmark": msgid("landmark"),
}

SERVICES: Texts = {
    "drinking_water": msgid("drinking water"),
    "hot_meals": msgid("microwave for meals"),
    "fridge": msgid("fridge"),
    "phone_charging": msgid("phone charging"),
    "ebike_charging": msgid("e-bike charging"),
    "battery_swap": msgid("battery swap"),
    "toilet": msgid("toilet"),
    "rest_seats": msgid("seats"),
    "air_conditioning": msgid("air conditioning"),
    "first_aid": msgid("first-aid box"),
    "wifi": msgid("Wi-Fi"),
    "rain_gear": msgid("rain gear"),
    "books": msgid("books"),
    "tools": msgid("tools"),
    "blood_pressure": msgid("blood-pressure meter"),
    "shower": msgid("shower"),
    "nursing_room": msgid("room for nursing"),
}

PLACE_STATES: Texts = {
    "active": msgid("in service"),
    "closed": msgid("out of service"),
    "planned": msgid("planned"),
}

OPEN_STATES: Texts = {
    "open": msgid("open"),
    "closed": msgid("closed"),
    "unknown": msgid("hours unknown"),
}

LAYERS: Texts = {
    "regions": msgid("towns"),
    "water": msgid("water"),
    "streets": msgid("streets"),
    "settlements": msgid("names of villages"),
    "demand": msgid("people"),
    "places": msgid("places"),
    "tours": msgid("tours"),
    "areas": msgid("key areas"),
    "totals": msgid("town totals"),
    "visits": msgid("visits"),
    "benefits": msgid("member benefits"),
    "candidates": msgid("candidate sites"),
    "tour_places": msgid("places of tours"),
}

TABLES: Texts = {
    "region": msgid("towns"),
    "street_edge": msgid("pieces of street"),
    "demand_point": msgid("points of demand"),
    "place": msgid("places"),
    "hotspot": msgid("hotspots"),
    "key_area": msgid("key areas"),
    "gap_entry": msgid("entries of the ledger"),
    "visit": msgid("months of visits"),
    "town_total": msgid("town totals"),
    "benefit": msgid("member benefits"),
    "activity": msgid("activities"),
    "tour": msgid("tours"),
    "candidate": msgid("candidate sites"),
    "place_photo": msgid("photos"),
}
"""What the rows of a table are called, where they are counted."""

DISTRICT_STATES: Texts = {
    "real": msgid("real data"),
    "sample": msgid("sample"),
    "demo": msgid("demonstration"),
}

DEMAND_LAYERS: Texts = {
    "residents": msgid("residents"),
    "riders": msgid("riders"),
    "workers": msgid("outdoor workers"),
    "hotspots": msgid("drawn by hand"),
}

JOB_STATES: Texts = {
    "waiting": msgid("waiting"),
    "running": msgid("running"),
    "done": msgid("done"),
    "failed": msgid("failed"),
    "cancelled": msgid("cancelled"),
}

CAUSES: Texts = {
    "too_far": msgid("too far"),
    "closed": msgid("closed at that hour"),
    "hours_unknown": msgid("hours unknown"),
    "lacks_service": msgid("lacks the service"),
    "not_attached": msgid("no usable street near"),
    "cut_off": msgid("not joined to the other streets"),
    "across_water": msgid("across the water"),
}

GAP_STATES: Texts = {
    "todo": msgid("to be looked into"),
    "talking": msgid("in talks"),
    "approved": msgid("approved"),
    "building": msgid("being built"),
    "open": msgid("opened"),
    "declined": msgid("no station for now"),
}

TOTAL_KINDS: Texts = {
    "census": msgid("census"),
    "resident": msgid("residents, estimated"),
    "registration": msgid("household registration"),
    "other": msgid("unclear what is counted"),
}

FOUND: Texts = {
    "open": msgid("it is open"),
    "locked": msgid("the door is locked"),
    "no_water": msgid("no water"),
    "broken": msgid("something is broken"),
    "other": msgid("something else is wrong"),
}
"""What somebody found at a door, as part of a sentence."""

PROXY_NOTE = msgid("Proxy: nobody has counted these, something else stands in for them: {layers}.")

MODES: Texts = {
    "walk": msgid("on foot"),
    "ebike": msgid("by e-bike"),
    "ebike_25": msgid("by e-bike at 25 km/h (what if)"),
    "coach": msgid("by coach"),
    "minibus": msgid("by small coach"),
}

COUNTS: Texts = {
    "people": msgid("{count} people"),
    "buildings": msgid("{count} buildings"),
    "weighted": msgid("{count} weighted units"),
}
"""A count of demand by its unit."""

VERDICTS: Texts = {
    "met": msgid("met"),
    "not_met": msgid("not met"),
    "unsaid": msgid("cannot be said"),
}
"""Verdicts on a standard."""

VERDICT_REASONS: Texts = {
    "class_unknown": msgid("the class of some stations is not recorded"),
    "town_kind_unknown": msgid("the kind of some towns is not recorded"),
    "no_target": msgid("the source names no target"),
    "no_stations": msgid("there are no stations"),
    "no_towns": msgid("there are no towns"),
}
"""Why a standard cannot be evaluated."""
