"""Real places through the whole chain of commands: files in, coverage by moment and week, gaps, closure, standards, and
the report's four forms. Who is covered is worked out again from the same files, by brute force.

The twin (`tests.geo.network.oracle`) reads the extract itself and searches with SciPy in floating seconds, where the
program counts deciseconds; so each of its numbers is an interval, and whoever lives nearly on the limit may go either
way. How many those are is asserted too.
"""

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
import pytest
import shapely
from openpyxl import load_workbook
from sqlalchemy import Engine

from tests.conftest import DatabaseMaker
from tests.extracts import (
    HELSINKI,
    HELSINKI_GRID,
    LIECHTENSTEIN,
    LIECHTENSTEIN_TOWNS,
    needs_helsinki_grid,
    needs_liechtenstein,
)
from tests.geo.network.oracle import read_oracle, seconds_brute
from tests.loaders.districts import rows
from tests.webmap.commands import fuchun
from tests.webmap.report_files import (
    about_of_package,
    about_of_webpage,
    number,
    sheet_rows,
    tables_of_document,
    tables_of_webpage,
)

NEARLY_S = 1.0
"""How far the twin's seconds may be off: a decisecond for each street of a way."""
REACH_M = 500.0
EVENING = "2026-11-25T20:00:00+02:00"
"""A Wednesday."""
TARGETS = '[[standard]]\nid = "own/{percent}"\nrule = "coverage"\ntitle = "{percent} %"\nmode = "walk"\nminutes = 5\n'
TARGETS += 'percent = {percent}\ncitation = "of this test"\n'

HOURS: list[tuple[str, Callable[[int, int], bool]]] = [
    ("24/7", lambda day, hour: True),
    ("Mo-Fr 09:00-16:00", lambda day, hour: day < 5 and 9 <= hour < 16),
    ("Mo-Su 10:00-21:00", lambda day, hour: 10 <= hour < 21),
    ("Sa,Su 12:00-18:00", lambda day, hour: day > 4 and 12 <= hour < 18),
    ("", lambda day, hour: False),
    ("Mo-Fr 07:00-20:00", lambda day, hour: day < 5 and 7 <= hour < 20),
]
"""Opening hours as a register has them, and as a child would read them; of an empty cell nothing is known."""


@dataclass(frozen=True)
class Twin:
    """The district once more: seconds by brute force, what each point weighs, its town, and the stations' codes.

    `minutes` is the standard: the extract of Helsinki is so small that 15 minutes reach everybody.
    """

    engine: Engine
    folder: Path
    minutes: int
    seconds: np.ndarray
    weight: np.ndarray
    town: np.ndarray
    codes: list[str]

    def ask(self, *words: Any, lang: str = "en") -> dict[str, Any]:
        done = fuchun(self.engine, self.folder, *words, "--json", lang=lang)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def cover(self, *words: Any) -> dict[str, Any]:
        return self.ask("coverage", "--minutes", self.minutes, *words)

    def covered(self, counts: np.ndarray, *, times: int = 1, among: Any = slice(None)) -> tuple[float, float]:
        """Return the least and the most who reach so many of the stations that count."""
        seconds, weight = self.seconds[among][:, counts], self.weight[among]
        within = [(seconds <= 60 * self.minutes + slack).sum(axis=1) >= times for slack in (-NEARLY_S, NEARLY_S)]
        return weight[within[0]].sum(), weight[within[1]].sum()


def load(engine: Engine, folder: Path, *words: Any) -> None:
    done = fuchun(engine, folder, "load", *words)
    assert done.returncode == 0, done.stderr


