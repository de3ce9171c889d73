"""A report is one set of numbers in four forms: read back, all four say the same, and say where it comes from."""

import json
import re
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import geopandas as gpd
import pyogrio
import pytest
import shapely
from docx import Document
from openpyxl import Workbook, load_workbook
from PIL import Image
from sqlalchemy import Engine, text

from geo.db.session import writing
from geo.errors import InputError
from tests.conftest import DatabaseMaker
from tests.webmap.commands import fuchun
from tests.webmap.conftest import ROOT, csrf_token, logged_in
from tests.webmap.job_workers import wait_for, workers
from tests.webmap.report_files import (
    HELD_TO,
    MADE_AT,
    Made,
    about_of_package,
    about_of_webpage,
    all_texts,
    make,
    number,
    sheet_rows,
    tables_of_document,
    tables_of_webpage,
)
from tests.webmap.valley import CODE, EAST_PEOPLE, HAMLET_PEOPLE, MIDDLE_PEOPLE, WEST_PEOPLE, store_valley, valley_app
from webmap.accounts import create_account
from webmap.logic.coverage import CoverageQuestion, coverage
from webmap.logic.district_state import AreaInfo, DistrictState
from webmap.logic.live_districts import LiveDistricts
from webmap.logic.reports.conclusions import brief, compare, compared_with, conclude
from webmap.logic.reports.numbers import CoverageReport, Figures, compute_report
from webmap.logic.reports.own_form import FIELDS, LIST_FIELDS, fill_form, form_values
from webmap.logic.reports.report_text import ReportText

HOSTILE = "<img src=x onerror=alert(1)>{{ 7*7 }}</script>"
FORMULA = "=1+1"
ALL = WEST_PEOPLE + MIDDLE_PEOPLE + EAST_PEOPLE + HAMLET_PEOPLE


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
        yield engine, LiveDistricts(engine, tmp_path_factory.mktemp("state")).build(CODE)


