"""Places of tours: every row is stored or rejected with a reason, nothing is invented, and riders' tables stay."""

from pathlib import Path

import shapely
from sqlalchemy import select

from geo.db.districts import save_district
from geo.db.layers import clear_district
from geo.db.session import reading, writing
from geo.db.tables import DataVersion, Place
from geo.db.tour_places import has_tour_places, read_tour_places
from geo.tours.register import Rooms
from loaders.named_points import NamedPointsContext
from loaders.storing.tour_places import load_tour_places
from loaders.tour_places import parse_tour_places

OUTLINE = shapely.box(119.9, 29.9, 120.1, 30.1)
SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "tour_places.csv"
DIRTY = """编号,名称,类别,经度,纬度,开放时间,特殊日期,门票,桌价,房型,容量,评分,户外
a,东园,景点,120.01,30.01,周二至周日 9:00-16:30,2026-05-11 闭馆,40,,,200,4.5,是
b,西园,景点,120.02,30.02,,,,,,,,
c,南馆,酒店,120.03,30.03,,,,,标间 2人 20间 280元；单间 1人 6间,,,
d,北楼,餐厅,120.04,30.04,11:00-13:30,,,600,,,,
e,,景点,120.05,30.05,,,,,,,,
f,远处,景点,121.5,30.05,,,,,,,,
g,不明,公园,120.05,30.05,,,,,,,,
h,坏价,景点,120.05,30.05,,,面议,,,,,
i,坏房,酒店,120.05,30.05,,,,,很多间,,,
j,坏日,景点,120.05,30.05,,五一期间,,,,,,
k,高分,景点,120.05,30.05,,,,,,,9,
a,重号,景点,120.05,30.05,,,,,,,,
"""


def write(folder: Path, text: str = DIRTY) -> Path:
    path = folder / "places.csv"
    path.write_text(text, "utf-8")
    return path


def test_each_rule_has_one_row_that_it_rejects(tmp_path: Path):
    parsed = parse_tour_places(write(tmp_path), NamedPointsContext(outline=OUTLINE))
    assert [place.code for place in parsed.places] == ["a", "b", "c", "d"]
    assert [rejection.row for rejection in parsed.rejected] == [6, 7, 8, 9, 10, 11, 12, 13]
    assert "写" not in str(parsed.rejected[3])
    assert "面议" in str(parsed.rejected[3])
    assert "很多间" in str(parsed.rejected[4])
    assert parsed.n_read == len(parsed.places) + len(parsed.rejected)


def test_hours_not_understood_are_kept_letter_for_letter(tmp_path: Path):
    table = DIRTY.replace("周二至周日 9:00-16:30", "夏季 早上开放  晚上 关闭")
    east, *_ = parse_tour_places(write(tmp_path, table), NamedPointsContext(outline=OUTLINE)).places
    assert east.hours_posted == "夏季 早上开放  晚上 关闭"


def test_what_a_cell_leaves_open_stays_unknown(tmp_path: Path):
    east, west, inn, table = parse_tour_places(write(tmp_path), NamedPointsContext(outline=OUTLINE)).places
    assert (east.price, east.capacity, east.score, east.is_outdoor) == (4000, 200, 4.5, True)
    assert east.hours == "Tu-Su 09:00-16:30; 2026 May 11 off"
    assert (west.price, west.hours, west.capacity, west.is_outdoor, west.visit_min) == (None, None, None, None, None)
    assert inn.rooms == [Rooms("标间", 2, 20, 28000), Rooms("单间", 1, 6, None)]
    assert (table.table_price, table.price) == (60000, None)


def test_a_load_replaces_the_places_of_tours_and_touches_no_place_of_riders(engine, tmp_path):
    with writing(engine) as session:
        save_district(session, "990001", name="试验区", name_en="Test", outline=OUTLINE)
    for _ in range(2):
        with writing(engine) as session:
            report = load_tour_places(session, write(tmp_path), district="990001")
    assert (report.read, report.stored, len(report.rejected)) == (12, 4, 8)
    with reading(engine) as session:
        found = read_tour_places(session, "990001")
        assert [place.code for place in found] == ["a", "b", "c", "d"]
        assert found[2].rooms == [Rooms("标间", 2, 20, 28000), Rooms("单间", 1, 6, None)]
        assert (round(found[0].lon, 6), round(found[0].lat, 6)) == (120.01, 30.01)
        assert session.scalars(select(Place)).all() == []
        layers = set(session.scalars(select(DataVersion.layer).where(DataVersion.district_code == "990001")))
        assert "tour_places" in layers
        assert "places" not in layers
    with writing(engine) as session:
        clear_district(session, "990001")
        assert not has_tour_places(session, "990001")


def test_the_sample_has_thirty_places_that_say_they_are_sample():
    outline = shapely.box(119.4, 29.7, 120.3, 30.3)
    parsed = parse_tour_places(SAMPLE, NamedPointsContext(outline=outline))
    assert parsed.rejected == []
    assert len(parsed.places) == 30
    assert all(place.name.startswith("示意") and "示意" in (place.note or "") for place in parsed.places)
    assert all(place.contact is None for place in parsed.places)
    assert any(place.price is None and place.kind == "sight" for place in parsed.places)
