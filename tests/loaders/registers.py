"""Registers of stations as small CSV files, for the tests of what is read from them."""

from pathlib import Path
from typing import Any

from loaders.stations import Stations, StationsContext, parse_stations
from tests.loaders.districts import FUYANG

HEADER = "站点名称,地址,经度,纬度,服务设施,开放时间,联系电话,状态"


def write(folder: Path, *lines: str, encoding: str = "utf-8", name: str = "stations.csv") -> Path:
    path = folder / name
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def parse(folder: Path, *lines: str, **options: Any) -> Stations:
    return parse_stations(write(folder, *lines), StationsContext(**{"outline": FUYANG} | options))


def refusal(folder: Path, row: str, header: str = HEADER, **options: Any) -> str:
    """Return why the one row is refused."""
    parsed = parse(folder, header, row, **options)
    assert not parsed.places
    assert [rejection.row for rejection in parsed.rejected] == [2]
    return str(parsed.rejected[0])


def notes(parsed: Stations) -> list[str]:
    return [f"{note.row}: {note}" if note.row else str(note) for note in parsed.notes]