def twin(engine: Engine, folder: Path, extract: Path, *, minutes: int) -> Twin:
    points = rows(
        engine, "SELECT ST_X(geom), ST_Y(geom), weight, coalesce(region_code, '') FROM demand_point ORDER BY id"
    )
    stations = rows(engine, "SELECT ST_X(geom), ST_Y(geom), code FROM place WHERE status = 'active' ORDER BY code")
    lon, lat, weight, town = zip(*points, strict=True)
    oracle = read_oracle(extract, mode="walk")
    seconds = seconds_brute(
        oracle, np.column_stack([lon, lat]), np.array([row[:2] for row in stations]), reach_m=REACH_M
    )
    return Twin(engine, folder, minutes, seconds, np.array(weight), np.array(town), [row[2] for row in stations])


def inside(bounds: tuple[float, float], value: float) -> bool:
    """Tell whether a number of the program, the sum of two that are rounded to a tenth, lies between the twin's."""
    return bounds[0] - 0.11 <= value <= bounds[1] + 0.11


@pytest.fixture(scope="module")
def helsinki(make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """Helsinki's streets from the package, its population grid, two halves for towns, its banks with made-up hours."""
    folder = tmp_path_factory.mktemp("helsinki-chain")
    spots, banks = [], []
    for item in osmium.FileProcessor(str(HELSINKI)).with_locations():
        if isinstance(item, osmium.osm.Way) and "highway" in item.tags:
            spots += [(n.lon, n.lat) for n in item.nodes if n.location.valid()]
        elif isinstance(item, osmium.osm.Node) and item.tags.get("amenity") == "bank":
            banks.append((item.lon, item.lat))
    (west, south), (east, north) = np.min(spots, axis=0), np.max(spots, axis=0)
    middle = (west + east) / 2
    halves = [shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)]
    towns = {"code": ["west", "east"], "name": ["西半", "东半"], "name_en": ["West half", "East half"]}
    gpd.GeoDataFrame(towns, geometry=halves, crs=4326).to_file(folder / "halves.geojson")
    with (folder / "register.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["站点名称", "编号", "经度", "纬度", "开放时间"])
        for number_, (lon, lat) in enumerate(banks[: len(HOURS)]):
            table.writerow([f"Bank {number_}", f"B{number_}", lon, lat, HOURS[number_][0]])
    with make_database() as engine:
        as_new = ("--district", "HEL", "--name", "Helsinki", "--timezone", "Europe/Helsinki")
        load(engine, folder, "boundaries", folder / "halves.geojson", *as_new)
        load(engine, folder, "streets", HELSINKI)
        load(engine, folder, "population", HELSINKI_GRID)
        load(engine, folder, "stations", folder / "register.csv")
        yield twin(engine, folder, HELSINKI, minutes=5)


@needs_helsinki_grid
def test_helsinki_is_covered_at_a_moment_as_brute_force_says(helsinki: Twin) -> None:
    assert helsinki.codes == [f"B{i}" for i in range(len(HOURS))]
    everybody = helsinki.weight.sum()
    for words, counts in (
        ([], np.ones(len(HOURS), bool)),
        (["--at", EVENING], np.array([is_open(2, 20) for _, is_open in HOURS])),
    ):
        answer = helsinki.cover(*words)
        least, most = helsinki.covered(counts)
        assert inside((least, most), answer["covered"])
        assert most - least < 0.02 * everybody, "few live nearly on the limit"
        assert 0.02 * everybody < least < 0.98 * everybody, "not everybody, not nobody"
        assert inside(helsinki.covered(counts, times=2), answer["covered_twice"])
        assert answer["people"] == pytest.approx(everybody, abs=0.06)
        assert answer["stations"]["counted"] == counts.sum()
        for town in answer["by_town"]:
            here = helsinki.town == town["code"]
            assert inside(helsinki.covered(counts, among=here), town["covered"])
            assert town["people"] == pytest.approx(helsinki.weight[here].sum(), abs=0.06)
        assert sum(town["covered"] for town in answer["by_town"]) == pytest.approx(answer["covered"], abs=0.11)


@needs_helsinki_grid
@pytest.mark.soak
def test_sites_in_helsinki_are_the_best_of_all_choices_and_their_proof_needs_no_trust(helsinki: Twin) -> None:
    check_sites(helsinki, HELSINKI)


@needs_helsinki_grid
def test_the_week_of_helsinki_is_168_such_moments(helsinki: Twin) -> None:
    week = helsinki.cover("--week", "2026-11-25")
    assert week["monday"] == "2026-11-23"
    seen = set()
    unknown = np.array([not hours for hours, _ in HOURS])
    for day in range(7):
        for hour in range(24):
            counts = np.array([is_open(day, hour) for _, is_open in HOURS])
            covered, if_open = (week["days"][day][name][hour] for name in ("covered", "covered_if_open"))
            assert inside(helsinki.covered(counts), covered), (day, hour)
            assert inside(helsinki.covered(counts | unknown), covered + if_open), (day, hour)
            seen.add(covered)
    assert len(seen) >= 4, "the hours differ"


@needs_helsinki_grid
def test_gaps_closure_and_standards_of_helsinki_add_up_to_what_brute_force_misses(helsinki: Twin) -> None:
    counts = np.array([is_open(2, 20) for _, is_open in HOURS])
    gaps = helsinki.cover("--gaps", "--at", EVENING, "--count", 2000)
    least, most = helsinki.covered(counts)
    everybody = helsinki.weight.sum()
    assert inside((everybody - most, everybody - least), gaps["people"])
    assert sum(gap["people"] for gap in gaps["gaps"]) == pytest.approx(gaps["people"], abs=0.06 * len(gaps["gaps"]))
    assert sum(gaps["causes"].values()) == pytest.approx(gaps["people"], abs=0.4)
    # Closed then is whom a station covers that is shut, unless one of unknown hours would do as well.
    by_day = helsinki.covered(np.ones(len(HOURS), bool))
    maybe = helsinki.covered(counts | np.array([not hours for hours, _ in HOURS]))
    assert inside((by_day[0] - maybe[1], by_day[1] - maybe[0]), gaps["causes"]["closed"])
    assert inside((maybe[0] - most, maybe[1] - least), gaps["causes"]["hours_unknown"])

    closure = helsinki.cover("--closure", "--count", 100)
    lost = {row["code"]: row["lost"] for row in closure["stations"]}
    whole = np.ones(len(HOURS), bool)
    for column, code in enumerate(helsinki.codes):
        others = helsinki.covered(whole & (np.arange(len(HOURS)) != column))
        assert inside((by_day[0] - others[1], by_day[1] - others[0]), lost.get(code, 0.0)), code

    share = 100 * by_day[0] / everybody
    targets = [round(share) - 2, round(share) + 2]
    (helsinki.folder / "targets.toml").write_text("\n".join(TARGETS.format(percent=each) for each in targets))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "FUCHUN_STANDARDS", str(helsinki.folder / "targets.toml"))
        judged = {each["id"]: each for each in helsinki.cover("--standards")["standards"]}
    assert [judged[f"own/{each}"]["state"] for each in targets] == ["met", "not_met"]
    assert inside(by_day, judged[f"own/{targets[0]}"]["actual"])


