"""Plans and what-if by hand in the valley, where every number can be worked out by hand."""

from dataclasses import replace
from datetime import date

import pytest
import shapely

from geo.coverage.question import CoverageQuestion
from geo.db.candidates import add_candidates, read_candidates, set_willingness
from geo.db.session import reading, writing
from geo.db.versioned import StaleError
from geo.errors import InfeasibleError, InputError, NotFoundError, NotReadyError
from geo.records import CandidateRecord
from geo.siting.problem import Stop
from tests.webmap.valley import CODE, EAST_PEOPLE, LAT, MIDDLE_PEOPLE, WEST_PEOPLE, valley_app
from webmap.logic.coverage.what_if import what_if
from webmap.logic.siting.by_hand import Changes, measure_changes
from webmap.logic.siting.options import find_options
from webmap.logic.siting.pasted import odd_candidates
from webmap.logic.siting.plan_job import find_plans
from webmap.logic.siting.sites_question import SitesQuestion, Spot

NEAR = {"minutes": 5}
DAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def state(make_database, tmp_path_factory, translations):
    with valley_app(make_database, tmp_path_factory.mktemp("valley")) as app:
        yield app.extensions["fuchun_live"].state(CODE)


def candidate(code, lon, cost=None, **facts):
    return CandidateRecord(code, f"候选{code}", lon, LAT, "candidate", cost, None, **facts)


THREE = [candidate("w", 119.981, 10_000.0), candidate("m", 119.99, 20_000.0), candidate("e", 120.02, 50_000.0)]


def plans(state, candidates=THREE, **asked):
    question = SitesQuestion.read({**NEAR, **asked})
    *_, (_, answer) = find_plans(state, question, find_options(state, question, candidates), stop=Stop())
    return answer


def codes(plan):
    return [site.option.code for site in plan.sites]


def test_the_first_plan_is_what_was_asked_for_with_its_proof_its_curve_and_what_is_next_best(state):
    answer = plans(state, sites=1)
    first = answer.plans[0]
    assert codes(first) == ["e"]
    assert (first.before, first.after, first.more) == (WEST_PEOPLE, WEST_PEOPLE + EAST_PEOPLE, 0.0)
    assert first.is_proven
    assert [(town.code, town.before, town.after) for town in first.towns] == [("E", 0.0, EAST_PEOPLE)]
    assert first.sites[0].next_best.names == ("候选m",)
    assert first.sites[0].next_best.loss == EAST_PEOPLE - MIDDLE_PEOPLE
    assert [plan.after - plan.before for plan in answer.curve] == [200.0, 250.0], "a third would add nobody"
    # By places every demand point is one: the middle would do as well as the east.
    assert first.sites[0].kept == first.sites[0].tried - 1
    assert first.sites[0].tried == len(answer.tried) > 5
    assert answer.is_complete


def test_what_the_sites_add_sums_to_what_the_plan_adds_and_one_that_adds_nobody_is_left_out(state):
    plan = plans(state, sites=3).plans[0]
    assert [(site.option.code, site.gain) for site in plan.sites] == [("e", 200.0), ("m", 50.0)]
    assert sum(site.gain for site in plan.sites) == plan.after - plan.before
    kept = plans(state, sites=3, fixed=["w"]).plans[0]
    assert [(site.option.code, site.gain) for site in kept.sites] == [("e", 200.0), ("m", 50.0), ("w", 0.0)]


def test_the_answer_grows_and_its_first_part_comes_before_the_rest(state):
    question = SitesQuestion.read({**NEAR, "sites": 1})
    parts = list(find_plans(state, question, find_options(state, question, THREE), stop=Stop()))
    assert not parts[0][1].curve
    assert codes(parts[0][1].plans[0]) == codes(parts[-1][1].plans[0])
    assert [share for share, _ in parts] == sorted(share for share, _ in parts)


