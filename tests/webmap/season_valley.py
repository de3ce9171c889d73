"""The valley with a hotel of 22 rooms for two, where its tour sleeps, and a larger one near it."""

from flask import Flask

from geo.db.session import writing
from geo.db.tour_places import replace_tour_places
from geo.tours.register import Rooms, TourPlace
from tests.webmap.valley import CODE, LAT, facts

PLACES = (
    TourPlace("INN", "Inn", "hotel", 120.02, LAT, rooms=[Rooms("twin", 2, 22, 20_000), Rooms("single", 1, 6, 18_000)]),
    TourPlace("OTHER", "Other inn", "hotel", 120.01, LAT, rooms=[Rooms("twin", 2, 40, 26_000)]),
    TourPlace("WC", "Toilet house", "toilet", 120.005, LAT),
)


def store_season_places(valley: Flask) -> None:
    """Store the places."""
    with writing(valley.extensions["fuchun_engine"]) as session:
        replace_tour_places(session, CODE, PLACES, facts("places.csv", len(PLACES)))
