"""Compiled search for the best plan in a pool of day-routes; `geo.tours.joining` is its documented wrapper.

Depth first, a route a day, the most promising first. No plan is worth more than the linear program's value plus the
reduced costs of its routes, so that what cannot beat the best plan is left out. Where the limit of nodes is not
reached, the plan found is the best of the pool.
"""

import numpy as np
from numba import njit

EPS = 1e-7


@njit(cache=True, nogil=True)
def join_routes(
    first, last, end, key, reduced, gain, spent, mask, cheap, could, required, origin, value, floor, budget, max_node,
    chosen
):  # fmt: skip
    """Write the routes of the best plan worth more than `floor`; return (its worth, whether all plans were seen).

    Routes are sorted by day, start and falling ``key``, which is the reduced cost of the route and of the best ones
    for the days after it: those of a day and start are ``first[day, start]`` … ``last[day, start] - 1``.
    ``cheap[day, start]`` is the least that the days from `day` on cost, ``could[day]`` the places that they can visit.
    ``chosen`` is unchanged where no plan is found.
    """
    n_day, n_word = first.shape[0], mask.shape[1]
    at = np.zeros(n_day, np.int64)
    used = np.zeros((n_day + 1, n_word), np.uint64)
    lost = np.zeros(n_day + 1)
    worth = np.zeros(n_day + 1)
    paid = np.zeros(n_day + 1, np.int64)
    best = floor
    day, here, node = 0, origin, 0
    at[0] = first[0, origin]
    while day >= 0:
        if at[day] >= last[day, here] or value + lost[day] + key[at[day]] <= best + EPS:
            day -= 1
            if day >= 0:
                at[day] += 1
                here = origin if day == 0 else end[at[day - 1]]
            continue
        node += 1
        if node > max_node:
            return best, False
        i = at[day]
        to = end[i]
        fits = paid[day] + spent[i] + cheap[day + 1, to] <= budget
        for w in range(n_word):
            if used[day, w] & mask[i, w]:
                fits = False
            used[day + 1, w] = used[day, w] | mask[i, w]
            if required[w] & ~used[day + 1, w] & ~could[day + 1, w]:
                fits = False
        if not fits:
            at[day] += 1
            continue
        lost[day + 1] = lost[day] + reduced[i]
        worth[day + 1] = worth[day] + gain[i]
        paid[day + 1] = paid[day] + spent[i]
        if day == n_day - 1:
            if worth[n_day] > best + EPS:
                best = worth[n_day]
                # An array taken whole would also compile the words of numpy's errors, 2 s more.
                for d in range(n_day):
                    chosen[d] = at[d]
            at[day] += 1
            continue
        day += 1
        here = to
        at[day] = first[day, to]
    return best, True
