"""Phases over years: whether the sites of a year's plan are part of the next one's."""

from collections.abc import Sequence
from dataclasses import dataclass

from geo.db.scenarios import ScenarioFacts
from webmap.logic.siting.sites_question import Spot

_PLACES = 5
"""Decimals of degrees, about a metre: what is nearer is the same site."""


@dataclass(frozen=True)
class Phase:
    """A saved plan of a year: its sites that are new in it, and names of the earlier phase's that it leaves out."""

    scenario: ScenarioFacts
    added: int
    left_out: tuple[str, ...]


def find_phases(scenarios: Sequence[ScenarioFacts]) -> tuple[Phase, ...]:
    """Return the saved plans that have a year, one a year (the one changed last), each against the year before it."""
    latest: dict[int, ScenarioFacts] = {}
    for each in sorted(scenarios, key=lambda scenario: scenario.changed_at):
        if each.year is not None:
            latest[each.year] = each
    found: list[Phase] = []
    before: dict[tuple[float, float], str] = {}
    for year in sorted(latest):
        mine = {_place(site): site.name for site in sites_of(latest[year])}
        left_out = tuple(name for at, name in before.items() if at not in mine)
        found.append(Phase(latest[year], len(mine.keys() - before.keys()), left_out))
        before = mine
    return tuple(found)


def sites_of(scenario: ScenarioFacts) -> tuple[Spot, ...]:
    """Return the sites that a saved plan puts up."""
    return tuple(Spot.read(each) for each in scenario.changes.get("sites") or ())


def _place(site: Spot) -> tuple[float, float]:
    return round(site.lon, _PLACES), round(site.lat, _PLACES)
