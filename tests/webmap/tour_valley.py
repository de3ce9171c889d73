"""The valley with places of tours: four sights, a restaurant, two hotels and a hall along its one road."""

from collections.abc import Mapping
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from geo.db.session import writing
from geo.db.tour_places import replace_tour_places
from geo.tours.register import Rooms, TourPlace
from tests.webmap.conftest import csrf_token, english, logged_in
from tests.webmap.job_workers import take
from tests.webmap.valley import CODE, LAT, facts
from webmap.accounts import create_account
from webmap.logic.jobs.attempts import finish
from webmap.logic.jobs.running_job import RunningJob
from webmap.logic.tours.job import plan_tour

PLACES = (
    TourPlace("HALL", "示意会堂", "meeting", 119.98, LAT),
    TourPlace("S1", "示意水车", "sight", 119.985, LAT, hours="Mo-Su 09:00-17:00", visit_min=60, price=2000, score=4.0),
    TourPlace("S2", "示意桥头", "sight", 119.995, LAT, visit_min=90, price=None, score=3.0),
    TourPlace("S3", "示意书院", "sight", 120.005, LAT, hours="Sa-Su 13:00-16:30", visit_min=90, price=1000, score=5.0),
    TourPlace("S4", "示意茶园", "sight", 120.015, LAT, hours="Mo-Su 08:00-18:00", visit_min=120, price=0, score=2.0),
    TourPlace("FAR", "示意山顶", "sight", 120.01, LAT + 0.05, visit_min=60, score=5.0),
    TourPlace("R1", "示意饭店", "restaurant", 120.0, LAT, table_price=50000, seats=10, visit_min=60),
    TourPlace("H1", "示意旅馆", "hotel", 120.02, LAT, rooms=[Rooms("标间", 2, 30, 20000)]),
    TourPlace("H2", "示意客栈", "hotel", 120.01, LAT, rooms=[Rooms("标间", 2, 30, 26000), Rooms("单间", 1, 5, None)]),
)
"""FAR lies away from every street."""


def places_table() -> str:
    """Return the places of tours of the valley as the table that an office would send."""
    rows = ["编号,名称,类别,经度,纬度,开放时间,停留分钟,门票,桌价,每桌人数,评分,房型"]
    for place in PLACES:
        rooms = "；".join(
            f"{room.name} {room.beds}人 {room.count}间" + (f" {room.price // 100}元" if room.price is not None else "")
            for room in place.rooms
        )
        money = ["" if cents is None else str(cents // 100) for cents in (place.price, place.table_price)]
        cells = (
            place.code, place.name, place.kind, place.lon, place.lat, f'"{place.hours or ""}"',
            place.visit_min or "", *money, place.seats or "", place.score or "", rooms,
        )  # fmt: skip
        rows.append(",".join(str(cell) for cell in cells))
    return "\n".join(rows) + "\n"


def store_tour_places(engine: Engine) -> None:
    """Store the places of tours of the valley."""
    with writing(engine) as session:
        replace_tour_places(session, CODE, PLACES, facts("places.csv", len(PLACES)))


def add_organiser(engine: Engine, name: str = "organiser") -> tuple[int, str]:
    """Store an account of an organiser; return its key and its password."""
    with writing(engine) as session:
        password = create_account(session, name, role="organiser")
        key = session.execute(text("SELECT id FROM account WHERE username = :name"), {"name": name}).scalar_one()
        return int(key), password


def organiser_client(valley: Flask) -> FlaskClient:
    """Return a client that an organiser has signed in with, reading English."""
    _, password = add_organiser(valley.extensions["fuchun_engine"])
    return logged_in(english(valley), "organiser", password)


def post(client: FlaskClient, address: str, fields: Mapping[str, object]) -> TestResponse:
    """Send a form of the organiser's pages."""
    return client.post(address, data={"csrf_token": csrf_token(client, "/tours/build"), **fields})


def work_off(valley: Flask, job_id: int, folder: Path) -> None:
    """Do the job of a plan in this process, as a worker would."""
    engine = valley.extensions["fuchun_engine"]
    attempt = take(engine, job_id)
    state_dir = valley.extensions["fuchun_config"].state_dir
    finish(engine, attempt, "done", result=plan_tour(RunningJob(engine, attempt, state_dir=state_dir, folder=folder)))
