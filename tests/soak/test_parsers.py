"""Every parser answers every damaged file with one sentence, or reads what is left of it.

In ``make test`` three seconds a parser from a fixed seed; in ``make soak`` a minute each, or ``FUCHUN_SOAK_S`` seconds
(600 is a good night's work), from the seed ``FUCHUN_SOAK_SEED`` or another one each time.
"""

import csv
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from geo.errors import GeoError
from tests.soak.mutations import try_damaged
from tests.soak.seeds import MONTHS, POINTS, REGISTER, SEEDS, TOWNS

SECONDS = 3.0
SOAK_SECONDS = float(os.environ.get("FUCHUN_SOAK_S", "60"))
SHORT = ("visits-csv", "totals-csv", "grid-gpkg", "buildings-xml", "places-xml", "proxy-xml")
"""Parsers that share their reader with another one, which has the whole time."""


def give_damaged(name: str, folder: Path, *, seconds: float, start: int) -> None:
    """Give damaged copies of a good file to a parser, and say what went wrong."""
    make, parse = SEEDS[name]
    (folder / "good").mkdir()
    (folder / "bad").mkdir()
    good = make(folder / "good")
    parse(good)
    found = try_damaged(good, parse, folder / "bad", seconds=seconds, start=start)
    assert not found.faults, f"seed {start}:\n" + "\n\n".join(found.faults)
    assert found.tried > 2
    assert found.broken <= 1 + found.tried // 100, f"{found.broken} of {found.tried} broke the process"


@pytest.mark.parametrize("name", SEEDS)
def test_a_damaged_file_ends_in_one_sentence(name: str, tmp_path: Path) -> None:
    give_damaged(name, tmp_path, seconds=SECONDS / 6 if name in SHORT else SECONDS, start=1)


@pytest.mark.soak
@pytest.mark.parametrize("name", SEEDS)
def test_damaged_files_for_minutes_end_in_one_sentence(name: str, tmp_path: Path) -> None:
    start = int(os.environ.get("FUCHUN_SOAK_SEED", "0")) or random.randrange(10**6, 10**9)
    give_damaged(name, tmp_path, seconds=SOAK_SECONDS, start=start)


HEADERS = {"stations-csv": REGISTER[0], "visits-csv": MONTHS[0], "totals-csv": TOWNS[0], "points-csv": POINTS[0]}

cells = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["119.955", "30.049", "启用", "8:30-17:30", "2026-05", "1e308", "9223372036854775807", "-1", "4.2万", "nan"]
    ),
    st.floats(width=32).map(str),
)
coordinates: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.floats(), st.integers(), st.none(), st.text(max_size=3)),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=30,
)
features = st.fixed_dictionaries(
    {
        "type": st.just("Feature"),
        "properties": st.dictionaries(
            st.sampled_from(["name", "code", "人口", "备注"]), st.one_of(cells, coordinates), max_size=4
        ),
        "geometry": st.one_of(
            st.none(),
            st.fixed_dictionaries(
                {
                    "type": st.sampled_from(
                        ["Point", "Polygon", "MultiPolygon", "LineString", "GeometryCollection", "Circle"]
                    ),
                    "coordinates": coordinates,
                }
            ),
        ),
    }
)


def says_one_sentence(parse: Callable[[Path], object], path: Path) -> bool:
    try:
        parse(path)
    except GeoError as error:
        return "\n" not in str(error)
    return True


some_time = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    database=None,
)


@some_time
@given(
    rows=st.lists(st.lists(cells, max_size=9), max_size=6),
    name=st.sampled_from(["stations-csv", "visits-csv", "totals-csv", "points-csv"]),
)
def test_any_table_ends_in_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], name: str
) -> None:
    path = tmp_path_factory.mktemp("table") / "any.csv"
    with path.open("w", encoding="utf-8", errors="ignore", newline="") as file:
        csv.writer(file).writerows([HEADERS[name], *rows])
    assert says_one_sentence(SEEDS[name][1], path)


@some_time
@given(collection=st.lists(features, max_size=4))
def test_any_geojson_ends_in_one_sentence(tmp_path_factory: pytest.TempPathFactory, collection: list[Any]) -> None:
    path = tmp_path_factory.mktemp("json") / "any.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": collection}), encoding="utf-8")
    assert says_one_sentence(SEEDS["boundaries-geojson"][1], path)
