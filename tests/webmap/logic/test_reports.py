"""A report is one set of numbers in four forms: read back, all four say the same, and say where it comes from."""

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely
from docx import Document
from openpyxl import load_workbook
from PIL import Image
from sqlalchemy import Engine, text

from geo.coverage.standards import load_standards
from geo.db.session import writing
from geo.errors import InputError
from tests.conftest import DatabaseMaker
from tests.webmap.cli.test_cli import fuchun
from tests.webmap.conftest import ROOT, csrf_token
from tests.webmap.logic.test_jobs import wait_for, workers
from tests.webmap.valley import CODE, EAST_PEOPLE, HAMLET_PEOPLE, MIDDLE_PEOPLE, WEST_PEOPLE, store_valley, valley_app
from webmap.accounts import create_account
from webmap.logic.coverage import CoverageQuestion, coverage
from webmap.logic.district_state import AreaInfo, DistrictState
from webmap.logic.fonts import find_font
from webmap.logic.live import Live
from webmap.logic.reports.make import make_coverage_report
from webmap.logic.reports.numbers import compute_report

MADE_AT = datetime(2026, 11, 23, 4, 10, tzinfo=UTC)
HOSTILE = "<img src=x onerror=alert(1)>{{ 7*7 }}</script>"
FORMULA = "=1+1"
HELD_TO = tuple(replace(standard, district="") for standard in load_standards())
"""The standards of Zhejiang, as if they bound the valley."""
ALL = WEST_PEOPLE + MIDDLE_PEOPLE + EAST_PEOPLE + HAMLET_PEOPLE


@dataclass(frozen=True)
class Made:
    """The four files of a report, and what they were made from."""

    engine: Engine
    state: DistrictState
    document: Path
    workbook: Path
    package: Path
    webpage: Path


def make(engine: Engine, state: DistrictState, folder: Path, asked: CoverageQuestion, *, lang: str = "zh") -> Made:
    files = make_coverage_report(
        engine, state, asked, folder, lang=lang, font=find_font({}), made_at=MADE_AT, held_to=HELD_TO
    )
    return Made(engine, state, *files)


@pytest.fixture(scope="module", autouse=True)
def translations() -> None:
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "compile", "-d", "webmap/translations"]
    subprocess.run(command, cwd=ROOT, check=True)


@pytest.fixture(scope="module")
def valley(
    make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, DistrictState]]:
    """The sample valley, where one town is called by what a page or a sheet could obey."""
    with make_database() as engine:
        with writing(engine) as session:
            store_valley(session)
            session.execute(text("UPDATE region SET name = :name WHERE code = 'W'"), {"name": HOSTILE})
            session.execute(text("UPDATE place SET name = :name WHERE code = 'S2'"), {"name": FORMULA})
            session.execute(text("UPDATE source SET checksum = :digest WHERE layer = 'places'"), {"digest": "ab" * 32})
        yield engine, Live(engine, tmp_path_factory.mktemp("state")).build(CODE)


