"""Stops of published tours that are known places."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.db.tables import Tour, TourDay, TourStop


def stops_of_tours(session: Session, district: str) -> list[tuple[str, str]]:
    """Return (code of a tour, code of a place that it stops at) of a district, each once."""
    query = (
        select(Tour.code, TourStop.place_code)
        .join(TourDay, TourDay.tour_id == Tour.id)
        .join(TourStop, TourStop.day_id == TourDay.id)
        .where(Tour.district_code == district, TourStop.place_code.is_not(None))
        .distinct()
        .order_by(Tour.code, TourStop.place_code)
    )
    return [(tour, place or "") for tour, place in session.execute(query)]
