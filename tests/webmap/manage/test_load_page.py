"""Files sent in the browser: they become what the command line makes of them, and nothing of them is left."""

import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from geo.db.session import writing
from geo.errors import InputError
from loaders.tabular import read_sheets
from loaders.vector import read_vector
from tests.conftest import DatabaseMaker
from tests.loaders.districts import EAST, WEST, rows, square_district
from tests.webmap.commands import fuchun
from tests.webmap.conftest import LogIn, csrf_token
from tests.webmap.job_workers import take, wait_for, workers
from webmap.logic.config import Config
from webmap.logic.jobs.attempts import keep_result
from webmap.logic.jobs.load import load_upload
from webmap.logic.jobs.retry import resolve
from webmap.logic.jobs.running_job import CancelledError, RunningJob
from webmap.logic.jobs.submission import cancel_job

REGISTER = """站点名称,经度,纬度,开放时间,联系电话
甲站,119.5,30.0,周一至周五 8:30-17:00,0571-00000000
乙站,1119.5,30.0,24小时,13800000000
丙站,119.9,30.1,随时,
丁站,,30.0,,
"""
ALL_PLACES = "SELECT code, name, office_phone, round(ST_X(geom)::numeric, 6), region_code FROM place ORDER BY code"


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, upload_mb=1)


@pytest.fixture
def planner(log_in: LogIn) -> FlaskClient:
    return log_in("planner")


def send(
    client: FlaskClient, what: str, file_name: str, content: bytes, /, *, dry_run: bool = False, **options: str
) -> tuple[int, str]:
    """Send a file as a browser does; return the status and the page, or the address of the job."""
    form: dict[str, Any] = {"csrf_token": csrf_token(client, "/manage/load"), **options}
    if dry_run:
        form["dry_run"] = "on"
    boundary, body = encode_multipart({**form, "file": FileStorage(BytesIO(content), file_name)})
    answer = client.post(
        f"/manage/load?what={what}", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )
    return answer.status_code, answer.headers.get("Location") or answer.text


def start(*args: Any, **options: Any) -> int:
    status, address = send(*args, **options)
    assert status == 303, address
    return int(address.rpartition("/")[2].partition("?")[0])


@pytest.fixture
def working(engine: Engine, tmp_path: Path) -> Iterator[None]:
    with workers(engine, tmp_path) as begin:
        begin()
        yield


def state_at_end(engine: Engine, job_id: int) -> str:
    """Wait for the end of a load, which starts two processes with all of the loaders: seconds, or many of them."""
    return wait_for(engine, job_id, lambda job: not job.is_active, within_s=120).state


def loads_of(client: FlaskClient, job_id: int) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/jobs/{job_id}").json
    assert answer["files"] == []
    return list(answer["result"]["loads"])


def said_by_command(done: Any) -> list[dict[str, Any]]:
    report = json.loads(done.stdout)
    return list(report.get("loads", [report]))


def assert_same(from_page: Sequence[dict[str, Any]], from_command: Sequence[dict[str, Any]]) -> None:
    assert len(from_page) == len(from_command)
    for page, command in zip(from_page, from_command, strict=True):
        assert {key: page[key] for key in ("source", "read", "stored", "notes")} == {
            key: command[key] for key in ("source", "read", "stored", "notes")
        }
        assert page["rows"] == command["rejected"]
        assert page["rejected"] == len(command["rejected"])