@pytest.fixture(scope="module")
def made(valley: tuple[Engine, DistrictState], tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(*valley, tmp_path_factory.mktemp("report"), CoverageQuestion())


def number(words: str) -> float:
    """Return a number as people write it."""
    return float(words.rstrip("%").replace(",", "")) / (100 if words.endswith("%") else 1)


def tables_of_document(path: Path) -> dict[str, list[list[str]]]:
    """Return the rows of each table by its title, without the head."""
    found = {}
    for table in Document(str(path)).tables:
        title = table._tbl.tblPr.xpath("w:tblCaption")[0].values()[0]
        found[title] = [[cell.text for cell in row.cells] for row in table.rows[1:]]
    return found


def sheet_rows(path: Path, title: str) -> list[tuple[object, ...]]:
    return list(load_workbook(path)[title].iter_rows(min_row=4, values_only=True))


def tables_of_webpage(path: Path) -> dict[str, list[list[str]]]:
    page = path.read_text(encoding="utf-8")
    return {
        name: [
            [unescape(cell) for cell in re.findall(r"<td>(.*?)</td>", row, re.S)]
            for row in re.findall(r"<tr>(.*?)</tr>", body.partition("</thead>")[2], re.S)
        ]
        for name, body in re.findall(r'<table id="(\w+)">(.*?)</table>', page, re.S)
    }


def about_of_package(path: Path) -> dict[str, str]:
    table = pyogrio.read_dataframe(path, layer="about")
    return dict(zip(table["name"], table["value"], strict=True))


def about_of_webpage(path: Path) -> dict[str, str]:
    found = re.search(r'<script type="application/json" id="about">(.*?)</script>', path.read_text(encoding="utf-8"))
    assert found
    return {row["name"]: row["value"] for row in json.loads(found[1])}


def test_the_numbers_are_those_of_the_valley(valley: tuple[Engine, DistrictState]) -> None:
    report = compute_report(valley[1], CoverageQuestion(), made_at=MADE_AT)
    assert (report.whole.people, report.whole.covered, report.whole.missed) == (ALL, ALL - HAMLET_PEOPLE, HAMLET_PEOPLE)
    assert [(town.code, town.people, town.covered) for town in report.towns] == [
        ("E", EAST_PEOPLE + HAMLET_PEOPLE, EAST_PEOPLE),
        ("W", WEST_PEOPLE + MIDDLE_PEOPLE, WEST_PEOPLE + MIDDLE_PEOPLE),
    ]
    assert report.causes == (("not_attached", HAMLET_PEOPLE),)
    assert report.whole.share == coverage(valley[1], CoverageQuestion()).share


def test_all_four_forms_say_the_same_of_every_town(made: Made) -> None:
    report = compute_report(made.state, CoverageQuestion(), made_at=MADE_AT, held_to=HELD_TO)
    expected = {town.name: (town.people, town.covered, town.share, town.missed) for town in report.towns}
    assert len(expected) == 2

    in_document = tables_of_document(made.document)["towns"]
    assert in_document[0][0] == "合计"
    assert number(in_document[0][1]) == ALL
    read = {row[0]: tuple(map(number, (row[1], row[2], row[3], row[4]))) for row in in_document[1:]}
    assert read.keys() == expected.keys()
    for name, (people, covered, share, missed) in expected.items():
        assert read[name] == (people, covered, pytest.approx(share, abs=0.0005), missed)

    in_workbook = {row[1]: row[2:6] for row in sheet_rows(made.workbook, "镇街")}
    assert in_workbook == expected

    in_package = gpd.read_file(made.package, layer="towns")
    columns = ("people", "covered", "share", "missed")
    assert {row["name"]: tuple(row[c] for c in columns) for _, row in in_package.iterrows()} == expected

    in_webpage = {row[0]: tuple(map(number, row[1:])) for row in tables_of_webpage(made.webpage)["towns"]}
    for name, (people, covered, share, _) in expected.items():
        assert in_webpage[name] == (people, covered, pytest.approx(share, abs=0.0005))


def test_all_four_forms_say_the_same_key_figures_gaps_and_hours(made: Made) -> None:
    report = compute_report(made.state, CoverageQuestion(), made_at=MADE_AT, held_to=HELD_TO)
    document, webpage = tables_of_document(made.document), tables_of_webpage(made.webpage)
    package = about_of_package(made.package)
    assert about_of_webpage(made.webpage) == package
    workbook = {row[0]: row[1] for row in sheet_rows(made.workbook, "摘要") if row[1] is not None}
    assert document["facts"] == webpage["facts"]
    written = {label: words for label, words in document["facts"] if words != "—"}
    for label, words in written.items():
        assert number(words) == pytest.approx(workbook[label], abs=0.0005 if "率" in label else 0.5)
    assert float(package["covered"]) == workbook["已覆盖"] == report.whole.covered

    [gap] = report.gaps
    assert document["gaps"][0][2] == webpage["gaps"][0][2] == "30"
    assert sheet_rows(made.workbook, "缺口")[0][3] == gap.people == 30
    assert gpd.read_file(made.package, layer="gaps")["people"].tolist() == [30.0]
    assert sheet_rows(made.workbook, "缺口")[0][1] == document["gaps"][0][1] == webpage["gaps"][0][1]

    hours = [row[1:] for row in sheet_rows(made.workbook, "一周")]
    assert hours == [tuple(row) for row in report.week.share]
    assert [[number(cell) for cell in row[1:]] for row in document["week"]] == [
        [round(share * 100) for share in row] for row in report.week.share
    ]
    locked = {row[2]: row[4] for row in sheet_rows(made.workbook, "关门影响")}
    assert {row[1]: number(row[2]) for row in document["dependences"]} == locked


def test_version_moment_number_and_checksums_stand_in_each(made: Made) -> None:
    report = compute_report(made.state, CoverageQuestion(), made_at=MADE_AT, held_to=HELD_TO)
    document = Document(str(made.document))
    in_document = "\n".join(
        [
            *(p.text for p in document.paragraphs),
            *(p.text for p in document.sections[0].footer.paragraphs),
            *(cell for rows in tables_of_document(made.document).values() for row in rows for cell in row),
        ]
    )
    book = load_workbook(made.workbook)
    in_workbook = "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    package = about_of_package(made.package)
    in_webpage = made.webpage.read_text(encoding="utf-8")
    for form in (in_document, in_workbook, "\n".join(package.values()), in_webpage):
        for fact in (f"数据版本 {made.state.data_version}", "2026-11-23 周一 12:10", report.digest, "ab" * 32):
            assert fact in form


def test_sample_data_is_marked_inside_every_part(made: Made) -> None:
    assert all("示意数据" in path.name for path in (made.document, made.workbook, made.package, made.webpage))
    document = Document(str(made.document))
    assert "示意数据" in document.sections[0].header.paragraphs[0].text
    with zipfile.ZipFile(made.document) as parts:
        pictures = [parts.read(name) for name in parts.namelist() if name.endswith(".png")]
    assert len(pictures) == 2
    assert all("示意数据" in Image.open(BytesIO(picture)).info["Title"] for picture in pictures)
    book = load_workbook(made.workbook)
    assert len(book.sheetnames) >= 9
    for sheet in book:
        assert str(sheet["A1"].value).startswith("示意数据")
        assert sheet.freeze_panes is not None
    for layer, kind in pyogrio.list_layers(made.package):
        if kind is not None:
            assert set(gpd.read_file(made.package, layer=layer)["mark"]) == {"示意数据"}
    assert 'id="stamp" class="mark">示意数据<' in made.webpage.read_text(encoding="utf-8")


def test_the_mark_is_drawn_into_the_picture_of_a_map(made: Made, tmp_path: Path) -> None:
    district = made.state.district
    real = replace(made.state, district=type(district)(**{**_columns(district), "status": "real"}))
    plain = make(made.engine, real, tmp_path, CoverageQuestion())
    with zipfile.ZipFile(made.document) as marked, zipfile.ZipFile(plain.document) as unmarked:
        names = [name for name in marked.namelist() if name.endswith(".png")]
        for name in names:
            pictures = [Image.open(BytesIO(file.read(name))).convert("RGB") for file in (marked, unmarked)]
            different = [a != b for a, b in zip(*(picture.tobytes()[::3] for picture in pictures), strict=True)]
            assert sum(different) > 5000, "the words are large"
    for path in (plain.document, plain.workbook, plain.package, plain.webpage):
        assert "示意" not in path.name
    assert "示意数据" not in plain.webpage.read_text(encoding="utf-8")
    assert all("示意数据" not in str(sheet["A1"].value) for sheet in load_workbook(plain.workbook))


def _columns(district: object) -> dict[str, object]:
    return {name: getattr(district, name) for name in ("code", "name", "name_en", "note", "timezone", "calendar")}


def test_the_same_report_is_the_same_bytes(made: Made, tmp_path: Path) -> None:
    again = make(made.engine, made.state, tmp_path, CoverageQuestion())
    for first, second in (
        (made.document, again.document),
        (made.workbook, again.workbook),
        (made.package, again.package),
        (made.webpage, again.webpage),
    ):
        assert first.read_bytes() == second.read_bytes(), first.suffix


def test_another_question_has_another_number(made: Made) -> None:
    numbers = {
        compute_report(made.state, asked, made_at=MADE_AT).digest
        for asked in (
            CoverageQuestion(),
            CoverageQuestion(minutes=5),
            CoverageQuestion(mode="ebike"),
            CoverageQuestion(at=MADE_AT),
            CoverageQuestion(services=("toilet",)),
        )
    }
    assert len(numbers) == 5


def test_names_are_only_names(made: Made) -> None:
    page = made.webpage.read_text(encoding="utf-8")
    assert "<img" not in page
    assert "{{ 7*7 }}" in page, "no template has reckoned it"
    assert page.count("</script>") == len(re.findall(r"<script[ >]", page))
    cells = [cell for sheet in load_workbook(made.workbook) for row in sheet.iter_rows() for cell in row]
    assert FORMULA in [cell.value for cell in cells]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_a_report_in_english_has_no_chinese_but_names(made: Made, tmp_path: Path) -> None:
    english = make(made.engine, made.state, tmp_path, CoverageQuestion(at=MADE_AT), lang="en")
    document = Document(str(english.document))
    words = "\n".join(p.text for p in document.paragraphs)
    assert "Coverage by rest stations in Valley" in words
    assert not re.search(r"[\u4e00-\u9fff]", words.replace("东镇", "").replace("西镇", ""))
    assert "Sample data" in document.sections[0].header.paragraphs[0].text


def test_a_proxy_and_english_names_stand_in_each_form(made: Made, tmp_path: Path) -> None:
    layers = made.state.demand_layers
    proxies = replace(made.state, multipliers={})
    proxies.__dict__["demand_layers"] = tuple(replace(layer, is_proxy=True, unit="weighted") for layer in layers)
    regions = tuple(replace(r, name_en="East town") if r.code == "E" else r for r in made.state.regions)
    object.__setattr__(proxies, "regions", regions)
    made_so = make(made.engine, proxies, tmp_path, CoverageQuestion(), lang="en")
    sentence = "Proxy: nobody has counted these, something else stands in for them: residents."
    document = Document(str(made_so.document))
    assert sentence in [p.text for p in document.paragraphs]
    assert "weighted units" in "".join(p.text for p in document.paragraphs)
    assert all(sentence in str(sheet["A2"].value) for sheet in load_workbook(made_so.workbook))
    assert about_of_package(made_so.package)["proxy"] == sentence
    assert sentence in unescape(made_so.webpage.read_text(encoding="utf-8"))
    assert "East town" in {row[0] for row in tables_of_document(made_so.document)["towns"]}
    assert "East town" in {row[1] for row in sheet_rows(made_so.workbook, "Towns")}
    assert "East town" in set(gpd.read_file(made_so.package, layer="towns")["name"])
    assert "东镇" not in made_so.webpage.read_text(encoding="utf-8")


def test_key_areas_have_a_chapter_of_their_own(made: Made, tmp_path: Path) -> None:
    west = AreaInfo("K", "老城", shapely.box(119.97, 29.9, 120.0, 30.1))
    report = make(made.engine, replace(made.state, areas=(west,)), tmp_path, CoverageQuestion())
    assert tables_of_document(report.document)["key areas"][1][:3] == ["老城", "150", "150"]
    assert sheet_rows(report.workbook, "重点区域")[0][1:4] == ("老城", 150, 150)
    heads = [p.text for p in Document(str(report.document)).paragraphs if p.style.name == "Heading 1"]
    assert heads[-1] == "十一、尚不清楚的"


def test_a_report_of_one_area_is_refused(made: Made, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="whole district"):
        make(made.engine, made.state, tmp_path, CoverageQuestion(area="W"))


def test_the_command_writes_the_files_and_names_them(made: Made, tmp_path: Path) -> None:
    words = ("report", "coverage", "--minutes", 5, "--lang", "en", "--out", tmp_path / "out", "--json")
    done = fuchun(made.engine, tmp_path, *words)
    assert done.returncode == 0, done.stderr
    files = [Path(name) for name in json.loads(done.stdout)["files"]]
    assert [file.suffix for file in files] == [".docx", ".xlsx", ".gpkg", ".html"]
    assert all(file.stat().st_size > 5000 for file in files)


def test_staff_have_it_made_from_the_plan_and_fetch_the_four_files(
    make_database: DatabaseMaker, tmp_path: Path
) -> None:
    with valley_app(make_database, tmp_path) as app, workers(app.extensions["fuchun_engine"], tmp_path) as start:
        engine = app.extensions["fuchun_engine"]
        start()
        with writing(engine) as session:
            password = create_account(session, "planner", role="planner")
        client = app.test_client()
        form = {"username": "planner", "password": password, "csrf_token": csrf_token(client, "/login")}
        assert client.post("/login", data=form).status_code == 302
        link = re.search(r'href="(/manage/reports/coverage[^"]*)"', client.get("/plan?minutes=10&mode=ebike").text)
        assert link
        address = unescape(link[1])
        page = client.get(address).text
        action = re.search(r'action="(/manage/reports/coverage[^"]*)" data-starts', page)
        assert action
        sent = client.post(unescape(action[1]), data={"csrf_token": csrf_token(client, address)})
        assert sent.status_code == 303
        job_id = int(re.search(r"/manage/jobs/(\d+)", sent.headers["Location"])[1])
        job = client.get(f"/api/v1/jobs/{job_id}").json
        assert (job["arguments"]["mode"], job["arguments"]["minutes"], job["district"]) == ("ebike", 10, CODE)
        done = wait_for(engine, job_id, lambda job: not job.is_active, within_s=90)
        assert (done.state, done.error) == ("done", None)
        files = client.get(f"/api/v1/jobs/{job_id}").json["files"]
        assert [Path(file["name"]).suffix for file in files] == [".docx", ".xlsx", ".gpkg", ".html"]
        book = load_workbook(BytesIO(client.get(files[1]["address"]).data))
        assert "骑车 10 分钟以内" in str(book["摘要"]["A2"].value)
        assert files[0]["name"] in client.get(address).text, "the page shows the reports there are"
