"""Longer hours beside new sites in the valley: person-hours only with a profile of the demand."""

import re
from dataclasses import replace
from io import BytesIO

import pytest

from geo.coverage.question import CoverageQuestion
from geo.db.candidates import add_candidates
from geo.db.demand_profiles import ProfileDraft, read_profile, save_profile, spread_hours
from geo.db.session import reading, writing
from geo.db.versioned import StaleError
from geo.errors import InputError, NotReadyError
from geo.records import CandidateRecord
from tests.webmap.staff_api import Staff
from tests.webmap.valley import CODE, LAT, MIDDLE_PEOPLE, valley_app
from webmap.logic.siting.hours_plan import HoursQuestion, compare_hours

MIDDLE = CandidateRecord("m", "中街", 119.99, LAT, "candidate", 20_000.0, None, hours="Mo-Su 08:00-20:00")


@pytest.fixture(scope="module")
def app(make_database, tmp_path_factory, translations):
    with valley_app(make_database, tmp_path_factory.mktemp("hours")) as app:
        with writing(app.extensions["fuchun_engine"]) as session:
            add_candidates(session, CODE, [MIDDLE])
        yield app


@pytest.fixture(scope="module")
def planner(app):
    return Staff(app, "planner")


def page(planner, query="?extended=1&until=21&sites=1&minutes=14"):
    return planner.client.get("/plan/sites/hours" + query).text


def send(planner, **fields):
    return planner.client.post("/plan/sites/hours/profile", data={"csrf_token": planner.csrf, **fields})


def test_without_a_profile_moments_are_compared_and_nothing_is_added_up(planner):
    text = page(planner)
    assert "Nothing is added up over hours" in text
    assert "person-hours a week more" not in text
    # Wednesday 20:00: the East station is closed now; open until 21:00 it reaches the 200 of the east.
    row = re.search(r"<th scope=\"row\">Wed 20:00</th>(.*?)</tr>", text)[1]
    assert re.findall(r">([0-9]+)<", row) == ["150", "350", "150"]


def test_new_sites_without_hours_are_open_as_long_as_the_stations_they_are_compared_with_and_the_page_says_so(app):
    state = app.extensions["fuchun_live"].state(CODE)
    asked = HoursQuestion(coverage=CoverageQuestion(minutes=5), extended=1, until=21, sites=1)
    unknown = replace(MIDDLE, hours=None)
    answer = compare_hours(state, asked, [unknown], None)
    assert [(each.hours, each.is_supposed) for each in answer.new.actions] == [("Mo-Su 08:00-21:00", True)]
    evening = next(row for row in answer.moments if (row.weekday, row.hour) == (2, 20))
    assert evening.new - evening.now == MIDDLE_PEOPLE
    assert answer.usual is None, "one of two stations is not most of them"
    # Supposed to close earlier they add nobody at 20:00, and are the best at an hour at which they are open.
    earlier = compare_hours(state, replace(asked, closes=20), [unknown], None)
    evening = next(row for row in earlier.moments if (row.weekday, row.hour) == (2, 20))
    assert (evening.new, earlier.chosen_at, len(earlier.new.actions)) == (evening.now, 18, 1)
    entered = replace(MIDDLE, version=1)
    assert compare_hours(state, asked, [entered], None).chosen_at == 18, "hours that were entered stay as they are"
    in_words = replace(MIDDLE, hours="有人就开", version=2)
    assert compare_hours(state, asked, [in_words], None).new.actions[0].is_supposed
    with pytest.raises(InputError):
        replace(asked, opens=12, closes=12)


def test_the_page_asks_from_when_to_when_and_names_what_is_supposed(planner):
    text = page(planner, "?extended=1&until=21&sites=1&minutes=5&closes=20")
    assert "At 20:00 all new sites would be closed" in text
    assert "(entered)" in text
    assert re.search("supposed to be open [^<]*08:00", text)
    assert "Most stations here keep" not in text


