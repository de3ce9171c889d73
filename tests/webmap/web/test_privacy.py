"""Where somebody is: nothing that outlives an answer holds it, whatever was asked and however it failed."""

import json
import os
import socket
import struct
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from geo.db.session import reading
from tests.webmap.job_workers import eventually
from tests.webmap.server.answering import answers as is_up
from tests.webmap.valley import CODE, valley_app

ROOT = Path(__file__).parents[3]
LON, LAT = 119.9876543, 30.0012345
SPOKEN = ("119.9876", "30.0012")
STORED = tuple(struct.pack(order + "d", degrees) for order in "<>" for degrees in (LON, LAT))

SERVE = """
import sys
from webmap.server.supervisor import Plan, listen, run
run(Plan(workers=1, site="tests.webmap.web.loud_site:make_loud_site"), listen("127.0.0.1", int(sys.argv[1])))
"""


@pytest.fixture(scope="module")
def site(make_database, tmp_path_factory):
    """Serve the valley; return port, engine, and the folder that holds its state and its logs."""
    folder = tmp_path_factory.mktemp("privacy")
    with valley_app(make_database, folder / "state") as app:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        config = app.extensions["fuchun_config"]
        environ = os.environ | {"DATABASE_URL": config.database_url, "FUCHUN_STATE": str(config.state_dir)}
        environ |= {"LOUD_LOGS": str(folder), "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen([sys.executable, "-c", SERVE, str(port)], env=environ, start_new_session=True)
        try:
            eventually(lambda: is_up(port), "the site answers", within_s=60)
            yield port, app.extensions["fuchun_engine"], folder
        finally:
            process.terminate()
            process.wait(20)


def ask(port, path, body, *, kind="application/json", **headers):
    """Return status, headers and body of the answer to a POST."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    data = body if isinstance(body, str) else urlencode(body) if "form" in kind else json.dumps(body)
    connection.request("POST", path, data, {"Content-Type": kind, "Sec-Fetch-Site": "same-origin", **headers})
    answer = connection.getresponse()
    said = answer.status, str(answer.headers), answer.read().decode()
    connection.close()
    return said


HERE = {"lon": LON, "lat": LAT}
THERE = {"lon": 120.01, "lat": 30.0}
QUESTIONS = [
    ("/api/v1/nearest", HERE, 200),
    ("/api/v1/nearest", HERE | {"mode": "ebike", "services": ["toilet"], "at": "2026-11-25T21:40:00+08:00"}, 200),
    ("/list", HERE, 200),
    ("/list?lang=en&frame=1", HERE | {"kind": "nursing_room"}, 200),
    ("/api/v1/nearest", HERE | {"services": ["gold"]}, 422),
    ("/api/v1/nearest", HERE | {"mode": "sledge"}, 422),
    ("/api/v1/nearest", HERE | {"lat": f"{LAT}"}, 422),
    ("/api/v1/nearest", HERE | {"lat": 10 * LAT}, 422),
    ("/api/v1/nearest", f'{{"lon": {LON}, "lat": {LAT}', 400),
    ("/list", HERE | {"lat": LAT + 0.05}, 422),
    ("/list", HERE | {"lon": LON - 3}, 422),
    ("/list", HERE | {"who": "me"}, 422),
    ("/api/v1/nearest?district=none", HERE, 404),
    ("/nowhere", HERE, 404),
    ("/plan", HERE, 405),
]


def test_answers_echo_no_position(site):
    port = site[0]
    for path, body, status in QUESTIONS:
        said, headers, answer = ask(port, path, body)
        assert said == status, (path, body, answer)
        assert "Set-Cookie" not in headers
        for digits in SPOKEN:
            assert digits not in headers
            assert digits not in answer, (path, body)


def test_no_log_no_table_and_no_file_holds_a_position(site):
    port, engine, folder = site
    for path, body, _ in QUESTIONS:
        ask(port, path, body)
    for to in (THERE, {"station": "S2"}, {"station": "none"}, HERE | {"lat": LAT + 0.09}):
        status, headers, _ = ask(port, "/api/v1/route", {"from": HERE, "to": to, "mode": "walk"})
        assert status in (200, 404, 422)
        assert "no-store" in headers, "the way begins where somebody is: no cache keeps it"
    form = {"kind": "application/x-www-form-urlencoded"}
    told = HERE | {"found": "locked", "note": f"{LON},{LAT}"}
    assert ask(port, "/s/S1/report", told, **form)[0] == 303
    assert ask(port, "/s/S1/report", HERE | {"found": f"{LON}"}, **form)[0] == 422
    assert ask(port, "/s/S1/report", told, **form, Referer="http://other.example/")[0] == 303

    logged = [folder / name for name in ("access.log", "errors.log")]
    assert "POST /list" in logged[0].read_text()
    assert "POST /s/S1/report" in logged[0].read_text()
    for file in (path for path in folder.rglob("*") if path.is_file()):
        held = file.read_bytes()
        for trace in (*(digits.encode() for digits in SPOKEN), *STORED):
            assert trace not in held, file
    with reading(engine) as session:
        found = session.execute(
            text(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
                "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            )
        )
        tables = [name for (name,) in found]
        assert "public.door_report" in tables
        for table in tables:
            held = session.scalar(text(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t"))
            for trace in (*SPOKEN, *(value.hex() for value in STORED), *(value.hex().upper() for value in STORED)):
                assert trace not in held, table
        assert session.scalar(text("SELECT count(*) FROM door_report WHERE district_code = :code"), {"code": CODE}) == 1