def test_a_register_becomes_what_the_command_makes_of_it(
    engine: Engine, planner: FlaskClient, working: None, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    square_district(engine)
    register = tmp_path / "台账 2026.csv"
    register.write_text(REGISTER, encoding="utf-8")
    with make_database() as other:
        square_district(other)
        done = fuchun(other, tmp_path / "other", "load", "stations", register, "--crs", "gcj02", "--json")
        assert done.returncode == 0, done.stderr
        expected, stored = said_by_command(done), rows(other, ALL_PLACES)
    checked = start(planner, "stations", register.name, register.read_bytes(), dry_run=True, crs="gcj02")
    assert state_at_end(engine, checked) == "done"
    assert_same(loads_of(planner, checked), expected)
    assert rows(engine, ALL_PLACES) == [], "a check stores nothing"
    loaded = start(planner, "stations", register.name, register.read_bytes(), crs="gcj02")
    assert state_at_end(engine, loaded) == "done"
    assert_same(loads_of(planner, loaded), expected)
    assert rows(engine, ALL_PLACES) == stored
    assert len(stored) == 2
    assert rows(engine, "SELECT count(*) FROM job_file_part") == [0], "the file is gone"
    page = planner.get(f"/manage/jobs/{loaded}").text
    assert "台账 2026.csv: 4 read, 2 stored, 2 rejected" in page
    assert "row 3: longitude 1119.5 is out of range" in page
    assert "13800000000" not in page
    assert "Checked, nothing was stored." in planner.get(f"/manage/jobs/{checked}").text


def test_boundaries_make_a_new_district_and_people_follow(
    engine: Engine, planner: FlaskClient, working: None, tmp_path: Path
) -> None:
    towns = gpd.GeoDataFrame({"name": ["西镇", "东镇"], "code": ["1", "2"]}, geometry=[WEST, EAST], crs=4326)
    towns.to_file(tmp_path / "towns.shp", encoding="utf-8")
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for part in tmp_path.glob("towns.*"):
            archive.write(part, part.name)
    made = start(planner, "boundaries", "towns.zip", packed.getvalue(), new_district="990009", name="新区")
    assert state_at_end(engine, made) == "done"
    assert rows(engine, "SELECT code, name FROM district") == [("990009", "新区")]
    points = "经度,纬度,人口\n119.5,30,120\n119.9,30,80\n".encode("gbk")
    people = start(planner, "population", "points.csv", points, layer="workers")
    assert state_at_end(engine, people) == "done"
    assert rows(engine, "SELECT layer, sum(weight) FROM demand_point GROUP BY 1") == [("workers", 200.0)]


def test_the_error_of_a_bad_file_is_the_command_s(
    engine: Engine, planner: FlaskClient, working: None, tmp_path: Path
) -> None:
    square_district(engine)
    bad = tmp_path / "bad.csv"
    bad.write_text("甲,乙\n1,2\n", encoding="utf-8")
    done = fuchun(engine, tmp_path, "load", "stations", bad)
    assert done.returncode == 1
    job_id = start(planner, "stations", bad.name, bad.read_bytes())
    assert state_at_end(engine, job_id) == "failed"
    assert f"fuchun: {planner.get(f'/api/v1/jobs/{job_id}').json['error']}" == done.stderr.splitlines()[-1]
    assert rows(engine, "SELECT count(*) FROM job_file") == [0]


def test_a_load_that_is_called_off_at_the_last_moment_leaves_nothing(
    engine: Engine, planner: FlaskClient, tmp_path: Path
) -> None:
    square_district(engine)
    job_id = start(planner, "stations", "register.csv", REGISTER.encode())
    attempt = take(engine, job_id)
    stages = []

    class Interrupted(RunningJob):
        def progress(self, stage: str, share: float | None = None, **values: object) -> None:
            stages.append(stage)
            if stage == "finishing":
                with writing(engine) as session:
                    cancel_job(session, job_id, seen_by=None)
            super().progress(stage, share, **values)

    with pytest.raises(CancelledError):
        load_upload(Interrupted(engine, attempt, state_dir=tmp_path, folder=tmp_path))
    assert stages[-1] == "finishing"
    assert rows(engine, "SELECT count(*) FROM place") == [0]
    assert rows(engine, "SELECT count(*) FROM source WHERE layer = 'places'") == [0]
    with writing(engine) as session:
        assert resolve(session, job_id, "ended", number=attempt.number) == "cancelled"
    assert rows(engine, "SELECT count(*) FROM job_file_part") == [0]


def test_what_is_stored_is_never_called_cancelled(engine: Engine, planner: FlaskClient, tmp_path: Path) -> None:
    square_district(engine)
    job_id = start(planner, "stations", "register.csv", REGISTER.encode())
    attempt = take(engine, job_id)
    with writing(engine) as session:
        keep_result(session, attempt, {"loads": []})
    with writing(engine) as session:
        cancel_job(session, job_id, seen_by=None)
        assert resolve(session, job_id, "interrupted", number=attempt.number) == "done"


def test_a_waiting_load_that_is_called_off_loses_its_file(engine: Engine, planner: FlaskClient) -> None:
    square_district(engine)
    job_id = start(planner, "stations", "register.csv", REGISTER.encode())
    assert rows(engine, "SELECT count(*) FROM job_file_part") == [1]
    planner.post(f"/manage/jobs/{job_id}/cancel", data={"csrf_token": csrf_token(planner, "/manage/load")})
    assert rows(engine, "SELECT count(*) FROM job_file_part") == [0]


def test_loads_of_one_district_wait_for_each_other(engine: Engine, planner: FlaskClient) -> None:
    square_district(engine)
    for _ in range(2):
        start(planner, "stations", "register.csv", REGISTER.encode())
    assert len(set(rows(engine, "SELECT lock FROM job"))) == 1


@pytest.mark.parametrize("megabytes", [1.02, 1.5])
def test_a_file_that_is_too_large_is_refused_with_its_size_and_the_limit(
    planner: FlaskClient, engine: Engine, megabytes: float
) -> None:
    status, page = send(planner, "stations", "large.csv", b"x" * int(megabytes * 2**20))
    assert status == 413
    assert "at most 1 MB are taken here. Make the file smaller" in page
    assert ("large.csv has 1.0 MB" in page) if megabytes < 1.1 else ("2 MB were sent" in page)
    assert rows(engine, "SELECT count(*) FROM job") == [0]


def test_a_stranger_s_file_is_not_even_read(app: Flask) -> None:
    class Unread(BytesIO):
        def read(self, *_: object) -> bytes:
            raise AssertionError("read")

    answer = app.test_client().post(
        "/manage/load?what=stations", input_stream=Unread(b""), content_length=2**20, content_type="multipart/form-data"
    )
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login")


@pytest.mark.parametrize(
    ("what", "name", "said"),
    [
        ("stations", "register.exe", "expected a file ending in .csv"),
        ("streets", "streets.tif", "expected a file ending in .osm.pbf"),
        ("boundaries", "towns.shp", "pack the .shp with its .shx, .dbf and .prj into one .zip"),
        ("stations", "..", "rename the file"),
        ("stations", "", "Choose a file first"),
    ],
)
def test_files_of_other_kinds_are_refused_in_the_form(
    planner: FlaskClient, engine: Engine, what: str, name: str, said: str
) -> None:
    square_district(engine)
    status, page = send(planner, what, name, b"x", crs="gcj02")
    assert status == 422
    assert said in page
    if what == "stations":
        assert '<option value="gcj02" selected>' in page, "what was chosen is still there"
    assert rows(engine, "SELECT count(*) FROM job") == [0]


def test_a_name_with_folders_is_only_a_name(engine: Engine, planner: FlaskClient) -> None:
    square_district(engine)
    start(planner, "stations", "../../etc/passwd.csv", REGISTER.encode())
    assert rows(engine, "SELECT name FROM job_file") == ["passwd.csv"]


def test_only_planners_send_files_and_only_on_the_page(log_in: LogIn, planner: FlaskClient) -> None:
    editor = log_in("editor")
    assert editor.get("/manage/load").status_code == 403
    header = {"X-CSRFToken": csrf_token(planner, "/account")}
    body = {"kind": "load", "arguments": {"what": "stations"}}
    refused = planner.post("/api/v1/jobs", json=body, headers=header)
    assert refused.status_code == 422
    assert "/manage/load" in refused.json["detail"]
    assert planner.get("/manage/load?what=conquests").status_code == 404


@pytest.mark.parametrize("what", ["boundaries", "streets", "population", "stations", "visits", "areas"])
def test_every_form_names_its_files(planner: FlaskClient, engine: Engine, what: str) -> None:
    square_district(engine)
    page = planner.get(f"/manage/load?what={what}").text
    assert 'name="dry_run" checked' in page, "a check comes first"
    assert "at most 1 MB" in page


def test_what_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.shp", b"\0" * 5_000_000)
    assert bomb.stat().st_size < 10_000
    monkeypatch.setattr("loaders.vector.MAX_UNZIPPED_BYTES", 4_000_000)
    with pytest.raises(InputError, match="too large once unpacked"):
        read_vector(bomb)
    workbook = tmp_path / "bomb.xlsx"
    workbook.write_bytes(bomb.read_bytes())
    monkeypatch.setattr("loaders.workbook.MAX_UNPACKED_BYTES", 4_000_000)
    with pytest.raises(InputError, match="too large once unpacked"):
        read_sheets(workbook)


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg"])
def test_a_list_of_other_files_is_not_followed(tmp_path: Path, suffix: str) -> None:
    """GDAL would read a description of a data source under any name, and with it files of the server."""
    secret = tmp_path / "secret.csv"
    secret.write_text("x,y,password\n119.5,30,hunter2\n")
    trap = tmp_path / f"trap{suffix}"
    trap.write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}</SrcDataSource>'
        '<GeometryField encoding="PointFromColumns" x="x" y="y"/><LayerSRS>WGS84</LayerSRS>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    with pytest.raises(InputError, match="whatever its name says"):
        read_vector(trap, with_points=True)