@needs_helsinki_grid
@pytest.mark.soak
def test_the_report_of_helsinki_says_in_four_forms_what_the_command_says(helsinki: Twin) -> None:
    made = helsinki.ask(
        "report", "coverage", "--minutes", 5, "--at", EVENING, "--out", helsinki.folder / "report", lang="zh"
    )
    files = {Path(name).suffix: Path(name) for name in made["files"]}
    answer = helsinki.cover("--at", EVENING)
    check_forms(files, answer)
    # The week in the workbook is that of the command, which its own test holds against brute force.
    monday = load_workbook(files[".xlsx"])["一周"]["A3"].value.split()[-1]
    week = helsinki.cover("--week", monday)
    assert [list(row[1:]) for row in sheet_rows(files[".xlsx"], "一周")] == [day["share"] for day in week["days"]]
    gaps = helsinki.cover("--gaps", "--at", EVENING)
    assert [row[3] for row in sheet_rows(files[".xlsx"], "缺口")][: len(gaps["gaps"])] == [
        gap["people"] for gap in gaps["gaps"]
    ]
    assert gpd.read_file(files[".gpkg"], layer="gaps")["people"].tolist() == [gap["people"] for gap in gaps["gaps"]]


def check_forms(files: dict[str, Path], answer: dict[str, Any]) -> None:
    """Read back the key figures and the towns of each form and hold them against an answer."""
    figures = {
        "people": "统计总量",
        "covered": "已覆盖",
        "covered_twice": "两处以上驿站覆盖",
        "unattached": "附近没有道路",
    }
    package, webpage = about_of_package(files[".gpkg"]), about_of_webpage(files[".html"])
    document, on_page = tables_of_document(files[".docx"]), tables_of_webpage(files[".html"])
    workbook = {row[0]: row[1] for row in sheet_rows(files[".xlsx"], "摘要") if row[1] is not None}
    for key, label in figures.items():
        assert float(package[key]) == float(webpage[key]) == workbook[label] == answer[key]
        for table in (document["facts"], on_page["facts"]):
            assert number(dict(table)[label]) == pytest.approx(answer[key], abs=0.5)
    towns = {town["name"]: (town["people"], town["covered"]) for town in answer["by_town"] if town["code"]}
    in_package = gpd.read_file(files[".gpkg"], layer="towns")
    assert {row["name"]: (row["people"], row["covered"]) for _, row in in_package.iterrows()} == towns
    in_workbook = {row[1]: row[2:4] for row in sheet_rows(files[".xlsx"], "镇街") if row[0]}
    assert in_workbook == towns
    for table in (document["towns"], on_page["towns"]):
        read = {row[0]: (number(row[1]), number(row[2])) for row in table if row[0] in towns}
        assert read == {name: tuple(pytest.approx(value, abs=0.5) for value in two) for name, two in towns.items()}