def test_every_aim_answers_and_money_and_shares_bind(state):
    assert codes(plans(state, aim="budget", budget=30_000.0).plans[0]) == ["m"]
    assert codes(plans(state, aim="share", share=0.8).plans[0]) == ["e"]
    assert codes(plans(state, aim="towns", sites=1).plans[0]) == ["e"]
    # The middle and the east are equally far from their stations.
    far = plans(state, aim="far", sites=1).plans[0]
    assert codes(far)[0] in "me"
    assert far.tenth_min == pytest.approx(0.0, abs=0.1)
    assert codes(plans(state, aim="average", sites=1).plans[0]) == ["e"]
    with pytest.raises(InfeasibleError, match="every site"):
        plans(state, [THREE[0]], aim="share", share=0.9)


def test_without_candidates_search_areas_are_chosen_and_say_that_they_are(state):
    answer = plans(state, [], sites=1)
    assert answer.candidates == 0
    assert [site.option.kind for site in answer.plans[0].sites] == ["area"]
    assert answer.plans[0].sites[0].gain == EAST_PEOPLE


def test_what_is_pinned_stays_and_the_engine_does_the_rest(state):
    answer = plans(state, sites=2, pinned=[{"name": "Here", "lon": 119.99, "lat": LAT}])
    assert [site.option.kind for site in answer.plans[0].sites] == ["candidate", "pinned"]
    assert answer.plans[0].after == WEST_PEOPLE + MIDDLE_PEOPLE + EAST_PEOPLE


def test_conditions_leave_out_what_does_not_fit_and_keep_what_nobody_has_recorded(state):
    facts = [replace(THREE[2], is_ground_floor=False), replace(THREE[1], is_ground_floor=True), THREE[0]]
    answer = plans(state, facts, sites=1, wanted={"ground_floor": True})
    assert codes(answer.plans[0]) == ["m"]
    assert (answer.candidates, answer.left_out) == (3, 1)
    refused = [replace(each, willingness="refused") for each in THREE]
    with pytest.raises(NotReadyError, match="relax"):
        plans(state, refused, sites=1)


def test_changes_by_hand_are_what_measuring_one_after_the_other_gives(state):
    asked = CoverageQuestion(minutes=5)
    alone = what_if(state, asked, lon=120.02, lat=LAT)
    one = measure_changes(state, asked, Changes((Spot("x", 120.02, LAT),)))
    assert (one.before, one.after, one.gained, one.lost) == (alone.before, alone.after, alone.gained, alone.lost)
    moved = measure_changes(state, asked, Changes((Spot("x", 119.99, LAT),), closed=("S1",)))
    same = what_if(state, asked, lon=119.99, lat=LAT, station="S1")
    assert (moved.after, moved.gained, moved.lost) == (same.after, same.gained, same.lost)
    assert [(town.code, town.gained, town.lost) for town in moved.by_town] == [("W", MIDDLE_PEOPLE, WEST_PEOPLE)]


def test_two_sites_at_one_place_add_nobody_twice_and_one_far_from_streets_adds_nobody(state):
    asked = CoverageQuestion(minutes=5)
    spot = Spot("x", 120.02, LAT)
    both = measure_changes(state, asked, Changes((spot, spot, Spot("hamlet", 120.01, LAT + 0.05))))
    assert [site.gain for site in both.sites] == [EAST_PEOPLE, 0.0, 0.0]
    assert [site.is_attached for site in both.sites] == [True, True, False]
    assert both.twice_after == EAST_PEOPLE


def test_a_station_that_stays_open_longer_counts_at_the_moment(state):
    asked = CoverageQuestion.read({"minutes": 15, "at": "2026-11-25T22:00:00+08:00"})
    longer = measure_changes(state, asked, Changes(extended=("S2",)))
    assert longer.gained == EAST_PEOPLE
    assert measure_changes(state, asked, Changes(extended=("S2",), closed=("S2",))).gained == 0.0
    with pytest.raises(NotFoundError):
        measure_changes(state, asked, Changes(closed=("nowhere",)))


