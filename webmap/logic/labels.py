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
    "place_function": msgid("hours and services"),
    "special_day": msgid("special days"),
    "layer_weight": msgid("weights of demand"),
    "demand_profile": msgid("demand profile"),
    "membership": msgid("membership"),
    "district": msgid("district"),
    "account": msgid("account"),
    "account_role": msgid("role of an account"),
    "account_district": msgid("district of an account"),
    "account_town": msgid("town of an account"),
    "hotspot": msgid("hotspots"),
    "key_area": msgid("key areas"),
    "gap_entry": msgid("entries of the ledger"),
    "year_target": msgid("target of a year"),
    "visit": msgid("months of visits"),
    "town_total": msgid("town totals"),
    "benefit": msgid("member benefits"),
    "activity": msgid("activities"),
    "tour": msgid("tours"),
    "departure": msgid("departures"),
    "departure_unit": msgid("units of departures"),
    "booking": msgid("bookings"),
    "candidate": msgid("candidate sites"),
    "tour_place": msgid("places of tours"),
    "scenario": msgid("siting scenarios"),
    "tour_plan": msgid("plans of tours"),
    "tour_page": msgid("pages of published tours"),
    "tour_photo": msgid("photos of published tours"),
    "data_import": msgid("imports"),
    "place_photo": msgid("photos"),
    "candidate_photo": msgid("photos of candidate sites"),
}
"""What the rows of a table are called, where they are counted."""

LOADS: Texts = {
    "boundaries": msgid("Town boundaries"),
    "streets": msgid("Roads"),
    "population": msgid("People and demand"),
    "stations": msgid("Stations"),
    "visits": msgid("Visits"),
    "areas": msgid("Key areas"),
    "candidates": msgid("Candidate sites"),
    "tour-places": msgid("Places of tours"),
}
"""What can be loaded, in the order a new district needs it."""

ROAD_CLASSES: Texts = {
    "motorway": msgid("motorway"),
    "trunk": msgid("expressway"),
    "primary": msgid("main road (national, provincial)"),
    "secondary": msgid("secondary road (county)"),
    "tertiary": msgid("branch road (township)"),
    "unclassified": msgid("village road"),
    "residential": msgid("street between houses"),
    "service": msgid("road inside premises"),
    "track": msgid("farm track"),
    "pedestrian": msgid("pedestrian street"),
    "footway": msgid("footpath"),
    "cycleway": msgid("cycleway"),
}
"""Classes of OpenStreetMap as a bureau's words for its roads are asked about."""

FIELDS: Texts = {
    "name": msgid("Name"),
    "status": msgid("Status"),
    "state": msgid("State"),
    "hours": msgid("hours"),
    "services": msgid("services"),
    "geom": msgid("position"),
    "confirmed_at": msgid("Last confirmed"),
    "how_to_get_in": msgid("How to get in"),
    "service_contact": msgid("Service contact"),
    "title": msgid("Title"),
    "note": msgid("Note"),
    "reason": msgid("Reason"),
    "weight": msgid("Weight"),
    "owner": msgid("In charge"),
    "is_hidden": msgid("hidden"),
    "is_default": msgid("default"),
    "is_plan_public": msgid("planning pages published"),
    "stations": msgid("Stations"),
    "source": msgid("Source"),
    "active": msgid("in use"),
    "full_name": msgid("Person's name"),
    "name_en": msgid("Name in English"),
}
"""Columns as the record of changes calls them; others go by their own names."""

ROLES: Texts = {
    "admin": msgid("administrator"),
    "planner": msgid("planner"),
    "organiser": msgid("recuperation organiser"),
    "editor": msgid("station clerk"),
    "viewer": msgid("reader"),
}

