"""The papers of a batch: notice, itinerary for the guide, sheet for the driver, orders for suppliers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from flask_babel import gettext

from geo.db.departure_tables import Booking
from geo.db.departures import answer_of
from geo.network.snap import metres_per_degree
from geo.tours.collisions import MEAL, NIGHT, nights_of, place_key, tables
from geo.tours.itinerary import TimedDay
from geo.tours.lodging import rooms_needed
from geo.tours.register import TourPlace
from geo.tours.timetable import TimetableDay, TimetableStop, date_of
from webmap.logic.district_state import DistrictState
from webmap.logic.itineraries import driven_segments
from webmap.logic.places import STATION
from webmap.logic.tours.departing import BatchView, SeasonView, time_days_of
from webmap.logic.tours.paper import Paper, Section, draw_sketch
from webmap.organiser.batches import date_words, labelled
from webmap.organiser.views import STOP_KINDS
from webmap.words.labels import BOOKING_STATES
from webmap.words.names import name_of
from webmap.words.numbers import clock, distance, duration

NEAR_M = 600.0
"""How far from the driven way a rest station or toilet counts as on the way."""
MOST_NEAR = 8
BREAK_MIN = 20
"""A stop of at least so many minutes is a rest for the driver."""


@dataclass(frozen=True, eq=False)
class Facts:
    """What papers are made of: the batch, its days along the streets, the places, today.

    `page` is the address of the participants' page, None where no link to it is open.
    """

    state: DistrictState
    view: BatchView
    timed: tuple[TimedDay, ...]
    places: Mapping[str, TourPlace]
    today: date
    page: str | None = None

    @property
    def mark(self) -> str:
        """What says that the data is a sample, empty where it is real."""
        return str(gettext("Sample data: nothing in it exists.")) if self.state.is_sample else ""

    def address(self, stop: TimetableStop) -> str:
        """Return address and set-down point of a stop, as far as they are known."""
        place = self.state.place_by_code.get(stop.place_code or "")
        known = self.places.get(place_key(stop))
        parts = [place.address if place else None, known.set_down if known else None]
        return " · ".join(part for part in parts if part)

    def contact(self, stop: TimetableStop) -> str:
        """Return whom to call at a stop, as far as it is known."""
        known = self.places.get(place_key(stop))
        return known.contact or "" if known else ""


def facts_of(
    state: DistrictState, season: SeasonView, view: BatchView, today: date, *, page: str | None = None
) -> Facts:
    """Return what the papers of a batch are made of."""
    return Facts(state, view, time_days_of(state, view.days), season.places, today, page)


def papers_of(facts: Facts) -> list[Paper]:
    """Return all four papers."""
    return [notice(facts), itinerary(facts), driver_sheet(facts), orders(facts)]


def notice(facts: Facts) -> Paper:
    """Return the notice for participants (出团通知)."""
    it = facts.view.departure
    first = facts.view.days[0].stops[0]
    at = gettext(
        "%(date)s %(time)s at %(place)s", date=date_words(it.first_day), time=facts.view.days[0].start, place=first.name
    )
    days = tuple(
        Section(
            _day_title(facts, day),
            table=(
                (gettext("Time"), gettext("Stop"), gettext("Kind")),
                *((_times(stop), stop.name, _kind(stop)) for stop in day.stops),
            ),
            widths=(22, 50, 28),
        )
        for day in facts.view.days
    )
    sections = (
        Section(gettext("Meeting point"), (it.meeting or str(at),)),
        Section(gettext("Contact"), (_leader(facts),)),
        *((Section(gettext("Bring"), tuple(it.bring.splitlines())),) if it.bring else ()),
        *days,
        *((Section(gettext("If it rains"), tuple(it.rain_plan.splitlines())),) if it.rain_plan else ()),
        *((Section(gettext("On the phone, also without a network"), (facts.page,)),) if facts.page else ()),
        Section(
            gettext("Please note"),
            (
                str(gettext("Identity and insurance details are collected by the travel agency that carries it out.")),
                str(gettext("Emergency: 120 ambulance, 110 police, 119 fire, 122 traffic police.")),
            ),
        ),
    )
    return _paper(facts, "notice", gettext("Notice of departure"), sections)


def itinerary(facts: Facts) -> Paper:
    """Return the itinerary for the guide (行程单)."""
    it = facts.view.departure
    sections = [Section(gettext("People"), _people(facts))]
    for day, timed in zip(facts.view.days, facts.timed, strict=True):
        near = list(_near(facts, timed))
        rows = [
            (
                _times(stop),
                f"{number} {stop.name}",
                _kind(stop),
                " · ".join(part for part in (facts.address(stop), facts.contact(stop), stop.note or "") if part),
            )
            for number, stop in enumerate(day.stops, 1)
        ]
        sketch = draw_sketch(
            driven_segments(timed),
            [(stop.lon, stop.lat, stop.name) for stop in day.stops],
            [(lon, lat, name) for lon, lat, name, _ in near],
        )
        lines = [gettext("drive %(time)s", time=duration(timed.drive_min)) + f" · {distance(timed.distance_m)}"]
        if near:
            lines.append(gettext("On the way (green): %(places)s", places=gettext(", ").join(each[3] for each in near)))
        head = (gettext("Time"), gettext("Stop"), gettext("Kind"), gettext("Address, set-down, contact"))
        sections.append(Section(_day_title(facts, day), tuple(lines), (head, *rows), (20, 36, 16, 48), sketch))
    sections.append(
        Section(
            gettext("Contacts"),
            (_leader(facts), str(gettext("Emergency: 120 ambulance, 110 police, 119 fire, 122 traffic police."))),
        )
    )
    rain = tuple((it.rain_plan or gettext("not entered")).splitlines())
    sections.append(Section(gettext("If it rains"), rain))
    sections.append(
        Section(
            gettext("Getting on and off"),
            (str(gettext("Count heads at every boarding. Leave the coach only where it can stop.")),),
        )
    )
    return _paper(facts, "itinerary", gettext("Itinerary"), sections)


def driver_sheet(facts: Facts) -> Paper:
    """Return the driver's sheet (派车单); no names of participants stand in it."""
    it = facts.view.departure
    heads = facts.view.batch.heads
    sections = [
        Section(
            gettext("Coach"),
            (
                str(
                    gettext(
                        "%(coaches)s coaches with %(seats)s seats, %(people)s people and %(staff)s who accompany them",
                        coaches=it.coaches,
                        seats=it.coach_seats,
                        people=heads.guests,
                        staff=heads.staff,
                    )
                ),
                _leader(facts),
                *(_booked_line(each) for each in facts.view.bookings if each.day == 0),
            ),
        )
    ]
    for day, timed in zip(facts.view.days, facts.timed, strict=True):
        rows = []
        stretch = longest = 0
        for number, (stop, visit) in enumerate(zip(day.stops, timed.visits, strict=True), 1):
            leg = visit.leg
            minutes = None if leg is None else leg.minutes
            stretch += minutes or 0
            longest = max(longest, stretch)
            stretch = 0 if stop.stay_min >= BREAK_MIN else stretch
            driving = (
                ""
                if leg is None
                else "—"
                if minutes is None
                else f"{duration(minutes)} · {distance(leg.distance_m or 0.0)}"
            )
            rows.append((driving, _times(stop), f"{number} {stop.name}", facts.address(stop) or stop.note or ""))
        stands = sum(stop.stay_min for stop in day.stops)
        sums = gettext(
            "driving %(drive)s, standing %(stands)s, longest without a stop of %(least)s min: %(longest)s",
            drive=duration(timed.drive_min),
            stands=duration(stands),
            least=BREAK_MIN,
            longest=duration(longest),
        )
        lines = [str(sums)]
        if timed.unknown_legs:
            lines.append(str(gettext("without %(count)s legs that are not known", count=timed.unknown_legs)))
        head = (gettext("Driving"), gettext("Time"), gettext("Stop"), gettext("Address, set-down"))
        sections.append(Section(_day_title(facts, day), tuple(lines), (head, *rows), (24, 20, 36, 40)))
    return _paper(facts, "coach", gettext("Driver's sheet"), sections)


