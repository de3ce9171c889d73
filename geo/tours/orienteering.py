"""Orienteering: collect the largest score by a few tours that are limited in time, with time windows and hotels."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.tours import _orienteering as kernel
from geo.tours.orienteering_task import Longs, OrienteeringTask
from geo.tours.packing import RoutePool, pack_routes
from geo.tours.route_merging import Arcs, every_arc, merge_route, often_used

_TIME_FACTORS = (1.0, 4.0, 0.3, 1.0)
MERGE_ROUNDS = 2_000
"""Rounds between two merges where rounds, not seconds, end the search."""
WHOLE_AT = 0.5
"""Share of the time after which a single tour is also looked for over all arcs, once."""
WHOLE_LEAST_S = 3.0
"""Least time of a search that does so: with 288 places it takes 0.4 s."""

MOST_DEPTH = 8
"""Depth to which merges of a single tour grow as long as they find nothing better."""

Progress = Callable[["OrienteeringResult"], None]


@dataclass(frozen=True)
class SearchParameters:
    """What the search is tuned by; `make bench ARGS="toptw"` measures the defaults.

    Attributes
    ----------
    hot, cold : float
        First and last temperature of an annealing cycle, as shares of the mean score of a place.
    time_weight : float
        Score that a tour of full length is worth less than an empty one, as a share of the mean score of a place.
    mean_removed, max_string : float
        Mean number of visits that a ruin removes, and the longest string of neighbouring visits.
    cycle_s : float
        Least length of an annealing cycle; there are at most `max_cycle` of them.
    hotel_share : float
        Share of the rounds that also move a night to another hotel.
    fresh_share : float
        Share of the annealing cycles that begin with other hotels; with hotels there are twice as many cycles.
    pool_share : float
        Routes of solutions with at least this share of the best score are kept for set packing.
    pool_size : int
        Most routes that are kept.
    n_pack : int
        Integer programs that are solved in a run.
    pack_share : float
        Share of the time that they may take together.
    merge_share : float
        Share of the time in which routes are merged over the arcs of good solutions.
    """

    hot: float = 0.6
    cold: float = 0.02
    time_weight: float = 0.5
    mean_removed: float = 10.0
    max_string: float = 15.0
    cycle_s: float = 2.5
    max_cycle: int = 4
    hotel_share: float = 0.1
    fresh_share: float = 0.7
    pool_share: float = 0.93
    pool_size: int = 20_000
    n_pack: int = 10
    pack_share: float = 0.1
    merge_share: float = 0.15


@dataclass(frozen=True)
class OrienteeringResult:
    """Tours found by `solve_orienteering`.

    Attributes
    ----------
    tours : tuple of tuples of int
        Places visited by each tour in order, without its start and end.
    ends : tuple of (int, int)
        Start and end of each tour.
    score : float
        Sum of the scores of the places visited.
    seconds : float
        Time from the first step of the search.
    rounds : int
        Rounds of ruin and recreate.
    is_cancelled : bool
    """

    tours: tuple[tuple[int, ...], ...]
    ends: tuple[tuple[int, int], ...]
    score: float
    seconds: float
    rounds: int
    is_cancelled: bool = False


def solve_orienteering(
    matrix: ArrayLike,
    score: ArrayLike,
    service: ArrayLike,
    windows: ArrayLike | None,
    limits: ArrayLike,
    *,
    start: int = 0,
    end: int = 0,
    hotels: Sequence[int] = (),
    seconds: float = 10.0,
    seed: int = 1,
    max_rounds: int | None = None,
    progress: Progress | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.perf_counter,
    parameters: SearchParameters | None = None,
) -> OrienteeringResult:
    """Find tours of large total score: the team orienteering problem with time windows (TOPTW).

    Maximise the sum of ``score[i]`` over the places visited, each at most once. Tour ``r`` leaves its start at
    ``limits[r, 0]`` or later and is at its end by ``limits[r, 1]``. Service at ``i`` starts inside ``windows[i]``; a
    tour that comes early waits.

    With `hotels`, tour ``r`` is day ``r`` of one journey: it ends at a hotel that the solver chooses, and the next day
    starts there (the orienteering problem with hotel selection, A. Divsalar et al. 2013,
    doi:10.1016/j.ijpe.2013.01.001).

    Large-neighbourhood search with simulated annealing fills a pool of tours; an integer program (set packing, HiGHS)
    joins the best disjoint ones; the search goes on from there (Q. Hu and A. Lim 2014, doi:10.1016/j.ejor.2013.06.011).
    Between its rounds each tour of the best solution is replaced by the best route over the arcs that good solutions
    have used (`geo.tours.route_merging`). A single tour is once sought over all arcs.

    Parameters
    ----------
    matrix : array_like (n, n)
        Travel time from row to column; inf where there is no way.
    score : array_like (n,)
        Not negative. A place with score 0, the start, the end and the hotels are not visited.
    service : array_like (n,)
        Time that a visit takes.
    windows : array_like (n, 2) or (n_tour, n, 2), optional
        Earliest and latest start of service, for all tours or for each; latest < earliest closes a place.
    limits : array_like (n_tour,) or (n_tour, 2)
        Longest duration of each tour, or its earliest departure and latest return.
    start, end : int
        Where the first tour starts and the last one ends; all do where there are no hotels.
    hotels : sequence of int
        Where the nights may be spent.
    seconds : float
        Time limit by `clock`, counted from the first step; compiled code is loaded before.
    seed : int
    max_rounds : int, optional
        Stop after so many rounds as well. With it and ample `seconds`, runs are repeatable to the letter.
    progress : callable, optional
        Gets the best result so far at about ten moments.
    is_cancelled : callable
        Asked every few milliseconds; the best result so far is returned once it is true.
    clock : callable
    parameters : SearchParameters, optional

    Raises
    ------
    InputError
        If shapes or values do not fit, or no sequence of hotels fits the limits.

    Examples
    --------
    Three places on a line, 10 apart; a tour of 40 reaches the second one, not the third.

    >>> place = np.array([0.0, 10.0, 20.0, 30.0])
    >>> matrix = np.abs(place[:, None] - place)
    >>> solve_orienteering(matrix, [0, 1, 1, 1], [0, 0, 0, 0], None, [40.0], max_rounds=50).score
    2.0
    """
    parameters = parameters or SearchParameters()
    task = OrienteeringTask.of(matrix, score, service, windows, limits, start=start, end=end, hotels=hotels)
    search = _Search(task, seed, parameters)
    search.warm_up()
    begin = clock()
    cancelled = False
    told = 0.0

    def result() -> OrienteeringResult:
        return search.result(clock() - begin, is_cancelled=cancelled)

    cycle_s = parameters.cycle_s / (2.0 if hotels else 1.0)
    n_cycle = max(1, min(parameters.max_cycle * (2 if hotels else 1), int(seconds / cycle_s)))
    packs = task.n_tour > 1
    pack_s = seconds * parameters.pack_share / parameters.n_pack if packs else 0.0
    n_packed = 0
    per_chunk = 20
    merge_at, merge_round = 0.1, MERGE_ROUNDS
    is_whole_due = task.n_tour == 1 and (max_rounds is not None or seconds >= WHOLE_LEAST_S)
    while not cancelled:
        now = clock() - begin
        done = now / (seconds - pack_s) if max_rounds is None else search.rounds / max_rounds
        if done >= 1.0 or now >= seconds:
            break
        cycle = int(done * n_cycle)
        if cycle > search.cycle:
            fresh = task.hotels.size > 0 and task.n_tour > 1 and cycle < n_cycle * parameters.fresh_share
            search.restart(cycle, is_fresh=fresh)
        search.run(per_chunk, done * n_cycle - cycle)
        if max_rounds is None:
            spent = clock() - begin - now
            per_chunk = int(min(20_000, max(5, per_chunk * min(2.0, 0.02 / max(spent, 1e-5)))))
        if packs and done * parameters.n_pack >= n_packed + 1:
            n_packed += 1
            search.pack(min(pack_s, max(0.05, seconds - (clock() - begin))))
        now = clock() - begin
        if search.rounds >= merge_round if max_rounds is not None else now >= merge_at:
            search.merge()
            took = clock() - begin - now
            merge_at = now + max(0.05, took / max(parameters.merge_share, 1e-3))
            merge_round = search.rounds + MERGE_ROUNDS
        if is_whole_due and done >= WHOLE_AT:
            is_whole_due = False
            search.merge(over_all=True)
        cancelled = is_cancelled()
        if progress is not None and clock() - begin >= told:
            told += seconds / 10.0
            progress(result())
    if packs and not cancelled:
        search.pack(min(pack_s, max(0.05, seconds - (clock() - begin))))
    return result()


class _Search:
    """The state of a search between calls of the kernel."""

    def __init__(self, task: OrienteeringTask, seed: int, parameters: SearchParameters) -> None:
        self.task = task
        self.parameters = parameters
        self.rounds = 0
        self.cycle = 0
        random = np.random.default_rng(seed)
        n = task.score.size
        self.rng = random.integers(1, 2**63, 1, dtype=np.uint64)
        self.zobrist = random.integers(1, 2**63, n, dtype=np.uint64)
        width = task.customers.size + 3
        self.seq = np.zeros((task.n_tour, width), np.int64)
        self.length = np.zeros(task.n_tour, np.int64)
        self.random = random
        self._set_nights(0.0)
        self.where = np.full(n, -1, np.int64)
        self.best_seq, self.best_length = self.seq.copy(), self.length.copy()
        self.mean = float(task.score[task.customers].mean()) if task.customers.size else 1.0
        self.span = max(float((task.finish - task.begin).max()), 1e-9)
        self._weigh_time(1.0)
        self.unit = self.span / 1000.0
        self.value = np.full(3, -np.inf)
        pool = parameters.pool_size if task.n_tour > 1 else 0
        self.table = np.zeros(1 << max(4, (4 * pool).bit_length()), np.uint64)
        pool_width = min(width, 8 + 4 * isqrt(width) + width // 2)
        self.pool_seq = np.zeros((pool, pool_width), np.int64)
        self.pool_length = np.zeros(pool, np.int64)
        self.pool_score = np.zeros(pool)
        self.pool_size = np.zeros(1, np.int64)
        self.used = np.zeros((n, n))
        self.depth = 1

    def warm_up(self) -> None:
        """Load or compile the kernels, before any clock starts."""
        self.run(0, 1.0)
        self._fits(0)
        self._merged(0, Arcs(np.zeros(self.where.size + 1, np.int64), np.zeros(0, np.int64)))

    def _fits(self, n: int) -> NDArray[np.bool_]:
        """Return which of the first `n` routes of the pool are feasible as which tour."""
        task = self.task
        return kernel.fit_routes(  # type: ignore[no-any-return]
            self.pool_seq[:n], self.pool_length[:n], task.lead, task.opens, task.closes, task.begin, task.finish,
            task.start, task.end, task.hotels,
        )  # fmt: skip

    def run(self, n_round: int, done: float) -> None:
        """Run rounds at the temperature of the given share of an annealing cycle."""
        task, p = self.task, self.parameters
        if task.customers.size == 0:
            self.rounds += n_round
            return
        hot = 2.0 * p.hot if task.hotels.size else p.hot
        drop = p.cold / hot
        kernel.search(
            self.rng, n_round, hot * self.mean * drop**done, self.time_weight, self.unit,
            p.mean_removed, p.max_string, p.hotel_share, p.pool_share, task.near, task.customers, task.hotels,
            task.lead, task.score, task.opens, task.closes, task.begin, task.finish, self.seq, self.length, self.where,
            self.best_seq, self.best_length, self.value, self.zobrist, self.table, self.pool_seq, self.pool_length,
            self.pool_score, self.pool_size, self.used,
        )  # fmt: skip
        self.rounds += n_round

    def _weigh_time(self, factor: float) -> None:
        """Let time on tour weigh `factor` times what the parameters say: each cycle is drawn to other solutions."""
        self.time_weight = factor * self.parameters.time_weight * self.mean / self.span

    def _set_nights(self, noise: float) -> None:
        """Empty all tours and give them ends."""
        nights = self.task.draw_nights(self.random, noise)
        self.seq[:], self.length[:] = 0, 0
        for r in range(self.task.n_tour):
            self.seq[r, 0] = nights[r]
            self.seq[r, 1] = nights[r + 1] if self.task.hotels.size else self.task.end

    def restart(self, cycle: int, *, is_fresh: bool) -> None:
        """Begin an annealing cycle from the best solution, or from other hotels and empty tours."""
        self.cycle = cycle
        self._weigh_time(_TIME_FACTORS[cycle % len(_TIME_FACTORS)])
        if is_fresh:
            self._set_nights(0.5)
            self._take(self.seq.copy(), self.length.copy())
            return
        self._take(self.best_seq, self.best_length)
        self.value[1] = self.value[0]

    def pack(self, seconds: float) -> None:
        """Join the best disjoint tours of the pool; go on from them if they beat the best solution."""
        n = int(self.pool_size[0])
        task = self.task
        if n == 0 or seconds <= 0.0:
            return
        pool = RoutePool(self.pool_seq[:n], self.pool_length[:n], self.pool_score[:n])
        fits = self._fits(n)
        chosen = pack_routes(
            pool, fits, hotels=task.hotels, floor=float(self.value[2]), seconds=seconds, is_alike=task.is_alike
        )
        if chosen is None:
            return
        seq, length = self.best_seq.copy(), self.best_length.copy()
        for r, i in enumerate(chosen):
            length[r] = 0 if i is None else self.pool_length[i]
            if i is not None:
                seq[r, : length[r] + 2] = self.pool_seq[i, : length[r] + 2]
            else:
                seq[r, 1] = seq[r, self.best_length[r] + 1]
        self._adopt(seq, length)

    def _adopt(self, seq: Longs, length: Longs) -> None:
        """Take a solution as the best one, and go on from it."""
        self._take(seq, length)
        self.best_seq[:], self.best_length[:] = self.seq, self.length
        self.value[1] = self.value[0]
        self.value[2] = float(self.task.score[self.where >= 0].sum())

    def merge(self, *, over_all: bool = False) -> None:
        """Replace each tour of the best solution by the best one over the arcs of good solutions; go on from there.

        `over_all`: over every arc there is.
        """
        if self.task.customers.size == 0:
            return
        if over_all:
            arcs = every_arc(self.where.size, self.task.customers)
        else:
            arcs = often_used(self.used, self.task.near)
            self.used *= 0.5
        seq, length = self.best_seq.copy(), self.best_length.copy()
        is_better = False
        for r in range(self.task.n_tour):
            worth, route = self._merged(r, arcs, seq, length, depth=1 if over_all else self.depth)
            if worth > self.task.score[seq[r, 1 : length[r] + 1]].sum() + 1e-9:
                seq[r, route.size + 1] = seq[r, length[r] + 1]
                seq[r, 1 : route.size + 1] = route
                length[r] = route.size
                is_better = True
        if not over_all and self.task.n_tour == 1:
            self.depth = 1 if is_better else min(2 * self.depth, MOST_DEPTH)
        if is_better:
            self._adopt(seq, length)

    def _merged(
        self, r: int, arcs: Arcs, seq: Longs | None = None, length: Longs | None = None, *, depth: int = 1
    ) -> tuple[float, Longs]:
        """Return the score and the places of the best route found for tour `r` beside the others of a solution."""
        task = self.task
        seq, length = (self.seq, self.length) if seq is None or length is None else (seq, length)
        is_allowed = np.zeros(self.where.size, np.bool_)
        is_allowed[task.customers] = True
        for other in range(task.n_tour):
            if other != r:
                is_allowed[seq[other, 1 : length[other] + 1]] = False
        return merge_route(
            arcs,
            (int(seq[r, 0]), int(seq[r, length[r] + 1])),
            lead=task.lead,
            score=task.score,
            windows=(task.opens[r], task.closes[r]),
            limit=(float(task.begin[r]), float(task.finish[r])),
            is_allowed=is_allowed,
            depth=depth,
        )

    def _take(self, seq: Longs, length: Longs) -> None:
        task = self.task
        self.seq[:], self.length[:] = seq, length
        self.where[:] = -1
        spent = 0.0
        for r in range(task.n_tour):
            stops = self.seq[r, : self.length[r] + 2]
            self.where[stops[1:-1]] = r
            spent += float(task.lead[stops[:-1], stops[1:]].sum())
        self.value[0] = float(task.score[self.where >= 0].sum()) - self.time_weight * spent

    def result(self, seconds: float, *, is_cancelled: bool) -> OrienteeringResult:
        tours = tuple(
            tuple(int(j) for j in row[1 : n + 1]) for row, n in zip(self.best_seq, self.best_length, strict=True)
        )
        ends = tuple((int(row[0]), int(row[n + 1])) for row, n in zip(self.best_seq, self.best_length, strict=True))
        score = float(sum(self.task.score[list(tour)].sum() for tour in tours if tour))
        return OrienteeringResult(tours, ends, score, seconds, self.rounds, is_cancelled)