def test_hours_of_another_kind_of_place_are_asked_about(planner):
    text = page(planner, "?extended=1&until=21&sites=1&minutes=14&kind=nursing_room")
    assert re.search(r'<option value="nursing_room" selected>', text)
    assert 'class="fault"' in text, "no room of that kind is open, so none can stay open longer"
    assert planner.client.get("/plan/sites/hours?kind=castle").status_code == 422
    link = planner.client.get("/plan/sites?kind=nursing_room").text
    assert re.search(r"/plan/sites/hours\?[^\"]*kind=nursing_room", link)


def test_a_profile_may_be_a_file(app, planner):
    table = "hour,workday,weekend\n" + "\n".join(f"{hour},{hour},{2 * hour}" for hour in range(24))
    fields = {"csrf_token": planner.csrf, "margin": "0", "origin": "count", "version": "0"}
    file = (BytesIO(table.encode()), "profile.csv")
    answer = planner.client.post("/plan/sites/hours/profile", data={**fields, "figures": "", "file": file})
    assert answer.status_code == 303, answer.text
    with reading(app.extensions["fuchun_engine"]) as session:
        stored = read_profile(session, CODE)
    assert (stored.low[23], stored.low[167]) == (0.23, 0.46)
    assert send(planner, remove="1", version=str(stored.version)).status_code == 303


def test_where_nobody_is_missed_there_is_no_site_to_compare_with(app):
    state = app.extensions["fuchun_live"].state(CODE)
    answer = compare_hours(state, HoursQuestion(coverage=CoverageQuestion(minutes=14), extended=1), [], None)
    assert (len(answer.longer.actions), answer.new.actions, answer.saved) == (1, (), None)
    with pytest.raises(NotReadyError):
        compare_hours(state, HoursQuestion(coverage=CoverageQuestion(minutes=14), until=10), [], None)


def test_with_a_profile_the_sentence_counts_person_hours_and_money_and_a_second_writer_is_told(app, planner):
    figures = " ".join(["0"] * 17 + ["50"] * 3 + ["0"] * 4)
    assert send(planner, figures=figures, margin="20", origin="", version="0").status_code == 422
    assert send(planner, figures="1 2 3", margin="20", origin="count", version="0").status_code == 422
    assert send(planner, figures=figures, margin="20", origin="count of May", version="0").status_code == 303
    assert send(planner, figures=figures, margin="20", origin="count of May", version="0").status_code == 409
    text = page(planner, "?extended=1&until=21&sites=1&minutes=14&extension_cost=5000")
    # 200 people × 50 % × 3 hours (17:00 to 20:00) × 5 workdays; the new site reaches nobody who is not reached already.
    assert "+1,500 person-hours" in text
    assert "1,200 to 1,800" in text
    assert "cover 1,500 person-hours a week more than" in text
    assert "count of May" in text
    with reading(app.extensions["fuchun_engine"]) as session:
        version = read_profile(session, CODE).version
    assert send(planner, remove="1", version=str(version)).status_code == 303
    assert "Nothing is added up over hours" in page(planner)


def test_a_profile_is_a_week_of_shares_and_says_where_it_comes_from(app):
    engine = app.extensions["fuchun_engine"]
    low, high = spread_hours([0.2] * 24 + [0.9] * 24, margin=0.5)
    assert (low[0], high[0], low[-1], high[-1]) == (0.1, 0.3, 0.45, 1.0)
    with writing(engine) as session:
        save_profile(session, CODE, ProfileDraft(low, high, "x"), version=0, by="a")
    for bad in (ProfileDraft(low[:24], high[:24], "x"), ProfileDraft(high, low, "x"), ProfileDraft(low, high, " ")):
        with pytest.raises(InputError), writing(engine) as session:
            save_profile(session, CODE, bad, version=1, by="a")
    with pytest.raises(StaleError), writing(engine) as session:
        save_profile(session, CODE, None, version=0, by="a")
    with writing(engine) as session:
        save_profile(session, CODE, None, version=1, by="a")
