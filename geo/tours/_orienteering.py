"""Compiled large-neighbourhood search for orienteering; `geo.tours.orienteering` is its documented wrapper.

A solution is an array of routes: ``seq[r, 0]`` is the start of route ``r``, ``seq[r, 1 : length[r] + 1]`` its visits,
``seq[r, length[r] + 1]`` its end. ``early`` holds the earliest start of service at each position and ``late`` the
latest that keeps the rest of the route feasible, so that an insertion is checked in constant time
(M. W. P. Savelsbergh 1992, doi:10.1287/ijoc.4.2.146). ``lead[i, j]`` is the service time at ``i`` plus the travel time
to ``j``.

Ruin and recreate follows J. Christiaens and G. Vanden Berghe (2020), Slack induction by string removals,
doi:10.1287/trsc.2019.0914; the ratio of score to time by which absent places are put back is that of P. Vansteenwegen
et al. (2009), Iterated local search for the team orienteering problem with time windows,
doi:10.1016/j.cor.2009.03.008. Worse solutions are accepted as in simulated annealing.
"""

import numpy as np
from numba import njit

ADDED, FULL = 0, 1


@njit(cache=True, nogil=True)
def _draw(rng):
    """Return the next random integer (xorshift64*, S. Vigna 2016, doi:10.1145/2845077)."""
    x = rng[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    rng[0] = x
    return x * np.uint64(2685821657736338717)


@njit(cache=True, nogil=True)
def _unit(rng):
    """Return a random number in [0, 1)."""
    return np.float64(_draw(rng) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True)
def _below(rng, n):
    """Return a random integer in [0, n)."""
    return np.int64(_unit(rng) * n)


@njit(cache=True, nogil=True)
def refresh(r, lead, opens, closes, begin, finish, seq, length, early, late):
    """Compute the earliest and latest start at every position of route `r`; return whether it is feasible."""
    n = length[r]
    early[r, 0] = begin[r]
    ok = True
    for k in range(1, n + 2):
        at = seq[r, k]
        time = early[r, k - 1] + lead[seq[r, k - 1], at]
        if k <= n:
            if time < opens[r, at]:
                time = opens[r, at]
            if time > closes[r, at]:
                ok = False
        early[r, k] = time
    if early[r, n + 1] > finish[r]:
        ok = False
    late[r, n + 1] = finish[r]
    for k in range(n, -1, -1):
        at = seq[r, k]
        time = late[r, k + 1] - lead[at, seq[r, k + 1]]
        if k > 0 and time > closes[r, at]:
            time = closes[r, at]
        late[r, k] = time
    return ok


@njit(cache=True, nogil=True)
def _find_place(j, r, lead, opens, closes, seq, length, early, late, rng, blink, detour_share):
    """Return (least cost, position) of inserting `j` into route `r`; infinity where it does not fit.

    The cost is a mix of the delay of the next visit and of the detour.
    """
    best = np.inf
    place = -1
    open_j, close_j = opens[r, j], closes[r, j]
    if open_j > close_j:
        return best, place
    # Latest starts never fall along a route: skip the positions whose next visit starts before `j` opens.
    low, high = 0, length[r] + 1
    while low < high:
        middle = (low + high) >> 1
        if late[r, middle + 1] < open_j:
            low = middle + 1
        else:
            high = middle
    for k in range(low, length[r] + 1):
        if early[r, k] > close_j:
            break
        a = seq[r, k]
        time = early[r, k] + lead[a, j]
        if time > close_j:
            continue
        if time < open_j:
            time = open_j
        b = seq[r, k + 1]
        after = time + lead[j, b]
        if after > late[r, k + 1]:
            continue
        if blink > 0.0 and _unit(rng) < blink:
            continue
        direct = lead[a, b]
        detour = lead[a, j] + lead[j, b] - direct
        cost = after - (early[r, k] + direct)
        cost += detour_share * (detour - cost)
        if cost < best:
            best = cost
            place = k + 1
    return best, place


@njit(cache=True, nogil=True)
def _insert(j, r, place, seq, length, where):
    for k in range(length[r] + 1, place - 1, -1):
        seq[r, k + 1] = seq[r, k]
    seq[r, place] = j
    length[r] += 1
    where[j] = r


@njit(cache=True, nogil=True)
def _cut(r, first, last, seq, length, where):
    """Take the visits at positions first … last - 1 out of route `r`."""
    for k in range(first, last):
        where[seq[r, k]] = -1
    for k in range(last, length[r] + 2):
        seq[r, k - (last - first)] = seq[r, k]
    length[r] -= last - first


@njit(cache=True, nogil=True)
def _remove_string(r, size, around, rng, seq, length, where):
    """Take out `size` neighbouring visits, one of them at position `around`; half the time keep some in the middle."""
    n = length[r]
    size = min(size, n)
    if size < n and size > 1 and _unit(rng) < 0.5:
        keep = 1
        while size + keep < n and _unit(rng) > 0.5:
            keep += 1
        whole = size + keep
        low = max(1, around - whole + 1)
        high = min(around, n - whole + 1)
        first = low + _below(rng, high - low + 1)
        skip = first + _below(rng, size + 1)
        _cut(r, skip + keep, first + whole, seq, length, where)
        _cut(r, first, skip, seq, length, where)
    else:
        low = max(1, around - size + 1)
        high = min(around, n - size + 1)
        first = low + _below(rng, high - low + 1)
        _cut(r, first, first + size, seq, length, where)


@njit(cache=True, nogil=True)
def _position(r, j, seq, length):
    for k in range(1, length[r] + 1):
        if seq[r, k] == j:
            return k
    return -1


@njit(cache=True, nogil=True)
def _ruin(rng, near, seq, length, where, touched, mean_removed, max_string, customers):
    """Remove strings of visits near a random place; mark the routes they came from."""
    n_route = length.size
    cut = np.zeros(n_route, np.bool_)
    longest = 0.0
    for r in range(n_route):
        longest += length[r]
    limit = min(max_string, max(1.0, longest / n_route))
    n_string = 1 + _below(rng, max(1.0, 4.0 * mean_removed / (1.0 + limit) - 1.0))
    seed = customers[_below(rng, customers.size)]
    done = 0
    for i in range(near.shape[1]):
        j = near[seed, i]
        r = where[j]
        if r < 0 or cut[r]:
            continue
        size = 1 + _below(rng, min(limit, np.float64(length[r])))
        _remove_string(r, size, _position(r, j, seq, length), rng, seq, length, where)
        touched[r] = True
        cut[r] = True
        done += 1
        if done >= n_string or done == n_route:
            break


@njit(cache=True, nogil=True)
def _ruin_random(rng, seq, length, where, touched, count):
    """Remove `count` random visits."""
    n_route = length.size
    for _ in range(count):
        r = _below(rng, n_route)
        if length[r] == 0:
            continue
        k = 1 + _below(rng, length[r])
        _cut(r, k, k + 1, seq, length, where)
        touched[r] = True


@njit(cache=True, nogil=True)
def _ruin_near(rng, near, seq, length, where, touched, count, customers):
    """Remove about `count` visits among the nearest to a random place."""
    seed = customers[_below(rng, customers.size)]
    for i in range(near.shape[1]):
        j = near[seed, i]
        r = where[j]
        if r < 0 or _unit(rng) < 0.25:
            continue
        k = _position(r, j, seq, length)
        _cut(r, k, k + 1, seq, length, where)
        touched[r] = True
        count -= 1
        if count <= 0:
            return


@njit(cache=True, nogil=True)
def _change_hotel(rng, lead, opens, closes, begin, finish, hotels, seq, length, where, early, late, touched):
    """Move one night to another hotel and drop visits until both days fit; return whether they do."""
    n_route = length.size
    night = _below(rng, n_route - 1)
    old = seq[night + 1, 0]
    new = hotels[_below(rng, hotels.size)]
    if new == old:
        return False
    seq[night, length[night] + 1] = new
    seq[night + 1, 0] = new
    touched[night] = touched[night + 1] = True
    for r in range(night, night + 2):
        while not refresh(r, lead, opens, closes, begin, finish, seq, length, early, late):
            if length[r] == 0:
                return False
            best, place = -np.inf, 1
            for k in range(1, length[r] + 1):
                a, j, b = seq[r, k - 1], seq[r, k], seq[r, k + 1]
                gain = (lead[a, j] + lead[j, b] - lead[a, b]) * (0.5 + _unit(rng))
                if gain > best:
                    best, place = gain, k
            _cut(r, place, place + 1, seq, length, where)
    return True


@njit(cache=True, nogil=True)
def _recreate(
    rng, lead, score, opens, closes, begin, finish, seq, length, where, was, early, late, touched, customers,
    key, order, blink, unit
):  # fmt: skip
    """Insert absent places in an order drawn from their scores and the time they would cost."""
    n_route = length.size
    detour_share = 0.0
    mode = _unit(rng)
    if mode < 0.4:
        detour_share = 1.0
    elif mode < 0.6:
        detour_share = 0.5
    power = 0.6 + 1.2 * _unit(rng)
    noise = 0.8 * _unit(rng)
    n = 0
    for i in range(customers.size):
        j = customers[i]
        if where[j] >= 0:
            continue
        best = np.inf
        for r in range(n_route):
            # A place that was absent fits in no route that is as it was.
            if was[j] < 0 and not touched[r]:
                continue
            cost, place = _find_place(j, r, lead, opens, closes, seq, length, early, late, rng, 0.0, detour_share)
            if cost < best:
                best = cost
        if best < np.inf:
            # Ascending keys: the best ratio of score to time first.
            key[n] = -(score[j] ** power) / (max(best, 0.0) + unit) * (1.0 + noise * (_unit(rng) - 0.5) * 2.0)
            order[n] = j
            n += 1
    ranks = np.argsort(key[:n])
    for i in range(n):
        j = order[ranks[i]]
        best, at, place = np.inf, -1, -1
        for r in range(n_route):
            if was[j] < 0 and not touched[r]:
                continue
            cost, k = _find_place(j, r, lead, opens, closes, seq, length, early, late, rng, blink, detour_share)
            if cost < best:
                best, at, place = cost, r, k
        if at >= 0:
            _insert(j, at, place, seq, length, where)
            touched[at] = True
            refresh(at, lead, opens, closes, begin, finish, seq, length, early, late)


@njit(cache=True, nogil=True)
def _remember(r, seq, length, score, zobrist, table, pool_seq, pool_length, pool_score, pool_size):
    """Put a route into the pool unless one with the same ends and visits is there."""
    n = length[r]
    if n == 0 or n + 2 > pool_seq.shape[1] or pool_size[0] >= pool_length.size:
        return
    key = zobrist[seq[r, 0]] * np.uint64(3) + zobrist[seq[r, n + 1]] * np.uint64(5)
    total = 0.0
    for k in range(1, n + 1):
        key ^= zobrist[seq[r, k]]
        total += score[seq[r, k]]
    slot = np.int64(key & np.uint64(table.size - 1))
    while table[slot] != np.uint64(0):
        if table[slot] == key:
            return
        slot = (slot + 1) & (table.size - 1)
    table[slot] = key
    at = pool_size[0]
    for k in range(n + 2):
        pool_seq[at, k] = seq[r, k]
    pool_length[at] = n
    pool_score[at] = total
    pool_size[0] = at + 1


@njit(cache=True, nogil=True)
def _total(score, customers, where):
    total = 0.0
    for i in range(customers.size):
        if where[customers[i]] >= 0:
            total += score[customers[i]]
    return total


@njit(cache=True, nogil=True)
def _spent(lead, seq, length):
    """Return the travel and service time of all routes."""
    spent = 0.0
    for r in range(length.size):
        for k in range(length[r] + 1):
            spent += lead[seq[r, k], seq[r, k + 1]]
    return spent


@njit(cache=True, nogil=True)
def search(
    rng, n_round, heat, time_weight, unit, mean_removed, max_string, hotel_share, pool_share, near, customers, hotels,
    lead, score, opens, closes, begin, finish, seq, length, where, best_seq, best_length, value, zobrist, table,
    pool_seq, pool_length, pool_score, pool_size, used
):  # fmt: skip
    """Run `n_round` rounds from the solution in ``seq``; keep the best seen in ``best_seq`` and the routes in the pool.

    ``value`` holds (objective of the current solution, objective of the best, score of the best). The objective is the
    score less `time_weight` times the time on tour; worse ones are accepted by the temperature `heat`. `unit` is added
    to a time that a score is divided by. ``used`` counts the arcs of the good solutions.
    """
    n_route = length.size
    early = np.zeros(seq.shape)
    late = np.zeros(seq.shape)
    key = np.zeros(score.size)
    order = np.zeros(score.size, np.int64)
    touched = np.zeros(n_route, np.bool_)
    old_seq, old_length, was = seq.copy(), length.copy(), where.copy()
    for r in range(n_route):
        refresh(r, lead, opens, closes, begin, finish, seq, length, early, late)
    old_early, old_late = early.copy(), late.copy()
    n_hotel = hotels.size
    for _ in range(n_round):
        # Now and then every tour counts as changed: blinks and joined tours can leave room that nobody asked for.
        everywhere = _unit(rng) < 0.02
        for r in range(n_route):
            touched[r] = everywhere or length[r] == 0
        kind = _unit(rng)
        ok = True
        if n_hotel > 0 and n_route > 1 and _unit(rng) < hotel_share:
            ok = _change_hotel(
                rng, lead, opens, closes, begin, finish, hotels, seq, length, where, early, late, touched
            )
        if ok:
            if kind < 0.6:
                _ruin(rng, near, seq, length, where, touched, mean_removed, max_string, customers)
            elif kind < 0.8:
                _ruin_near(rng, near, seq, length, where, touched, 1 + _below(rng, 1.5 * mean_removed), customers)
            else:
                _ruin_random(rng, seq, length, where, touched, 1 + _below(rng, mean_removed))
            for r in range(n_route):
                if touched[r]:
                    refresh(r, lead, opens, closes, begin, finish, seq, length, early, late)
            _recreate(
                rng, lead, score, opens, closes, begin, finish, seq, length, where, was, early, late, touched,
                customers, key, order, 0.02, unit
            )  # fmt: skip
            total = _total(score, customers, where)
            now = total - time_weight * _spent(lead, seq, length)
            ok = now >= value[0] or now > value[0] + heat * np.log(max(_unit(rng), 1e-12))
        if not ok:
            for r in range(n_route):
                if touched[r]:
                    seq[r] = old_seq[r]
                    length[r] = old_length[r]
                    early[r] = old_early[r]
                    late[r] = old_late[r]
            where[:] = was
            continue
        value[0] = now
        for r in range(n_route):
            if touched[r]:
                if total >= pool_share * value[2]:
                    for k in range(length[r] + 1):
                        used[seq[r, k], seq[r, k + 1]] += 1.0
                if pool_length.size > 0 and total >= pool_share * value[2]:
                    _remember(r, seq, length, score, zobrist, table, pool_seq, pool_length, pool_score, pool_size)
                old_seq[r] = seq[r]
                old_length[r] = length[r]
                old_early[r] = early[r]
                old_late[r] = late[r]
        was[:] = where
        if total > value[2] or (total == value[2] and now > value[1]):
            value[1] = now
            value[2] = total
            best_seq[:] = seq
            best_length[:] = length


@njit(cache=True, nogil=True)
def fit_routes(pool_seq, pool_length, lead, opens, closes, begin, finish, start, end, hotels):
    """Return whether each route of the pool is feasible as each tour, bool (n_route, n_tour)."""
    n_tour = begin.size
    fits = np.zeros((pool_length.size, n_tour), np.bool_)
    is_hotel = np.zeros(lead.shape[0], np.bool_)
    for k in range(hotels.size):
        is_hotel[hotels[k]] = True
    for i in range(pool_length.size):
        n = pool_length[i]
        first, last = pool_seq[i, 0], pool_seq[i, n + 1]
        for r in range(n_tour):
            free = hotels.size > 0
            if not (is_hotel[first] if free and r > 0 else first == start):
                continue
            if not (is_hotel[last] if free and r < n_tour - 1 else last == end):
                continue
            time = begin[r]
            ok = True
            for k in range(1, n + 2):
                at = pool_seq[i, k]
                time += lead[pool_seq[i, k - 1], at]
                if k <= n:
                    time = max(time, opens[r, at])
                    ok = ok and time <= closes[r, at]
            fits[i, r] = ok and time <= finish[r]
    return fits
