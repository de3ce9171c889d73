"""What the union offers is stored as written or refused with one reason, and never over somebody else's change."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from geo.db import offers as store
from geo.db.districts import save_district
from geo.db.layers import SourceFacts, layer_versions, replace_places, retire_sample
from geo.db.offers import ActivityDraft, BenefitDraft, MembershipDraft, Offers, Picture
from geo.db.session import reading, writing
from geo.db.versioned import StaleError
from geo.errors import InputError, NotFoundError

D = "990001"
CHINA = ZoneInfo("Asia/Shanghai")
NOON = datetime.now(CHINA).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=12)
BENEFIT = BenefitDraft(
    position=1, title="医疗互助", text=None, source="notice of 2026-01-05", link=None, valid_until=None
)
ACTIVITY = ActivityDraft(
    title="First aid",
    place_code=None,
    place_text="Hall 2",
    starts_at=NOON,
    ends_at=NOON + timedelta(hours=2),
    seats=30,
    link="https://union.example/first-aid",
    text="Bring nothing.",
)
JPEG = Picture(width=3, height=2, digest="ab" * 32, image=b"\xff\xd8")


@pytest.fixture
def district(engine):
    with writing(engine) as session:
        save_district(session, D, name="谷区", name_en="Valley", status="real")
        place = {"code": "S1", "name": "West", "lon": 120.0, "lat": 30.0, "functions": [{"kind": "culture_palace"}]}
        replace_places(session, D, [place], SourceFacts("places.csv", 1, 1))
    return engine


def add_both(engine):
    with writing(engine) as session:
        return store.add_benefit(session, D, BENEFIT, by="a"), store.add_activity(session, D, ACTIVITY, by="a")


def test_what_is_written_is_what_is_read(district):
    benefit, activity = add_both(district)
    with reading(district) as session:
        assert store.get_benefit(session, D, benefit.id) == benefit
        assert store.get_activity(session, D, activity.id) == activity
        assert store.read_offers(session, D) == Offers((benefit,), (activity,), None)
    assert BenefitDraft(**{name: getattr(benefit, name) for name in vars(BENEFIT)}) == BENEFIT
    assert ActivityDraft(**{name: getattr(activity, name) for name in vars(ACTIVITY)}) == ACTIVITY
    assert (benefit.version, activity.version, activity.is_sample) == (1, 1, False)


def test_the_second_of_two_writers_is_refused_and_nothing_of_theirs_is_kept(district):
    benefit, activity = add_both(district)
    with writing(district) as session:
        changed = store.change_benefit(session, D, benefit.id, replace(BENEFIT, title="first"), version=1, by="b")
        store.change_activity(session, D, activity.id, replace(ACTIVITY, seats=5), version=1, by="b")
        assert (changed.version, changed.changed_by) == (2, "b")
    late = [
        lambda s: store.change_benefit(s, D, benefit.id, replace(BENEFIT, title="second"), version=1, by="c"),
        lambda s: store.change_activity(s, D, activity.id, replace(ACTIVITY, seats=9), version=1, by="c"),
        lambda s: store.remove_benefit(s, D, benefit.id, version=1),
        lambda s: store.remove_activity(s, D, activity.id, version=1),
    ]
    for write in late:
        with pytest.raises(StaleError, match="nothing was saved"), writing(district) as session:
            write(session)
    with reading(district) as session:
        assert store.get_benefit(session, D, benefit.id).title == "first"
        assert store.get_activity(session, D, activity.id).seats == 5


def test_an_edit_by_another_client_makes_a_form_stale_too(district):
    benefit, _ = add_both(district)
    with district.begin() as psql:
        psql.execute(text("UPDATE benefit SET title = 'by psql'"))
    with pytest.raises(StaleError), writing(district) as session:
        store.change_benefit(session, D, benefit.id, BENEFIT, version=1, by="c")


def test_of_two_first_memberships_the_second_is_refused(district):
    with writing(district) as session:
        store.save_membership(session, D, MembershipDraft(link=None, note="one"), picture=JPEG, version=0, by="a")
    with pytest.raises(StaleError), writing(district) as session:
        store.save_membership(session, D, MembershipDraft(link=None, note="two"), version=0, by="b")
    with writing(district) as session:
        # What is written again without a picture keeps the one there is.
        store.save_membership(session, D, MembershipDraft(link="https://u.example", note=None), version=1, by="b")
    with writing(district) as session:
        found = store.read_membership(session, D)
        assert (found.link, found.note, found.width, found.digest) == ("https://u.example", None, 3, JPEG.digest)
        assert store.read_membership_image(session, D) == (JPEG.image, JPEG.digest)
        empty = MembershipDraft(link=None, note=None)
        store.save_membership(session, D, empty, drop_picture=True, version=found.version, by="b")
    with reading(district) as session:
        assert store.read_membership_image(session, D) is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"title": " "}, "write a title"),
        ({"title": "x" * 101}, "101 characters"),
        ({"source": " "}, "say where this is announced"),
        ({"text": "x" * 501}, "501 characters"),
        ({"position": -1}, "the order -1"),
        ({"link": "javascript:alert(1)"}, "not a web address"),
    ],
)
def test_a_benefit_is_refused_with_its_one_fault(district, change, says):
    with pytest.raises(InputError, match=says), writing(district) as session:
        store.add_benefit(session, D, replace(BENEFIT, **change), by="a")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"title": ""}, "write a title"),
        ({"place_text": None}, "say where it is"),
        ({"place_code": "S1"}, "not both"),
        ({"place_code": "S9", "place_text": None}, "There is no place S9"),
        ({"ends_at": NOON}, "the end must come after the start"),
        ({"ends_at": NOON + timedelta(days=400)}, "more than 366 days"),
        ({"seats": 0}, "seats 0"),
        ({"link": "ftp://union.example/x"}, "not a web address"),
    ],
)
def test_an_activity_is_refused_with_its_one_fault(district, change, says):
    with pytest.raises(InputError, match=says), writing(district) as session:
        store.add_activity(session, D, replace(ACTIVITY, **change), by="a")


@pytest.mark.parametrize(
    "link", ["https://union.example", "http://union.example:8080/a?b=1&c=工会#d", " HTTPS://U.EXAMPLE/ "]
)
def test_web_addresses_are_links(link):
    assert store.checked_link(link) == link.strip()


@pytest.mark.parametrize(
    "link",
    [
        "union.example", "//union.example", "javascript:alert(1)", "data:text/html,x", "mailto:a@b", "https://", "https:///a",
        "https://a b.example", "https://a.example/\x00", "https://a.example/\"onclick=x", "java\nscript:x", "x" * 501,
    ],
)  # fmt: skip
def test_nothing_else_is(link):
    with pytest.raises(InputError):
        store.checked_link(link)


def test_pages_see_what_is_not_over_in_its_order(district):
    now = datetime.now(UTC)
    with writing(district) as session:
        for hours in (30, -100, -1, 5):
            starts_at = now + timedelta(hours=hours)
            draft = replace(ACTIVITY, title=f"{hours}", starts_at=starts_at, ends_at=starts_at + timedelta(hours=2))
            store.add_activity(session, D, draft, by="a")
        for position in (3, 1, 2):
            store.add_benefit(session, D, replace(BENEFIT, position=position, title=f"{position}"), by="a")
        old = now - timedelta(days=40)
        draft = replace(ACTIVITY, title="old", starts_at=old, ends_at=old + timedelta(hours=1))
        store.add_activity(session, D, draft, by="a")
        offers = store.read_offers(session, D)
    assert [each.title for each in offers.upcoming(now)] == ["-1", "5", "30"], "what goes on is not over"
    assert [each.title for each in offers.activities] == ["-100", "-1", "5", "30"]
    assert [each.title for each in offers.benefits] == ["1", "2", "3"]
    assert offers.upcoming(now, place="S1") == ()


def test_a_benefit_is_valid_on_its_last_day_and_not_after(district):
    with writing(district) as session:
        store.add_benefit(session, D, replace(BENEFIT, valid_until=date(2026, 12, 31)), by="a")
        offers = store.read_offers(session, D)
    assert len(offers.valid(date(2026, 12, 31))) == 1
    assert offers.valid(date(2027, 1, 1)) == ()


def test_every_change_is_counted_as_one_of_the_offers(district):
    def counted():
        with reading(district) as session:
            return layer_versions(session, D).get("offers", 0)

    before = counted()
    benefit, _ = add_both(district)
    assert counted() == before + 2
    with district.begin() as psql:
        psql.execute(text("UPDATE activity SET is_cancelled = true"))
        psql.execute(
            text("INSERT INTO membership (district_code, note, changed_by) VALUES (:d, 'x', 'psql')"), {"d": D}
        )
    assert counted() == before + 4
    with writing(district) as session:
        store.remove_benefit(session, D, benefit.id, version=1)
    assert counted() == before + 5


def test_what_staff_try_out_in_a_sample_goes_with_it_and_what_is_real_stays(engine):
    with writing(engine) as session:
        save_district(session, D, name="谷区", name_en="Valley", status="sample")
    add_both(engine)
    with writing(engine) as session:
        assert [each.is_sample for each in store.list_activities(session, D)] == [True]
        retire_sample(session, D)
        assert store.list_activities(session, D) == []
        assert len(store.list_benefits(session, D)) == 1


def test_another_district_has_none_of_it(district):
    benefit, activity = add_both(district)
    with writing(district) as session:
        save_district(session, "E", name="E", name_en="E")
        assert store.read_offers(session, "E") == Offers()
        with pytest.raises(NotFoundError):
            store.get_benefit(session, "E", benefit.id)
        with pytest.raises(NotFoundError):
            store.change_activity(session, "E", activity.id, ACTIVITY, version=1, by="a")