@pytest.fixture(scope="module")
def country(make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """Liechtenstein: its municipalities, streets, buildings for people, banks and petrol stations for stations."""
    folder = tmp_path_factory.mktemp("country-chain")
    with make_database() as engine:
        as_new = ("--district", "LI", "--name", "Liechtenstein", "--timezone", "Europe/Vaduz")
        load(engine, folder, "boundaries", LIECHTENSTEIN_TOWNS, *as_new)
        load(engine, folder, "streets", LIECHTENSTEIN)
        load(engine, folder, "stations", LIECHTENSTEIN, "--from-osm", "amenity=bank", "--from-osm", "amenity=fuel")
        load(engine, folder, "population", LIECHTENSTEIN)
        yield twin(engine, folder, LIECHTENSTEIN, minutes=15)


def check_sites(place: Twin, extract: Path) -> None:
    """Load candidates, choose two, verify the proof; the twin tries every pair of them."""
    points = np.array(rows(place.engine, "SELECT ST_X(geom), ST_Y(geom) FROM demand_point ORDER BY id"))
    spots = points[np.random.default_rng(1).choice(len(points), 9, replace=False)]
    lines = [f"C{k},Spot {k},{lon},{lat}" for k, (lon, lat) in enumerate(spots.tolist())]
    (place.folder / "candidates.csv").write_text("\n".join(["编号,名称,经度,纬度", *lines]), "utf-8")
    load(place.engine, place.folder, "candidates", place.folder / "candidates.csv")
    plan = place.folder / "plan.json"
    answer = place.ask("site", "--sites", 2, "--minutes", place.minutes, "--certificate", plan)
    reach = seconds_brute(read_oracle(extract, mode="walk"), points, spots, reach_m=REACH_M)
    all_ = Twin(
        place.engine, place.folder, place.minutes, np.hstack([place.seconds, reach]), place.weight, place.town,
        [*place.codes, *(f"C{k}" for k in range(9))],
    )  # fmt: skip

    def covered(chosen: Iterable[str]) -> tuple[float, float]:
        return all_.covered(np.isin(all_.codes, [*place.codes, *chosen]))

    pairs = [(f"C{a}", f"C{b}") for a in range(9) for b in range(a)]
    chosen = [site["code"] for site in answer["sites"]]
    assert answer["status"] == "optimal"
    assert inside(covered(()), answer["covered_before"])
    assert inside(covered(chosen), answer["covered_after"])
    assert max(covered(pair)[0] for pair in pairs) <= answer["covered_after"] + 0.11, "no pair covers more"
    assert answer["covered_after"] > answer["covered_before"] > 0.0
    verdict = place.ask("site", "verify", plan)
    assert (verdict["is_optimal"], verdict["objective"]) == (True, pytest.approx(answer["objective"]))
    body = json.loads(plan.read_text("utf-8"))
    body["certified_bound"] -= 1.0
    plan.write_text(json.dumps(body), "utf-8")
    assert fuchun(place.engine, place.folder, "site", "verify", plan).returncode == 1


@needs_liechtenstein
def test_a_country_goes_through_the_whole_chain(country: Twin) -> None:
    answer = country.cover()
    assert len(answer["by_town"]) == 11
    assert answer["unit"] == "buildings"
    assert answer["people"] == len(country.weight) == sum(town["people"] for town in answer["by_town"])
    all_count = np.ones(len(country.codes), bool)
    least, most = country.covered(all_count)
    assert inside((least, most), answer["covered"])
    assert most - least < 0.005 * answer["people"], "few live nearly on the limit"
    for town in answer["by_town"]:
        assert inside(country.covered(all_count, among=country.town == town["code"]), town["covered"]), town["name"]
    shares = {town["name"]: town["share"] for town in answer["by_town"]}
    assert shares["Vaduz"] > 0.8
    assert shares["Planken"] == 0.0

    gaps = country.cover("--gaps", "--count", 2000)
    assert gaps["people"] == answer["people"] - answer["covered"] == sum(gap["people"] for gap in gaps["gaps"])
    # Nobody can be missed by the hours or the services where none are asked for.
    missed = {cause for cause, people in gaps["causes"].items() if people}
    assert missed <= {"too_far", "not_attached", "across_water", "cut_off"}
    closure = country.cover("--closure", "--count", 100)
    hangs = country.covered(all_count, times=2)
    lost = sum(row["lost"] for row in closure["stations"])
    assert inside((least - hangs[1], most - hangs[0]), lost)
    nearest = country.ask("nearest", 9.5209, 47.1410)
    assert nearest["stations"][0]["duration_s"] < 900


@needs_liechtenstein
@pytest.mark.soak
def test_sites_in_a_country_are_the_best_of_all_choices_and_their_proof_needs_no_trust(country: Twin) -> None:
    check_sites(country, LIECHTENSTEIN)


@needs_liechtenstein
def test_the_hours_of_a_country_are_those_of_its_moments(country: Twin) -> None:
    week = country.cover("--week")
    begin = datetime.fromisoformat(f"{week['monday']}T00:00:00+01:00")
    for hours in (11, 24 * 5 + 11):
        at = begin + timedelta(hours=hours)
        answer = country.cover("--at", at.isoformat())
        day, hour = divmod(hours, 24)
        assert answer["covered"] == week["days"][day]["covered"][hour]
        assert answer["covered_if_open"] == week["days"][day]["covered_if_open"][hour]
        assert sum(answer["stations"].values()) == len(country.codes)
    assert begin.astimezone(UTC) > datetime.now(UTC) - timedelta(days=7)


@needs_liechtenstein
def test_the_report_of_a_country_says_in_four_forms_what_the_command_says(country: Twin) -> None:
    made = country.ask("report", "coverage", "--out", country.folder / "report", lang="zh")
    check_forms({Path(name).suffix: Path(name) for name in made["files"]}, country.cover())