def orders(facts: Facts) -> Paper:
    """Return the orders of rooms and meals (订房订餐单)."""
    view = facts.view
    heads, need = view.batch.heads, rooms_needed(view.batch.heads).shared
    answers = [answer for answer in map(answer_of, view.units) if answer]
    diets = sum(answer.diets for answer in answers)
    impaired = sum(answer.impaired for answer in answers)
    booked = {(each.day, each.stop): each for each in view.bookings}
    rooms = [
        (
            date_words(on),
            stop.name,
            str(
                gettext(
                    "%(twins)s for two, %(doubles)s for couples, %(singles)s for one",
                    twins=need.twins,
                    doubles=need.doubles,
                    singles=need.singles,
                )
            ),
            _booked(booked.get((day, len(view.days[day - 1].stops)))),
        )
        for day, on, stop in nights_of(view.batch)
        if stop is not None
    ]
    meals = []
    for day in view.days:
        for number, stop in enumerate(day.stops, 1):
            if stop.kind == MEAL:
                n_table = tables(facts.places.get(place_key(stop)), heads.people)
                count = gettext("%(people)s people", people=heads.people)
                count += "" if n_table is None else " · " + gettext("%(count)s tables", count=n_table)
                meals.append(
                    (
                        f"{date_words(date_of(view.departure.first_day, day))} {_times(stop)}",
                        stop.name,
                        count,
                        _booked(booked.get((day.number, number))),
                    )
                )
    sections = []
    head = (gettext("Date"), gettext("Supplier"), gettext("What is ordered"), gettext("Booking"))
    if rooms:
        sections.append(Section(gettext("Room orders"), (), (head, *rooms), (18, 30, 42, 30)))
    if meals:
        sections.append(Section(gettext("Meals"), (), (head, *meals), (26, 30, 34, 30)))
    words = gettext(
        "%(diets)s people with a diet, %(impaired)s who walk with difficulty", diets=diets, impaired=impaired
    )
    if view.unanswered or not view.units:
        words += gettext("; %(people)s people are not known yet", people=heads.unknown)
    sections.append(Section(gettext("Needs"), (str(words),)))
    return _paper(facts, "orders", gettext("Orders of rooms and meals"), sections)


