"""Names of places, districts and files in the reader's language."""

import re
from typing import Protocol

from flask_babel import gettext

from webmap.logic.coverage.gaps import PlaceName
from webmap.logic.district_state import DistrictState
from webmap.logic.place_words import gap_words, place_words
from webmap.web.i18n import lang


class Named(Protocol):
    """Anything with a Chinese name and perhaps an English one: a district, a town, a place."""

    @property
    def name(self) -> str:  # noqa: D102
        ...

    @property
    def name_en(self) -> str | None:  # noqa: D102
        ...


def local_name(name: str, name_en: str | None) -> str:
    """Return the one of two names that is in the reader's language; the Chinese one where there is no English one."""
    return (name_en or name) if lang() == "en" else name


def name_of(thing: Named) -> str:
    """Return the name of a district, town or place in the reader's language."""
    return local_name(thing.name, thing.name_en)


def place_name(place: PlaceName) -> str:
    """Return the name of a named place or gap in the reader's language, without its town."""
    return place_words(
        gettext, name_of(place) or name_of(place.town), kind=place.kind, direction=place.direction, part=place.part
    )


def gap_name(place: PlaceName) -> str:
    """Return the whole name of a gap in the reader's language."""
    return gap_words(
        gettext,
        name_of(place),
        town=name_of(place.town),
        kind=place.kind,
        direction=place.direction,
        part=place.part,
    )


def marked(state: DistrictState, name: str) -> str:
    """Return a name that says of sample or demonstration data what it is."""
    if state.district.status == "sample":
        return str(gettext("[Sample] %(name)s", name=name))
    if state.district.status == "demo":
        return str(gettext("[Demonstration] %(name)s", name=name))
    return name


def file_name(name: str, ending: str) -> str:
    """Return a file name without what file systems refuse.

    >>> file_name('示意 A/B: "one"', "gpx")
    '示意 A B one.gpx'
    """
    return " ".join(re.sub(r'[\\/:*?"<>|\x00-\x1f]', " ", name).split()) + f".{ending}"