@pytest.fixture(scope="module")
def made(valley: tuple[Engine, DistrictState], tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(*valley, tmp_path_factory.mktemp("report"), CoverageQuestion())


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

    *in_workbook, total = sheet_rows(made.workbook, "镇街")
    assert {row[1]: row[2:6] for row in in_workbook} == expected
    assert total[1:6] == ("合计", ALL, *(report.whole.covered, report.whole.share, report.whole.missed))

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
    assert len(pictures) == 3
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
    texts = list(all_texts(english))
    assert any("Coverage by rest stations in Valley" in text for _, text in texts)
    # Standards name what they mean in the words of their source too: flagship (标杆型).
    plain = [(form, re.sub(r"\([\u4e00-\u9fff\d]+\)", "", without(text, "东镇"))) for form, text in texts]
    assert [(form, text) for form, text in plain if re.search(r"[\u3000-\u9fff\uff00-\uffef]", text)] == []
    assert "Sample data" in Document(str(english.document)).sections[0].header.paragraphs[0].text


def without(text: str, *names: str) -> str:
    """Return a text without names that data brings, files and checksums."""
    credit = "© OpenStreetMap contributors"
    for name in (HOSTILE, FORMULA, credit, "West station", "East station", "Road", *names):
        text = text.replace(name, "")
    return re.sub(r"\S+\.(csv|geojson|osm|json)(\.pbf)?|SHA-256|[0-9a-f]{12,}|\d+T[\d:+-]+", "", text)


def test_a_report_in_chinese_has_no_english_but_names(made: Made, tmp_path: Path) -> None:
    at_night = make(made.engine, made.state, tmp_path, CoverageQuestion(at=MADE_AT, services=("toilet",)))
    for each in (made, at_night):
        texts = list(all_texts(each))
        assert [(form, text) for form, text in texts if re.search("[A-Za-z]{3,}", without(text))] == []
        assert not [text for _, text in texts if re.search(r"\d\.0(?![\d%])", text) and "E" not in text]


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
    assert heads[-1] == "十二、尚不清楚的"
    # Key areas may share ground: the district stands beside them, and nothing is added up.
    assert tables_of_document(report.document)["key areas"][0][:2] == ["全区", f"{ALL}"]


def far_report(state: DistrictState, **more: Any) -> tuple[CoverageReport, ReportText]:
    """Return a report by which people are too far: the middle and the east, within 5 minutes."""
    report = compute_report(state, CoverageQuestion(minutes=5), made_at=MADE_AT, **more)
    return report, ReportText(report, "zh")


def test_conclusions_say_what_the_numbers_carry(made: Made) -> None:
    report, words = far_report(made.state)
    standing, gaps, doors = conclude(report, words)
    missed = MIDDLE_PEOPLE + EAST_PEOPLE + HAMLET_PEOPLE
    assert f"覆盖率 {WEST_PEOPLE / ALL:.1%}，尚有 {missed} 人未覆盖" in standing
    # A station would not help who live near no street: the hamlet is not advised.
    assert f"至少可再覆盖 {MIDDLE_PEOPLE + EAST_PEOPLE} 人" in gaps
    assert f"有 {WEST_PEOPLE} 人只靠这一个站覆盖" in doors
    assert compare(report, words) == []
    assert "此前没有同样口径的报告" in compared_with(report, words)
    for sentence in (standing, gaps, doors):
        assert sentence in brief(report, words)


def test_a_report_is_compared_with_the_last_one_of_its_question(made: Made) -> None:
    before = Figures("2026-05-01T09:00:00+08:00", 400.0, 50.0, 0.125, 0.0, 350.0, 1, 9)
    report, words = far_report(made.state, previous=before)
    rows = {label: change for label, _, _, change in compare(report, words)}
    assert (rows["已覆盖"], rows["未覆盖"], rows["统计总量"]) == (
        f"{WEST_PEOPLE - 50:+}",
        f"{ALL - WEST_PEOPLE - 350:+}",
        "-20",
    )
    assert rows["覆盖率"] == f"{(WEST_PEOPLE / ALL - 0.125) * 100:+.1f} 个百分点"
    assert "较上期" in conclude(report, words)[0]
    assert "2026-05-01" in compared_with(report, words)
    assert report.digest == far_report(made.state)[0].digest, (
        "the number is that of the answer, not of what precedes it"
    )


def test_what_has_not_changed_has_no_sign_and_is_said_to_be_as_before(made: Made) -> None:
    report, _ = far_report(made.state)
    same = replace(report.figures, made_at="2026-05-01T09:00:00+08:00")
    again, words = far_report(made.state, previous=same)
    assert {change for _, _, _, change in compare(again, words)} == {"0", "0.0 个百分点"}
    assert "与上期持平" in conclude(again, words)[0]


def test_a_document_ends_signed_and_dated(made: Made, tmp_path: Path) -> None:
    signed = make(made.engine, made.state, tmp_path, CoverageQuestion(), signed_by="区总工会权益部")
    assert [p.text for p in Document(str(signed.document)).paragraphs][-2:] == ["区总工会权益部", "2026年11月23日"]
    assert [p.text for p in Document(str(made.document)).paragraphs][-2] == "（署名）"


def test_a_workbook_is_ready_to_print(made: Made) -> None:
    book = load_workbook(made.workbook)
    for sheet in book:
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
        assert sheet.print_title_rows == "$1:$3"
    assert len(book["覆盖曲线"]._charts) == 1
    assert [len(each.rules) for each in book["一周"].conditional_formatting] == [1]


def test_the_workbook_says_hours_in_words_and_sums_its_gaps(made: Made) -> None:
    hours = {row[0]: row[4] for row in sheet_rows(made.workbook, "驿站")}
    assert hours == {"S1": "24 小时", "S2": "周一至周五 08:00–17:00"}
    *gaps, total = sheet_rows(made.workbook, "缺口")
    assert total[1:4] == ("合计", None, sum(gap[3] for gap in gaps))


def test_the_package_brings_styles_and_names_of_its_columns(made: Made) -> None:
    with closing(sqlite3.connect(made.package)) as store:
        styles = dict(store.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault = 1"))
        names = store.execute("SELECT column_name, name FROM gpkg_data_columns WHERE table_name = 'towns'").fetchall()
    assert {"towns", "stations", "gaps", "squares", "service_areas"} <= styles.keys()
    layers = {layer for layer, kind in pyogrio.list_layers(made.package) if kind is not None}
    assert styles.keys() & layers == layers
    for qml in styles.values():
        drawn = ElementTree.fromstring(qml)
        assert drawn.find("renderer-v2/symbols/symbol/layer") is not None
    assert {"share": "覆盖率", "missed": "未覆盖", "mark": "数据标记"}.items() <= dict(names).items()


def test_the_ten_largest_gaps_bear_their_numbers_on_the_page(made: Made) -> None:
    page = made.webpage.read_text(encoding="utf-8")
    assert page.count("L.divIcon(") == 1
    assert 'id="legend"' in page


def test_the_offices_own_workbook_is_filled_and_its_rows_are_repeated(made: Made, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["{{district}}覆盖率 {{share}}", "{{people}}", "{{ no_such }}"])
    sheet.append(["{{towns.name}}", "{{towns.people}}", "{{date}}"])
    sheet.append(["合计", "=SUM(B2:B2)", "{{stations.name}}"])
    sheet.merge_cells("A3:A3")
    sheet["B2"].number_format = "0.00"
    book.save(tmp_path / "月报.xlsx")
    report, words = far_report(made.state)
    unknown = fill_form(tmp_path / "月报.xlsx", tmp_path / "out.xlsx", report, words)
    assert unknown == ["no_such"]
    rows = list(load_workbook(tmp_path / "out.xlsx").worksheets[0].iter_rows(values_only=True))
    assert rows[0] == (f"谷区覆盖率 {WEST_PEOPLE / ALL:.1%}", ALL, "{{no_such}}")
    assert rows[1:3] == [(town.name, town.people, "2026-11-23") for town in report.towns]
    # A name from a file is never a formula; the form's own formulas stay.
    assert [row[2] for row in rows[3:]] == [station.name for station in report.stations]
    cells = load_workbook(tmp_path / "out.xlsx").worksheets[0]["C"]
    assert next(cell for cell in cells if cell.value == FORMULA).data_type == "s"


def test_the_offices_own_document_is_filled_even_where_word_parts_a_field(made: Made, tmp_path: Path) -> None:
    form = Document()
    paragraph = form.add_paragraph("截至")
    for part in ("{{da", "te}}", "，未覆盖 {{missed}} 人"):
        paragraph.add_run(part)
    table = form.add_table(2, 2)
    for cell, text_ in zip(table.rows[1].cells, ("{{gaps.name}}", "{{gaps.people}}"), strict=True):
        cell.text = text_
    form.save(tmp_path / "通报.docx")
    report, words = far_report(made.state)
    assert fill_form(tmp_path / "通报.docx", tmp_path / "out.docx", report, words) == []
    filled = Document(str(tmp_path / "out.docx"))
    assert filled.paragraphs[0].text == f"截至2026-11-23，未覆盖 {report.whole.missed:,.0f} 人"
    assert [[cell.text for cell in row.cells] for row in filled.tables[0].rows[1:]] == [
        [words.gap_name(gap), f"{gap.people:,.0f}"] for gap in report.gaps
    ]


def test_what_is_no_form_is_refused_in_a_sentence(made: Made, tmp_path: Path) -> None:
    report, words = far_report(made.state)
    (tmp_path / "x.xlsx").write_bytes(b"not a workbook")
    for name, said in (("x.xlsx", "cannot be read as a form"), ("x.pdf", "is no form")):
        with pytest.raises(InputError, match=said):
            fill_form(tmp_path / name, tmp_path / "out", report, words)


def test_a_form_may_hold_every_field_that_the_page_lists(made: Made) -> None:
    values = form_values(*far_report(made.state))
    assert tuple(values.fields) == FIELDS
    assert {head: tuple(rows[0]) for head, rows in values.lists.items() if rows} == {
        head: fields for head, fields in LIST_FIELDS.items() if head != "key_areas"
    }


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
        client = logged_in(app.test_client(), "planner", password)
        link = re.search(
            r'href="(/manage/reports/coverage[^"]*minutes=10[^"]*)"', client.get("/plan?minutes=10&mode=ebike").text
        )
        assert link
        address = unescape(link[1])
        page = client.get(address).text
        action = re.search(r'action="(/manage/reports/coverage[^"]*)" data-starts', page)
        assert action
        assert "{{towns.share}}" in page, "the page lists the fields of a form"
        own = BytesIO()
        book = Workbook()
        book.worksheets[0].append(["{{district}}", "{{share}}", "{{shares}}"])
        book.save(own)
        own.seek(0)
        form = {"csrf_token": csrf_token(client, address), "signed_by": "District union", "form": (own, "月报.xlsx")}
        sent = client.post(unescape(action[1]), data=form)
        assert sent.status_code == 303
        job_id = int(re.search(r"/manage/jobs/(\d+)", sent.headers["Location"])[1])
        job = client.get(f"/api/v1/jobs/{job_id}").json
        assert (job["arguments"]["mode"], job["arguments"]["minutes"], job["district"]) == ("ebike", 10, CODE)
        done = wait_for(engine, job_id, lambda job: not job.is_active, within_s=90)
        assert (done.state, done.error) == ("done", None)
        files = client.get(f"/api/v1/jobs/{job_id}").json["files"]
        files = [file for file in files if not file["is_upload"]]
        assert [Path(file["name"]).suffix for file in files] == [".docx", ".xlsx", ".gpkg", ".html", ".xlsx"]
        filled = load_workbook(BytesIO(client.get(files[4]["address"]).data)).worksheets[0]
        assert [cell.value for cell in filled[1]] == ["谷区", f"{(ALL - HAMLET_PEOPLE) / ALL:.1%}", "{{shares}}"]
        result = client.get(f"/api/v1/jobs/{job_id}").json["result"]
        assert result["unknown_fields"] == ["shares"]
        assert result["figures"]["covered"] == ALL - HAMLET_PEOPLE
        book = load_workbook(BytesIO(client.get(files[1]["address"]).data))
        assert "骑车 10 分钟以内" in str(book["摘要"]["A2"].value)
        assert files[0]["name"] in client.get(address).text, "the page shows the reports there are"
