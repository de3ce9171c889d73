"""Labels of the codes in the store, in the reader's language."""

from collections.abc import Mapping, Sequence

from flask import Flask
from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString

from webmap.logic import labels
from webmap.logic.coverage.measured import CountedLayer
from webmap.logic.source_words import source_words
from webmap.words.names import gap_name, name_of, place_name

Labels = dict[str, LazyString]


def _lazy(texts: Mapping[str, str]) -> Labels:
    return {code: lazy_gettext(text) for code, text in texts.items()}


KINDS = _lazy(labels.KINDS)
SERVICES = _lazy(labels.SERVICES)
PLACE_STATES = _lazy(labels.PLACE_STATES)
TABLES = _lazy(labels.TABLES)
LOADS = _lazy(labels.LOADS)
ROAD_CLASSES = _lazy(labels.ROAD_CLASSES)
FIELDS = _lazy(labels.FIELDS)
ROLES = _lazy(labels.ROLES)
ROLE_NOTES = _lazy(labels.ROLE_NOTES)
LAYERS = _lazy(labels.LAYERS)
DEMAND_LAYERS = _lazy(labels.DEMAND_LAYERS)
JOB_STATES = _lazy(labels.JOB_STATES)
CAUSES = _lazy(labels.CAUSES)
GAP_STATES = _lazy(labels.GAP_STATES)
TOTAL_KINDS = _lazy(labels.TOTAL_KINDS)
MODES = _lazy(labels.MODES)
VERDICTS = _lazy(labels.VERDICTS)
FOUND = _lazy(labels.FOUND)
TOUR_PLACES = _lazy(labels.TOUR_PLACES)
TOUR_STYLES = _lazy(labels.TOUR_STYLES)
WISHES = _lazy(labels.WISHES)
PACES = _lazy(labels.PACES)
EMPLOYERS = _lazy(labels.EMPLOYERS)
SEASONS = _lazy(labels.SEASONS)
RULE_VERDICTS = _lazy(labels.RULE_VERDICTS)
RULE_MEASURES = _lazy(labels.RULE_MEASURES)
TOUR_FAULTS = _lazy(labels.TOUR_FAULTS)
DEPARTURE_STATES = _lazy(labels.DEPARTURE_STATES)
BOOKING_STATES = _lazy(labels.BOOKING_STATES)
PROXY_NOTE = lazy_gettext(labels.PROXY_NOTE)


def init_app(app: Flask) -> None:
    """Give templates the label tables as ``labels.kinds`` and so on."""
    tables = {
        "kinds": KINDS,
        "services": SERVICES,
        "place_states": PLACE_STATES,
        "layers": LAYERS,
        "fields": FIELDS,
        "roles": ROLES,
        "role_notes": ROLE_NOTES,
        "tables": TABLES,
        "loads": LOADS,
        "modes": MODES,
        "verdicts": VERDICTS,
        "demand_layers": DEMAND_LAYERS,
        "gap_states": GAP_STATES,
        "causes": CAUSES,
        "job_states": JOB_STATES,
        "total_kinds": TOTAL_KINDS,
        "tour_places": TOUR_PLACES,
        "tour_styles": TOUR_STYLES,
        "wishes": WISHES,
        "paces": PACES,
        "employers": EMPLOYERS,
        "seasons": SEASONS,
        "rule_verdicts": RULE_VERDICTS,
        "rule_measures": RULE_MEASURES,
        "departure_states": DEPARTURE_STATES,
        "booking_states": BOOKING_STATES,
    }
    app.context_processor(lambda: {"labels": tables})
    app.add_template_filter(name_of, "named")
    app.add_template_filter(place_name)
    app.add_template_filter(gap_name)
    app.add_template_filter(proxy_note)
    app.add_template_filter(lambda text: source_words(text, gettext) or "", "source_words")


def proxy_note(layers: Sequence[CountedLayer]) -> str:
    """Return which of the counted ``layers`` of an answer nobody has counted, as a sentence; empty where all are."""
    names = [str(DEMAND_LAYERS[row.layer]) for row in layers if row.is_proxy and row.weight]
    return str(PROXY_NOTE).format(layers=gettext(", ").join(names)) if names else ""
