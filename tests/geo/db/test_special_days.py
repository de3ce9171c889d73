"""Special days in the store: never over somebody else's change, and kept when a file is loaded again."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, text

from geo.db.layers import SourceFacts, layer_versions, replace_places
from geo.db.places import (
    FunctionChange,
    PlaceChange,
    close_place,
    get_place,
    place_version,
    update_place,
)
from geo.db.session import reading, writing
from geo.db.special_days import SpecialDayText, as_special_day
from geo.db.tables import District
from geo.db.versioned import StaleError
from geo.errors import InputError
from geo.special_days import SpecialDay

HOLIDAYS = SpecialDayText(first="2026-10-01", last="2026-10-07", hours="9:00-16:00", note="国庆")
WORKED = SpecialDayText(first="2026-10-10", last="", hours="08:30-17:30", note=None)


@pytest.fixture
def stored(engine: Engine) -> Engine:
    """Store one place of two functions."""
    with writing(engine) as session:
        session.add(District(code="d", name="某区", name_en="Some district"))
        session.flush()
        load(session)
    return engine


def load(session) -> None:  # type: ignore[no-untyped-def]
    functions = [
        {"kind": kind, "tier": None, "hours": "24/7", "hours_posted": None, "services": []}
        for kind in ("rest_station", "nursing_room")
    ]
    place = {"code": "S01", "name": "站", "lon": 119.95, "lat": 30.05, "functions": functions}
    replace_places(session, "d", [place], SourceFacts(file_name="s.csv", rows_read=1, rows_stored=1))


def days_of(engine: Engine, kind: str = "rest_station") -> list[SpecialDay]:
    with reading(engine) as session:
        functions = {function.kind: function for function in get_place(session, "d", "S01").functions}
        return [as_special_day(day) for day in functions[kind].special_days]


def change(engine: Engine, *days: SpecialDayText, version: str | None = None) -> None:
    with writing(engine) as session:
        place = get_place(session, "d", "S01")
        wanted = FunctionChange(kind="rest_station", hours="24/7", services=(), special_days=days)
        update_place(
            session,
            "d",
            "S01",
            PlaceChange(
                version=version or place_version(place),
                status="active",
                how_to_get_in=None,
                service_contact=None,
                functions=(wanted,),
                confirmed_at=None,
            ),
        )


def version_of(engine: Engine) -> str:
    with reading(engine) as session:
        return place_version(get_place(session, "d", "S01"))


def test_special_days_are_stored_in_order_and_taken_away_again(stored: Engine) -> None:
    change(stored, WORKED, HOLIDAYS)
    assert days_of(stored) == [
        SpecialDay(date(2026, 10, 1), date(2026, 10, 7), "09:00-16:00", "国庆"),
        SpecialDay(date(2026, 10, 10), date(2026, 10, 10), "08:30-17:30"),
    ]
    assert days_of(stored, "nursing_room") == []
    with reading(stored) as session:
        before = session.execute(text("SELECT id FROM special_day WHERE note IS NOT NULL")).scalar_one()
    change(stored, HOLIDAYS)
    assert [day.note for day in days_of(stored)] == ["国庆"]
    with reading(stored) as session:
        assert session.execute(text("SELECT id FROM special_day")).scalar_one() == before, "its row is the same"


def test_a_change_counts_for_the_layer_and_refuses_who_saw_it_before(stored: Engine) -> None:
    seen = version_of(stored)
    with reading(stored) as session:
        layer = layer_versions(session, "d")["places"]
    change(stored, HOLIDAYS)
    with reading(stored) as session:
        assert layer_versions(session, "d")["places"] > layer
    with pytest.raises(StaleError):
        change(stored, version=seen)
    seen = version_of(stored)
    with writing(stored) as session:
        session.execute(text("UPDATE special_day SET hours = '10:00-12:00'"))
    assert version_of(stored) != seen


def test_a_file_loaded_again_leaves_them(stored: Engine) -> None:
    change(stored, HOLIDAYS)
    with writing(stored) as session:
        load(session)
    assert [day.rule for day in days_of(stored)] == ["2026 Oct 01-07 09:00-16:00"]


def test_a_temporary_closure_ends_on_the_day_it_names(stored: Engine) -> None:
    today = datetime(2026, 11, 23, tzinfo=UTC).date()
    with writing(stored) as session:
        close_place(session, "d", "S01", first=today, last="2026-12-05", note="装修")
    for kind in ("rest_station", "nursing_room"):
        assert days_of(stored, kind) == [SpecialDay(today, date(2026, 12, 5), None, "装修")]


@pytest.mark.parametrize(
    ("day", "names"),
    [
        (SpecialDayText(first="2026-10-32", last="", hours=None, note=None), "2026-10-32"),
        (SpecialDayText(first="2026-10-07", last="2026-10-01", hours=None, note=None), "before it begins"),
        (SpecialDayText(first="2026-10-07", last="", hours="9 to 5", note=None), "9 to 5"),
        (SpecialDayText(first="2026-10-01", last="2026-10-07", hours="18:00-20:00", note=None), "in one"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_stored(stored: Engine, day: SpecialDayText, names: str) -> None:
    with pytest.raises(InputError, match=names):
        change(stored, HOLIDAYS, day)
    assert days_of(stored) == []


def test_a_closure_without_an_end_is_refused(stored: Engine) -> None:
    with writing(stored) as session, pytest.raises(InputError, match="last day"):
        close_place(session, "d", "S01", first=date(2026, 11, 23), last=" ", note=None)
