"""Coverage in people: one moment, all 168 hours of a week, and one moved station.

Run as ``python -m benchmarks.coverage``. 100,000 demand points and 100 stations on 75,000 nodes, both at corners so
that others can be asked the same: pandana's `nearest_pois`, and pgRouting's `pgr_drivingDistance` from all open
stations (without ``equicost``, with which pgRouting 3.4.2 leaves out some nodes just within the limit). Ours reads the
cost matrix that a snapshot holds, so what it takes to make that stands beside. The people covered, in every hour, must
be equal before a time counts.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, create_engine, text

from benchmarks.nearest import store_edges
from benchmarks.networks import arcs, at_nodes, city, main_nodes
from benchmarks.postgis import fresh_database
from benchmarks.record import Recorder, run_part
from benchmarks.timing import Timing, measure
from geo.calendar import Calendar
from geo.coverage.areas import Areas
from geo.coverage.measure import Coverage, measure_coverage
from geo.coverage.week import N_HOUR, measure_week
from geo.coverage.what_if import DemandEnds, cost_column, measure_what_if, prepare_demand
from geo.hours import STATE_CODES, OpenState, parse_hours, week_states
from geo.network.nearest import fill_nearest_table, origin_costs
from geo.network.network import StreetNetwork

MODE = "walk"
STANDARD_S = 900.0
N_DEMAND, N_STATION = 100_000, 100
MONDAY = date(2026, 11, 23)
HOURS = (
    "24/7",
    "Mo-Fr 08:30-17:30",
    "Mo-Fr 09:00-17:00",
    "Mo-Fr 08:30-12:00,13:30-17:30",
    "Mo-Sa 08:00-18:00",
    "Mo-Su 08:00-20:00",
    "Mo-Su 06:00-22:00",
    "Mo-Su 09:00-21:00",
    "Tu-Su 09:00-16:30",
    "Mo-Su 22:00-06:00",
    None,
)

_COVERED = text(
    "SELECT coalesce(sum(weight), 0) FROM demand JOIN (SELECT DISTINCT node FROM pgr_drivingDistance("
    "'SELECT id, source, target, reverse_cost AS cost, cost AS reverse_cost FROM street', CAST(:stations AS bigint[]), "
    "CAST(:standard AS double precision), directed => true)) AS reached USING (node)"
)


@dataclass(frozen=True, eq=False)
class Problem:
    """Demand and stations at corners of a network, and the matrix between them."""

    network: StreetNetwork
    demand: DemandEnds
    demand_node: NDArray[np.int64]
    station_node: NDArray[np.int64]
    weight: NDArray[np.float64]
    cost: NDArray[np.int32]
    states: NDArray[np.int8]
    where: str

    @property
    def is_snapped(self) -> NDArray[np.bool_]:
        """All of them are."""
        return np.ones(self.weight.size, bool)

    def measure(self, is_open: NDArray[np.bool_]) -> Coverage:
        """Return the coverage by the stations that are open."""
        return measure_coverage(self.cost, self.weight, self.is_snapped, standard_s=STANDARD_S, counts=is_open)


def week_of() -> NDArray[np.int8]:
    """Return the states of the stations in the week, int8 (n_station, 168)."""
    return np.array(
        [
            week_states(parse_hours(HOURS[k % len(HOURS)]), monday=MONDAY, calendar=Calendar.china())
            for k in range(N_STATION)
        ]
    )


def measure_all(record: Recorder, *, n_node: int = 75_000, seed: int = 4) -> None:
    """Measure the three questions, each asked of all."""
    problem = _make_problem(record, n_node=n_node, seed=seed)
    is_open = problem.states[:, 60] == STATE_CODES[OpenState.OPEN]
    moment, coverage = measure(lambda: problem.measure(is_open), n_run=15)

    def count_week() -> NDArray[np.float64]:
        nowhere = Areas.of_masks({}, names={})
        return measure_week(
            problem.cost, problem.weight, problem.is_snapped, standard_s=STANDARD_S, states=week_of(), areas=nowhere
        ).covered

    week, covered = measure(count_week, n_run=9)
    moved = int(np.flatnonzero(is_open)[0])
    site = int(main_nodes(problem.network, mode=MODE)[7])
    lon, lat = float(problem.network.node_lon[site]), float(problem.network.node_lat[site])

    def move() -> Coverage:
        column = cost_column(problem.network, problem.demand, lon, lat)
        return measure_what_if(coverage, problem.cost, counts=is_open, column=column, moved=moved).after

    what_if, after = measure(move, n_run=15)
    sets = [np.flatnonzero(hour == STATE_CODES[OpenState.OPEN]) for hour in problem.states.T]
    there = np.append(np.setdiff1d(np.flatnonzero(is_open), [moved]), N_STATION)
    questions = (
        (f"Who is covered at one moment, {problem.where}", moment, [np.flatnonzero(is_open)], [coverage.covered]),
        (f"Who is covered in each of 168 hours, {problem.where}", week, sets, covered.tolist()),
        (f"Who is covered if one station moves, {problem.where}", what_if, [there], [after.covered]),
    )
    nodes = np.append(problem.station_node, site)
    for what, ours, open_sets, people in questions:
        record.ours(what, ours)
        _measure_pandana(record, problem, nodes, what, ours, open_sets, people)
    _measure_pgrouting(record, problem, nodes, questions)


def _make_problem(record: Recorder, *, n_node: int, seed: int) -> Problem:
    streets = city(n_node)
    network = streets.build()
    random = np.random.default_rng(seed)
    nodes = main_nodes(network, mode=MODE)
    demand_node, station_node = random.choice(nodes, N_DEMAND), np.sort(random.choice(nodes, N_STATION, replace=False))
    origin, facility = at_nodes(network, demand_node, mode=MODE), at_nodes(network, station_node, mode=MODE)
    where = f"{N_DEMAND:,} points, {N_STATION} stations, {streets.name} ({network.n_node:,} nodes)"

    def prepare() -> NDArray[np.int32]:
        table = fill_nearest_table(network, facility, mode=MODE)
        return origin_costs(network, table, origin).astype(np.int32)

    timing, cost = measure(prepare, n_run=3)
    record.ours(f"Making the cost matrix once a snapshot, {where}", timing, values={"bytes": cost.nbytes})
    weight = random.integers(1, 40, N_DEMAND).astype(np.float64)
    demand = prepare_demand(network, origin, mode=MODE)
    return Problem(network, demand, demand_node, station_node, weight, cost, week_of(), where)


def _measure_pandana(
    record: Recorder,
    problem: Problem,
    nodes: NDArray[np.int64],
    what: str,
    ours: Timing,
    open_sets: list[NDArray[np.int64]],
    people: list[float],
) -> None:
    lengths = np.array([each.size for each in open_sets])
    answer = record.ask(
        "coverage_pandana",
        arcs(problem.network, mode=MODE)
        | {
            "demand": problem.demand_node,
            "weight": problem.weight,
            "limit": np.array(STANDARD_S * 10.0),
            "ptr": np.concatenate([[0], np.cumsum(lengths)]),
            "open": nodes[np.concatenate(open_sets)],
            "covered": np.array(people),
        },
    )
    if answer:
        program = f"pandana {answer['version']}, nearest_pois of each set of open stations"
        record.theirs(what, Timing(**answer["count"]), ours, program=program, is_same=answer["is_same"])
        if len(open_sets) == N_HOUR:
            record.theirs(
                what, Timing(**answer["prepare"]), None, program=f"pandana {answer['version']}, preparing once"
            )


def _measure_pgrouting(
    record: Recorder,
    problem: Problem,
    nodes: NDArray[np.int64],
    questions: tuple[tuple[str, Timing, list[NDArray[np.int64]], list[float]], ...],
) -> None:
    with fresh_database(extensions=("postgis", "pgrouting")) as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            store_edges(connection, problem.network)
            _store_demand(connection, problem)
            version = connection.execute(text("SELECT pgr_version()")).scalar_one()
            for what, ours, open_sets, people in questions:

                def count(open_sets: list[NDArray[np.int64]] = open_sets) -> list[float]:
                    found: dict[bytes, float] = {}
                    for each in open_sets:
                        if each.tobytes() not in found:
                            values = {"stations": nodes[each].tolist(), "standard": STANDARD_S * 10.0}
                            found[each.tobytes()] = float(connection.execute(_COVERED, values).scalar_one())
                    return [found[each.tobytes()] for each in open_sets]

                timing, covered = measure(count, n_run=3)
                record.theirs(
                    what,
                    timing,
                    ours,
                    program=f"pgRouting {version}, pgr_drivingDistance of each set of open stations",
                    is_same=covered == people,
                )
        engine.dispose()


def _store_demand(connection: Connection, problem: Problem) -> None:
    connection.execute(text("CREATE UNLOGGED TABLE demand (node bigint, weight double precision)"))
    connection.execute(
        text("INSERT INTO demand SELECT * FROM unnest(CAST(:node AS bigint[]), CAST(:weight AS double precision[]))"),
        {"node": problem.demand_node.tolist(), "weight": problem.weight.tolist()},
    )
    connection.execute(text("CREATE INDEX ON demand (node)"))
    connection.execute(text("ANALYZE demand"))


if __name__ == "__main__":
    run_part("coverage", measure_all)
