"""What the union offers, as everybody reads it: nothing that nobody announced, nothing over, calendars that agree."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from PIL import Image

from geo.db import offers as store
from geo.db.offers import ActivityDraft, BenefitDraft, MembershipDraft, Picture
from geo.db.session import writing
from tests.webmap.valley import CODE, valley_app
from webmap.logic.photos import redraw

CHINA = ZoneInfo("Asia/Shanghai")
START = datetime.now(CHINA).replace(hour=14, minute=30, second=0, microsecond=0) + timedelta(days=5)
DRAFT = ActivityDraft(
    title="First aid; basics",
    place_code="S1",
    place_text=None,
    starts_at=START,
    ends_at=START + timedelta(hours=2),
    seats=30,
    link="https://union.example/a?x=1&y=2",
    text="Line one,\nline two",
)
BENEFIT = BenefitDraft(position=1, title="A benefit", text="T", source="notice 7", link=None, valid_until=None)


@pytest.fixture(params=["real", "sample"])
def status(request):
    return request.param


@pytest.fixture
def app(make_database, tmp_path, translations, status):
    with valley_app(make_database, tmp_path, has_streets=False, status=status) as app:
        yield app


@pytest.fixture
def write(app):
    """Write to the store, and let the application see it."""

    def write(change, *values, **more):
        with writing(app.extensions["fuchun_engine"]) as session:
            done = change(session, CODE, *values, **more)
        app.extensions["fuchun_live"].refresh()
        return done

    return write


@pytest.fixture
def get(app):
    def get(path, language="en"):
        answer = app.test_client().get(path, headers={"Accept-Language": language})
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
        return answer

    return get


def events(answer):
    assert answer.mimetype == "text/calendar"
    calendar = Calendar.from_ical(answer.data)
    assert calendar.get_missing_tzids() == set(), "the rules of the zone stand in the file"
    return calendar.walk("VEVENT")


real_only = pytest.mark.parametrize("status", ["real"], indirect=True)


@real_only
def test_an_empty_page_says_so_and_offers_what_helps(get):
    page = get("/benefits", "zh").text
    assert "本区目前没有登记会员福利，以区总工会公布为准。" in page
    assert "其余以" not in page
    assert "加入工会" not in page, "hidden while nothing was supplied"
    assert 'href="/"' in page
    assert "目前没有登记的活动，以区总工会公布为准。" in get("/activities", "zh").text
    assert events(get("/activities.ics")) == []
    assert get("/benefits/membership.jpg").status_code == 404
    assert get("/activities/1.ics").status_code == 404


@real_only
def test_benefits_stand_in_their_order_with_their_source_and_what_has_ended_is_gone(get, write):
    today = datetime.now(CHINA).date()
    for title, position, until in (
        ("second", 2, None),
        ("first", 1, today),
        ("past", 0, today - timedelta(days=1)),
        ("<b>third", 3, date(2099, 1, 2)),
    ):
        write(store.add_benefit, replace(BENEFIT, title=title, position=position, valid_until=until), by="a")
    page = get("/benefits").text
    assert re.findall(r"<h2>(.*?)</h2>", page) == ["first", "second", "&lt;b&gt;third"]
    assert page.count("Source: notice 7") == 3
    assert "valid until 2099-01-02" in page
    assert "For everything else, what the union announces holds." in page


@real_only
def test_membership_shows_what_was_supplied_and_no_more(get, write):
    write(store.save_membership, MembershipDraft(link="https://union.example/join", note=None), version=0, by="a")
    page = get("/benefits").text
    assert 'href="https://union.example/join"' in page
    assert "membership.jpg" not in page
    image, facts = redraw(_png())
    picture = Picture(image=image, width=facts.width, height=facts.height, digest=facts.digest)
    write(store.save_membership, MembershipDraft(link=None, note="Scan it"), picture=picture, version=1, by="a")
    page = get("/benefits").text
    assert "Scan it" in page
    assert "union.example" not in page
    address = re.search(r'src="(/benefits/membership\.jpg[^"]*)" width="40" height="30"', page)[1].replace("&amp;", "&")
    answer = get(address)
    assert (answer.data, answer.mimetype) == (image, "image/jpeg")
    assert "immutable" in answer.headers["Cache-Control"]
    assert get("/benefits/membership.jpg").headers["Cache-Control"] == "no-cache"
    write(store.save_membership, MembershipDraft(link=None, note=None), drop_picture=True, version=2, by="a")
    assert "Become a member" not in get("/benefits").text


@real_only
def test_activities_stand_by_their_start_and_past_ones_are_gone(get, write):
    now = datetime.now(UTC)
    for hours in (72, -50, -1, 20):
        starts_at = now + timedelta(hours=hours)
        draft = replace(DRAFT, title=f"in {hours}", starts_at=starts_at, ends_at=starts_at + timedelta(hours=2))
        write(store.add_activity, draft, by="a")
    page = get("/activities").text
    assert re.findall(r'class="title">(.*?)<', page) == ["in -1", "in 20", "in 72"]
    assert [str(each["SUMMARY"]) for each in events(get("/activities.ics"))] == ["in -1", "in 20", "in 72"]


@real_only
def test_an_activity_names_day_place_seats_and_leads_on(get, write):
    ours = write(store.add_activity, DRAFT, by="a")
    write(
        store.add_activity,
        replace(DRAFT, title="Elsewhere", place_code=None, place_text="Hall <2>", seats=None),
        by="a",
    )
    page = get("/activities").text
    assert f"{START:%a} {START.day} {START:%b %Y}" in page
    assert "14:30–16:30" in page
    assert re.search(r'href="/s/S1[^"]*">West station', page)
    assert "Hall &lt;2&gt;" in page
    assert page.count("30 seats") == 1
    assert 'href="https://union.example/a?x=1&amp;y=2"' in page
    assert f'href="/activities/{ours.id}.ics' in page
    chinese = get("/activities", "zh").text
    assert f"{START.year}年{START.month}月{START.day}日" in chinese
    assert "名额 30 个" in chinese


@real_only
def test_a_place_that_has_left_the_list_is_not_pretended_to_be_there(app, get, write):
    write(store.add_activity, DRAFT, by="a")
    with writing(app.extensions["fuchun_engine"]) as session:
        session.connection().exec_driver_sql("DELETE FROM place WHERE code = 'S1'")
    app.extensions["fuchun_live"].refresh()
    assert "The place is not listed any more. Ask before you go." in get("/activities").text
    assert "LOCATION" not in events(get("/activities.ics"))[0]


@real_only
def test_what_is_cancelled_says_so_and_takes_no_registrations(get, write):
    made = write(store.add_activity, DRAFT, by="a")
    write(store.change_activity, made.id, replace(DRAFT, is_cancelled=True), version=1, by="a")
    page = get("/activities").text
    assert re.search(r'class="mark">.*?cancelled', page)
    assert "union.example" not in page
    assert "Cross it out in my calendar" in page
    assert "cancelled" in get("/s/S1").text


@real_only
def test_inside_wechat_the_page_says_how_a_calendar_file_opens(app, get, write):
    write(store.add_activity, DRAFT, by="a")
    inside = app.test_client().get("/activities?lang=zh", headers={"User-Agent": "Mobile MicroMessenger/8.0"})
    assert "在浏览器打开" in inside.text
    assert "User-Agent" in inside.headers["Vary"]
    assert "在浏览器打开" not in get("/activities", "zh").text


@real_only
def test_a_calendar_says_what_the_page_says(get, write):
    made = write(store.add_activity, DRAFT, by="a")
    (event,) = events(get(f"/activities/{made.id}.ics"))
    assert event["DTSTART"].params["TZID"] == event["DTEND"].params["TZID"] == "Asia/Shanghai"
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (DRAFT.starts_at, DRAFT.ends_at)
    assert event["DTSTART"].dt.hour == 14, "in the clock of the place"
    assert (event["SUMMARY"], event["LOCATION"], event["URL"]) == (DRAFT.title, "West station", DRAFT.link)
    assert event["DESCRIPTION"] == f"30 seats\n{DRAFT.text}"
    assert (event["STATUS"], event["SEQUENCE"]) == ("CONFIRMED", 0)
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == made.changed_at.replace(microsecond=0)


@real_only
def test_a_changed_activity_is_the_same_event_in_a_later_version(get, write):
    made = write(store.add_activity, DRAFT, by="a")
    address = f"/activities/{made.id}.ics"
    first = get(address)
    assert get(address).headers["ETag"] == first.headers["ETag"]
    moved = replace(DRAFT, starts_at=START + timedelta(days=1), ends_at=START + timedelta(days=1, hours=1))
    write(store.change_activity, made.id, moved, version=1, by="a")
    write(store.change_activity, made.id, replace(moved, is_cancelled=True), version=2, by="a")
    second = get(address)
    assert second.headers["ETag"] != first.headers["ETag"]
    (before,), (after,) = events(first), events(second)
    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 2)
    assert after["LAST-MODIFIED"].dt >= before["LAST-MODIFIED"].dt
    assert after["DTSTART"].dt == moved.starts_at
    assert after["STATUS"] == "CANCELLED"
    assert str(events(get("/activities.ics"))[0]["UID"]) == before["UID"], "one by one or all together"


@real_only
def test_no_two_activities_are_one_event(get, write):
    for title in ("one", "two", "three"):
        write(store.add_activity, replace(DRAFT, title=title), by="a")
    assert len({str(each["UID"]) for each in events(get("/activities.ics"))}) == 3


def test_a_sample_says_so_in_the_page_and_inside_the_calendar(get, write, status):
    write(store.add_activity, DRAFT, by="a")
    is_sample = status == "sample"
    (event,) = events(get("/activities.ics", "zh"))
    assert ("示意" in event["SUMMARY"]) == is_sample
    assert event["DESCRIPTION"].startswith("示意数据：这项活动并不存在。") == is_sample
    answer = get("/activities.ics", "zh")
    assert ("示意" in str(Calendar.from_ical(answer.data)["X-WR-CALNAME"])) == is_sample
    assert ("%E7%A4%BA%E6%84%8F" in answer.headers["Content-Disposition"]) == is_sample
    card = re.search(r'<li class="card.*?</li>', get("/activities", "zh").text, re.S)[0]
    assert ("示意" in card) == is_sample


@real_only
def test_times_are_of_the_districts_own_clock_also_where_clocks_are_set(app, get, write):
    with writing(app.extensions["fuchun_engine"]) as session:
        session.connection().exec_driver_sql("UPDATE district SET timezone = 'Europe/Helsinki', calendar = NULL")
    helsinki = ZoneInfo("Europe/Helsinki")
    year = datetime.now(UTC).year + 1
    for month, offset in ((1, 2), (7, 3)):
        starts_at = datetime(year, month, 10, 18, tzinfo=helsinki)
        made = write(
            store.add_activity, replace(DRAFT, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1)), by="a"
        )
        app.extensions["fuchun_live"]._states.clear()  # a zone is no layer: a restart sees it
        (event,) = events(get(f"/activities/{made.id}.ics"))
        assert event["DTSTART"].params["TZID"] == "Europe/Helsinki"
        assert (event["DTSTART"].dt.hour, event["DTSTART"].dt.utcoffset()) == (18, timedelta(hours=offset))
    assert "18:00–19:00" in get("/activities").text


@real_only
def test_the_page_of_a_place_shows_what_comes_up_there_and_only_there(get, write):
    assert "Coming up here" not in get("/s/S1").text
    titles = [f"number {n}" for n in range(5)]
    for days, title in enumerate(titles):
        later = {name: getattr(DRAFT, name) + timedelta(days=days) for name in ("starts_at", "ends_at")}
        write(store.add_activity, replace(DRAFT, title=title, **later), by="a")
    section = re.search(r'<section class="upcoming".*?</section>', get("/s/S1").text, re.S)[0]
    assert re.findall(r'#a-\d+">(.*?)<', section) == titles[:3]
    assert "Coming up here" not in get("/s/S2").text


@real_only
def test_every_public_page_leads_there(get):
    for page in ("/", "/tours", "/s/S1", "/activities"):
        assert re.search(r'href="/benefits(\?[^"]*)?"', get(page).text), page
    assert 'href="/activities"' in get("/benefits").text
    assert re.search(r'href="/benefits\?lang=en[^"]*" aria-current="page"', get("/activities?lang=en").text)


def _png():
    out = BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "PNG")
    return out.getvalue()
