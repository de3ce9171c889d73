"""Real data and sample never stand side by side: the first real file of any kind takes the sample away."""

import pytest
import shapely
from sqlalchemy import func, select

from geo.db.districts import save_district
from geo.db.layers import SourceFacts, replace_places
from geo.db.session import writing
from geo.db.tables import District, Place
from loaders.isolated.run import parse_here
from loaders.storing.osm_places import load_places_from_osm
from loaders.storing.proxy_demand import load_buildings
from loaders.storing.streets import load_streets
from tests.extracts import HELSINKI

AROUND_HELSINKI = shapely.box(24.9, 60.1, 25.0, 60.2)
SAMPLE = SourceFacts(file_name="sample", rows_read=1, rows_stored=1, is_sample=True)


@pytest.mark.parametrize("load", [load_streets, load_buildings, load_places_from_osm])
@pytest.mark.parametrize("is_dry_run", [True, False])
def test_the_first_real_file_retires_the_sample_and_says_so(engine, load, is_dry_run):
    with writing(engine) as session:
        save_district(session, "S", name="S", name_en="S", status="sample", outline=AROUND_HELSINKI)
        place = {"code": "SY01", "name": "示意站01", "lon": 24.95, "lat": 60.15, "functions": [{"kind": "landmark"}]}
        replace_places(session, "S", [place], SAMPLE)
    with writing(engine) as session:
        report = load(session, HELSINKI, district="S", is_dry_run=is_dry_run, parse=parse_here)
        assert any("gives way" in str(note) for note in report.notes)
        n_sample = session.scalar(select(func.count()).select_from(Place).where(Place.code == "SY01"))
        status = session.get_one(District, "S").status
    assert (n_sample, status) == ((1, "sample") if is_dry_run else (0, "real"))
    if not is_dry_run:
        with writing(engine) as session:
            assert not any(
                "gives way" in str(note) for note in load(session, HELSINKI, district="S", parse=parse_here).notes
            )