def test_willingness_is_recorded_once_and_the_second_writer_is_told(make_database, tmp_path_factory, translations):
    with valley_app(make_database, tmp_path_factory.mktemp("willing")) as app:
        engine = app.extensions["fuchun_engine"]
        with writing(engine) as session:
            assert add_candidates(session, CODE, [*THREE, THREE[0]]) == 3
            assert add_candidates(session, CODE, THREE) == 0
        with reading(engine) as session:
            stored = read_candidates(session, CODE)[0]
        with writing(engine) as session:
            said = set_willingness(session, CODE, "e", "refused", version=stored.version, on=DAY)
        assert (said.willingness, said.version) == ("refused", stored.version + 1)
        with pytest.raises(StaleError), writing(engine) as session:
            set_willingness(session, CODE, "e", "agreed", version=stored.version, on=DAY)


def test_actions_of_our_places_stand_beside_new_sites_with_their_costs(state):
    sunday = {"minutes": 14, "at": "2026-11-22T12:00:00+08:00"}
    middle = [candidate("m", 119.99, 20_000.0)]
    alone = plans(state, middle, sites=1, **sunday).plans[0]
    assert alone.after == WEST_PEOPLE + MIDDLE_PEOPLE, "the East station is closed on Sundays"
    longer = plans(state, middle, sites=1, actions={"hours": 3_000.0}, **sunday).plans[0]
    assert (codes(longer), longer.after - longer.before, longer.spent) == (["hours:S2"], EAST_PEOPLE, 3_000.0)
    within = plans(state, middle, aim="budget", budget=3_500.0, actions={"hours": 3_000.0}, **sunday).plans[0]
    assert codes(within) == ["hours:S2"]
    unpriced = plans(state, middle, aim="budget", budget=3_500.0, actions={"hours": None}, **sunday).plans[0]
    assert codes(unpriced) == [], "what has no cost is left out of a budget"


def test_candidates_to_look_at_are_near_duplicates_and_those_outside_or_far_from_streets(state):
    odd = [candidate("twin", 119.9901), candidate("m", 119.99), candidate("out", 120.05)]
    far = replace(candidate("far", 120.01), lat=LAT + 0.05)
    outline = shapely.box(119.97, 29.9, 120.03, 30.1)
    assert odd_candidates(state, [*odd, far], outline) == {
        "twin": ["less than 50 m from another one"],
        "m": ["less than 50 m from another one"],
        "out": ["outside the district", "no street near"],
        "far": ["no street near"],
    }
    assert odd_candidates(state, [], outline) == {}


def test_another_kind_of_place_is_planned_by_itself_and_a_station_may_become_one(state):
    nursing = {"kind": "nursing_room", "actions": {"function": 1_000.0}}
    plan = plans(state, THREE[1:], sites=2, **nursing).plans[0]
    assert (set(codes(plan)), plan.before) == ({"e", "function:S1"}, 0.0), "rest stations are none"
    assert plan.after == WEST_PEOPLE + EAST_PEOPLE
    asked = CoverageQuestion.read({**NEAR, "kind": "nursing_room"})
    assert CoverageQuestion.read(asked.as_json()) == asked
    assert measure_changes(state, asked, Changes((Spot("w", 119.98, LAT),))).after == WEST_PEOPLE
    with pytest.raises(NotFoundError):
        measure_changes(state, asked, Changes(closed=("S1",)))
    with pytest.raises(InputError, match="kind bridge"):
        CoverageQuestion.read({"kind": "bridge"})


def test_a_station_that_lacks_the_service_can_get_it_and_one_that_lacks_both_needs_both(state):
    charging = {"minutes": 14, "services": ["phone_charging"], "sites": 1}
    question = SitesQuestion.read({**charging, "actions": {"equipment": 2_000.0}})
    kinds = {each.code: each.cost for each in find_options(state, question, THREE).options}
    assert kinds["equipment:S2"] == 2_000.0
    closed = {**charging, "at": "2026-11-22T12:00:00+08:00"}
    for actions, cost in (({"equipment": 2_000.0}, None), ({"equipment": 2_000.0, "hours": 500.0}, 2_500.0)):
        asked = SitesQuestion.read({**closed, "actions": actions})
        found = {each.code: each.cost for each in find_options(state, asked, THREE).options}
        assert found.get("both:S2") == cost
    with pytest.raises(InputError):
        SitesQuestion.read({"actions": {"bridge": 1.0}})
