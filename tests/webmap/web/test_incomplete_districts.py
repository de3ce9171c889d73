"""Until a district is complete, pages answer what they can, say what is missing, and lead to where it is loaded."""

from pathlib import Path

import pytest
from sqlalchemy import text

from geo.db.session import writing
from tests.conftest import DatabaseMaker
from tests.webmap.conftest import staff_client
from tests.webmap.valley import CODE, LAT, valley_app

PUBLIC = ("/", "/plan", "/tours", "/tours/T1", "/plan/answer", "/plan/details")
STAFF = ("/plan/sites", "/manage/", "/manage/areas")
LOAD = 'href="/manage/load'

WITHOUT = {
    "only towns": ("street_edge", "street_node", "demand_point", "place"),
    "only streets": ("demand_point", "place", "region"),
    "no people": ("demand_point",),
    "no stations": ("place",),
}


@pytest.mark.parametrize("tables", WITHOUT.values(), ids=WITHOUT)
def test_no_page_names_a_command_and_what_cannot_be_answered_leads_on(
    make_database: DatabaseMaker, tmp_path: Path, translations: None, tables: tuple[str, ...]
) -> None:
    with valley_app(make_database, tmp_path, has_streets="street_edge" not in tables) as app:
        with writing(app.extensions["fuchun_engine"]) as session:
            for table in tables:
                session.execute(text(f"DELETE FROM {table} WHERE district_code = :code"), {"code": CODE})
        app.extensions["fuchun_live"].refresh()
        client = staff_client(app, "admin")
        for page in (*PUBLIC, *STAFF):
            answer = client.get(page)
            assert answer.status_code == 200 or (answer.status_code == 503 and LOAD in answer.text), page
            assert "fuchun load" not in answer.text, page
        for page in ("/", "/tours"):
            assert client.get(page).status_code == 200, f"{page} needs nothing but the district"
        asked = client.post("/list", json={"lon": 119.985, "lat": LAT})
        assert asked.status_code == 200 or (asked.status_code == 503 and "fuchun" not in asked.text)
