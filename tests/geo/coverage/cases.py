"""Small coverage problems drawn at random, and the numbers that a person would get with pencil and paper."""

from collections import namedtuple

import numpy as np
from hypothesis import strategies as st

from geo.coverage.measure import measure_coverage

FAR = 2**31 - 1
LIMIT_DS = 9000

Case = namedtuple("Case", "cost weight snapped counts unknown")


@st.composite
def cases(draw, max_demand=7, max_facility=5):
    """Return a matrix with ties at the limit and unreachable facilities, people, and facilities open or unknown."""
    n_demand, n_facility = draw(st.integers(1, max_demand)), draw(st.integers(0, max_facility))

    def each(of, n):
        return draw(st.lists(of, min_size=n, max_size=n))

    cost = each(st.sampled_from([0, 5, 8999, 9000, 9001, 20000, FAR]), n_demand * n_facility)
    snapped = np.array(each(st.booleans(), n_demand), bool)
    matrix = np.array(cost, np.int32).reshape(n_demand, n_facility)
    matrix[~snapped] = FAR
    states = np.array(each(st.sampled_from(["open", "closed", "unknown"]), n_facility), dtype=object)
    weight = np.array(each(st.integers(0, 50), n_demand), float)
    return Case(matrix, weight, snapped, states == "open", states == "unknown")


def measure(case, standard_s=900.0):
    return measure_coverage(
        case.cost, case.weight, case.snapped, standard_s=standard_s, counts=case.counts, is_unknown=case.unknown
    )


def by_hand(case, limit=LIMIT_DS):
    """Return what `Sums` holds of the whole district, counted one by one."""
    people = dict.fromkeys(("people", "covered", "covered_if_open", "covered_twice", "unattached"), 0.0)
    places = dict.fromkeys(people, 0)
    for row, who, on_street in zip(case.cost.tolist(), case.weight.tolist(), case.snapped.tolist(), strict=True):
        near = [k for k, c in enumerate(row) if on_street and c <= limit]
        n_open = sum(bool(case.counts[k]) for k in near)
        holds = {
            "people": True,
            "covered": n_open >= 1,
            "covered_if_open": n_open == 0 and any(case.unknown[k] for k in near),
            "covered_twice": n_open >= 2,
            "unattached": not on_street,
        }
        for name, is_so in holds.items():
            people[name] += who if is_so else 0
            places[name] += 1 if is_so and who > 0 else 0
    return people, places
