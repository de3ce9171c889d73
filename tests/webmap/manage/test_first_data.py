"""The first data of a district on one page: several files at once, checked, asked about, imported, undone."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from geo.errors import GeoError
from tests.loaders.districts import rows, square_district
from tests.webmap.conftest import LogIn, csrf_token
from tests.webmap.first_data import DIRTY, do_waiting_jobs, gbk_towns, packed, parse_in_this_process
from webmap.logic.sent_files import SentFile, sort_files

CODE = "330111"
PAGE = f"/manage/load?district={CODE}"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_in_this_process(monkeypatch)


def send(client: FlaskClient, *files: tuple[str, bytes]) -> Any:
    stored = [FileStorage(BytesIO(content), name) for name, content in files]
    boundary, body = encode_multipart({"csrf_token": csrf_token(client, PAGE), "file": stored})
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post(f"/manage/load/files?district={CODE}", data=body, content_type=kind)


def press(client: FlaskClient, act: str, page: str, **answers: Any) -> None:
    """Send the first form of the page that does `act`."""
    address = re.search(rf'action="(/manage/[^"]*/{act}[^"]*)"', page)
    assert address, f"nothing on the page does {act}"
    answer = client.post(address[1].replace("&amp;", "&"), data={"csrf_token": csrf_token(client, PAGE), **answers})
    assert answer.status_code == 303, answer.text


def test_an_empty_district_is_filled_on_one_page(engine: Engine, log_in: LogIn, here: None, tmp_path: Path) -> None:
    admin = log_in("admin")
    token = csrf_token(admin, "/manage/load")
    made = admin.post("/manage/districts", data={"csrf_token": token, "code": CODE, "name": "富阳区"})
    assert made.headers["Location"] == PAGE

    parts = gbk_towns(tmp_path)
    assert send(admin, *parts.items(), ("台账.csv", DIRTY.encode("gbk"))).status_code == 303
    do_waiting_jobs(engine, tmp_path)
    page = admin.get(PAGE).text
    assert "2 rows: 2 can be imported, 0 not" in page, "the loose parts are one Shapefile, its names are GBK"
    assert "has no boundaries yet" in page
    assert "It is checked again as soon as the towns are imported." in page
    assert rows(engine, "SELECT count(*) FROM region") == [0], "a check stores nothing"

    press(admin, "import", page)
    do_waiting_jobs(engine, tmp_path)
    assert set(rows(engine, "SELECT name FROM region")) == {"新登镇", "富春街道"}
    page = admin.get(PAGE).text
    assert "5 rows: 2 can be imported, 3 not" in page, "it was checked again by itself"
    assert "“停业整改”" in page
    assert "119.55000, 30.00000" in page, "the suggestion"
    assert "10 m from 丙站" not in page, "丙站 is not read yet"

    press(admin, "check", page, what="stations", word="停业整改", **{
        "state-0": "closed", "asked-row": "3", "answer-0": "119.55 30.0"})  # fmt: skip
    do_waiting_jobs(engine, tmp_path)
    page = admin.get(PAGE).text
    assert "5 rows: 4 can be imported, 1 not" in page
    assert "10 m from 丙站 (4): is it the same place?" in page
    address = re.search(r'href="(/manage/load/\d+/rejected\.xlsx[^"]*)"', page)
    assert address
    sheet = openpyxl.load_workbook(BytesIO(admin.get(address[1]).data)).worksheets[0]
    assert [[cell.value for cell in row] for row in sheet] == [
        ["站点名称", "经度", "纬度", "运营状态", "联系电话", "Why it was not imported"],
        ["戊站", None, "30.0", "启用", None, "6: longitude or latitude is missing"],
    ]

    press(admin, "import", page)
    do_waiting_jobs(engine, tmp_path)
    found = dict(rows(engine, "SELECT name, status FROM place"))
    assert found == {"甲站": "active", "乙站": "active", "丙站": "closed", "丁站": "active"}
    assert rows(engine, "SELECT count(*) FROM job_file_part") == [0], "no file is kept"
    assert rows(engine, "SELECT count(*) FROM change WHERE after::text LIKE '%138%'") == [0]

    press(admin, "undo", admin.get(PAGE).text)
    assert rows(engine, "SELECT count(*) FROM place") == [0]
    assert "undone by a-admin" in admin.get(PAGE).text


def test_what_goes_and_what_stays_is_said_before(engine: Engine, log_in: LogIn, here: None, tmp_path: Path) -> None:
    square_district(engine, status="sample", is_schematic=True)
    planner = log_in("planner")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO place (district_code, code, name, geom) VALUES "
            f"('{CODE}', 'S1', '示意站01', 'SRID=4326;POINT(119.5 30)')"
        )
        connection.exec_driver_sql(
            "INSERT INTO visit (district_code, place_code, month, visits) VALUES "
            f"('{CODE}', 'S1', '2026-05-01', 7), ('{CODE}', 'S1', '2026-06-01', 7)"
        )
    send(planner, ("台账.csv", "站点名称,经度,纬度\n甲站,119.5,30.0\n".encode()))
    do_waiting_jobs(engine, tmp_path)
    page = re.sub(r"\s+", " ", planner.get(PAGE).text)
    assert "Will be replaced:</b> the sample data · places 1" in page
    assert "Stays:</b> months of visits 2" in page
    assert "Towns with stations: 1; without: 富春街道" in page


def test_an_example_shows_what_is_asked_and_is_never_imported(
    engine: Engine, log_in: LogIn, here: None, tmp_path: Path
) -> None:
    square_district(engine)
    planner = log_in("planner")
    press(planner, "example", planner.get(PAGE).text)
    do_waiting_jobs(engine, tmp_path)
    page = planner.get(PAGE).text
    assert "Example, only to look at" in page
    assert "“停业整改”" in page
    assert page.count("take the suggestion") == 2
    number = re.search(r"/manage/load/(\d+)/check", page)
    assert number
    answer = planner.post(
        f"/manage/load/{number[1]}/import?district={CODE}", data={"csrf_token": csrf_token(planner, PAGE)}
    )
    assert answer.status_code == 422
    assert rows(engine, "SELECT count(*) FROM place") == [0]
    press(planner, "dismiss", page)
    assert "Example, only to look at" not in planner.get(PAGE).text


def test_the_template_has_a_sheet_for_each_town(engine: Engine, log_in: LogIn) -> None:
    square_district(engine)
    book = openpyxl.load_workbook(BytesIO(log_in("planner").get(f"/manage/load/template.xlsx?district={CODE}").data))
    assert set(book.sheetnames) == {"新登镇", "富春街道"}
    assert [cell.value for cell in book.worksheets[0][1]][:5] == ["站点名称", "所属镇街", "地址", "经度", "纬度"]


def test_two_rows_of_one_place_are_merged_on_the_page(
    engine: Engine, log_in: LogIn, here: None, tmp_path: Path
) -> None:
    square_district(engine)
    planner = log_in("planner")
    file = "站点名称,经度,纬度,联系电话\n甲站,119.5,30.0,\n甲爱心站,119.5001,30.0,0571-63330001\n".encode()
    send(planner, ("台账.csv", file))
    do_waiting_jobs(engine, tmp_path)
    page = planner.get(PAGE).text
    assert "10 m from 甲站 (2): is it the same place?" in page
    press(planner, "check", page, what="stations", **{"asked-row": "3", "answer-0": "merge"})
    do_waiting_jobs(engine, tmp_path)
    page = planner.get(PAGE).text
    assert "2 rows: 1 can be imported, 1 not" in page
    assert "甲爱心站 was merged into 甲站 of row 2, as you chose" in page
    press(planner, "import", page)
    do_waiting_jobs(engine, tmp_path)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT name, office_phone FROM place").all()
    assert [tuple(row) for row in found] == [("甲站", "0571-63330001")]


def test_a_planner_sees_no_file_of_another(engine: Engine, log_in: LogIn, here: None, tmp_path: Path) -> None:
    square_district(engine)
    planner, admin = log_in("planner"), log_in("admin")
    send(admin, ("台账.csv", DIRTY.encode()))
    do_waiting_jobs(engine, tmp_path)
    (number,) = rows(engine, "SELECT id FROM job")
    token = {"csrf_token": csrf_token(planner, PAGE)}
    for act in ("check", "import", "dismiss"):
        assert planner.post(f"/manage/load/{number}/{act}?district={CODE}", data=token).status_code == 404
    assert planner.get(f"/manage/load/{number}/rejected.xlsx").status_code == 404
    assert log_in("editor").get(PAGE).status_code == 403


def sent(**files: bytes) -> list[SentFile]:
    return [SentFile(name.replace("_", "."), BytesIO(content)) for name, content in files.items()]


def test_an_archive_gives_each_of_its_files_and_shapefiles_stay_whole() -> None:
    inside = {"镇街/a.shp": b"1", "镇街/a.dbf": b"2", "镇街/a.sbn": b"3", "b.csv": b"4", "__MACOSX/._b.csv": b"5"}
    found = sort_files([SentFile("全部.zip", BytesIO(packed(inside)))], limit_mb=1)
    assert sorted(each.name for each in found) == ["a.zip", "b.csv"]
    for name, said in (("a_dbf", "the .shp of it is missing"), ("a_zip", "damaged or has a password")):
        with pytest.raises(GeoError, match=said):
            sort_files(sent(**{name: b"x"}), limit_mb=1)
    with pytest.raises(GeoError, match="too large once unpacked"):
        sort_files([SentFile("a.zip", BytesIO(packed({"a.csv": b"\0" * 2**20 + b"x"})))], limit_mb=1)
    with pytest.raises(GeoError, match="more than 30 files at once"):
        sort_files(sent(**{f"{n}_csv": b"x" for n in range(31)}), limit_mb=1)


def test_the_next_file_with_the_same_columns_is_read_as_the_last_one(
    engine: Engine, log_in: LogIn, here: None, tmp_path: Path
) -> None:
    square_district(engine)
    planner = log_in("planner")
    send(planner, ("一月.csv", DIRTY.encode()))
    assert re.search(r'class="muted">\s*Fuyang · ', planner.get(PAGE).text), "the card of the job names its district"
    do_waiting_jobs(engine, tmp_path)
    answers = {"what": "stations", "word": "停业整改", "state-0": "closed"}
    press(planner, "check", planner.get(PAGE).text, **answers)
    do_waiting_jobs(engine, tmp_path)
    press(planner, "import", planner.get(PAGE).text)
    do_waiting_jobs(engine, tmp_path)
    send(planner, ("二月.csv", DIRTY.encode()))
    do_waiting_jobs(engine, tmp_path)
    page = planner.get(PAGE).text
    assert "Read as you answered for 一月.csv" in page
    assert "What do these words mean?" not in page
