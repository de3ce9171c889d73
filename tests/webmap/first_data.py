"""What tests of the first data share: files of an office, and a worker in this process."""

import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from sqlalchemy import Engine

from loaders.isolated.run import parse_here
from loaders.storing.boundaries import load_boundaries
from loaders.storing.population import load_population
from loaders.storing.stations import load_stations
from loaders.storing.streets import load_streets
from tests.loaders.districts import EAST, WEST
from webmap.logic.jobs.process import do_job
from webmap.logic.jobs.queue import take_job

DIRTY = """站点名称,经度,纬度,运营状态,联系电话
甲站,119.5,30.0,启用,0571-00000000
乙站,1119.55,30.0,启用,13800000000
丙站,119.9,30.1,停业整改,
丁站,119.90010,30.1,启用,
戊站,,30.0,启用,
"""
"""A register with a digit too many, a word for a state that nobody knows, two stations 10 m apart, and no longitude."""


def gbk_towns(folder: Path, code: str = "330111") -> dict[str, bytes]:
    """Return the parts of a Shapefile of two towns, its Chinese in GBK and no .cpg to say so."""
    towns = gpd.GeoDataFrame(
        {"XZQMC": ["新登镇", "富春街道"], "XZQDM": [f"{code}115", f"{code}001"]}, geometry=[WEST, EAST], crs=4326
    )
    towns.to_file(folder / "乡镇界.shp", encoding="gbk")
    parts = {part.name: part.read_bytes() for part in folder.glob("乡镇界.*")}
    parts.pop("乡镇界.cpg", None)
    return parts


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return files in an archive."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def parse_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let loaders parse without a process of their own: our files are no strangers, and a process takes a second."""
    for load in (load_boundaries, load_stations, load_streets, load_population):
        defaults: dict[str, Any] = load.__kwdefaults__
        monkeypatch.setitem(defaults, "parse", parse_here)
    monkeypatch.setattr("webmap.logic.jobs.load.parse_apart", parse_here)


def do_waiting_jobs(engine: Engine, folder: Path) -> None:
    """Do the jobs that wait, in their order, in this process."""
    while attempt := take_job(engine):
        room = folder / f"job-{attempt.job_id}"
        room.mkdir()
        do_job(engine, attempt, state_dir=folder, folder=room)
