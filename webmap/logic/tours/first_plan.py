"""The first plan of a tour at once, where it is asked for; a job looks for better ones meanwhile."""

import logging
import threading
import time

from sqlalchemy import Engine

from geo.db.session import reading, writing
from geo.db.tour_places import read_tour_places
from geo.db.tour_plans import get_plan
from geo.errors import GeoError
from geo.tours.planner import solve_itinerary
from geo.tours.plans import Plan
from geo.tours.problem import ItineraryResult
from webmap.logic.compiling import is_compiled
from webmap.logic.district_state import DistrictState
from webmap.logic.tours.content import content_json, content_of_plans
from webmap.logic.tours.job import facts_json, register_of
from webmap.logic.tours.network_problem import make_problem
from webmap.logic.tours.wish import wish_of

log = logging.getLogger(__name__)

FIRST_S = 1.5
"""Longest search for a first plan while somebody waits for the page."""

_one_at_a_time = threading.Lock()


def store_first_plan(engine: Engine, state: DistrictState, number: int, job_id: int) -> bool:
    """Store the first plan that is found for a wish; return whether there is one.

    A job needs seconds to begin: a process starts, reads the streets and loads the solver. A process that serves pages
    has the streets in memory. Nothing is stored where the solver is not compiled yet, the streets are being prepared,
    another plan is being made by this process, the job was faster, or no plan is found in `FIRST_S`: then the job
    brings the first plan, or says why there is none.

    Parameters
    ----------
    engine : Engine
    state : DistrictState
    number : int
        Of the plan.
    job_id : int
        The job that looks for better plans of it.
    """
    if not is_compiled("tours") or not _one_at_a_time.acquire(blocking=False):
        return False
    begin = time.perf_counter()
    try:
        with reading(engine) as session:
            wish = wish_of(get_plan(session, state.district.code, number).wish)
            register = register_of(state, read_tour_places(session, state.district.code))
        tour = make_problem(state.ready().network, register, wish, state.calendar)
        found: list[ItineraryResult] = []
        solve_itinerary(tour.problem, seconds=FIRST_S, progress=found.append, is_cancelled=lambda: bool(found))
    except GeoError as error:
        log.info("plan %s: no first plan at once: %s", number, error)
        return False
    finally:
        _one_at_a_time.release()
    content = content_of_plans([Plan("balanced", tour.problem, found[-1])], explains=False)
    with writing(engine) as session:
        plan = get_plan(session, state.district.code, number, is_locked=True)
        if plan.job_id != job_id or plan.content is not None:
            return False
        plan.facts, plan.content = facts_json(tour, state.data_version), content_json(content)
    log.info("plan %s: the first plan took %.2f s", number, time.perf_counter() - begin)
    return True