ROLE_NOTES: Texts = {
    "admin": msgid("May do everything, and keeps the accounts and districts."),
    "planner": msgid("Loads data, draws demand, keeps the ledger and makes reports."),
    "organiser": msgid("Plans recuperation tours."),
    "editor": msgid(
        "Edits stations, photos and activities; with named towns only their stations, and publishes nothing."
    ),
    "viewer": msgid("Reads stations, ledger, coverage and saved plans, downloads lists, and changes nothing."),
}

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


TOUR_PLACES: Texts = {
    "sight": msgid("sight"),
    "base": msgid("recuperation base"),
    "hotel": msgid("hotel"),
    "restaurant": msgid("lunch"),
    "rest_stop": msgid("rest stop"),
    "toilet": msgid("toilets"),
    "parking": msgid("coach parking"),
    "meeting": msgid("meeting point"),
}
"""Kinds of places that tours visit."""

TOUR_STYLES: Texts = {
    "balanced": msgid("balanced"),
    "relaxed": msgid("relaxed"),
    "saving": msgid("saving"),
}

WISHES: Texts = {
    "required": msgid("must go"),
    "wished": msgid("would like"),
    "excluded": msgid("not wanted"),
}

PACES: Texts = {
    "relaxed": msgid("easy pace"),
    "moderate": msgid("moderate pace"),
    "full": msgid("full days"),
}

SEASONS: Texts = {
    "spring": msgid("spring"),
    "summer": msgid("summer"),
    "autumn": msgid("autumn"),
    "winter": msgid("winter"),
}
"""Seasons of published tours."""

EMPLOYERS: Texts = {
    "public": msgid("public body"),
    "state_firm": msgid("state firm"),
    "other": msgid("other firm"),
}

RULE_VERDICTS: Texts = {
    "met": msgid("complies"),
    "not_met": msgid("does not comply"),
    "not_applicable": msgid("does not apply"),
    "unknown": msgid("cannot be judged"),
}
"""Verdicts on a rule for tours."""

RULE_MEASURES: Texts = {
    "cents_per_head_day": msgid("Cost per person and day"),
    "cents_per_head_year": msgid("Cost per person and year"),
    "days": msgid("Days with travel"),
    "stretch_day_min": msgid("Driving at a stretch by day"),
    "stretch_night_min": msgid("Driving at a stretch by night"),
    "drive_24h_min": msgid("Driving within 24 hours"),
    "drive_7d_min": msgid("Driving within 7 days"),
    "minutes_2_to_5": msgid("On the road from 2 to 5 o'clock"),
}
"""What rules for tours limit."""

TOUR_FAULTS: Texts = {
    "is closed when the group comes": msgid("is closed when the group comes"),
    "no way leads from": msgid("no way for coaches leads there"),
    "driven too long without a break": msgid("the coach drives too long without a break"),
    "ends too late": msgid("the day ends too late"),
    "drives too long": msgid("the day has too much driving"),
    "has too many sights": msgid("the day has more sights than the pace allows"),
    "has too many rest stops": msgid("the day has too many rest stops"),
    "has another number of lunches": msgid("the day has no lunch, or more than one"),
    "visited more than once": msgid("is visited more than once"),
    "required but not visited": msgid("must be visited and is not in the plan"),
    "locked to this day but not visited on it": msgid("is locked to a day on which it is not visited"),
    "is locked to another day": msgid("is locked to another day"),
    "is too small": msgid("is too small for the group"),
    "has too few rooms": msgid("has too few rooms"),
    "is not among the hotels of the night": msgid("is not among the hotels to choose from"),
    "is no place to visit": msgid("is no place to visit"),
    "costs too much": msgid("the tour costs more than the standard"),
}
"""What the validator finds, by its beginning."""

DEPARTURE_STATES: Texts = {
    "draft": msgid("draft"),
    "published": msgid("published"),
    "full": msgid("fully booked"),
    "ended": msgid("ended"),
    "cancelled": msgid("called off"),
}

BOOKING_STATES: Texts = {
    "asked": msgid("asked for a price"),
    "held": msgid("held"),
    "confirmed": msgid("confirmed"),
    "paid": msgid("paid"),
}
