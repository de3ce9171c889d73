"""The valley with something of everything that staff and riders leave in a store, and a district with nothing."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from geo.db.districts import save_district
from geo.db.session import writing
from tests.conftest import DatabaseMaker
from tests.webmap.sent_reports import send
from tests.webmap.staff_api import FIELD, SPOT, Staff
from tests.webmap.valley import valley_app

EMPTY = "990002"


@contextmanager
def busy_valley(make_database: DatabaseMaker, state_dir: Path) -> Iterator[Flask]:
    """Yield the application with a hotspot, a key area, an entry of the ledger, a door report and a job."""
    with valley_app(make_database, state_dir, status="real") as app:
        planner = Staff(app, "admin")
        assert planner.ask("draw_hotspot", "POST", "/hotspots", SPOT).status_code == 201
        area = {"name": "West end", "geometry": {"type": "Polygon", "coordinates": [FIELD]}}
        assert planner.ask("draw_area", "POST", "/areas", area).status_code == 201
        app.extensions["fuchun_live"].refresh()
        gap = planner.client.get("/api/v1/coverage/gaps?minutes=10").json["gaps"][0]
        made = planner.ask("add_gap_entry", "POST", "/gap-entries", {"gap": gap["id"], "minutes": 10})
        assert made.status_code == 201
        assert send(app, "locked").status_code in (200, 303)
        # Nobody does it: no worker runs here.
        page = planner.client.get("/manage/jobs").text
        action = re.search(r'action="(/manage/jobs[^"]*)"', page)
        assert action, "the page starts a job"
        done = planner.client.post(action[1].replace("&amp;", "&"), data={"csrf_token": planner.token("/manage/jobs")})
        assert done.status_code == 303
        with writing(app.extensions["fuchun_engine"]) as session:
            save_district(session, EMPTY, name="空区", name_en="Empty", status="demo", timezone="Asia/Shanghai")
        yield app
        app.extensions["fuchun_live"].stop()
