"""A plan of the sample that is saved when the sample is made, so that the page of sites opens with something to see."""

from sqlalchemy import Engine

from geo.coverage.question import CoverageQuestion
from geo.db.candidates import read_candidates
from geo.db.scenarios import ScenarioDraft, add_scenario
from geo.db.session import writing
from webmap.logic.district_state import DistrictState
from webmap.logic.encoding import object_json
from webmap.logic.siting.by_hand import Changes, measure_changes
from webmap.logic.siting.options import CANDIDATE
from webmap.logic.siting.sites_question import Spot

NAME = "示意方案：新增 5 个站"
SITES = 5


def save_sample_plan(engine: Engine, state: DistrictState) -> None:
    """Save the plan that takes the candidate that adds most people, again and again; it may not be the best one.

    The solvers are not asked: where they are not compiled yet, the start of a new program would wait for a compiler.
    """
    question = CoverageQuestion()
    with writing(engine) as session:
        left = [
            Spot(each.name, each.lon, each.lat, each.code, CANDIDATE)
            for each in read_candidates(session, state.district.code)
        ]
        chosen: tuple[Spot, ...] = ()
        while left and len(chosen) < SITES:
            gains = [measure_changes(state, question, Changes((*chosen, spot))).after for spot in left]
            chosen = (*chosen, left.pop(gains.index(max(gains))))
        changes = Changes(chosen)
        draft = ScenarioDraft(
            name=NAME,
            year=None,
            question={name: value for name, value in question.as_json().items() if value not in (None, {})},
            changes=changes.as_json(),
            saved=object_json(measure_changes(state, question, changes)),
            is_sample=True,
        )
        add_scenario(session, state.district.code, draft, by="sample")
