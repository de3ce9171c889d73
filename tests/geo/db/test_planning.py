"""What staff draw and decide: stored as drawn, refused when it cannot be, never over somebody else's change."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import text

from geo.coverage.question import CoverageQuestion
from geo.db.areas import AreaDraft, add_area, change_area, get_area, list_areas, remove_area, replace_areas
from geo.db.hotspots import HotspotDraft, add_hotspot, change_hotspot, list_hotspots, remove_hotspot
from geo.db.layers import SourceFacts, layer_versions, read_demand, retire_sample
from geo.db.ledger import (
    EntryChange,
    NewEntry,
    Outcome,
    add_entry,
    change_entry,
    count_states,
    find_entries,
    get_entry,
    list_entries,
)
from geo.db.session import reading, writing
from geo.db.versioned import StaleError
from geo.db.weighting import list_weights, set_weights, weights_version
from geo.errors import InputError, NotFoundError
from tests.loaders.districts import rows, square_district

D = "330111"
POINT = {"type": "Point", "coordinates": [119.9, 30.0]}
CROSSED = {
    "type": "Polygon",
    "coordinates": [[[119.9, 30], [119.91, 30.01], [119.91, 30], [119.9, 30.01], [119.9, 30]]],
}
LARGE = {"type": "Polygon", "coordinates": [[[119.5, 30], [120, 30], [120, 30.1], [119.5, 30]]]}
SQUARE = {"type": "Polygon", "coordinates": [[[119.9, 30], [119.91, 30], [119.91, 30.01], [119.9, 30.01], [119.9, 30]]]}


def spot(**changes):
    return HotspotDraft(
        **{"name": "午间取餐", "layer": "riders", "weight": 80.0, "note": None, "geometry": POINT} | changes
    )


def area(**changes):
    return AreaDraft(**{"name": "开发区", "code": None, "note": None, "geometry": SQUARE} | changes)


OUTLINE = shapely.MultiPolygon([shapely.box(119.89, 29.99, 119.91, 30.01)])


def entry(**changes):
    return NewEntry(
        **{
            "name": "某村", "lon": 119.9, "lat": 30.0, "outline": OUTLINE,
            "question": CoverageQuestion(mode="walk", minutes=15),
            "promised": 120.0, "unit": "people", "cause": "too_far", "place_key": "v1", "region_code": "330111001",
            "is_sample": False, "note": "看图发现",
        } | changes
    )  # fmt: skip


def change(version, **changes):
    return EntryChange(
        **{"version": version, "name": "某村", "state": "todo", "reason": None, "owner": None, "station_code": None,
           "note": None} | changes
    )  # fmt: skip


def test_a_hotspot_counts_while_it_is_there_and_no_longer(engine):
    square_district(engine)
    with writing(engine) as session:
        drawn = add_hotspot(session, D, spot(name="  午间  取餐 ", geometry=SQUARE), by="li")
    assert (drawn.name, drawn.created_by, drawn.version) == ("午间 取餐", "li", 1)
    assert drawn.geometry["type"] == "Polygon"
    with writing(engine) as session:
        moved = change_hotspot(session, D, drawn.id, spot(weight=5.0), version=1, by="wang")
    assert (moved.changed_by, moved.created_by, moved.version, moved.geometry) == ("wang", "li", 2, POINT)
    with reading(engine) as session:
        assert read_demand(session, D)["weight"].tolist() == [5.0]
        assert [each.id for each in list_hotspots(session, D)] == [drawn.id]
    with writing(engine) as session, pytest.raises(StaleError, match="has been changed since"):
        remove_hotspot(session, D, drawn.id, version=1)
    with writing(engine) as session:
        remove_hotspot(session, D, drawn.id, version=2)
    with reading(engine) as session:
        assert read_demand(session, D).empty


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": "  "}, "write a name"),
        ({"name": "x" * 101}, "101 characters"),
        ({"note": "x" * 501}, "501 characters"),
        ({"layer": "tourists"}, "is not a demand layer"),
        ({"weight": 0.0}, "not a number above 0"),
        ({"weight": float("nan")}, "not a number above 0"),
        ({"weight": 2e6}, "at most 1,000,000"),
        ({"geometry": {"type": "LineString", "coordinates": [[119.9, 30], [120, 30]]}}, "draw Point / Polygon"),
        ({"geometry": {"type": "Point", "coordinates": [24.0, 60.0]}}, "leaves the district"),
        ({"geometry": {"type": "Point", "coordinates": [1120.0, 30.0]}}, "leaves the degrees there are"),
        ({"geometry": CROSSED}, "crosses itself"),
        ({"geometry": LARGE}, "a hotspot has at most 10 km²"),
        ({"geometry": {"type": "Polygon", "coordinates": []}}, "empty"),
        ({"geometry": {"type": "Point", "coordinates": ["a", 2]}}, "cannot be read"),
    ],
)  # fmt: skip
def test_a_drawing_that_cannot_be_is_refused(engine, wrong, says):
    square_district(engine)
    with writing(engine) as session, pytest.raises(InputError, match=says):
        add_hotspot(session, D, spot(**wrong), by="li")
    assert rows(engine, "SELECT count(*) FROM hotspot") == [0]


def test_another_districts_hotspot_cannot_be_touched(engine):
    square_district(engine)
    square_district(engine, code="990001")
    with writing(engine) as session:
        drawn = add_hotspot(session, D, spot(), by="li")
    with writing(engine) as session, pytest.raises(NotFoundError):
        remove_hotspot(session, "990001", drawn.id, version=1)


def test_key_areas_are_drawn_loaded_and_kept_apart(engine):
    square_district(engine)
    with writing(engine) as session:
        first, second = add_area(session, D, area(), by="li"), add_area(session, D, area(name="老城"), by="li")
        assert (first.code, second.code) == ("area-1", "area-2")
        assert first.km2 == pytest.approx(1.07, rel=0.01)
        for code in ("area-1", "330111001"):
            with pytest.raises(InputError, match="taken by a town or another key area"):
                add_area(session, D, area(code=code), by="li")
    loaded = gpd.GeoDataFrame(
        {"code": ["area-2", "cbd"], "name": ["a", "b"], "note": [None, "n"]},
        geometry=[shapely.box(119.9, 30, 119.91, 30.01)] * 2, crs=4326,
    )  # fmt: skip
    for _ in range(2):
        with writing(engine) as session:
            replace_areas(session, D, loaded, SourceFacts("areas.geojson", 2, 2))
    with reading(engine) as session:
        found = [(each.code, each.file_name) for each in list_areas(session, D)]
        assert layer_versions(session, D)["areas"] > 1
    assert found == [("area-1", None), ("area-2", "areas.geojson"), ("cbd", "areas.geojson")]
    with writing(engine) as session:
        changed = change_area(session, D, "cbd", area(name="c"), version=1, by="wang")
        assert (changed.name, changed.version) == ("c", 2)
        with pytest.raises(StaleError):
            remove_area(session, D, "cbd", version=1)
        remove_area(session, D, "cbd", version=2)
        with pytest.raises(NotFoundError):
            get_area(session, D, "cbd")


def outcome(gain):
    return Outcome(
        station="S1", station_name="桥头驿站", counts=True, gain=gain, people=500.0, covered=400.0,
        covered_without=400.0 - gain, missed_here=None, unit="people",
        measured_at=datetime(2026, 11, 24, 8, tzinfo=UTC), data_version=7, is_sample=False,
    )  # fmt: skip


def test_an_outcome_is_stored_under_the_names_that_the_api_answers():
    stored = outcome(90.0).as_json()
    assert set(stored) == {
        *("station", "station_name", "counts", "gain", "people", "covered", "covered_without", "missed_here", "unit"),
        *("measured_at", "data_version", "sample", "reached_here", "gain_here"),
    }
    assert Outcome.read(json.loads(json.dumps(stored))) == outcome(90.0)
    earlier = {name: value for name, value in stored.items() if name not in ("reached_here", "gain_here")}
    assert not Outcome.read(earlier).misses_gap, "what was not measured then is not questioned now"


def test_an_entry_goes_through_its_states_and_its_log_tells_who_did_it(engine):
    square_district(engine)
    at = datetime(2026, 11, 23, 20, tzinfo=UTC)
    question = CoverageQuestion(
        mode="ebike", minutes=10, services=("toilet",), at=at, layers={"riders": 2.0}, area="cbd"
    )
    with writing(engine) as session:
        new = add_entry(session, D, entry(question=question), by="li")
    assert (new.state, new.version, new.question) == ("todo", 1, question)
    with writing(engine) as session:
        talked = change_entry(
            session, D, new.id, change(1, state="talking", owner="王工", note="已联系银行"), by="wang"
        )
        with pytest.raises(InputError, match="say why it is not to be built"):
            change_entry(session, D, new.id, change(2, state="declined", reason="  "), by="wang")
        with pytest.raises(InputError, match="say which station has opened"):
            change_entry(session, D, new.id, change(2, state="open"), by="wang")
        with pytest.raises(InputError, match="before its station has been measured"):
            change_entry(session, D, new.id, change(2, state="open", station_code="S1"), by="wang")
        with pytest.raises(StaleError):
            change_entry(session, D, new.id, change(1, state="todo"), by="wang")
        opened = change_entry(
            session, D, new.id, change(2, state="open", station_code="S1", measured=outcome(90.0)), by="wang"
        )
        kept = change_entry(
            session, D, new.id, change(3, state="open", station_code="S1", measured=outcome(1.0), note="回访"), by="li"
        )
    assert (talked.owner, talked.state) == ("王工", "talking")
    assert (opened.measured, kept.measured, kept.promised) == (outcome(90.0), outcome(90.0), 120.0)
    assert [(n.state, n.text, n.written_by) for n in kept.notes] == [
        ("todo", "看图发现", "li"),
        ("talking", "已联系银行", "wang"),
        ("open", None, "wang"),
        (None, "回访", "li"),
    ]
    with writing(engine) as session:
        declined = change_entry(session, D, new.id, change(4, state="declined", reason="没有场地"), by="li")
    assert (declined.reason, declined.station_code, declined.measured) == ("没有场地", None, None)
    assert declined.notes[-1].text == "没有场地"


def test_entries_are_listed_by_people_and_counted_by_state(engine):
    square_district(engine)
    with writing(engine) as session:
        add_entry(session, D, entry(promised=5.0), by="li")
        most = add_entry(session, D, entry(promised=50.0), by="li")
        change_entry(session, D, most.id, change(1, state="talking"), by="li")
        with pytest.raises(InputError, match="nobody is missed"):
            add_entry(session, D, entry(promised=0.0), by="li")
    with reading(engine) as session:
        assert [each.promised for each in list_entries(session, D)] == [50.0, 5.0]
        assert [each.promised for each in list_entries(session, D, state="todo")] == [5.0]
        assert {state: count for state, count in count_states(session, D).items() if count} == {"todo": 1, "talking": 1}
        with pytest.raises(NotFoundError):
            get_entry(session, "990001", most.id)


def test_an_entry_keeps_the_outline_of_its_gap_and_is_found_by_the_ground_it_shares(engine):
    square_district(engine)
    with writing(engine) as session:
        made = add_entry(session, D, entry(), by="li")
    beside = shapely.box(119.91, 29.99, 119.93, 30.01)
    with reading(engine) as session:
        assert get_entry(session, D, made.id).outline.equals_exact(OUTLINE)
        assert [each.id for each in find_entries(session, D, shapely.box(119.9, 30.0, 119.95, 30.05))] == [made.id]
        assert find_entries(session, D, beside) == [], "gaps that only touch are not the same"


def test_who_is_to_do_what_until_when_is_kept_and_lateness_ends_with_the_decision(engine):
    square_district(engine)
    due = date(2026, 11, 20)
    with writing(engine) as session:
        made = add_entry(session, D, entry(office="区总工会", owner="李工", due_on=due), by="li")
        assert (made.office, made.owner, made.due_on) == ("区总工会", "李工", due)
        told = {"office": "区总工会", "due_on": due, "progress": "已踏勘", "next_step": "签协议"}
        kept = change_entry(session, D, made.id, change(1, state="building", **told), by="li")
        assert {name: getattr(kept, name) for name in told} == told
        assert [kept.days_overdue(date(2026, 11, day)) for day in (19, 20, 21, 30)] == [0, 0, 1, 10]
        opened = change_entry(
            session, D, made.id, change(2, state="open", station_code="S1", measured=outcome(9.0), **told), by="li"
        )
        assert opened.days_overdue(date(2026, 11, 30)) == 0


def test_an_opening_that_reaches_nobody_of_its_gap_is_questioned(engine):
    square_district(engine)
    useless = replace(outcome(40.0), reached_here=0.0)
    with writing(engine) as session:
        made = add_entry(session, D, entry(), by="li")
        opening = change(1, state="open", station_code="S1", measured=useless)
        with pytest.raises(InputError, match="reaches nobody of this gap"):
            change_entry(session, D, made.id, opening, by="li")
        assert change_entry(session, D, made.id, replace(opening, is_sure=True), by="li").state == "open"


def test_the_database_itself_holds_what_a_state_needs(engine):
    square_district(engine)
    with writing(engine) as session:
        add_entry(session, D, entry(), by="li")
    for column in ("state = 'declined'", "state = 'open'", "state = 'open', station_code = 'S1'"):
        with pytest.raises(Exception, match="ck_gap_entry"), engine.begin() as psql:
            psql.execute(text(f"UPDATE gap_entry SET {column}"))


def test_chosen_weights_replace_the_default_and_can_be_taken_back(engine):
    square_district(engine)
    with writing(engine) as session:
        empty = weights_version(session, D)
        set_weights(session, D, {"riders": 0.5, "hotspots": 0.0}, version=empty, by="li")
    with writing(engine) as session:
        assert {(w.layer, w.weight, w.changed_by) for w in list_weights(session, D)} == {
            ("riders", 0.5, "li"),
            ("hotspots", 0.0, "li"),
        }
        with pytest.raises(StaleError):
            set_weights(session, D, {"riders": 1.0}, version=empty, by="wang")
        for wrong in ({"riders": -1.0}, {"riders": float("nan")}, {"trees": 1.0}):
            with pytest.raises(InputError):
                set_weights(session, D, wrong, version=weights_version(session, D), by="wang")
        set_weights(session, D, {"riders": None}, version=weights_version(session, D), by="wang")
    with reading(engine) as session:
        assert [w.layer for w in list_weights(session, D)] == ["hotspots"]
        assert layer_versions(session, D)["weights"] >= 2


def test_what_people_drew_and_promised_survives_the_sample(engine):
    square_district(engine, status="sample")
    with writing(engine) as session:
        add_hotspot(session, D, spot(), by="li")
        add_area(session, D, area(), by="li")
        add_entry(session, D, entry(is_sample=True), by="li")
        counted = session.execute(text("SELECT count(*) FROM demand_point WHERE hotspot_id IS NOT NULL")).scalar_one()
        assert retire_sample(session, D)
    assert counted > 0
    for table, count in (("hotspot", 1), ("gap_entry", 1), ("demand_point", counted), ("key_area", 1)):
        assert rows(engine, f"SELECT count(*) FROM {table}") == [count], table
