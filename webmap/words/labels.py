"""What the codes of the store are called on a page."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask
from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString

from webmap.web.i18n import lang

Labels = dict[str, LazyString]

KINDS: Labels = {
    "rest_station": lazy_gettext("rest station"),
    "service_centre": lazy_gettext("labour relations service centre"),
    "nursing_room": lazy_gettext("nursing room"),
    "childcare": lazy_gettext("childcare"),
    "culture_palace": lazy_gettext("workers' culture palace"),
    "base": lazy_gettext("recuperation base"),
    "sight": lazy_gettext("sight"),
    "landmark": lazy_gettext("landmark"),
}

SERVICES: Labels = {
    "drinking_water": lazy_gettext("drinking water"),
    "hot_meals": lazy_gettext("microwave for meals"),
    "fridge": lazy_gettext("fridge"),
    "phone_charging": lazy_gettext("phone charging"),
    "ebike_charging": lazy_gettext("e-bike charging"),
    "battery_swap": lazy_gettext("battery swap"),
    "toilet": lazy_gettext("toilet"),
    "rest_seats": lazy_gettext("seats"),
    "air_conditioning": lazy_gettext("air conditioning"),
    "first_aid": lazy_gettext("first-aid box"),
    "wifi": lazy_gettext("Wi-Fi"),
    "rain_gear": lazy_gettext("rain gear"),
    "books": lazy_gettext("books"),
    "tools": lazy_gettext("tools"),
    "blood_pressure": lazy_gettext("blood-pressure meter"),
    "shower": lazy_gettext("shower"),
    "nursing_room": lazy_gettext("room for nursing"),
}

PLACE_STATES: Labels = {
    "active": lazy_gettext("in service"),
    "closed": lazy_gettext("out of service"),
    "planned": lazy_gettext("planned"),
}

OPEN_STATES: Labels = {
    "open": lazy_gettext("open"),
    "closed": lazy_gettext("closed"),
    "unknown": lazy_gettext("unknown"),
}

LAYERS: Labels = {
    "regions": lazy_gettext("towns"),
    "water": lazy_gettext("water"),
    "streets": lazy_gettext("streets"),
    "settlements": lazy_gettext("names of villages"),
    "demand": lazy_gettext("people"),
    "places": lazy_gettext("places"),
    "tours": lazy_gettext("tours"),
    "areas": lazy_gettext("key areas"),
    "totals": lazy_gettext("town totals"),
    "visits": lazy_gettext("visits"),
    "benefits": lazy_gettext("member benefits"),
}

DEMAND_LAYERS: Labels = {
    "residents": lazy_gettext("residents"),
    "riders": lazy_gettext("riders"),
    "workers": lazy_gettext("outdoor workers"),
    "hotspots": lazy_gettext("drawn by hand"),
}

JOB_STATES: Labels = {
    "waiting": lazy_gettext("waiting"),
    "running": lazy_gettext("running"),
    "done": lazy_gettext("done"),
    "failed": lazy_gettext("failed"),
    "cancelled": lazy_gettext("cancelled"),
}

CAUSES: Labels = {
    "too_far": lazy_gettext("too far"),
    "closed": lazy_gettext("closed at that hour"),
    "hours_unknown": lazy_gettext("hours unknown"),
    "lacks_service": lazy_gettext("lacks the service"),
    "not_attached": lazy_gettext("no usable street near"),
    "cut_off": lazy_gettext("not joined to the other streets"),
    "across_water": lazy_gettext("across the water"),
}

GAP_STATES: Labels = {
    "todo": lazy_gettext("to do"),
    "talking": lazy_gettext("in talks"),
    "open": lazy_gettext("opened"),
    "declined": lazy_gettext("not to be built"),
}

TOTAL_KINDS: Labels = {
    "census": lazy_gettext("census"),
    "resident": lazy_gettext("residents, estimated"),
    "registration": lazy_gettext("household registration"),
    "other": lazy_gettext("unclear what is counted"),
}

PROXY_NOTE = lazy_gettext("Proxy: nobody has counted these, something else stands in for them: {layers}.")

MODES: Labels = {"walk": lazy_gettext("on foot"), "ebike": lazy_gettext("by e-bike")}


def init_app(app: Flask) -> None:
    """Give templates the label tables as ``labels.kinds`` and so on."""
    tables = {
        "kinds": KINDS,
        "services": SERVICES,
        "place_states": PLACE_STATES,
        "open_states": OPEN_STATES,
        "layers": LAYERS,
        "modes": MODES,
        "demand_layers": DEMAND_LAYERS,
        "gap_states": GAP_STATES,
        "causes": CAUSES,
        "job_states": JOB_STATES,
        "total_kinds": TOTAL_KINDS,
    }
    app.context_processor(lambda: {"labels": tables})
    app.add_template_filter(named)
    app.add_template_filter(proxy_note)


def named(row: Mapping[str, Any]) -> str:
    """Return the ``name`` of a row in the reader's language: its ``name_en`` for an English one, where there is any."""
    return str((lang() == "en" and row["name_en"]) or row["name"])


def proxy_note(layers: Sequence[Mapping[str, Any]]) -> str:
    """Return which of the counted ``layers`` of an answer nobody has counted, as a sentence; empty where all are."""
    names = [str(DEMAND_LAYERS[row["layer"]]) for row in layers if row["proxy"] and row["weight"]]
    return str(PROXY_NOTE).format(layers=gettext(", ").join(names)) if names else ""
