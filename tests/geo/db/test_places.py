"""Editing places: only what was meant, and never over somebody else's change."""

import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from geo.db.layers import layer_versions
from geo.db.places import FunctionChange, PlaceChange, get_place, place_version, update_place
from geo.db.session import reading, writing
from geo.db.tables import District, Place, PlaceFunction
from geo.db.versioned import StaleError
from geo.errors import InputError, NotFoundError

NOW = datetime(2026, 11, 23, 4, 20, tzinfo=UTC)


@pytest.fixture
def place(engine: Engine) -> PlaceChange:
    """Store one place; return the change that would leave it as it is."""
    with writing(engine) as session:
        session.add(District(code="d", name="某区", name_en="Some district"))
        session.flush()
        session.add(
            Place(
                district_code="d",
                code="S01",
                name="站",
                note="kept",
                geom="SRID=4326;POINT(119.95 30.05)",
                functions=[
                    PlaceFunction(district_code="d", kind="rest_station", hours="Mo-Fr 08:00-17:00", services=["wifi"]),
                    PlaceFunction(district_code="d", kind="childcare", services=[]),
                ],
            )
        )
    return unchanged(engine)


def unchanged(engine: Engine) -> PlaceChange:
    with reading(engine) as session:
        found = get_place(session, "d", "S01")
        functions = [FunctionChange(kind=f.kind, hours=f.hours, services=tuple(f.services)) for f in found.functions]
        return PlaceChange(
            version=place_version(found),
            status=found.status,
            how_to_get_in=found.how_to_get_in,
            service_contact=found.service_contact,
            functions=tuple(functions),
            confirmed_at=None,
        )


def save(engine: Engine, change: PlaceChange, code: str = "S01") -> None:
    with writing(engine) as session:
        update_place(session, "d", code, change)


def station(hours: str | None, *services: str) -> tuple[FunctionChange, ...]:
    return (FunctionChange(kind="rest_station", hours=hours, services=services),)


def counter(engine: Engine) -> int:
    with reading(engine) as session:
        return layer_versions(session, "d")["places"]


def test_a_change_is_stored_and_counted(engine: Engine, place: PlaceChange) -> None:
    before = counter(engine)
    change = replace(
        place,
        status="closed",
        how_to_get_in="bell",
        service_contact="office",
        functions=station("24/7", "toilet", "drinking_water"),
        confirmed_at=NOW,
    )
    save(engine, change)
    with reading(engine) as session:
        found = get_place(session, "d", "S01")
        functions = {f.kind: f for f in found.functions}
        assert (found.status, found.how_to_get_in, found.service_contact) == ("closed", "bell", "office")
        assert found.confirmed_at == NOW
        assert (functions["rest_station"].hours, functions["childcare"].hours) == ("24/7", None)
        assert functions["rest_station"].services == ["drinking_water", "toilet"], "in the order of the service list"
        assert found.note == "kept"
    assert counter(engine) > before


def test_saving_what_is_there_changes_nothing(engine: Engine, place: PlaceChange) -> None:
    before = counter(engine)
    save(engine, place)
    assert unchanged(engine) == place
    assert counter(engine) == before


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE place SET note = 'by another client'",
        "UPDATE place_function SET hours = '24/7' WHERE kind = 'childcare'",
        "DELETE FROM place_function WHERE kind = 'childcare'",
        "INSERT INTO place_function (district_code, place_id, kind) SELECT 'd', id, 'sight' FROM place",
    ],
)
def test_any_edit_in_between_refuses_the_change(engine: Engine, place: PlaceChange, edit: str) -> None:
    with writing(engine) as session:
        session.execute(text(edit))
    with pytest.raises(StaleError, match="站 has been changed"):
        save(engine, replace(place, status="closed"))
    assert unchanged(engine).status == "active"


def test_of_two_at_once_one_is_refused(engine: Engine, place: PlaceChange) -> None:
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def editor(status: str) -> None:
        start.wait()
        try:
            save(engine, replace(place, status=status))
            outcomes.append("saved")
        except StaleError:
            outcomes.append("refused")

    threads = [threading.Thread(target=editor, args=(status,)) for status in ("closed", "planned")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "saved"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"status": "burnt"}, "burnt is not a status"),
        ({"functions": station("eight to five")}, "eight to five"),
        ({"functions": station(None, "sauna")}, "sauna is not a service"),
        ({"functions": (FunctionChange(kind="sight", hours=None, services=()),)}, "has no function sight"),
        ({"how_to_get_in": "x" * 501}, "501 characters"),
    ],
)
def test_what_cannot_be_is_refused_whole(engine: Engine, place: PlaceChange, wrong: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        save(engine, replace(place, **{"service_contact": "office", **wrong}))
    assert unchanged(engine) == place


def test_hours_are_kept_as_they_stand_unless_they_are_changed(engine: Engine, place: PlaceChange) -> None:
    with writing(engine) as session:
        session.execute(text("UPDATE place_function SET hours = 'mo-fr 8:00-17:00' WHERE kind = 'rest_station'"))
    save(engine, replace(unchanged(engine), status="planned"))
    assert unchanged(engine).functions[1].hours == "mo-fr 8:00-17:00"
    save(engine, replace(unchanged(engine), functions=station("mo-fr 8:00-18:00", "wifi")))
    assert unchanged(engine).functions[1].hours == "Mo-Fr 08:00-18:00"


def test_an_unknown_place_is_not_found(engine: Engine, place: PlaceChange) -> None:
    with pytest.raises(NotFoundError, match="no place S99"):
        save(engine, place, code="S99")
