"""Every parser answers every damaged file with one sentence, or reads what is left of it.

Three seconds a parser, from a fixed seed; ``make soak`` sets ``FUCHUN_SOAK_S`` to ten minutes and ``FUCHUN_SOAK_START``
to another seed each time.
"""

import os
import time
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from geo.errors import GeoError
from tests.soak.mutations import try_damaged
from tests.soak.seeds import REGISTER, SEEDS, csv

SECONDS = float(os.environ.get("FUCHUN_SOAK_S", "3"))
START = int(os.environ.get("FUCHUN_SOAK_START", "1"))
SHORT = ("visits-csv", "totals-csv", "grid-gpkg", "buildings-xml", "places-xml", "proxy-xml")
"""Parsers that share their reader with another one, which has the whole time."""


@pytest.mark.parametrize("name", SEEDS)
def test_a_damaged_file_ends_in_one_sentence(name: str, tmp_path: Path) -> None:
    make, parse = SEEDS[name]
    (tmp_path / "good").mkdir()
    (tmp_path / "bad").mkdir()
    good = make(tmp_path / "good")
    parse(good)
    seconds = SECONDS if SECONDS > 3 or name not in SHORT else SECONDS / 6
    found = try_damaged(good, parse, tmp_path / "bad", seconds=seconds, start=START)
    assert not found.faults, "\n\n".join(found.faults)
    assert found.tried > 2
    assert found.broken <= 1 + found.tried // 100, f"{found.broken} of {found.tried} broke the process"


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
some_time = settings(
    max_examples=60 if SECONDS <= 3 else 1_000_000,
    deadline=None,
    derandomize=SECONDS <= 3,
    suppress_health_check=list(HealthCheck),
    database=None,
)
ENDS_AT: dict[str, float] = {}


def is_over(name: str) -> bool:
    return time.monotonic() > ENDS_AT.setdefault(name, time.monotonic() + SECONDS)


@some_time
@given(
    rows=st.lists(st.lists(cells, max_size=9), max_size=6),
    name=st.sampled_from(["stations-csv", "visits-csv", "totals-csv", "points-csv"]),
)
def test_any_table_ends_in_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], name: str
) -> None:
    if is_over("tables"):
        return
    path = csv(tmp_path_factory.mktemp("table") / "any.csv", [])
    header = {"stations-csv": REGISTER[0], "visits-csv": ["编号", "月份", "到访量"], "totals-csv": ["镇街", "人口（万人）"],
              "points-csv": ["经度", "纬度", "人口"]}[name]  # fmt: skip
    import csv as writer

    with path.open("w", encoding="utf-8", errors="ignore", newline="") as file:
        writer.writer(file).writerows([header, *rows])
    try:
        SEEDS[name][1](path)
    except GeoError as error:
        assert "\n" not in str(error)


@some_time
@given(collection=st.lists(features, max_size=4))
def test_any_geojson_ends_in_one_sentence(tmp_path_factory: pytest.TempPathFactory, collection: list[Any]) -> None:
    import json

    if is_over("geojson"):
        return
    path = tmp_path_factory.mktemp("json") / "any.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": collection}), encoding="utf-8")
    try:
        SEEDS["boundaries-geojson"][1](path)
    except GeoError as error:
        assert "\n" not in str(error)
