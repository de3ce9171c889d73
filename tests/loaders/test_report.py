"""A load accounts for every row it read, and says what it refused."""

import hashlib
from pathlib import Path

import pytest

from geo.errors import InputError
from loaders.report import LoadReport, Rejection, require_file, sha256


def test_a_report_that_loses_a_row_cannot_be_made() -> None:
    with pytest.raises(InputError, match="3 rows read but 1 stored and 1 rejected"):
        LoadReport("places", "a.csv", read=3, stored=1, rejected=[Rejection(2, "has no name")])


def test_reasons_are_counted_most_frequent_first() -> None:
    rejected = [
        Rejection(2, "{name} is twice", {"name": "甲"}),
        Rejection(3, "has no name"),
        Rejection(4, "has no name"),
    ]
    report = LoadReport("places", "a.csv", read=3, stored=0, rejected=rejected)
    assert report.reasons() == [("has no name", 2), ("甲 is twice", 1)]


def test_a_reason_is_translated_before_its_values_are_filled_in() -> None:
    rejection = Rejection(37, "longitude {value} is out of range", {"value": "1120.36"})
    assert rejection.localized({"longitude {value} is out of range": "经度 {value} 超出范围"}.__getitem__) == (
        "经度 1120.36 超出范围"
    )


def test_a_file_must_exist_and_be_of_a_kind_that_is_read(tmp_path: Path) -> None:
    file = tmp_path / "Stations.CSV"
    with pytest.raises(InputError, match="no such file"):
        require_file(file, suffixes=(".csv",))
    file.write_bytes(b"name\n")
    assert require_file(file, suffixes=(".csv",)) == file
    with pytest.raises(InputError, match=r"expected a file ending in \.gpkg, \.shp"):
        require_file(file, suffixes=(".gpkg", ".shp"))


def test_the_checksum_is_that_of_the_bytes(tmp_path: Path) -> None:
    file = tmp_path / "a.bin"
    file.write_bytes(b"fuchun" * 1000)
    assert sha256(file) == hashlib.sha256(b"fuchun" * 1000).hexdigest()