def _paper(facts: Facts, code: str, title: str, sections: Sequence[Section]) -> Paper:
    it = facts.view.departure
    head = (
        " · ".join((it.name, gettext("Batch %(number)s", number=it.number), date_words(it.first_day, it.last_day))),
        *((str(gettext("DRAFT: not published")),) if it.state == "draft" else ()),
        *((labelled(gettext("Cancelled"), it.notice or ""),) if it.state == "cancelled" else ()),
    )
    foot = gettext(
        "Made on %(day)s. Times: a coach along the streets at typical speeds, without traffic.", day=facts.today
    )
    return Paper(code, str(title), facts.mark, head, tuple(sections), str(foot))


def _people(facts: Facts) -> tuple[str, ...]:
    view = facts.view
    answers = [answer for answer in map(answer_of, view.units) if answer]
    lines = [
        gettext(
            "%(people)s people: men %(men)s, women %(women)s, couples %(couples)s, not known yet %(unknown)s",
            people=view.batch.heads.guests,
            men=view.batch.heads.men,
            women=view.batch.heads.women,
            couples=view.batch.heads.couples,
            unknown=view.batch.heads.unknown,
        )
    ]
    if answers:
        lines.append(
            gettext(
                "%(diets)s people with a diet, %(impaired)s who walk with difficulty",
                diets=sum(answer.diets for answer in answers),
                impaired=sum(answer.impaired for answer in answers),
            )
        )
    return tuple(map(str, lines))


def _near(facts: Facts, timed: TimedDay) -> Iterator[tuple[float, float, str, str]]:
    """Yield rest stations and toilets on the way of a day in its order: degrees, name, and name with its kind."""
    segments = [line for line in driven_segments(timed) if len(line) > 1]
    if not segments:
        return
    per_lon, per_lat = (float(each) for each in metres_per_degree(float(segments[0][:, 1].mean())))
    scale = np.array([per_lon, per_lat])
    way = shapely.MultiLineString([line * scale for line in segments])
    whole = shapely.LineString(np.concatenate([line * scale for line in segments]))
    station, toilet = gettext("rest station"), gettext("toilet")
    found = [
        (place.lon, place.lat, name_of(place), f"{name_of(place)}（{station}）")
        for place in facts.state.with_function(STATION)
        if place.status == "active"
    ]
    found += [
        (place.lon, place.lat, place.name, f"{place.name}（{toilet}）")
        for place in facts.places.values()
        if place.kind in ("toilet", "rest_stop")
    ]
    points = [shapely.Point(lon * per_lon, lat * per_lat) for lon, lat, _, _ in found]
    apart = [each.distance(way) for each in points]
    order = sorted((float(whole.project(points[i])), i) for i in range(len(found)) if apart[i] <= NEAR_M)
    yield from (found[i] for _, i in order[:MOST_NEAR])


def _leader(facts: Facts) -> str:
    it = facts.view.departure
    known = " ".join(part for part in (it.leader_name, it.leader_phone) if part)
    return labelled(gettext("Leader"), known or gettext("not entered"))


def _day_title(facts: Facts, day: TimetableDay) -> str:
    on = date_of(facts.view.departure.first_day, day)
    return " · ".join((gettext("Day %(number)s", number=day.number), date_words(on)))


def _times(stop: TimetableStop) -> str:
    if stop.arrives_min is None:
        return "—"
    if not stop.stay_min:
        return clock(stop.arrives_min)
    return f"{clock(stop.arrives_min)}–{clock(stop.leaves_min)}"


def _kind(stop: TimetableStop) -> str:
    return str(STOP_KINDS.get(stop.kind, stop.kind)) if stop.kind != NIGHT else str(gettext("overnight stay"))


def _booked(booking: Booking | None) -> str:
    if booking is None:
        return str(gettext("not asked"))
    parts = (BOOKING_STATES[booking.state], booking.number, booking.contact)
    return " · ".join(str(part) for part in parts if part)


def _booked_line(booking: Booking) -> str:
    return labelled(booking.name, _booked(booking))
