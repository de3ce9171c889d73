"""Every choice of sites tried: the plain twin of the solvers."""

import itertools

import numpy as np


def choices(n, sites, fixed=(), forbidden=()):
    free = [j for j in range(n) if j not in fixed and j not in forbidden]
    for more in itertools.combinations(free, sites - len(fixed)):
        yield tuple(sorted((*fixed, *more)))


def covered(cost, weight, standard, sites):
    if not sites:
        return 0.0
    return float(weight[(cost[:, list(sites)] <= standard).any(axis=1)].sum())


def mclp(cost, weight, standard, sites, fixed=(), forbidden=()):
    return max(covered(cost, weight, standard, some) for some in choices(cost.shape[1], sites, fixed, forbidden))


def covered_within(cost, weight, standard, limits, fixed=(), forbidden=()):
    """The most that a choice within a budget, a number and exclusive groups covers."""
    n = cost.shape[1]
    price = np.asarray(limits.cost)
    best = -1.0
    for some in itertools.chain.from_iterable(itertools.combinations(range(n), k) for k in range(n + 1)):
        if (
            price[list(some)].sum() <= limits.budget
            and (limits.sites is None or len(some) <= limits.sites)
            and all(len(set(group) & set(some)) <= 1 for group in limits.exclusive)
            and set(fixed) <= set(some)
            and not set(forbidden) & set(some)
        ):
            best = max(best, covered(cost, weight, standard, some))
    return best


def total(cost, weight, sites):
    nearest = cost[:, list(sites)].min(axis=1)
    return float(sum(w * c for w, c in zip(weight, nearest, strict=True) if w > 0.0))


def p_median(cost, weight, sites, fixed=(), forbidden=()):
    return min(total(cost, weight, some) for some in choices(cost.shape[1], sites, fixed, forbidden))


def p_center(cost, sites, fixed=(), forbidden=()):
    return min(float(cost[:, list(s)].min(axis=1).max()) for s in choices(cost.shape[1], sites, fixed, forbidden))


def lscp(cost, standard, fixed=(), forbidden=(), share=1.0, weight=None):
    n = cost.shape[1]
    weight = np.ones(len(cost)) if weight is None else weight
    most = covered(cost, weight, standard, [j for j in range(n) if j not in forbidden])
    for sites in range(len(fixed), n - len(forbidden) + 1):
        for some in choices(n, sites, fixed, forbidden):
            if covered(cost, weight, standard, some) >= share * most * (1 - 1e-12):
                return sites
    return None


def instance(seed, *, is_whole, n=None, m=None):
    """A random matrix with ties, unreachable pairs, weights of 0, equal rows and columns, and its fixed columns."""
    rng = np.random.default_rng(seed)
    n, m = n or int(rng.integers(1, 14)), m or int(rng.integers(2, 9))
    cost = rng.integers(0, 12, (n, m)).astype(float) if is_whole else rng.random((n, m)) * 12
    cost[rng.random((n, m)) < rng.choice([0.0, 0.1, 0.4])] = np.inf
    if n > 3 and rng.random() < 0.5:
        cost[1] = cost[0]
    if rng.random() < 0.3:
        cost[:, 1] = cost[:, 0]
    weight = rng.integers(0, 6, n).astype(float) if is_whole else rng.random(n) * 5
    weight[rng.random(n) < 0.15] = 0.0
    order = rng.permutation(m)
    n_fixed, n_forbidden = rng.integers(0, 2, 2)
    fixed, forbidden = order[:n_fixed].tolist(), order[n_fixed : n_fixed + n_forbidden].tolist()
    sites = int(rng.integers(max(n_fixed, 1), m - n_forbidden + 1))
    return cost, weight, sites, {"fixed": fixed, "forbidden": forbidden}
